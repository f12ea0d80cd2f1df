package replicate

import (
	"math"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
)

// Area says what players can see by distance. The zero value of a field takes
// its default.
type Area struct {
	Radius float32     // of sight, around the first entity that a player owns and predicts; required
	Margin float32     // how much further away a thing must be to go out of sight; 0: Radius/8
	World  physics.Box // where things usually are; required
	Sweep  uint32      // snapshots between two looks around; 0: 3. Spawns are looked at each snapshot
}

// Groups limits who sees an entity: players that have at least one of its bits
// in common (teams, rooms, layers). Entities without it, or with no bits, are
// for everybody.
type Groups struct{ Mask uint64 }

// Weight makes an entity more or less important than others, on the server, where a
// budget is short: its components have their [Importance] times Factor. 0 means 1.
type Weight struct{ Factor float32 }

// Interest decides what each player is told of. It is a resource of a server's
// world; without it everybody knows everything. What a player may not see is
// never sent to it. Owners always know what they own.
type Interest struct {
	area     Area
	position ecs.ID
	xy       func(unsafe.Pointer) (x, y float32)
	visible  func(input.PlayerID, ecs.Entity) bool
	groups   map[input.PlayerID]uint64
	centres  map[input.PlayerID]centre
}

type centre struct{ x, y, radius float32 }

// Sight limits what players see to an area around what they own. xy reads a
// position component. Entities without the component are seen from everywhere.
func Sight[P any](app *engine.App, area Area, xy func(*P) (x, y float32)) {
	if !(area.Radius > 0) {
		panic("replicate: Sight without Area.Radius: say how far players see")
	}
	if area.Margin == 0 {
		area.Margin = area.Radius / 8
	}
	if area.Sweep == 0 {
		area.Sweep = 3
	}
	in := InterestOf(app.World())
	in.area = area
	in.position = ecs.ComponentID[P](app.World())
	in.xy = func(p unsafe.Pointer) (float32, float32) { return xy((*P)(p)) }
}

// InterestOf returns the world's interest rules, made on first use.
func InterestOf(w *ecs.World) *Interest {
	in := ecs.Resource[Interest](w)
	if in == nil {
		in = &Interest{groups: map[input.PlayerID]uint64{}, centres: map[input.PlayerID]centre{}}
		ecs.SetResource(w, in)
	}
	return in
}

// Allow adds a rule: a player is told of an entity only if allow says so. It
// is asked when the player looks around and must not change the world.
func (in *Interest) Allow(allow func(input.PlayerID, ecs.Entity) bool) {
	if in.visible != nil {
		panic("replicate: Interest.Allow twice: put both rules into one function")
	}
	in.visible = allow
}

// Join puts a player into groups until it leaves for good; 0 takes it out of all.
func (in *Interest) Join(player input.PlayerID, groups uint64) { in.groups[player] = groups }

// Look moves a player's sight to a place, with a radius of its own: spectators
// and scopes. A radius of 0 ends it.
func (in *Interest) Look(player input.PlayerID, x, y, radius float32) {
	if radius == 0 {
		delete(in.centres, player)
		return
	}
	in.centres[player] = centre{x, y, radius}
}

// leave forgets a player.
func (in *Interest) leave(player input.PlayerID) {
	delete(in.groups, player)
	delete(in.centres, player)
}

// looking finds the interest rules as they apply to a world, nil for none.
func looking(w *ecs.World) *Interest { return ecs.Resource[Interest](w) }

// look finds where a peer sees from. With nothing of its own to see from, dead
// perhaps, it goes on seeing from where it saw last.
func (p *Peer) look(in *Interest) {
	if p.everywhere = in.xy == nil; p.everywhere {
		return
	}
	if c, ok := in.centres[p.player]; ok {
		p.sight = physics.Circle{X: c.x, Y: c.y, Radius: c.radius}
		return
	}
	for _, i := range p.server.tracker.owned[p.player] {
		if s := &p.server.tracker.slots[i]; s.placed && s.net.Mode != Interpolated {
			p.sight = physics.Circle{X: s.x, Y: s.y, Radius: in.area.Radius}
			return // one is enough: what a player fires is near it, and its own anyway
		}
	}
}

// sees reports whether the peer is to know the entity in a slot. One that it
// knows stays known a little beyond its sight.
func (p *Peer) sees(in *Interest, i uint32, knows bool) bool {
	s := &p.server.tracker.slots[i]
	if s.net.ID.World() {
		return true
	}
	if s.parent != 0 {
		if _, knowsParent := p.known.find(s.parent - 1); !p.sees(in, s.parent-1, knowsParent) {
			return false
		}
	}
	if s.net.Owner == p.player && p.player != 0 {
		return true
	}
	if s.groups != 0 && s.groups&in.groups[p.player] == 0 {
		return false
	}
	if in.visible != nil && !in.visible(p.player, s.entity) {
		return false
	}
	return s.parent != 0 || p.within(in, i, knows)
}

// within reports whether a thing is close enough to be seen, or its parent is.
func (p *Peer) within(in *Interest, slot uint32, knows bool) bool {
	return !p.server.tracker.spots[slot].beyond(p.sight, p.reach(in, knows)) || p.follows(slot)
}

// reach is the square of how far the peer sees: infinite without a limit, below
// 0 for one that sees nothing. What it knows it sees a little farther.
func (p *Peer) reach(in *Interest, knows bool) float32 {
	switch {
	case in == nil || p.everywhere:
		return float32(math.Inf(1))
	case p.sight.Radius == 0:
		return -1
	case knows:
		return (p.sight.Radius + in.area.Margin) * (p.sight.Radius + in.area.Margin)
	}
	return p.sight.Radius * p.sight.Radius
}

// follows reports whether what is in a slot is known wherever it is: it is the
// peer's player's, or the eldest of its ancestors is.
func (p *Peer) follows(slot uint32) bool {
	s := &p.server.tracker.slots[slot]
	return p.player != 0 && (s.net.Owner == p.player || s.parent != 0 && s.elder == p.player)
}
