package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Bodies is a resource: all that is solid in the arena in this tick, own and others'. It is in the order of the network IDs, so that
// what is computed from it does not depend on the order in which entities were made.
type Bodies struct {
	Solids []Solid // of which only the systems of this package change anything

	grid  *physics.Grid
	pairs []physics.Pair
}

// Solid is a body as those see it who look at several at once: a copy.
type Solid struct {
	Entity   ecs.Entity
	ID       replicate.ID
	Pilot    input.PlayerID // of a ship; 0 is a rock
	Own      bool           // simulated here
	Shared   bool           // predicted by every client
	Position Position
	Velocity Velocity
	Body     Body
}

// Circle is the solid's outline.
func (s *Solid) Circle() physics.Circle {
	return physics.Circle{X: s.Position.X, Y: s.Position.Y, Radius: s.Body.Radius}
}

// cell is the width of the grid's cells: a large rock and some room.
const cell = 160

// fence is the box that the arena's fence encloses.
var fence = physics.Box{MinX: -Half, MinY: -Half, MaxX: Half, MaxY: Half}

func newBodies() *Bodies { return &Bodies{grid: physics.NewGrid(fence, cell)} }

// touching returns the pairs of solids that are close enough to collide. It is good until the next call.
func (b *Bodies) touching() []physics.Pair {
	b.grid.Reset()
	for i := range b.Solids {
		b.grid.Add(b.Solids[i].Circle())
	}
	b.pairs = b.grid.Pairs(b.pairs[:0])
	return b.pairs
}
