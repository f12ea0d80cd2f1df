package replicate_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

// torrent is a server of the generated game's types, and a client to which all that
// it says comes at once.
type torrent struct {
	*engine.App
	t      *testing.T
	titles ecs.Map2[replicate.Net, title]
	out    *tape
	victim *victim
}

func newTorrent(t *testing.T) *torrent {
	app := engine.New(engine.Config{})
	app.Add(generatedSim)
	server := replicate.NewServer(app, replicate.ServerConfig{Channels: replicate.Channels{Structure: 0, Values: 1}})
	app.Replicate(server)
	require.NoError(t, app.Start())
	r := &torrent{app, t, ecs.NewMap2[replicate.Net, title](app.Sim()), &tape{}, newVictim()}
	server.Add(1, r.out)
	return r
}

// step plays a tick, and returns how many bytes the client has allocated.
func (r *torrent) step() (used uint64) {
	require.NoError(r.t, r.Step())
	used = allocated(func() {
		for _, m := range r.out.messages {
			r.victim.give(m)
		}
	})
	r.out.messages = r.out.messages[:0]
	return used
}

// tireless is a server that goes on and on towards a client whose timeline
// stands still. It returns how many bytes the client has allocated, and what it
// says in the end.
func tireless(t *testing.T, most int, do func(r *torrent, n int)) (used uint64, err error) {
	r := newTorrent(t)
	for n := 0; n < most && r.victim.err == nil; n++ {
		do(r, n)
		used += r.step()
	}
	return used, r.victim.err
}

// TestSpawnsForever: a server that spawns and despawns without end is refused
// at a bound, within memory that a client has.
func TestSpawnsForever(t *testing.T) {
	var last []ecs.Entity
	used, err := tireless(t, 200, func(r *torrent, _ int) {
		for _, e := range last {
			r.World().Despawn(e)
		}
		last = last[:0]
		for range 2000 {
			last = append(last, r.titles.NewEntity(replicate.Net{}, title{Text: "x"}))
		}
	})
	t.Log(err, used>>20, "MiB")
	require.ErrorIs(t, err, replicate.ErrMalformed)
	require.Less(t, used, uint64(1<<30))
}

// TestSlotsGoRound: one slot has another entity every few batches, as those of
// bullets do. Who had it is kept for as long as late messages may need it, and no
// longer.
func TestSlotsGoRound(t *testing.T) {
	r := newTorrent(t)
	var last ecs.Entity
	for n := range 4000 {
		if n%4 == 0 {
			if r.World().Alive(last) {
				r.World().Despawn(last)
			}
			last = r.titles.NewEntity(replicate.Net{Life: replicate.Always}, title{})
		}
		r.step()
		r.victim.step()
	}
	require.NoError(t, r.victim.err)
	require.Greater(t, replicate.Replaced(r.victim.client), 100, "none would make late messages useless")
	require.LessOrEqual(t, replicate.Replaced(r.victim.client), 512)
}

// TestSlotsGoRoundAtOnce: so is what a client predicts, which never waits for the
// timeline, however many come and go.
func TestSlotsGoRoundAtOnce(t *testing.T) {
	r := newTorrent(t)
	var last []ecs.Entity
	most := 0
	for range 50 {
		for _, e := range last {
			r.World().Despawn(e)
		}
		last = last[:0]
		for range 3000 {
			last = append(last, r.titles.NewEntity(replicate.Net{Mode: replicate.ByAll}, title{}))
		}
		r.step()
		require.NoError(t, r.victim.err)
		most = max(most, replicate.Replaced(r.victim.client))
	}
	require.Greater(t, most, replicate.MaxSlots/2)
	require.LessOrEqual(t, most, replicate.MaxSlots)
}

// TestReshapesForever: so is one that changes one entity without end.
func TestReshapesForever(t *testing.T) {
	var e ecs.Entity
	used, err := tireless(t, 6000, func(r *torrent, n int) {
		heats := ecs.NewMap1[heat](r.Sim())
		switch {
		case n == 0:
			e = r.titles.NewEntity(replicate.Net{}, title{})
		case n%2 == 0:
			heats.Remove(e)
		default:
			heats.Add(e, heat{1})
		}
	})
	t.Log(err, used>>20, "MiB")
	require.ErrorIs(t, err, replicate.ErrMalformed)
	require.Less(t, used, uint64(64<<20))
}

// TestBatchForever: a batch that does not end is refused before it takes more
// than its bound.
func TestBatchForever(t *testing.T) {
	v := newVictim()
	part := make([]byte, 64<<10)
	part[len(part)-1] = 1 // more follows
	used := allocated(func() {
		for range 1000 {
			v.give(append([]byte{0}, part...))
		}
	})
	require.ErrorIs(t, v.err, replicate.ErrMalformed)
	require.Less(t, used, uint64(100<<20))
}

// TestFarFuture names ticks, batches and messages as far ahead as a message can
// say, again and again: what waits is bounded, and so is memory.
func TestFarFuture(t *testing.T) {
	all := sessionOf(4, 30)
	v := newVictim()
	for _, m := range all {
		v.give(m)
	}
	require.NoError(t, v.err)
	var w wire.Writer
	runtime.GC()
	used := allocated(func() {
		for n := range 20000 {
			w.Reset(w.Finish()[:0])
			w.Bits(1, 8) // the channel
			w.Bits(2, 8) // records
			w.Bits(uint64(n)*37, 16)
			w.Bits(uint64(30000+n%100), 16) // a batch that is far ahead
			w.Bits(uint64(n), 16)
			w.Bits(64, 8)
			w.Bytes(make([]byte, 100))
			v.give(w.Finish())
			if n%50 == 0 {
				v.step()
			}
		}
	})
	t.Log(v.err, used>>20, "MiB allocated in all")
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	require.Less(t, m.HeapAlloc, uint64(64<<20), "what is held")
	require.True(t, v.client.WantsRefresh(), "it has given up what waited, and wants all anew")
}
