package transport_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
)

// Both sides rekey often, over a network that loses, doubles and reorders:
// nothing is lost for good, and no nonce repeats (the audit would panic).
func TestRekey(t *testing.T) {
	for seed := range uint64(6) {
		for _, pq := range []bool{true, false} {
			w, n := tapWorld(t, func(c *transport.Config) { c.RekeyPackets, c.NoPostQuantum = 30, !pq })
			client, server := w.connect(func(c *transport.DialConfig) { c.Suite = secure.Suite(1 + seed%2) })
			rng := chacha(seed)
			var late []tapped
			n.hook = func(d tapped) (out []tapped) {
				switch r := rng.Uint64() % 10; {
				case r < 1:
					return nil
				case r < 2:
					late = append(late, d)
					return nil
				case r < 3:
					return []tapped{d, d}
				}
				if len(late) > 5 {
					out, late = late, nil
				}
				return append(out, d)
			}
			var want, got, back []string
			for i := range 900 {
				send(t, client, 1, fmt.Sprint(i))
				send(t, server, 1, fmt.Sprint(i))
				want = append(want, fmt.Sprint("1:", i))
				w.step()
				got, back = append(got, drain(server)...), append(back, drain(client)...)
			}
			w.until(5*time.Second, func() bool {
				got, back = append(got, drain(server)...), append(back, drain(client)...)
				return len(got) >= len(want) && len(back) >= len(want)
			})
			if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(back, want) {
				t.Fatalf("seed %d: %d and %d of %d; %v %v", seed, len(got), len(back), len(want), client.Err(), server.Err())
			}
			c, s := client.Stats(), server.Stats()
			if c.Phase < 10 || s.Phase < 10 || max(c.Phase, s.Phase)-min(c.Phase, s.Phase) > 1 {
				t.Fatalf("phases %d and %d", c.Phase, s.Phase)
			}
		}
	}
}

func TestRekeyByTime(t *testing.T) {
	w := newWorld(t, func(c *transport.Config) { c.RekeyAfter = 5 * time.Second })
	client, server := w.connect(nil)
	w.run(time.Minute)
	if c, s := client.Stats().Phase, server.Stats().Phase; c < 8 || s < 8 || c > 30 {
		t.Fatalf("phases %d and %d after a minute of five seconds each", c, s)
	}
	send(t, client, 1, "x")
	w.run(100 * time.Millisecond)
	if got := drain(server); len(got) != 1 {
		t.Fatal(got, client.Err(), server.Err())
	}
}

// With ML-KEM on, application data never travels in phase 0.
func TestApplicationDataWaitsForPostQuantum(t *testing.T) {
	w, n := tapWorld(t, nil)
	phases := map[byte]int{}
	talking := false
	n.hook = func(d tapped) []tapped {
		if talking && d.data[0]&0x80 == 0 {
			phases[d.data[0]>>2&3]++
		}
		return []tapped{d}
	}
	c := w.dial(nil)
	for range 200 {
		w.step()
		if c.State() == transport.Connected {
			talking = true
			send(t, c, 1, "secret")
		}
		for _, s := range w.accepted {
			send(t, s, 1, "secret")
		}
	}
	if len(w.accepted) != 1 || phases[0] > 2 || phases[1] < 100 {
		t.Fatalf("packets by phase: %v", phases)
	}
}

// Both sides begin a phase at the same time, and then one direction goes dark:
// the side that is heard must not run two phases ahead of the one that is not.
func TestRekeyInTheDark(t *testing.T) {
	for begin := range 70 {
		for direction := range 2 {
			w, n := tapWorld(t, func(c *transport.Config) { c.RekeyPackets = 20 })
			client, server := w.connect(nil)
			dark := false
			n.hook = func(d tapped) []tapped {
				if dark && (d.to == w.server.Addr()) == (direction == 0) {
					return nil
				}
				return []tapped{d}
			}
			var want, got, back []string
			for i := range 300 {
				dark = i >= 40+begin && i < 160+begin
				send(t, client, 1, fmt.Sprint(i))
				send(t, server, 1, fmt.Sprint(i))
				want = append(want, fmt.Sprint("1:", i))
				w.step()
				got, back = append(got, drain(server)...), append(back, drain(client)...)
			}
			if !w.until(5*time.Second, func() bool {
				got, back = append(got, drain(server)...), append(back, drain(client)...)
				return len(got) >= len(want) && len(back) >= len(want)
			}) || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(back, want) {
				t.Fatalf("dark from tick %d, direction %d: %d and %d of %d messages, phases %d and %d, %v %v", 40+begin, direction,
					len(got), len(back), len(want), client.Stats().Phase, server.Stats().Phase, client.Err(), server.Err())
			}
		}
	}
}
