package rewind

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

var (
	seeds     = flag.Int("seeds", 30, "number of seeds of the worlds")
	firstSeed = flag.Uint64("seed", 1, "first seed of the worlds")
)

// world is a source whose shapes live, move, rest and die at random.
type world struct {
	app    *engine.App
	past   *Past
	rng    *rand.Rand
	things []*thing
	last   replicate.ID
	ticks  map[uint32][]Shape // what was there at the end of each tick, in no order
}

type thing struct {
	shape  Shape
	vx, vy float32
	rests  int
}

// blob is an outline of the game's own: a disc beside its place.
type blob struct{ radius float32 }

func (b blob) circle(at Place) physics.Circle {
	s, c := math.Sincos(float64(at.Angle))
	return physics.Circle{X: at.X + float32(c)*b.radius, Y: at.Y + float32(s)*b.radius, Radius: b.radius}
}

func (b blob) Reach() float32 { return 2 * b.radius }

func (b blob) Hit(at Place, way physics.Segment, radius float32) (float32, bool) {
	c := b.circle(at)
	c.Radius += radius
	return way.Hit(c)
}

func (b blob) Overlaps(at Place, c physics.Circle) bool {
	o := b.circle(at)
	return within(o.X-c.X, o.Y-c.Y, o.Radius+c.Radius)
}

func (b blob) Touches(at Place, box physics.Box) bool { return box.Overlaps(b.circle(at)) }

const side512 = 512

func newWorld(seed uint64, interval uint32) *world {
	w := &world{app: engine.New(engine.Config{}), rng: rand.New(rand.NewPCG(seed, 1)), ticks: map[uint32][]Shape{}}
	box := physics.Box{MinX: -side512, MinY: -side512, MaxX: side512, MaxY: side512}
	w.past = Record(w.app, Config{World: box, Cell: 64}, w)
	w.past.Serve(interval)
	for range 20 {
		w.spawn()
	}
	return w
}

func (w *world) float(reach float32) float32 { return (w.rng.Float32()*2 - 1) * reach }

func (w *world) spawn() {
	w.last++
	s := Shape{
		Net: replicate.Net{ID: w.last, Owner: input.PlayerID(w.rng.IntN(4)), Mode: replicate.Mode(w.rng.IntN(2))},
		X:   w.float(1.2 * side512), Y: w.float(1.2 * side512), Radius: w.rng.Float32() * 30, Tag: uint64(w.last),
	}
	switch s.Kind = Kind(w.rng.IntN(4)); s.Kind {
	case Box:
		s.X1, s.Y1, s.Radius = s.X+w.rng.Float32()*80, s.Y+w.rng.Float32()*80, 0
	case Segment:
		s.X1, s.Y1 = s.X+w.float(80), s.Y+w.float(80)
	case Own:
		s.Outline, s.Radius, s.Angle = blob{1 + w.rng.Float32()*20}, 0, w.float(math.Pi)
	}
	w.things = append(w.things, &thing{shape: s, vx: w.float(8), vy: w.float(8)})
	if w.rng.IntN(3) == 0 { // another part of the same entity
		s.Part, s.X = 1, s.X+10
		w.things = append(w.things, &thing{shape: s, vx: w.float(8), vy: w.float(8)})
	}
}

// Shapes implements Source.
func (w *world) Shapes(r *Recorder) {
	w.rng.Shuffle(len(w.things), func(i, k int) { w.things[i], w.things[k] = w.things[k], w.things[i] })
	for _, k := range w.things {
		r.Add(k.shape)
	}
}

// step runs a tick.
func (w *world) step(t testing.TB) {
	for _, k := range w.things {
		if k.rests > 0 {
			k.rests--
			continue
		}
		if w.rng.IntN(30) == 0 {
			k.rests = w.rng.IntN(60)
		}
		k.shape.X, k.shape.Y = k.shape.X+k.vx, k.shape.Y+k.vy
		if k.shape.Kind == Box || k.shape.Kind == Segment {
			k.shape.X1, k.shape.Y1 = k.shape.X1+k.vx, k.shape.Y1+k.vy
		}
		if k.shape.Kind == Own {
			k.shape.Angle = float32(math.Remainder(float64(k.shape.Angle+0.2), 2*math.Pi))
		}
	}
	if w.rng.IntN(5) == 0 {
		w.spawn()
	}
	if w.rng.IntN(5) == 0 && len(w.things) > 10 {
		i := w.rng.IntN(len(w.things))
		w.things = slices.Delete(w.things, i, i+1)
	}
	require.NoError(t, w.app.Step())
	var now []Shape
	for _, k := range w.things {
		now = append(now, k.shape)
	}
	w.ticks[w.app.Tick()] = now
}

