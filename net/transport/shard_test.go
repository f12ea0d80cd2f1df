package transport_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

// splitter does to one carrier what the kernel does to an address with several sockets.
type splitter struct {
	base   transport.Carrier
	shards []*splitEnd
	stray  func(p []byte) bool // packets that go to the wrong shard on purpose; nil: none
}

// splitEnd is one shard of a splitter.
type splitEnd struct {
	of    *splitter
	i     int
	queue []transport.Datagram
}

func split(base transport.Carrier, n int) (*splitter, []transport.Carrier) {
	s := &splitter{base: base}
	var all []transport.Carrier
	for i := range n {
		s.shards = append(s.shards, &splitEnd{of: s, i: i})
		all = append(all, s.shards[i])
	}
	return s, all
}

func (e *splitEnd) Shard() (i, n int) { return e.i, len(e.of.shards) }

func (e *splitEnd) ReadBatch(d []transport.Datagram) (int, error) {
	var in [16]transport.Datagram
	for n, _ := e.of.base.ReadBatch(in[:]); n > 0; n, _ = e.of.base.ReadBatch(in[:]) {
		for _, x := range in[:n] {
			i := 0
			if len(x.Data) >= 5 && x.Data[0] < 0x10 {
				i = int(x.Data[4]) >> (8 - transport.ShardBits(len(e.of.shards)))
			}
			if e.of.stray != nil && e.of.stray(x.Data) {
				i++
			}
			to := e.of.shards[i%len(e.of.shards)]
			to.queue = append(to.queue, transport.Datagram{Addr: x.Addr, Data: bytes.Clone(x.Data)})
		}
	}
	n := copy(d, e.queue)
	e.queue = e.queue[n:]
	return n, nil
}

func (e *splitEnd) WriteBatch(d []transport.Datagram) (int, error) { return e.of.base.WriteBatch(d) }
func (e *splitEnd) LocalAddr() netip.AddrPort                      { return e.of.base.LocalAddr() }
func (e *splitEnd) Close() error                                   { return nil }

// shardWorld is a world whose server has shards.
func shardWorld(t *testing.T, n int, change func(*transport.Config)) (*world, *tapNet, *splitter) {
	w, net := tapWorld(t, change)
	s, carriers := split(net.Carrier(), n)
	w.cfg.Rand = chacha(77)
	w.listen(carriers...)
	return w, net, s
}

// Connections are spread over the shards, and live there through moves of the client,
// rooms and restarts, whoever reads the shard, and even if packets go astray.
func TestShardsInVirtualTime(t *testing.T) {
	for _, n := range []int{2, 3, 8} {
		for _, astray := range []bool{false, true} {
			w, net, s := shardWorld(t, n, nil)
			if w.server.Shards() != n {
				t.Fatal(w.server.Shards())
			}
			if astray {
				rng := chacha(9)
				s.stray = func([]byte) bool { return rng.Uint64()%4 == 0 }
			}
			group := w.server.NewShardGroup(1, 0) // shards from 2 on are read by the Endpoint
			var ends []*tapEnd
			for range 2 * n {
				ends = append(ends, net.Carrier())
				w.dialOn(w.config(), ends[len(ends)-1])
			}
			for end := w.now + 3*time.Second; w.now < end && len(w.accepted) < 2*n; {
				runGroups(w, tick, group)
			}
			seen := map[int]int{}
			for _, c := range w.accepted {
				seen[c.Shard()]++
				if c.Shard() == 1 && !w.server.Move(c, group) {
					t.Fatal("no room")
				}
			}
			for i := range n {
				if seen[i] != 2 {
					t.Fatalf("%d shards: connections by shard %v", n, seen)
				}
			}
			var want []string
			for i := range 40 {
				for k, c := range w.clients {
					send(t, c, 1, fmt.Sprint(i))
					if i == 20 {
						ends[k].move(netip.AddrPortFrom(ends[k].addr.Addr(), 4321))
					}
				}
				want = append(want, fmt.Sprint("1:", i))
				runGroups(w, tick, group)
			}
			runGroups(w, 2*time.Second, group)
			for _, c := range w.accepted {
				if got := drain(c); !reflect.DeepEqual(got, want) || c.Stats().Moves != 1 {
					t.Fatalf("%d shards, astray %t, shard %d: got %v, %+v", n, astray, c.Shard(), got, c.Stats())
				}
			}
			if in := w.server.Stats(); in.Connections != 2*n || in.PacketsIn == 0 {
				t.Fatalf("%+v", in)
			}
			group.ReleaseAll()
			w.server.Dissolve(group)
			send(t, w.clients[0], 1, "after the group is gone")
			send(t, w.clients[1], 1, "after the group is gone")
			w.run(time.Second)
			for _, c := range w.accepted {
				drain(c)
			}
			w.cfg.Rand = chacha(78)
			w.listen(net.ends[w.server.Addr()])
			wantRestarted(w)
		}
	}
}

