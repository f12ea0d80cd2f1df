package replicate_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

// follower is the simplest Predictor: it predicts nothing, and takes what the
// server confirms.
type follower struct{ app *engine.App }

func (follower) Adopt(replicate.ID) (ecs.Entity, bool) { return ecs.Entity{}, false }
func (follower) Spawned(*replicate.Replica)            {}
func (follower) Despawned(*replicate.Replica)          {}
func (follower) Taken(*replicate.Replica)              {}
func (follower) Released(*replicate.Replica)           {}

func (f follower) Confirm(_ uint32, own []*replicate.Replica, r *wire.Reader) error {
	w := f.app.World()
	for _, rep := range own {
		for t, typ := range replicate.TableOf(f.app).Types {
			id := typ.Component.ID
			if !typ.Predict {
				continue
			}
			if has := w.Has(rep.Entity, id); has != rep.Mask.Has(t) && has {
				w.RemoveIDs(rep.Entity, id)
			} else if has != rep.Mask.Has(t) {
				w.AddIDs(rep.Entity, id)
			}
			if dst := w.Pointer(rep.Entity, id); dst != nil {
				if err := rep.ReadExact(r, t, dst); err != nil {
					return err
				}
				rep.Point(t, dst)
			}
		}
	}
	return r.Err()
}

// direct is the generated game played without sessions and transport, for many
// seeds in little time. Beside each client a spy reads at once all that is sent
// to it, what will be lost too.
type direct struct {
	rng     *rand.Rand
	app     *engine.App
	server  *replicate.Server
	gen     *generator
	truth   *truth
	clients []*directClient
	tick    uint32
	last    input.PlayerID
	bug     bug
}

// bug is what a test plants: the judges must find it. nil: nothing.
type bug struct {
	server engine.Plugin       // added to the server
	sim    engine.Plugin       // in place of generatedSim, on both sides
	each   func(*directClient) // called in each tick
	deaf   bool                // values get lost without a word once all is quiet
}

type directClient struct {
	player     input.PlayerID
	app        *engine.App
	client     *replicate.Client
	peer       *replicate.Peer
	line       *line
	judge, spy *judge
	spied      *replicate.Client
	sent       [][]byte // and not read by the spy; channel first
	game       *direct
}

