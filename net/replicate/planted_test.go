package replicate_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
)

// What judges cannot find proves nothing: here is a bug for each of their rules,
// and they must find it.

// sightOf gives the engine another sight than the judges believe in.
func sightOf(a replicate.Area) engine.Plugin {
	return func(app *engine.App) {
		a.World = physics.Box{MinX: -genWorld, MinY: -genWorld, MaxX: genWorld, MaxY: genWorld}
		replicate.Sight(app, a, func(p *spot) (float32, float32) { return p.X, p.Y })
	}
}

// each calls f for every interpolated entity of a client that has a component.
func each[T any](v *directClient, f func(e ecs.Entity, n *replicate.Net, c *T)) {
	all := ecs.Query2[replicate.Net, T](ecs.NewSim(v.app.World()))
	type row struct {
		e ecs.Entity
		n *replicate.Net
		c *T
	}
	var rows []row
	q := all.Query()
	for q.Next() {
		if n, c := q.Get(); !n.PredictedFor(v.player) {
			rows = append(rows, row{q.Entity(), n, c})
		}
	}
	for _, r := range rows {
		f(r.e, r.n, r.c)
	}
}

// openSim is generatedSim with a component that should be for owners alone.
func openSim(app *engine.App) {
	app.Simulate(&wishes{}, &drifts{}, &ends{}, &beats{})
	replicate.Resource[tally](app)
	replicate.Resource[weather](app, replicate.Interpolate(replicate.Lerp))
	replicate.Resource[pulse](app, replicate.Predict())
	replicate.Component[spot](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
	replicate.Component[drift](app, replicate.Predict())
	replicate.Component[mortal](app, replicate.Predict())
	replicate.Component[facing](app, replicate.Interpolate(replicate.Lerp))
	replicate.Component[title](app)
	replicate.Component[heat](app)
	replicate.Component[cipher](app)
	replicate.Component[cargo](app)
	replicate.Component[bond](app)
	replicate.Component[hunt](app, replicate.Predict())
	replicate.Component[replicate.Parent](app)
	input.Command[wish](app)
}

// tamper changes values after the snapshot was written, so that it tells of
// values which no tick had.
type tamper struct{ all ecs.Filter1[heat] }

func (s *tamper) Init(sim *ecs.Sim) { s.all = ecs.Query1[heat](sim) }
func (s *tamper) Update(engine.Tick) {
	q := s.all.Query()
	for q.Next() {
		q.Get().Degrees += 3
	}
}

// planted is a bug, and what judges may call it.
type planted struct {
	bug  bug
	gen  func(*generator)
	want []error
}

// plantedBugs are bugs of what is told and shown.
var plantedBugs = map[string]planted{
	"bans ignored":           {gen: func(g *generator) { g.leaky = true }, want: []error{errSecret}},
	"nothing told":           {gen: func(g *generator) { g.blind = true }, want: []error{errMissing}},
	"sees too far":           {bug: bug{server: sightOf(replicate.Area{Radius: genRadius + 3, Margin: 2, Sweep: genSweep})}, want: []error{errSecret}},
	"lets go too late":       {bug: bug{server: sightOf(replicate.Area{Radius: genRadius, Margin: genMargin + 3, Sweep: genSweep})}, want: []error{errSecret}},
	"looks too seldom":       {bug: bug{server: sightOf(replicate.Area{Radius: genRadius, Margin: genMargin, Sweep: genSweep * 3})}, want: []error{errSecret, errMissing}},
	"sees too little":        {bug: bug{server: sightOf(replicate.Area{Radius: genRadius - 3, Margin: genMargin + 3, Sweep: genSweep})}, want: []error{errMissing}},
	"not for owners":         {bug: bug{sim: openSim}, want: []error{errSecret}},
	"values that never were": {bug: bug{server: func(app *engine.App) { app.Send(&tamper{}) }}, want: []error{errValue}},
	"all groups": {bug: bug{server: func(app *engine.App) {
		in := replicate.InterestOf(app.World())
		app.Replicate(plainSystem(func() {
			for p := range 20 {
				in.Join(input.PlayerID(p), ^uint64(0))
			}
		}))
	}}, want: []error{errSecret}},
	"shows a ghost": {bug: bug{each: func(v *directClient) {
		if v.game.tick == 100 {
			nets := ecs.NewMap1[replicate.Net](v.app.Sim())
			nets.NewEntity(replicate.Net{ID: 4711})
		}
	}}, want: []error{errShown}},
	"hides": {bug: bug{each: func(v *directClient) {
		if v.game.tick == 200 {
			each(v, func(e ecs.Entity, _ *replicate.Net, _ *spot) { v.app.World().Despawn(e) })
		}
	}}, want: []error{errShown, errDangling}},
	"shows another component": {bug: bug{each: func(v *directClient) {
		titles := ecs.NewMap1[title](ecs.NewSim(v.app.World()))
		each(v, func(e ecs.Entity, _ *replicate.Net, _ *spot) { titles.Add(e, title{}) })
	}}, want: []error{errShown}},
	"shows beside the way": {bug: bug{each: func(v *directClient) {
		each(v, func(_ ecs.Entity, _ *replicate.Net, p *spot) { p.X += 0.02 })
	}}, want: []error{errShown}},
	"dangles": {bug: bug{each: func(v *directClient) {
		each(v, func(_ ecs.Entity, _ *replicate.Net, b *bond) { b.To = 4711 })
	}}, want: []error{errDangling}},
	"refers to another": {bug: bug{each: func(v *directClient) {
		each(v, func(_ ecs.Entity, n *replicate.Net, b *bond) { b.To = n.ID })
	}}, want: []error{errShown}},
	"loses the last": {bug: bug{deaf: true}, want: []error{errUnequal}},
}

// plantedEvents are bugs of what events tell.
var plantedEvents = map[string]planted{
	"tells of nothing": {bug: bug{each: func(v *directClient) {
		if v.game.tick > 100 {
			v.app.World().ClearEvents()
		}
	}}, want: []error{errEvents}},
	"tells twice": {bug: bug{each: func(v *directClient) {
		came := ecs.EventsOf[replicate.Appeared](v.app.World())
		if list := came.Read(); v.game.tick > 100 && len(list) > 0 {
			came.Emit(list[0])
		}
	}}, want: []error{errEvents}},
	"tells of an end that was none": {bug: bug{each: func(v *directClient) {
		each(v, func(e ecs.Entity, n *replicate.Net, _ *spot) {
			if v.game.tick == 200 {
				replicate.EntitiesOf(v.app.World()).Vanish(n.ID, e, false)
			}
		})
	}}, want: []error{errEvents}},
	"tells of strangers": {bug: bug{each: func(v *directClient) {
		if v.game.tick == 200 {
			replicate.EntitiesOf(v.app.World()).Vanish(4711, ecs.Entity{}, true)
		}
	}}, want: []error{errEvents}},
	"calls all new": {bug: bug{each: func(v *directClient) { retell(v, func(a *replicate.Appeared) { a.Spawned = true }) }}, want: []error{errEvents}},
	"calls all old": {bug: bug{each: func(v *directClient) { retell(v, func(a *replicate.Appeared) { a.Spawned = false }) }}, want: []error{errEvents}},
	"calls ends leaves": {bug: bug{each: func(v *directClient) {
		retell(v, func(e *replicate.Vanished) { e.Despawned = false })
	}}, want: []error{errEvents}},
}

func TestPlantedBugs(t *testing.T) {
	all := maps.Clone(plantedBugs)
	maps.Copy(all, plantedEvents)
	for name, b := range all {
		t.Run(name, func(t *testing.T) {
			for seed := uint64(1); seed < 12; seed++ {
				d := newDirect(seed, b.bug)
				if b.gen != nil {
					b.gen(d.gen)
				}
				err := d.play(300, 200)
				if err == nil {
					continue
				}
				require.True(t, slices.ContainsFunc(b.want, func(want error) bool { return errors.Is(err, want) }), "seed %d: %v", seed, err)
				t.Logf("seed %d: %v", seed, err)
				return
			}
			t.Fatal("nobody noticed")
		})
	}
}

// retell changes the events of a client's tick.
func retell[T any](v *directClient, f func(*T)) {
	list := ecs.EventsOf[T](v.app.World()).Read()
	for i := range list {
		f(&list[i])
	}
}

// plainSystem is a system of a function.
type plainSystem func()

// Update implements engine.System.
func (f plainSystem) Update(engine.Tick) { f() }

// plainTick is a system of a function that wants to know the tick.
type plainTick func(engine.Tick)

// Update implements engine.System.
func (f plainTick) Update(t engine.Tick) { f(t) }

// TestPlantedInTheStack plants bugs in the played form.
func TestPlantedInTheStack(t *testing.T) {
	for name, b := range map[string]struct {
		plant func(*generator)
		want  error
	}{
		"bans ignored": {func(g *generator) { g.leaky = true }, errSecret},
		"nothing told": {func(g *generator) { g.blind = true }, errMissing},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlayed(1, netsim.Profile{})
			for _, h := range p.houses {
				b.plant(h.gen)
			}
			require.ErrorIs(t, p.play(10, 4), b.want)
		})
	}
}