// wantRestarted: resets reach the clients of every shard within a second of a restart.
func wantRestarted(w *world) {
	w.t.Helper()
	for _, c := range w.clients {
		if !w.until(1200*time.Millisecond, func() bool { return c.State() == transport.Closed }) || !errors.Is(c.Err(), transport.ErrRestarted) {
			w.t.Fatal(c.State(), c.Err())
		}
	}
}

// Everything about handshakes has one owner: a token works once though its two users
// end up in different shards, a cookie is good whatever shard comes next, and the limits
// hold for all shards together.
func TestShardsShareHandshakes(t *testing.T) {
	l := newLobby(t)
	w, _, _ := shardWorld(t, 2, func(c *transport.Config) { c.Tokens = l.policy(t); c.MaxConns = 3 })
	good := l.issue(t, 42, time.Minute)
	a, b := w.dial(good), w.dial(good)
	w.run(3 * time.Second)
	if len(w.accepted) != 1 || (a.State() == transport.Connected) == (b.State() == transport.Connected) {
		t.Fatal(len(w.accepted), a.State(), b.State())
	}
	for range 2 {
		w.connect(l.issue(t, 42, time.Minute))
	}
	full := w.dial(l.issue(t, 42, time.Minute))
	w.run(time.Second)
	if !errors.Is(full.Err(), transport.ErrServerFull) {
		t.Fatal("a fourth of three:", full.State(), full.Err())
	}
	// A resume token is of no shard either.
	client, server := w.clients[len(w.clients)-2], w.accepted[len(w.accepted)-1]
	token, secret, ok := client.ResumeToken()
	if !ok {
		w.run(time.Second)
		token, secret, ok = client.ResumeToken()
	}
	if !ok {
		t.Fatal("no resume token")
	}
	client.Close(transport.Normal, "")
	w.run(2 * time.Second)
	_, again := w.connect(func(c *transport.DialConfig) { c.Token, c.TokenSecret = bytes.Clone(token), secret })
	if !again.Resumed() || again.Session() != server.Session() {
		t.Fatal("the place is not taken back")
	}
}

func TestShardsAreChecked(t *testing.T) {
	w, net, _ := shardWorld(t, 2, nil)
	cfg := w.cfg
	_, two := split(net.Carrier(), 2)
	_, other := split(net.Carrier(), 2)
	_, nine := split(net.Carrier(), 9)
	for name, c := range map[string][]transport.Carrier{"half": two[:1], "twice": {two[0], two[0]}, "of two addresses": append(two, other...), "too many": nine} {
		if _, err := transport.Listen(cfg, c...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	e := w.server
	e.NewShardGroup(1, 0)
	for _, shard := range []int{-1, 0, 1, 2} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("NewShardGroup(%d) does not complain", shard)
				}
			}()
			e.NewShardGroup(shard, 0)
		}()
	}
}

// watched is a socket of the server that notes which connections' packets it gets.
type watched struct {
	*udp.Carrier
	strays, own atomic.Int64 // data packets of other shards, of this one
}

func (c *watched) ReadBatch(d []transport.Datagram) (int, error) {
	n, err := c.Carrier.ReadBatch(d)
	i, of := c.Shard()
	for _, x := range d[:n] {
		if len(x.Data) < 5 || x.Data[0] >= 0x10 {
			continue
		}
		if int(binary.LittleEndian.Uint32(x.Data[1:])>>16>>(16-transport.ShardBits(of))) == i {
			c.own.Add(1)
		} else {
			c.strays.Add(1)
		}
	}
	return n, err
}

// roaming is a client's carrier that can change its port.
type roaming struct {
	*udp.Carrier
	server netip.AddrPort
}