func newDirect(seed uint64, b bug) *direct {
	d := &direct{rng: rand.New(rand.NewPCG(seed, 3)), app: engine.New(engine.Config{}), bug: b}
	if d.bug.sim == nil {
		d.bug.sim = generatedSim
	}
	d.app.Add(d.bug.sim)
	d.gen = newGenerator(d.app, seed)
	d.app.Simulate(d.gen)
	if b.server != nil {
		d.app.Add(b.server)
	}
	d.server = replicate.NewServer(d.app, replicate.ServerConfig{Interval: 3, Spread: seed%2 == 0, Pieces: int(seed/2%2)*2 - 1, Channels: replicate.Channels{Structure: 0, Values: 1}})
	d.app.Replicate(d.server)
	d.truth = watchTruth(d.app, d.gen, 3)
	must(d.app.Start())
	return d
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// viewerOf makes a client of the generated game with its judge.
func (d *direct) viewerOf(player input.PlayerID) (*engine.App, *replicate.Client, *judge) {
	app := engine.New(engine.Config{})
	app.Add(d.bug.sim)
	j := watch(app, func() (*truth, input.PlayerID) { return d.truth, player })
	c := replicate.NewClient(app, replicate.ClientConfig{Predictor: follower{app}, TickRate: 60, Interval: 3})
	c.SetPlayer(player, d.tick)
	must(app.Start())
	j.Init(app.Sim())
	return app, c, j
}

// join adds a player, or a spectator of nobody's if embodied is false.
func (d *direct) join(loss float64) *directClient {
	d.last++
	d.gen.join(d.last)
	return d.connect(d.last, loss)
}

// connect adds a client of a player who is there.
func (d *direct) connect(player input.PlayerID, loss float64) *directClient {
	v := &directClient{player: player, game: d, line: &line{rng: d.rng, loss: loss, tick: d.tick}}
	v.app, v.client, v.judge = d.viewerOf(player)
	_, v.spied, v.spy = d.viewerOf(player)
	v.peer = d.server.Add(player, v)
	d.clients = append(d.clients, v)
	return v
}

// Send is a message's way from the server: past the spy, over the line.
func (v *directClient) Send(ch uint8, p []byte, o channel.SendOptions) error {
	v.sent = append(v.sent, append([]byte{ch}, p...))
	if ch == 1 && v.game.bug.deaf && v.game.gen.quiet {
		v.line.fate(o.Token, true, v.line.tick)
		return nil
	}
	return v.line.Send(ch, p, o)
}

// spyOn lets the spy read what was sent in this tick.
func (v *directClient) spyOn() error {
	for _, m := range v.sent {
		read := v.spied.Values
		if m[0] == 0 {
			read = v.spied.Structure
		}
		if err := read(m[1:]); err != nil {
			return fmt.Errorf("spy: %w", err)
		}
	}
	v.sent = v.sent[:0]
	if v.spy.err != nil {
		return fmt.Errorf("spy: %w", v.spy.err)
	}
	return nil
}

// step runs a tick everywhere and reports what is wrong.
func (d *direct) step() error {
	d.tick++
	d.gen.command()
	if err := d.app.Step(); err != nil {
		return err
	}
	now := time.Duration(d.tick) * time.Second / 60
	for _, v := range d.clients {
		if err := v.spyOn(); err != nil {
			return err
		}
		v.line.tick = d.tick
		v.app.World().ClearEvents()
		v.client.Begin(now)
		if err := v.line.hand(v.client, v.peer); err != nil {
			return err
		}
		v.client.Update(engine.Tick{Number: d.tick})
		if d.bug.each != nil {
			d.bug.each(v)
		}
		v.judge.Update(engine.Tick{Number: d.tick})
		v.judge.hear(engine.Tick{Number: d.tick})
		if v.judge.err != nil {
			return v.judge.err
		}
	}
	return nil
}

// churn lets players come, go and come back.
func (d *direct) churn() {
	switch d.rng.IntN(160) {
	case 0:
		if len(d.clients) < 4 {
			d.join(d.rng.Float64() * 0.4)
		}
	case 1:
		if len(d.clients) > 1 {
			v := d.part(d.rng.IntN(len(d.clients)))
			d.gen.leave(v.player)
		}
	case 2: // back at once, over another connection
		v := d.part(d.rng.IntN(len(d.clients)))
		d.gen.regroup(d.gen.player(v.player))
		d.connect(v.player, v.line.loss)
	case 3:
		d.clients[d.rng.IntN(len(d.clients))].peer.Refresh()
	}
}

func (d *direct) part(i int) *directClient {
	v := d.clients[i]
	d.server.Remove(v.peer)
	d.clients = slices.Delete(d.clients, i, i+1)
	return v
}

// play runs the whole of a seed.
func (d *direct) play(busy, quiet int) error {
	d.join(0)
	d.join(d.rng.Float64() * 0.4)
	for range busy {
		d.churn()
		if err := d.step(); err != nil {
			return fmt.Errorf("tick %d: %w", d.tick, err)
		}
	}
	d.gen.rest()
	for range quiet {
		if err := d.step(); err != nil {
			return fmt.Errorf("tick %d: %w", d.tick, err)
		}
	}
	for _, v := range d.clients {
		if err := v.judge.settled(); err != nil {
			return fmt.Errorf("after quiet: %w", err)
		}
	}
	return nil
}

// lastSeed is one more than the last seed of a run: as -seeds says, and few in
// short tests if it says nothing.
func lastSeed() uint64 {
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "seeds" })
	if testing.Short() && !said {
		return *firstSeed + 5
	}
	return *firstSeed + uint64(*seeds)
}

// TestGenerated plays generated games over bad lines, and judges every message
// and every moment shown.
func TestGenerated(t *testing.T) {
	seen, poses, turns := 0, 0, 0
	for seed := *firstSeed; seed < lastSeed(); seed++ {
		d := newDirect(seed, bug{})
		if err := d.play(400, quietTicks); err != nil {
			t.Fatalf("seed %d: %v\nreplay: go test ./net/replicate -run '^TestGenerated$' -seed %d -seeds 1", seed, err, seed)
		}
		turns += d.gen.turns
		for _, v := range d.clients {
			seen, poses = seen+v.spy.seen+v.judge.seen, poses+v.judge.poses
			require.NotZero(t, v.judge.seen)
		}
	}
	t.Logf("%d values off the wire and %d shown were compared, %d modes changed", seen, poses, turns)
	require.NotZero(t, turns)
}