// saw is one thing that a witness was told.
type saw struct {
	op          uint64
	batch, tick uint32
	net         replicate.Net
	mask        replicate.Mask

	value bool
	typ   int
	exact bool
	data  replicate.Column

	refs []replicate.ID
}

// testimony plays a game and returns what the spy of its first client saw, in
// order.
func testimony(t *testing.T) (*direct, *directClient, []saw) {
	var all []saw
	d := newDirect(3, bug{})
	v := d.join(0)
	op, value, refs := v.spy.op, v.spy.value, v.spy.refs
	replicate.Rewitness(v.spy.witness,
		func(o uint64, batch, tick uint32, n replicate.Net, m replicate.Mask) {
			all = append(all, saw{op: o, batch: batch, tick: tick, net: n, mask: m})
			op(o, batch, tick, n, m)
		},
		func(id replicate.ID, typ int, tick uint32, exact bool, p unsafe.Pointer) {
			c := d.truth.table.Types[typ].NewColumn()
			c.Append(p)
			all = append(all, saw{value: true, net: replicate.Net{ID: id}, typ: typ, tick: tick, exact: exact, data: c})
			value(id, typ, tick, exact, p)
		},
		func(id replicate.ID, tick uint32, to []replicate.ID) {
			all = append(all, saw{refs: slices.Clone(to), net: replicate.Net{ID: id}, tick: tick})
			refs(id, tick, to)
		})
	for range 900 {
		require.NoError(t, d.step())
	}
	return d, v, all
}

