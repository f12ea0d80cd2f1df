package transport_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
)

// Clocks that step back and leap forward, together or one alone: connections
// live, ordered channels stay exact, timers go on.
func TestClockSteps(t *testing.T) {
	for name, steps := range map[string][2][]time.Duration{ // of client and server
		"forward, both":  {{time.Hour}, {time.Hour}},
		"back, both":     {{-time.Hour}, {-time.Hour}},
		"client forward": {{time.Hour, 24 * time.Hour}, {0, 0}},
		"client back":    {{-time.Hour, -time.Minute}, {0, 0}},
		"server forward": {{0, 0}, {time.Hour, 24 * time.Hour}},
		"server back":    {{0, 0}, {-time.Hour, -time.Minute}},
		"to and fro":     {{time.Hour, -2 * time.Hour, time.Hour}, {-time.Hour, 2 * time.Hour, -time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := tapWorld(t, nil)
			client, server := w.connect(nil)
			var offset [2]time.Duration
			var want, got []string
			step := func() {
				w.now += tick
				w.server.Poll(w.now + offset[1])
				w.server.Flush(w.now + offset[1])
				client.Poll(w.now + offset[0])
				client.Flush(w.now + offset[0])
			}
			for i := range 2400 { // forty seconds, four times as long as the timeout
				if i%300 == 150 {
					k := i / 300 % len(steps[0])
					if i/300 < len(steps[0]) {
						offset[0] += steps[0][k]
						offset[1] += steps[1][k]
					}
				}
				if i%20 == 0 && i < 2300 {
					send(t, client, 1, fmt.Sprint(i))
					want = append(want, fmt.Sprint("1:", i))
				}
				step()
				got = append(got, drain(server)...)
			}
			if !reflect.DeepEqual(got, want) || client.State() != transport.Connected || server.State() != transport.Connected {
				t.Fatalf("%d of %d messages, %v, %v", len(got), len(want), client.Err(), server.Err())
			}
			// And a dead peer is still noticed.
			for end := w.now + 15*time.Second; w.now < end; w.now += tick {
				client.Poll(w.now + offset[0])
				client.Flush(w.now + offset[0])
			}
			if client.State() != transport.Closed {
				t.Fatal("a silent server goes unnoticed after the steps")
			}
		})
	}
}
