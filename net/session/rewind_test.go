package session_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/rewind"
	"github.com/tandem-engine/tandem/net/session"
)

// outlines says where players and bombs can be hit.
type outlines struct {
	all ecs.Reader2[replicate.Net, place]
}

// Init implements engine.Initer.
func (o *outlines) Init(s *ecs.Sim) { o.all = ecs.Read2[replicate.Net, place](s.All()) }

// Shapes implements rewind.Source.
func (o *outlines) Shapes(r *rewind.Recorder) {
	q := o.all.Query()
	for q.Next() {
		n, p := q.Get()
		r.Circle(q.Entity(), n, physics.Circle{X: p.X, Y: p.Y, Radius: 3}, 0)
	}
}

// views notes what each player sees in each tick: on the server of all, on a
// client of its own.
type views struct {
	past   *rewind.Past
	player func() []input.PlayerID
	seen   map[string][]rewind.Shape
}

// Update implements engine.System.
func (v *views) Update(t engine.Tick) {
	for _, p := range v.player() {
		v.seen[fmt.Sprint(p, "@", t.Number)] = v.past.View(t, p).Shapes(nil)
	}
}

// TestViewsAreWhatClientsShow plays over lines of several lengths. In each tick
// the server's view of a player is what that player's client showed.
func TestViewsAreWhatClientsShow(t *testing.T) {
	for _, rtt := range []time.Duration{0, 30, 80, 150} {
		rtt *= time.Millisecond
		t.Run(fmt.Sprint("rtt=", rtt), func(t *testing.T) {
			everybody := []input.PlayerID{1, 2, 3}
			note := func(seen map[string][]rewind.Shape, who func() []input.PlayerID) engine.Plugin {
				return func(app *engine.App) { app.Simulate(&views{rewind.Of(app.World()), who, seen}) }
			}
			server := map[string][]rewind.Shape{}
			var clients []map[string][]rewind.Shape
			var m *match
			game := session.Game{
				Name: "snipers",
				Sim: func(app *engine.App) {
					simPlugin(app)
					rewind.Record(app, rewind.Config{World: physics.Box{MinX: -1000, MinY: -1000, MaxX: 1000, MaxY: 1000}, Cell: 40}, &outlines{})
				},
				Server: func(app *engine.App) {
					app.Add(serverPlugin, note(server, func() []input.PlayerID { return everybody }))
				},
				Client: func(app *engine.App) {
					n := len(clients)
					clients = append(clients, map[string][]rewind.Shape{})
					app.Add(note(clients[n], func() []input.PlayerID { return []input.PlayerID{m.clients[n].Player().Player} }))
				},
			}
			m = newMatchOf(t, game, 1, netsim.Profile{Delay: rtt / 2})
			for range 3 {
				m.join()
			}
			m.run(3 * time.Second)
			clear(server) // clocks have settled
			m.run(10 * time.Second)
			compared, same, worst := 0, 0, 0.0
			for _, seen := range clients {
				for key, shown := range seen {
					granted, ok := server[key]
					if !ok {
						continue
					}
					compared++
					if d, ok := apart(shown, granted); ok && d < 0.1 {
						same++
						worst = max(worst, d)
					}
				}
			}
			t.Logf("%d views, %d the same, within %.4f", compared, same, worst)
			require.Greater(t, compared, 3*9*60)
			require.GreaterOrEqual(t, float64(same), 0.99*float64(compared))
		})
	}
}

// apart is how far the shapes of two views are apart at most; false if they are
// not of the same entities.
func apart(a, b []rewind.Shape) (most float64, ok bool) {
	if len(a) != len(b) {
		return 0, false
	}
	for i := range a {
		if a[i].Net.ID != b[i].Net.ID {
			return 0, false
		}
		most = max(most, math.Hypot(float64(a[i].X-b[i].X), float64(a[i].Y-b[i].Y)))
	}
	return most, true
}
