package message_test

import (
	"runtime"
	"testing"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/message"
)

// FuzzGuest feeds a client bytes of any kind from its server. Nothing panics,
// what it allocates is bounded by what it is sent, and an error lasts: the
// connection ends with it.
func FuzzGuest(f *testing.F) {
	p := newPair(f, message.Limits{})
	newShop(p.server, false)
	p.server.update = func(t engine.Tick) {
		p.server.notes.All(note{7})
		p.server.sparks.All(spark{8})
		p.server.orders.At(t.Number + 5).All(order{10})
		p.server.hits.All(hit{N: 11, Target: 3})
		p.server.flashes.All(flash{N: 12})
	}
	for range 2 {
		if err := p.server.app.Step(); err != nil {
			f.Fatal(err)
		}
	}
	for _, b := range p.down.batches {
		f.Add(b, b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		p := newPair(t, message.Limits{})
		newShop(p.server, false)
		p.step(1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 4 {
			if p.guest.Receive(a) != nil || p.guest.Receive(b) != nil {
				if p.guest.Err() == nil {
					t.Fatal("an error that does not last")
				}
			}
			p.step(1)
		}
		runtime.ReadMemStats(&after)
		if used, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+4*(len(a)+len(b))*512); used > most {
			t.Fatalf("%d bytes allocated for %d, at most %d are", used, len(a)+len(b), most)
		}
	})
}