// hears lets another judge hear a testimony.
func hears(d *direct, v *directClient, all []saw) error {
	_, _, j := d.viewerOf(v.player)
	for _, s := range all {
		switch {
		case s.value:
			j.value(s.net.ID, s.typ, s.tick, s.exact, s.data.At(0))
		case s.refs != nil:
			j.refs(s.net.ID, s.tick, s.refs)
		default:
			j.op(s.op, s.batch, s.tick, s.net, s.mask)
		}
	}
	return j.err
}

// TestDoctoredStreams changes one thing of a true testimony at a time.
func TestDoctoredStreams(t *testing.T) {
	d, v, all := testimony(t)
	require.NoError(t, hears(d, v, all))
	is := func(op uint64) func(saw) bool {
		return func(s saw) bool { return !s.value && s.refs == nil && s.op == op }
	}
	points := func(s saw) bool {
		return slices.ContainsFunc(s.refs, func(id replicate.ID) bool { return id != 0 })
	}
	isValue := func(s saw) bool { return s.value }
	// nth doctors the nth testimony that is right for it.
	nth := func(right func(saw) bool, n int, doctor func(all []saw, i int) []saw) []saw {
		for i := range all {
			if right(all[i]) {
				if n--; n == 0 {
					return doctor(slices.Clone(all), i)
				}
			}
		}
		t.Fatal("there is none")
		return nil
	}
	drop := func(all []saw, i int) []saw { return slices.Delete(all, i, i+1) }
	twice := func(all []saw, i int) []saw { return slices.Insert(all, i, all[i]) }
	edit := func(f func(s *saw)) func([]saw, int) []saw {
		return func(all []saw, i int) []saw { f(&all[i]); return all }
	}
	for name, c := range map[string]struct {
		doctored []saw
		want     []error
	}{
		"spawn lost":             {nth(is(replicate.OpSpawn), 9, drop), []error{errMissing, errValue, errStrange}},
		"spawn twice":            {nth(is(replicate.OpSpawn), 9, twice), []error{errOrder}},
		"despawn lost":           {nth(is(replicate.OpDespawn), 1, drop), []error{errStrange}},
		"despawn twice":          {nth(is(replicate.OpDespawn), 1, twice), []error{errOrder}},
		"leave lost":             {nth(is(replicate.OpLeave), 2, drop), []error{errSecret, errOrder}},
		"despawn for leave":      {nth(is(replicate.OpLeave), 2, edit(func(s *saw) { s.op = replicate.OpDespawn })), []error{errStrange}},
		"reshape lost":           {nth(is(replicate.OpReshape), 4, drop), []error{errMissing}},
		"reshape to more":        {nth(is(replicate.OpReshape), 4, edit(func(s *saw) { s.mask ^= 1 })), []error{errStrange}},
		"spawn with more":        {nth(is(replicate.OpSpawn), 9, edit(func(s *saw) { s.mask = ^replicate.Mask(0) })), []error{errStrange}},
		"spawn of another owner": {nth(is(replicate.OpSpawn), 9, edit(func(s *saw) { s.net.Owner += 7 })), []error{errStrange}},
		"turn lost":              {nth(is(replicate.OpTurn), 1, drop), []error{errMissing, errStrange, errValue, errSecret}},
		"turn twice":             {nth(is(replicate.OpTurn), 1, twice), []error{errStrange}},
		"turn to another owner":  {nth(is(replicate.OpTurn), 1, edit(func(s *saw) { s.net.Owner += 7 })), []error{errStrange}},
		"a tick too early":       {nth(is(replicate.OpSpawn), 9, edit(func(s *saw) { s.tick -= 3 })), []error{errOrder, errStrange}},
		"a batch skipped":        {nth(is(replicate.OpSpawn), 9, edit(func(s *saw) { s.batch++ })), []error{errOrder}},
		"an end lost":            {nth(is(replicate.OpEnd), 9, drop), []error{errOrder}},
		"a value of another tick": {nth(isValue, 2000, edit(func(s *saw) {
			s.tick -= 300
		})), []error{errValue, errSecret}},
		"a value of another entity": {nth(isValue, 300, edit(func(s *saw) { s.net.ID += 4711 })), []error{errValue}},
		"an inexact value as exact": {nth(func(s saw) bool { return s.value && !s.exact }, 300, edit(func(s *saw) { s.exact = true })), []error{errValue, errSecret}},
		"references lost":           {nth(points, 2, drop), []error{errMissing}},
		"a reference to nobody":     {nth(points, 2, edit(func(s *saw) { s.refs = refer(s.refs, 4711) })), []error{errDangling}},
		"a reference to another":    {nth(points, 2, edit(func(s *saw) { s.refs = refer(s.refs, s.net.ID) })), []error{errValue}},
	} {
		err := hears(d, v, c.doctored)
		require.True(t, slices.ContainsFunc(c.want, func(want error) bool { return errors.Is(err, want) }), "%s: %v", name, err)
	}
}

// refer points the first reference that there is elsewhere.
func refer(refs []replicate.ID, to replicate.ID) []replicate.ID {
	refs = slices.Clone(refs)
	for i := range refs {
		if refs[i] != 0 {
			refs[i] = to
			return refs
		}
	}
	return refs
}
