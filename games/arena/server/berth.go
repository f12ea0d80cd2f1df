package server

import (
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/detmath"
	"github.com/tandem-engine/tandem/games/arena/sim"
)

// berth finds a place for a new ship: of some random ones, the one that is farthest from everything solid. Ships count
// as larger than they are, because they shoot.
func berth(r *engine.Random, solids []sim.Solid, taken []sim.Position) sim.Position {
	const (
		tries   = 24
		margin  = 200 // from the fence
		respect = 500 // extra distance from other ships
	)
	var best sim.Position
	widest := float32(-sim.Side)
	for range tries {
		p := sim.Position{X: r.Range(margin-sim.Half, sim.Half-margin), Y: r.Range(margin-sim.Half, sim.Half-margin)}
		room := float32(sim.Side)
		for i := range solids {
			s := &solids[i]
			gap := distance(p, s.Position) - s.Body.Radius
			if s.Pilot != 0 {
				gap -= respect
			}
			room = min(room, gap)
		}
		for _, other := range taken {
			room = min(room, distance(p, other)-respect)
		}
		if room > widest {
			best, widest = p, room
		}
	}
	return best
}

func distance(a, b sim.Position) float32 {
	return detmath.Length(a.X-b.X, a.Y-b.Y)
}
