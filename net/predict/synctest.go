package predict

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// SyncTestConfig says what a [SyncTest] plays.
type SyncTestConfig struct {
	Sim      engine.Plugin     // the game's shared plugin; a plugin with input.Sample may come with it
	Setup    func(*engine.App) // spawns what there is at the beginning, through maps made from App.Sim; nil: nothing
	Ticks    int               // to play; 0: 600
	Depth    int               // ticks to roll back, in every tick; 0: 8; at most 100
	TickRate int               // 0: 60
	Seed     uint64            // of the game's random numbers
}

// Desync is the first difference that a [SyncTest] finds: a tick that was run
// again did not come to what it had come to before.
type Desync struct {
	Tick      uint32
	Entity    replicate.ID
	Component string // empty: the entity itself, or its set of components
	Field     string // as in Go
	First     string // what the first run came to
	Again     string // what the replay came to
	Predicted bool   // the component is registered with replicate.Predict
}

// Error says what differs and what the cause may be.
func (d *Desync) Error() string {
	what := "the entity"
	if d.Component != "" {
		what = d.Component
		if d.Field != "" {
			what += "." + d.Field
		}
	}
	cause := "does a system keep state outside of components, go over a map, or draw random numbers that are not Tick.Random's?"
	if d.Component != "" && !d.Predicted {
		cause = "systems change it, so register it with replicate.Predict, or change it only in systems of the server"
	}
	return fmt.Sprintf("predict: tick %d, replayed, is another one: %s of entity %x was %s and is %s: %s", d.Tick, what, uint64(d.Entity), d.First, d.Again, cause)
}

// SyncTest plays a game that predicts everything and rolls it back in every tick
// as if a snapshot had shown a mistake, and compares each replayed tick with its
// first run, bit for bit. It returns a *[Desync] for the first difference: most of
// what makes a game mispredict for no reason, found without a network.
//
//	require.NoError(t, predict.SyncTest(predict.SyncTestConfig{Sim: sim.Plugin, Setup: spawn}))
//
// Player 1 gives the commands of input.Sample; every other player those that
// player 1 gave some ticks before.
func SyncTest(cfg SyncTestConfig) error {
	if cfg.Sim == nil {
		panic("predict: SyncTestConfig.Sim is nil: give the plugin that server and client share")
	}
	ticks, depth := max(cfg.Ticks, 0), max(cfg.Depth, 0)
	if ticks == 0 {
		ticks = 600
	}
	if depth == 0 {
		depth = 8
	}
	if depth > 100 {
		panic(fmt.Sprintf("predict: SyncTestConfig.Depth is %d: choose at most 100 ticks", depth))
	}
	s := newSync(cfg, uint32(depth))
	if err := s.app.Start(); err != nil {
		return err
	}
	if cfg.Setup != nil {
		cfg.Setup(s.app)
	}
	s.name()
	for range ticks {
		if err := s.app.Step(); err != nil {
			return err
		}
		if s.desync != nil {
			return s.desync
		}
	}
	return nil
}

// synced is a game under a SyncTest.
type synced struct {
	app    *engine.App
	p      *Predictor
	depth  uint32
	first  []frame // of the last ticks, with all components
	again  frame
	desync *Desync
}

type syncPhase func(engine.Tick)

func (f syncPhase) Update(t engine.Tick) { f(t) }

func newSync(cfg SyncTestConfig, depth uint32) *synced {
	s := &synced{app: engine.New(engine.Config{TickRate: cfg.TickRate, Seed: cfg.Seed}), depth: depth}
	Limit(s.app)
	s.app.Receive(syncPhase(s.check))
	s.app.Input(syncPhase(func(t engine.Tick) { s.p.Command(t) }))
	s.app.Add(cfg.Sim)
	s.app.Replicate(syncPhase(s.save))
	s.p = New(s.app)
	s.p.SetPlayer(1)
	s.p.everybody = true
	var all replicate.Mask
	for t, typ := range s.p.table.Types {
		if !typ.Hidden {
			all |= 1 << uint(t)
		}
	}
	s.first = make([]frame, depth+1)
	for i := range s.first {
		s.first[i] = newFrame(s.p.table, all)
	}
	s.again = newFrame(s.p.table, all)
	return s
}