func (r *roaming) move(t *testing.T) {
	t.Helper()
	next, err := udp.Dial(r.server, udp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	r.Carrier.Close()
	r.Carrier = next
}

// echoAll echoes what the connections of a group, or of the Endpoint, get.
func echoAll(c *transport.Conn) {
	for m, ok := c.Receive(); ok; m, ok = c.Receive() {
		_ = c.Send(m.Channel, m.Data, channel.SendOptions{})
	}
}

// TestShardsOnSockets: with real sockets, two goroutines and clients whose ports change,
// every packet of a connection comes to its own socket; and where the system has no
// shards the same program works on one.
func TestShardsOnSockets(t *testing.T) {
	for name, cfg := range map[string]udp.Config{"shards": {}, "one socket": {Portable: true}} {
		t.Run(name, func(t *testing.T) { shardsOnSockets(t, cfg) })
	}
}

func shardsOnSockets(t *testing.T, cfg udp.Config) {
	sockets, err := udp.ListenShards("127.0.0.1:0", 2, cfg)
	if err != nil {
		t.Fatal(err)
	}
	var carriers []transport.Carrier
	var seen []*watched
	for _, c := range sockets {
		s := &watched{Carrier: c.(*udp.Carrier)}
		seen, carriers = append(seen, s), append(carriers, s)
	}
	id := secure.IdentityFromSeed([32]byte{5})
	e, err := transport.Listen(transport.Config{Identity: id, Channels: table}, carriers...)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var group *transport.Group
	if e.Shards() > 1 {
		group = e.NewShardGroup(1, 0)
		all.Go(func() { // the second shard
			for group.Wait(ctx, 5*time.Millisecond) == nil {
				group.Poll(time.Since(began))
				for c, ok := group.Ready(); ok; c, ok = group.Ready() {
					echoAll(c)
				}
				group.Flush(time.Since(began))
			}
		})
	}
	all.Go(func() { // the first one, and handshakes
		for e.Wait(ctx, 5*time.Millisecond) == nil {
			e.Poll(time.Since(began))
			for c, ok := e.Accept(); ok; c, ok = e.Accept() {
				for c.Shard() == 1 && !e.Move(c, group) {
					_ = e.Wait(ctx, time.Millisecond)
				}
			}
			for c, ok := e.Ready(); ok; c, ok = e.Ready() {
				echoAll(c)
			}
			e.Flush(time.Since(began))
		}
	})
	talkAndMove(t, e.Addr(), id.Public)
	stop()
	all.Wait()
	if err := errors.Join(e.Err(), e.Close()); err != nil {
		t.Error(err)
	}
	for i, s := range seen {
		t.Logf("socket %d of %d: %d packets of its own connections, %d of others", i, len(seen), s.own.Load(), s.strays.Load())
		if s.strays.Load() != 0 || s.own.Load() < 100 {
			t.Errorf("socket %d got %d packets of its connections and %d of others", i, s.own.Load(), s.strays.Load())
		}
	}
}

// talkAndMove lets clients have messages echoed, while each changes its port twice.
func talkAndMove(t *testing.T, addr netip.AddrPort, key [32]byte) {
	t.Helper()
	const clients, messages = 8, 60
	d := &driver{began: time.Now()}
	var ends []*roaming
	for range clients {
		carrier, err := udp.Dial(addr, udp.Config{})
		if err != nil {
			t.Fatal(err)
		}
		end := &roaming{carrier, addr}
		c, err := transport.Dial(transport.DialConfig{Config: transport.Config{Channels: table}, Addr: addr, Pin: key}, end)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Release()
		ends, d.clients = append(ends, end), append(d.clients, c)
	}
	sent, got := make([]int, clients), make([]int, clients)
	ok := d.until(func() bool {
		done := 0
		for i, c := range d.clients {
			for m, ok := c.Receive(); ok; m, ok = c.Receive() {
				if string(m.Data) != fmt.Sprint(got[i]) {
					t.Fatalf("client %d: %q came for %d", i, m.Data, got[i])
				}
				got[i]++
			}
			if c.State() == transport.Connected && sent[i] < messages && sent[i] <= got[i]+3 {
				if sent[i] == messages/3 || sent[i] == 2*messages/3 {
					ends[i].move(t)
				}
				send(t, c, 1, fmt.Sprint(sent[i]))
				sent[i]++
			}
			if got[i] == messages {
				done++
			}
		}
		return done == clients
	})
	if !ok {
		t.Fatalf("echoes %v of %d sent %v; %v", got, messages, sent, d.clients[0].Err())
	}
}
