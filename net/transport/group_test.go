package transport_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/mem"
	"go.uber.org/goleak"
)

// runGroups steps a world with groups for a while, in one goroutine.
func runGroups(w *world, d time.Duration, groups ...*transport.Group) {
	for end := w.now + d; w.now < end; {
		w.step()
		for _, g := range groups {
			g.Poll(w.now)
			g.Flush(w.now)
		}
	}
}

func TestGroups(t *testing.T) {
	w, n := tapWorld(t, nil)
	a, b := w.server.NewGroup(0), w.server.NewGroup(0)
	end := n.Carrier()
	client := w.dialOn(w.config(), end)
	w.until(2*time.Second, func() bool { return len(w.accepted) == 1 })
	server := w.accepted[0]

	say := func(where string, groups ...*transport.Group) {
		t.Helper()
		send(t, client, 1, "to "+where)
		send(t, server, 1, "from "+where)
		runGroups(w, 300*time.Millisecond, groups...)
		if got := drain(server); !reflect.DeepEqual(got, []string{"1:to " + where}) {
			t.Fatalf("%s got %v", where, got)
		}
		if got := drain(client); !reflect.DeepEqual(got, []string{"1:from " + where}) {
			t.Fatalf("from %s came %v", where, got)
		}
	}
	say("the endpoint")
	if !w.server.Move(server, a) {
		t.Fatal("no room")
	}
	a.Poll(w.now)
	if c, ok := a.Accept(); !ok || c != server {
		t.Fatal("the group does not have the connection")
	}
	say("room a", a, b)
	end.move(netip.MustParseAddrPort("198.51.100.9:99"))
	say("room a after the client moved", a, b)
	runGroups(w, 2*time.Minute, a, b) // resume tokens rotate through the rings
	if _, _, ok := client.ResumeToken(); !ok || client.State() != transport.Connected {
		t.Fatal(client.Err())
	}
	send(t, client, 1, "on its way while rooms change")
	w.step()
	a.Release(server)
	runGroups(w, 100*time.Millisecond, a, b)
	c, ok := w.server.Returned()
	if !ok || c != server || !w.server.Move(c, b) {
		t.Fatal("not returned")
	}
	runGroups(w, 500*time.Millisecond, a, b)
	if c, ok := b.Accept(); !ok || c != server {
		t.Fatal("room b does not have the connection")
	}
	if got := drain(server); !reflect.DeepEqual(got, []string{"1:on its way while rooms change"}) {
		t.Fatal(got)
	}
	say("room b", a, b)

	w.server.Shutdown(w.now, transport.ShuttingDown, "")
	if w.server.Done() {
		t.Fatal("done before the group has closed its connection")
	}
	runGroups(w, 2*time.Second, a, b)
	if !w.server.Done() || !errors.Is(client.Err(), transport.ErrShuttingDown) || w.server.Stats().Connections != 0 {
		t.Fatal(w.server.Done(), client.Err(), w.server.Stats().Connections)
	}
}

// A group whose goroutine is stuck costs the others nothing: its ring fills, and
// then drops and counts.
func TestStuckGroup(t *testing.T) {
	w, _ := tapWorld(t, nil)
	stuck, fine := w.server.NewGroup(64), w.server.NewGroup(64)
	var clients [2]*transport.Conn
	for i, g := range []*transport.Group{stuck, fine} {
		c, s := w.connect(nil)
		clients[i] = c
		if !w.server.Move(s, g) {
			t.Fatal("no room")
		}
	}
	before := heap()
	for range 300 {
		for _, c := range clients {
			_ = c.Send(0, make([]byte, 500), channel.SendOptions{})
			_ = c.Send(0, make([]byte, 500), channel.SendOptions{})
		}
		runGroups(w, tick, fine)
		for {
			c, ok := fine.Accept()
			if !ok {
				break
			}
			drain(c)
		}
	}
	if stuck.Dropped() == 0 || fine.Dropped() != 0 || clients[1].State() != transport.Connected {
		t.Fatal(stuck.Dropped(), fine.Dropped(), clients[1].State())
	}
	if grown := heap() - before; grown > 1<<20 {
		t.Fatalf("the heap grew by %d bytes", grown)
	}
}

