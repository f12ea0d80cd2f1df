package rooms

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

// What there is in a room: bodies that are steered by players, and things that
// nobody steers.
type (
	place struct {
		X, Y float32 `net:"min=-512,max=512,step=0.01"`
	}
	speed struct {
		X, Y float32 `net:"min=-64,max=64,step=0.01"`
	}
	steer struct {
		X, Y int8 `net:"min=-1,max=1"`
	}
)

func game(things int) session.Game {
	return session.Game{
		Name: "bench-rooms", Version: 1,
		Sim: func(app *engine.App) {
			replicate.Component[place](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
			replicate.Component[speed](app, replicate.Predict())
			input.Command[steer](app)
			app.Simulate(&steering{}, &motion{})
		},
		Server: func(app *engine.App) { app.Simulate(&host{things: things}) },
	}
}

type steering struct{ all ecs.Filter2[steer, speed] }

// Init implements engine.Initer.
func (s *steering) Init(sim *ecs.Sim) { s.all = ecs.Query2[steer, speed](sim) }

// Update implements engine.System.
func (s *steering) Update(engine.Tick) {
	q := s.all.Query()
	for q.Next() {
		c, v := q.Get()
		v.X = float32(v.X*0.99) + float32(c.X)*0.25
		v.Y = float32(v.Y*0.99) + float32(c.Y)*0.25
	}
}

type motion struct{ all ecs.Filter2[place, speed] }

// Init implements engine.Initer.
func (s *motion) Init(sim *ecs.Sim) { s.all = ecs.Query2[place, speed](sim) }

// Update implements engine.System.
func (s *motion) Update(t engine.Tick) {
	q := s.all.Query()
	for q.Next() {
		p, v := q.Get()
		p.X += float32(v.X * t.Dt)
		p.Y += float32(v.Y * t.Dt)
		if p.X < -500 && v.X < 0 || p.X > 500 && v.X > 0 {
			v.X = -v.X
		}
		if p.Y < -500 && v.Y < 0 || p.Y > 500 && v.Y > 0 {
			v.Y = -v.Y
		}
	}
}

// host gives players their bodies and lets things turn.
type host struct {
	things  int
	sim     *ecs.Sim
	joined  *ecs.Events[session.Joined]
	left    *ecs.Events[session.Left]
	bodies  ecs.Map4[replicate.Net, place, speed, steer]
	objects ecs.Map3[replicate.Net, place, speed]
	owned   ecs.Filter2[replicate.Net, steer]
	moving  ecs.Filter2[replicate.Net, speed]
}

// Init implements engine.Initer.
func (h *host) Init(s *ecs.Sim) {
	h.sim = s
	h.joined, h.left = ecs.EventsOf[session.Joined](s.World()), ecs.EventsOf[session.Left](s.World())
	h.bodies = ecs.NewMap4[replicate.Net, place, speed, steer](s)
	h.objects = ecs.NewMap3[replicate.Net, place, speed](s)
	h.owned, h.moving = ecs.Query2[replicate.Net, steer](s), ecs.Query2[replicate.Net, speed](s)
	for i := range h.things {
		h.objects.NewEntity(replicate.Net{}, place{X: float32(i*31%900 - 450), Y: float32(i*57%900 - 450)}, speed{X: float32(i%20 - 10), Y: float32(i%7 - 3)})
	}
}

// Update implements engine.System.
func (h *host) Update(t engine.Tick) {
	for _, j := range h.joined.Read() {
		h.bodies.NewEntity(replicate.Net{Owner: j.Player, Mode: replicate.ByOwner}, place{}, speed{}, steer{})
	}
	for _, l := range h.left.Read() {
		q := h.owned.Query()
		for q.Next() {
			if n, _ := q.Get(); n.Owner == l.Player {
				h.sim.Despawn(q.Entity())
			}
		}
	}
	q := h.moving.Query()
	for q.Next() {
		n, v := q.Get()
		if n.Owner != 0 || (uint32(n.ID)*7+t.Number)%30 != 0 {
			continue
		}
		r := t.Random(uint64(n.ID), 1)
		v.X, v.Y = v.X+r.Range(-3, 3), v.Y+r.Range(-3, 3)
		v.X, v.Y = min(max(v.X, -30), 30), min(max(v.Y, -30), 30)
	}
}

// player is a client of either kind.
type player interface {
	Advance(now time.Duration) error
	State() session.State
}

// pilot presses at random, and holds for a third of a second.
func pilot(seed uint64) engine.Plugin {
	return func(app *engine.App) {
		input.Sample(app, func(t engine.Tick) steer {
			r := engine.NewRandom(seed<<32 | uint64(t.Number/20))
			return steer{X: int8(r.Range(-1.5, 1.5)), Y: int8(r.Range(-1.5, 1.5))}
		})
	}
}

// drivers is how many goroutines drive the clients.
const drivers = 2

// clients is the other process: it plays until its standard input ends. The first whole
// of them keep a world, the others are extras.
func clients(addr, key, number, whole string) error {
	to, err := netip.ParseAddrPort(addr)
	if err != nil {
		return err
	}
	pin, err := hex.DecodeString(key)
	if err != nil || len(pin) != 32 {
		return fmt.Errorf("rooms: key %q: %w", key, err)
	}
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	keep, err := strconv.Atoi(whole)
	if err != nil {
		return err
	}
	var crowds [drivers]*session.Crowd
	var all [drivers][]player
	for k := range crowds {
		crowds[k] = session.NewCrowd(game(0), pilot(uint64(n+k)))
	}
	for i := range n {
		carrier, err := udp.Dial(to, udp.Config{})
		if err != nil {
			return err
		}
		cfg := session.ClientConfig{Addr: to, Pin: [32]byte(pin), Carrier: carrier, Name: fmt.Sprint("player ", i)}
		var p player
		if i < keep {
			cfg.Plugins = []engine.Plugin{pilot(uint64(i))}
			p, err = session.NewClient(game(0), cfg)
		} else {
			p, err = crowds[i%drivers].Join(cfg)
		}
		if err != nil {
			return err
		}
		all[i%drivers] = append(all[i%drivers], p)
	}
	return drive(all)
}

// drive advances all clients at 60 Hz.
func drive(all [drivers][]player) error {
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is closed
	}()
	clock := engine.SystemClock()
	var errs [drivers]error
	var wg sync.WaitGroup
	for k, mine := range all {
		wg.Go(func() {
			beat := time.NewTicker(time.Second / 60)
			defer beat.Stop()
			started := 0
			for {
				select {
				case <-over:
					return
				case <-beat.C:
				}
				started = min(started+2, len(mine)) // a crowd, not a flood
				for _, p := range mine[:started] {
					// Who is lost is counted by the server; the first one says why.
					if err := p.Advance(clock.Now()); err != nil && errs[k] == nil {
						errs[k] = fmt.Errorf("rooms: a client: %w", err)
					}
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs[:]...)
}
