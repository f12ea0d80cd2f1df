package replicate

import (
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// viewer is a real client behind one of the lines.
type viewer struct {
	player input.PlayerID
	app    *engine.App
	client *replicate.Client
}

func newViewer(player input.PlayerID, o options) (*viewer, error) {
	app := engine.New(engine.Config{TickRate: tickRate})
	app.Add(plugin)
	v := &viewer{player: player, app: app}
	v.client = replicate.NewClient(app, replicate.ClientConfig{TickRate: tickRate, Interval: o.interval()})
	app.Receive(v.client)
	v.client.SetPlayer(player, 0)
	return v, app.Start()
}

func (v *viewer) take(m message) error {
	var err error
	if m.ch == structureChannel {
		err = v.client.Structure(m.data)
	} else {
		err = v.client.Values(m.data)
	}
	if err != nil {
		return fmt.Errorf("client of player %d: %w", v.player, err)
	}
	return nil
}

// step shows what has arrived.
func (v *viewer) step(tick uint32) error {
	v.client.Begin(time.Duration(tick) * time.Second / tickRate)
	return v.app.Step()
}

// check compares what the client has with what the server says of the same
// things: after a pause all of it must be equal to the wire step. What is in
// sight must be there.
func (v *viewer) check(server map[replicate.ID]string, inSight map[replicate.ID]bool) (compared int, err error) {
	if v.client.WantsRefresh() {
		return 0, fmt.Errorf("client of player %d lost its place", v.player)
	}
	has := replicate.Describe(v.app)
	for id := range inSight {
		if _, ok := has[id]; !ok {
			return 0, fmt.Errorf("client of player %d does not have entity %d, which is in its sight", v.player, id)
		}
	}
	for id, text := range has {
		if server[id] != text {
			return 0, fmt.Errorf("client of player %d has entity %d as %q, the server as %q", v.player, id, text, server[id])
		}
	}
	return len(has), nil
}

// sightings lists the entities within a circle.
func sightings(app *engine.App, x, y, radius float32) map[replicate.ID]bool {
	all := ecs.Query2[replicate.Net, Position](app.Sim())
	in := map[replicate.ID]bool{}
	q := all.Query()
	for q.Next() {
		n, p := q.Get()
		if dx, dy := p.X-x, p.Y-y; dx*dx+dy*dy <= radius*radius {
			in[n.ID] = true
		}
	}
	return in
}