// The endpoint and two rooms in goroutines of their own, clients that talk,
// change rooms and leave: for the race detector, and exact at the end.
func TestGroupsInGoroutines(t *testing.T) {
	const clients, messages = 8, 60
	nw := mem.NewNetwork()
	w := newWorld(t, nil)
	cfg := w.cfg
	cfg.Rand = nil
	e, err := transport.Listen(cfg, nw.Carrier())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	clock := func() time.Duration { return time.Since(began) }
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	rooms := []*transport.Group{e.NewGroup(0), e.NewGroup(0)}
	var wg sync.WaitGroup
	var echoed atomic.Int64
	wg.Go(func() { // the endpoint
		for i := 0; ctx.Err() == nil; {
			_ = e.Wait(ctx, time.Millisecond)
			e.Poll(clock())
			for c, ok := e.Accept(); ok; c, ok = e.Accept() {
				e.Move(c, rooms[i%2])
				i++
			}
			for c, ok := e.Returned(); ok; c, ok = e.Returned() {
				e.Move(c, rooms[i%2])
				i++
			}
			e.Flush(clock())
		}
	})
	for _, g := range rooms {
		wg.Go(func() { room(ctx, g, clock, &echoed) })
	}
	var talkers sync.WaitGroup
	for i := range clients {
		talkers.Go(func() {
			dial := transport.DialConfig{Config: w.cfg, Addr: e.Addr(), Pin: w.id.Public}
			dial.Identity, dial.Rand = nil, nil
			if err := talk(ctx, dial, nw.Carrier(), clock, messages); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	talkers.Wait()
	cancel()
	wg.Wait()
	if echoed.Load() < clients*messages {
		t.Fatalf("%d messages went through the rooms", echoed.Load())
	}
}

// room echoes, and gives a connection back now and then.
func room(ctx context.Context, g *transport.Group, clock func() time.Duration, echoed *atomic.Int64) {
	g.StartWriter()
	defer g.StopWriter()
	conns := map[*transport.Conn]int{}
	for ctx.Err() == nil {
		_ = g.Wait(ctx, time.Millisecond)
		g.Poll(clock())
		for c, ok := g.Accept(); ok; c, ok = g.Accept() {
			conns[c] = 0
		}
		for c, n := range conns {
			for m, ok := c.Receive(); ok; m, ok = c.Receive() {
				_ = c.Send(m.Channel, m.Data, channel.SendOptions{})
				echoed.Add(1)
				n++
			}
			if conns[c] = n; n > 20 {
				delete(conns, c)
				g.Flush(clock())
				g.Release(c)
			} else if c.State() == transport.Closed {
				delete(conns, c)
			}
		}
		g.Flush(clock())
	}
}

// talk sends numbered messages and wants them back in order.
func talk(ctx context.Context, cfg transport.DialConfig, carrier transport.Carrier, clock func() time.Duration, count int) error {
	c, err := transport.Dial(cfg, carrier)
	if err != nil {
		return err
	}
	defer c.Release()
	sent, got := 0, 0
	for got < count {
		c.Poll(clock())
		if c.State() == transport.Connected && sent < count && sent-got < 5 {
			if err := c.Send(1, fmt.Append(nil, sent), channel.SendOptions{}); err != nil {
				return err
			}
			sent++
		}
		for m, ok := c.Receive(); ok; m, ok = c.Receive() {
			if want := fmt.Sprint(got); string(m.Data) != want {
				return fmt.Errorf("got %s instead of %s", m.Data, want)
			}
			got++
		}
		c.Flush(clock())
		if err := c.Err(); err != nil {
			return err
		}
		if err := c.Wait(ctx, time.Millisecond); err != nil {
			return fmt.Errorf("after %d of %d: %w", got, count, err)
		}
	}
	return nil
}

// A group that ends gives its connections back, each with what the program has
// attached to it, and is forgotten; they go on with the Endpoint.
func TestDissolve(t *testing.T) {
	w, _ := tapWorld(t, nil)
	g := w.server.NewGroup(64)
	client, server := w.connect(nil)
	gone, gone2 := w.connect(nil)
	server.SetValue("a seat")
	for _, c := range []*transport.Conn{server, gone2} {
		if !w.server.Move(c, g) {
			t.Fatal("no room")
		}
	}
	runGroups(w, 100*time.Millisecond, g)
	gone.Close(transport.Normal, "")
	runGroups(w, 500*time.Millisecond, g) // it has ended, and is remembered for a second
	func() {
		defer func() {
			if recover() == nil {
				t.Fatal("a group with connections was dissolved")
			}
		}()
		w.server.Dissolve(g)
	}()
	send(t, client, 1, "too late for the group")
	w.step()
	g.ReleaseAll()
	w.server.Dissolve(g)
	back := map[*transport.Conn]bool{}
	for c, ok := w.server.Returned(); ok; c, ok = w.server.Returned() {
		back[c] = true
	}
	if !back[server] || !back[gone2] || len(back) != 2 {
		t.Fatal(back)
	}
	if server.Value() != "a seat" || gone2.Value() != nil {
		t.Fatal(server.Value(), gone2.Value())
	}
	w.run(time.Second)
	if got := drain(server); !reflect.DeepEqual(got, []string{"1:too late for the group"}) {
		t.Fatal(got)
	}
	if n := w.server.Stats().Connections; n != 1 {
		t.Fatal(n, "connections")
	}
}

// A group with more clients than a batch has datagrams, and a writer: each client gets
// everything in order, as long as the writer keeps up, which virtual time does not wait
// for.
func TestWriterOfAGroup(t *testing.T) {
	const clients, messages, behind = 100, 48, 12
	defer goleak.VerifyNone(t)
	w := newWorld(t, nil)
	g := w.server.NewGroup(0)
	for range clients {
		w.dial(nil)
	}
	if !w.until(5*time.Second, func() bool { return len(w.accepted) == clients }) {
		t.Fatal(len(w.accepted), "clients")
	}
	for _, c := range w.accepted {
		if !w.server.Move(c, g) {
			t.Fatal("no room")
		}
	}
	got := make([][]string, clients)
	listen := func() {
		runGroups(w, tick, g)
		for i, c := range w.clients {
			got[i] = append(got[i], drain(c)...)
		}
	}
	for n := range messages {
		if n%behind == 0 {
			g.StopWriter()
			g.StartWriter()
		}
		for _, c := range w.accepted {
			send(t, c, 0, fmt.Sprint(n))
		}
		listen()
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Fatal("a group with a writer was dissolved")
			}
		}()
		g.ReleaseAll()
		w.server.Dissolve(g)
	}()
	g.StopWriter()
	w.server.Dissolve(g)
	for range 30 {
		listen()
	}
	for i := range got {
		if len(got[i]) != messages {
			t.Fatalf("client %d got %d messages", i, len(got[i]))
		}
		for n, m := range got[i] {
			if m != fmt.Sprint("0:", n) {
				t.Fatalf("client %d got %v", i, got[i])
			}
		}
	}
	if n := w.server.Stats().NotWritten; n != 0 {
		t.Fatal(n, "datagrams not written")
	}
}