// name gives IDs to what has none, in the order in which it was made.
func (s *synced) name() {
	nets := ecs.Query1[replicate.Net](ecs.NewSim(s.app.World()))
	q := nets.Query()
	id := replicate.ID(0)
	for q.Next() {
		if n := q.Get(); n.ID == 0 {
			id++
			n.ID = id
		}
	}
}

func (s *synced) at(tick uint32) *frame { return &s.first[tick%uint32(len(s.first))] }

func (s *synced) save(t engine.Tick) {
	s.p.Save(t)
	s.p.copyTo(s.at(t.Number), t.Number)
}

// check rolls back to depth ticks ago and compares every tick since.
func (s *synced) check(t engine.Tick) {
	done := t.Number - 1
	if done <= s.depth {
		return
	}
	at := done - s.depth
	if f := s.p.frameAt(at); f != nil {
		s.p.confirmed.copy(f)
	}
	s.p.replayed = func(n uint32) {
		if s.desync == nil {
			s.p.copyTo(&s.again, n)
			s.desync = s.compare(n, n == done)
		}
	}
	s.p.rollback(at, done)
	s.p.replayed = nil
}

// compare finds the first difference of a tick. What is not predicted is not set
// back: it must have stayed as it was at the end.
func (s *synced) compare(n uint32, last bool) *Desync {
	was, is := s.at(n), &s.again
	places := slices.Concat(was.used, is.used)
	slices.Sort(places)
	for _, at := range slices.Compact(places) {
		d := &Desync{Tick: n}
		if int(at) < len(was.rows) {
			d.Entity = was.rows[at].id
		}
		if a := is.rows[at].id; a != d.Entity || d.Entity == 0 {
			d.First, d.Again = present(d.Entity), present(a)
			d.Entity = max(d.Entity, a)
			return d
		}
		for t, typ := range s.p.table.Types {
			if typ.Hidden || !typ.Predict && !last {
				continue
			}
			d.Component, d.Predicted = typ.Name(), typ.Predict
			a, b := was.value(at, t), is.value(at, t)
			if (a == nil) != (b == nil) {
				d.First, d.Again = fmt.Sprint("there: ", a != nil), fmt.Sprint("there: ", b != nil)
				return d
			}
			if a == nil || typ.Same(a, b) {
				continue
			}
			of := typ.Quantised.Type()
			if field, x, y, differ := firstBit("", reflect.NewAt(of, a).Elem(), reflect.NewAt(of, b).Elem()); differ {
				d.Field, d.First, d.Again = field, x, y
				return d
			}
		}
	}
	return nil
}

func present(id replicate.ID) string {
	if id == 0 {
		return "not there"
	}
	return "there"
}

// firstBit finds the first part in which two values differ, floats bit for bit.
func firstBit(path string, a, b reflect.Value) (field, x, y string, differ bool) {
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			name := a.Type().Field(i).Name
			if path != "" {
				name = path + "." + name
			}
			if field, x, y, differ = firstBit(name, a.Field(i), b.Field(i)); differ {
				return field, x, y, true
			}
		}
		return "", "", "", false
	case reflect.Array:
		for i := range a.Len() {
			if field, x, y, differ = firstBit(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i)); differ {
				return field, x, y, true
			}
		}
		return "", "", "", false
	case reflect.Float32, reflect.Float64:
		differ = math.Float64bits(a.Float()) != math.Float64bits(b.Float())
	default:
		differ = !reflect.DeepEqual(exposed(a), exposed(b))
	}
	return path, fmt.Sprint(exposed(a)), fmt.Sprint(exposed(b)), differ
}

// exposed is a field's value, also of one that is not exported.
func exposed(v reflect.Value) any {
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem().Interface()
}

// copy makes a frame the same as another of the same types.
func (f *frame) copy(from *frame) {
	f.reset(from.tick, len(from.rows))
	copy(f.rows, from.rows)
	f.used = append(f.used, from.used...)
	for t, c := range f.columns {
		if c == nil {
			continue
		}
		for _, at := range f.used {
			if v := from.value(at, t); v != nil {
				c.Copy(c.At(int(at)), v)
			}
		}
	}
}

// delayOf is how many ticks after player 1 another player of a SyncTest does the
// same.
func delayOf(id input.PlayerID) uint32 { return 13 * uint32(id-1) % (commandRing / 2) }
