package transport_test

import (
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
)

// readies empties an owner's Ready.
func readies(next func() (*transport.Conn, bool)) map[*transport.Conn]int {
	m := make(map[*transport.Conn]int)
	for c, ok := next(); ok; c, ok = next() {
		m[c]++
	}
	return m
}

// TestReady: only who was heard is given out, once; then who ended.
func TestReady(t *testing.T) {
	w := newWorld(t, nil)
	var clients, servers []*transport.Conn
	for range 20 {
		c, s := w.connect(nil)
		clients, servers = append(clients, c), append(servers, s)
	}
	w.run(200 * time.Millisecond)
	readies(w.server.Ready)
	for round := range 50 {
		spoke := map[int]bool{round % 20: true, round * 7 % 20: true, 19 - round%20: true}
		for i := range spoke {
			send(t, clients[i], 1, "hello")
		}
		w.step()
		w.step()
		got := readies(w.server.Ready)
		for i, s := range servers {
			messages := len(drain(s))
			if spoke[i] && (got[s] != 1 || messages != 1) {
				t.Fatalf("round %d: connection %d has %d messages and was given out %d times", round, i, messages, got[s])
			}
			if messages > 0 && got[s] == 0 {
				t.Fatalf("round %d: connection %d was heard and not given out", round, i)
			}
		}
	}
	w.run(time.Second)
	readies(w.server.Ready)
	clients[3].Close(transport.Normal, "")
	w.run(100 * time.Millisecond)
	if got := readies(w.server.Ready); got[servers[3]] != 1 || servers[3].State() != transport.Closed {
		t.Errorf("a connection that ended (%v) was given out %d times", servers[3].State(), got[servers[3]])
	}
}

// TestReadyMoves: messages that wait when a connection changes its owner are the
// new one's to find; connections that nobody asks for are not kept for ever.
func TestReadyMoves(t *testing.T) {
	w := newWorld(t, nil)
	g := w.server.NewGroup(0)
	client, server := w.connect(nil)
	send(t, client, 1, "before")
	w.step()
	w.step()
	if !w.server.Move(server, g) {
		t.Fatal("no room")
	}
	if got := readies(w.server.Ready); len(got) != 0 {
		t.Errorf("the endpoint still gives out what it has moved away: %v", got)
	}
	g.Poll(w.now)
	if got := readies(g.Ready); got[server] != 1 || len(drain(server)) != 1 {
		t.Errorf("the group's: %v", got)
	}
	send(t, client, 1, "again")
	runGroups(w, 50*time.Millisecond, g)
	g.Release(server)
	if got := readies(g.Ready); len(got) != 0 {
		t.Errorf("the group still gives out what it has released: %v", got)
	}
	w.step()
	if got := readies(w.server.Ready); got[server] != 1 || len(drain(server)) != 1 {
		t.Errorf("the endpoint's: %v", got)
	}
	send(t, client, 1, "and goes")
	client.Close(transport.Normal, "")
	w.run(3 * time.Second)
	if got := readies(w.server.Ready); len(got) != 0 {
		t.Errorf("a connection that is long over is given out: %v", got)
	}
}
