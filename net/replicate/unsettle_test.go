package replicate_test

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/net/replicate"
)

// unsettle changes what a player may see.
func (g *generator) unsettle(p *genPlayer) {
	switch g.rng.IntN(400) {
	case 0, 1, 2:
		p.groups = uint64(g.rng.IntN(16))
		g.in.Join(p.id, p.groups)
	case 3:
		at := g.anywhere(1)
		p.look = &physics.Circle{X: at.X, Y: at.Y, Radius: 10 + g.rng.Float32()*40}
		g.in.Look(p.id, at.X, at.Y, p.look.Radius)
	case 4, 5:
		p.look = nil
		g.in.Look(p.id, 0, 0, 0)
	case 6:
		if g.world.Alive(p.avatar) {
			g.world.Despawn(p.avatar)
		}
	case 7, 8:
		if g.world.Alive(p.avatar) && len(g.alive) > 0 {
			g.hunts.Add(p.avatar, hunt{g.anybody()})
		}
	case 9:
		if g.world.Alive(p.avatar) && !g.peaceful { // a cutscene, or the end of one
			g.nets.Get(p.avatar).Mode = replicate.Mode(g.rng.IntN(3)) // what it drops is for its owner to predict
			g.turns++
		}
	}
	if !g.world.Alive(p.avatar) && g.rng.IntN(40) == 0 {
		g.embody(p)
	}
}

// turn gives a thing another owner, or another mode. Where players are peaceful
// nobody begins to predict it.
func (g *generator) turn(e ecs.Entity) {
	n := g.nets.Get(e)
	if p := g.parents.Get(e); p != nil && p.ID != 0 {
		return // is predicted at most where its parent is
	}
	if g.peaceful && n.Mode != replicate.Interpolated {
		return // whoever got it would see from it
	}
	if g.rng.IntN(2) == 0 {
		if n.Owner = 0; len(g.players) > 0 && g.rng.IntN(3) > 0 {
			n.Owner = g.players[g.rng.IntN(len(g.players))].id
		}
	}
	if mode := replicate.Mode(g.rng.IntN(3)); !g.peaceful && g.rng.IntN(2) == 0 {
		n.Mode = mode
		g.turns++
	}
}