// reference is what a client shows at a moment, the slow way: it goes through
// all snapshots and keeps for each shape when it came, changed and went, as
// package replicate does.
func (w *world) reference(player input.PlayerID, moment float64, newest uint32) []Shape {
	type sample struct {
		tick  uint32
		shape Shape
	}
	var all []Shape
	for id := replicate.ID(1); id <= w.last; id++ {
		for part := range uint8(2) {
			var track []sample
			there := false
			for tick := w.past.interval; tick <= newest; tick += w.past.interval {
				i := slices.IndexFunc(w.ticks[tick], func(s Shape) bool { return s.Net.ID == id && s.Part == part })
				if i < 0 {
					if there && float64(tick) <= moment {
						track = nil // gone from the screen
					}
					there = false
					continue
				}
				s := w.ticks[tick][i]
				if !there || s.moved(&track[len(track)-1].shape) {
					track = append(track, sample{tick, s})
				}
				there = true
			}
			if len(track) == 0 || float64(track[0].tick) > moment || track[0].shape.Net.PredictedFor(player) {
				continue
			}
			i := 0
			for i+1 < len(track) && float64(track[i+1].tick) <= moment {
				i++
			}
			s := track[i].shape
			if i+1 < len(track) {
				from, to := float64(track[i].tick), float64(track[i+1].tick)
				if to-from > 4*float64(w.past.interval) {
					from = to - float64(w.past.interval)
				}
				if moment > from {
					s.between(&track[i].shape, &track[i+1].shape, (moment-from)/(to-from))
				}
			}
			all = append(all, s)
		}
	}
	return all
}

func eachWorld(t *testing.T, run func(t *testing.T, seed uint64)) {
	for seed := *firstSeed; seed < *firstSeed+uint64(*seeds); seed++ {
		if !t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) { run(t, seed) }) {
			t.Fatalf("replay: go test ./net/rewind -run '^%s$' -seed %d -seeds 1", t.Name(), seed)
		}
	}
}

// TestViews compares views and queries with the slow reference and with looking
// at every shape.
func TestViews(t *testing.T) {
	eachWorld(t, func(t *testing.T, seed uint64) {
		w := newWorld(seed, 1+uint32(seed%4))
		hits := 0
		for range 120 {
			w.step(t)
			tick := w.app.Tick() + 1 // is about to be simulated
			if tick < 40 {
				continue
			}
			player := input.PlayerID(w.rng.IntN(4))
			claim := float64(tick) - w.rng.Float64()*20
			moment := w.past.See(player, Sight{Tick: tick, Playhead: claim, RTT: 400 * time.Millisecond})
			v := w.past.View(engine.Tick{Number: tick}, player)
			require.Equal(t, moment, v.Moment())
			want := w.reference(player, moment, w.past.newest.tick)
			require.Equal(t, want, v.Shapes(nil), "tick %d, moment %v", tick, moment)
			for range 5 {
				hits += w.compare(t, v, want)
			}
		}
		require.Greater(t, hits, 20)
	})
}

// compare asks one of each question.
func (w *world) compare(t *testing.T, v View, all []Shape) (hits int) {
	way := physics.Segment{X0: w.float(600), Y0: w.float(600), X1: w.float(600), Y1: w.float(600)}
	if w.rng.IntN(2) == 0 { // aimed at something
		s := all[w.rng.IntN(len(all))]
		way.X1, way.Y1 = s.X, s.Y
	}
	radius := float32(w.rng.IntN(3)) * 4
	var along []Hit
	var first Hit
	for i := range all {
		if at, hit := all[i].hit(way, radius); hit {
			along = append(along, Hit{all[i], at})
			if len(along) == 1 || at < first.T {
				first = Hit{all[i], at}
			}
		}
	}
	require.Equal(t, along, v.Along(nil, way, radius))
	got, any := v.First(way, radius)
	require.Equal(t, len(along) > 0, any)
	require.Equal(t, first, got)

	circle := physics.Circle{X: way.X0, Y: way.Y0, Radius: w.rng.Float32() * 100}
	box := circle.Box()
	var in, within []Shape
	for i := range all {
		if all[i].overlaps(circle) {
			in = append(in, all[i])
		}
		if all[i].touches(box) {
			within = append(within, all[i])
		}
	}
	require.Equal(t, in, v.In(nil, circle))
	require.Equal(t, within, v.Within(nil, box))
	require.GreaterOrEqual(t, len(within), len(in))
	for i := range all {
		s, ok := v.Find(all[i].Net.ID, all[i].Part)
		require.True(t, ok)
		require.Equal(t, all[i], s)
	}
	return len(along) + len(in)
}

// TestRay: a ray meets what a long way in its direction meets.
func TestRay(t *testing.T) {
	eachWorld(t, func(t *testing.T, seed uint64) {
		w := newWorld(seed, 3)
		for range 30 {
			w.step(t)
		}
		v := w.past.View(engine.Tick{Number: w.app.Tick() + 1}, 9)
		met := 0
		for range 200 {
			x, y, dx, dy := w.float(600), w.float(600), w.float(2), w.float(2)
			ray, ok := v.Ray(x, y, dx, dy)
			way, long := v.First(physics.Segment{X0: x, Y0: y, X1: x + dx*4000, Y1: y + dy*4000}, 0)
			if !long || way.T > 0.9 {
				continue // grazed, or too far to compare
			}
			require.True(t, ok)
			require.InDelta(t, way.T*4000, ray.T, 1)
			met++
		}
		require.Positive(t, met)
		_, ok := v.Ray(0, 0, 0, 0)
		require.False(t, ok)
	})
}
