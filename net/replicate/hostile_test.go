package replicate_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// session is what the first player of a generated game is sent, channel first,
// with everything in it: entities of all kinds, references, parents, resources.
func sessionOf(seed uint64, ticks int) [][]byte {
	d := newDirect(seed, bug{})
	v := d.join(0)
	var all [][]byte
	for range ticks {
		d.tick++
		d.gen.command()
		must(d.app.Step())
		all = append(all, v.sent...)
		v.sent = nil
	}
	return all
}

// victim is a client that takes what it is given, and counts what it allocates.
type victim struct {
	app    *engine.App
	client *replicate.Client
	tick   uint32
	err    error
}

func newVictim() *victim {
	v := &victim{app: engine.New(engine.Config{})}
	v.app.Add(generatedSim)
	v.client = replicate.NewClient(v.app, replicate.ClientConfig{Predictor: follower{v.app}, TickRate: 60, Interval: 3})
	v.client.SetPlayer(1, 0)
	v.app.Receive(v.client)
	must(v.app.Start())
	return v
}

// give hands over a message. After an error, which ends the connection, nothing
// more is taken.
func (v *victim) give(m []byte) {
	switch {
	case v.err != nil || len(m) == 0:
	case m[0] == 0:
		v.err = v.client.Structure(m[1:])
	default:
		v.err = v.client.Values(m[1:])
	}
}

func (v *victim) step() {
	v.tick++
	v.client.Begin(time.Duration(v.tick) * time.Second / 60)
	must(v.app.Step())
}

// allocated is what f allocates, in bytes.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// mostAllocated is how many bytes a client may allocate for n bytes that it is
// sent: room for slots and archetypes, and what entities take that are spawned
// with one byte a component.
func mostAllocated(n int) uint64 { return 6<<20 + uint64(n)*4<<10 }

// FuzzSession plays a session of a generated game to a client, mutated: the
// script drops, repeats, cuts, swaps and changes messages. The client does not
// panic, allocates no more than its limits, and gives a reason when it ends the
// connection.
func FuzzSession(f *testing.F) {
	all := sessionOf(4, 90)
	f.Add([]byte{}, []byte{})
	f.Add([]byte{0, 0, 1, 0, 2, 0, 3, 9, 4, 80, 5, 7, 0x41}, all[len(all)/2])
	f.Add([]byte{3, 1, 4, 3, 4, 12, 1}, all[3])
	f.Add([]byte{0, 0, 0, 0, 0, 0, 6, 6, 6, 6, 2, 2, 2, 5, 200, 1, 5, 30, 255}, []byte{1, 2, 0, 0, 9, 0, 2, 0, 64, 7})
	f.Fuzz(func(t *testing.T, script, extra []byte) {
		v := newVictim()
		sent := 0
		next := func() byte {
			if len(script) == 0 {
				return 0
			}
			b := script[0]
			script = script[1:]
			return b
		}
		give := func(m []byte) {
			sent += len(m)
			v.give(m)
		}
		used := allocated(func() {
			for i := 0; i < len(all) && v.err == nil; i++ {
				mutate(all, i, extra, next, give)
				if i%2 == 0 {
					v.step()
				}
			}
			for range 30 {
				v.step()
			}
		})
		if v.err != nil && !errors.Is(v.err, replicate.ErrMalformed) {
			t.Fatalf("an error without a reason: %v", v.err)
		}
		if most := mostAllocated(sent); used > most {
			t.Fatalf("%d bytes were sent, %d allocated, at most %d are", sent, used, most)
		}
	})
}

// mutate gives message i of a session as the script says.
func mutate(all [][]byte, i int, extra []byte, next func() byte, give func([]byte)) {
	m := all[i]
	switch next() % 8 {
	case 1: // lost
	case 2: // twice
		give(m)
		give(m)
	case 3: // cut
		give(m[:int(next())*len(m)/256])
	case 4: // late
		if j := min(i+1+int(next()%8), len(all)-1); j > i {
			all[i], all[j] = all[j], all[i]
			defer func() { all[i], all[j] = all[j], all[i] }()
		}
		give(all[i])
	case 5: // changed
		m = append([]byte(nil), m...)
		m[1+int(next())*(len(m)-1)/256] ^= next() | 1
		give(m)
	case 6: // another
		give(extra)
		give(m)
	default:
		give(m)
	}
}

// TestHostileSession runs the fuzz target's seeds of mutations by the thousand.
func TestHostileSession(t *testing.T) {
	all := sessionOf(4, 90)
	rng := engine.NewRandom(7)
	worst, refused := 0.0, 0
	runs := 300
	if testing.Short() {
		runs = 40
	}
	for range runs {
		v, sent := newVictim(), 0
		next := func() byte {
			if rng.IntN(12) != 0 {
				return 0
			}
			return byte(rng.Uint64())
		}
		used := allocated(func() {
			for i := range all {
				mutate(all, i, all[rng.IntN(len(all))], next, func(m []byte) { sent += len(m); v.give(m) })
				v.step()
				if v.err != nil {
					break
				}
			}
		})
		if v.err != nil {
			refused++
			if !errors.Is(v.err, replicate.ErrMalformed) {
				t.Fatal(v.err)
			}
		}
		worst = max(worst, float64(used)/float64(mostAllocated(sent)))
	}
	if worst > 1 || refused == 0 {
		t.Fatalf("the worst took %.2f of what may be allocated; %d of %d were refused", worst, refused, runs)
	}
	t.Logf("the worst took %.2f of what may be allocated; %d of %d were refused", worst, refused, runs)
}
