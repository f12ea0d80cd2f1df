package replicate

import (
	"fmt"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/wire"
)

// Appeared is the event of an entity that comes into sight on a client: at the
// moment that the client shows, or at once if it predicts the entity. Systems
// read it with [ecs.EventsOf] in the tick in which the entity is there first; of
// what prediction spawns in that tick, systems of the phases Replicate and Send,
// and presenters.
type Appeared struct {
	ID     ID
	Entity ecs.Entity
	// Spawned: it came into being just then. Otherwise it was there before, out
	// of sight, or the client has joined.
	Spawned bool
}

// Vanished is the event of an entity that goes out of sight on a client. What
// prediction despawns vanishes when the server confirms it. With a change of rooms
// everything goes, without a word of each: see session.Entered.
type Vanished struct {
	ID ID
	// Entity is dead, unless Kept.
	Entity ecs.Entity
	// Despawned: it is no more. Otherwise it has gone where the client's player
	// does not see it, and may appear again.
	Despawned bool
	// Kept: it stays in the client's world as it was last seen ([AfterSight]).
	Kept bool
}

// Appear tells systems of an entity that came into the world. Prediction tells
// of what it spawned.
func (x *Entities) Appear(id ID, e ecs.Entity, spawned bool) {
	if !id.World() {
		x.appeared.Emit(Appeared{ID: id, Entity: e, Spawned: spawned})
	}
}

// Vanish tells systems of an entity that left the world. Prediction tells of
// what it takes back.
func (x *Entities) Vanish(id ID, e ecs.Entity, despawned bool) {
	if !id.World() {
		x.vanished.Emit(Vanished{ID: id, Entity: e, Despawned: despawned})
	}
}

// sightChange is what a structure change says of an entity that is kept out of
// sight.
type sightChange uint8

const (
	sightAsBefore sightChange = iota
	sightLost
	sightFound
)

// writeSight tells the peer that it sees a kept entity no more, or again.
func (p *Peer) writeSight(w *wire.Writer, at int, tick uint32) {
	k := &p.known.list[at]
	hidden := p.known.frozen.has(k.slot)
	if k.hidden == hidden {
		return
	}
	p.cut(w, tick)
	p.known.version++
	k.hidden = hidden
	w.Bits(opSight, opBits)
	w.Uvarint(uint64(k.slot))
	w.Bool(!k.hidden)
}

// readSight takes a change of sight. It waits for the timeline.
func (c *Client) readSight(r *wire.Reader, rep *Replica, tick uint32) error {
	change := sightLost
	if r.Bool() {
		change = sightFound
	}
	if rep.Own || len(rep.events) >= maxEvents {
		return fmt.Errorf("%w: sight of entity %d", ErrMalformed, rep.Net.ID)
	}
	rep.events = append(rep.events, shapeEvent{tick: tick, mask: rep.Mask, sight: change})
	return r.Err()
}

// look tells systems that a kept entity is out of sight, or back.
func (c *Client) look(rep *Replica, change sightChange) {
	switch lost := change == sightLost; {
	case change == sightAsBefore || lost == rep.hidden:
	case lost:
		rep.hidden = true
		c.entities.vanished.Emit(Vanished{ID: rep.Net.ID, Entity: rep.Entity, Kept: true})
	default:
		rep.hidden = false
		c.entities.Appear(rep.Net.ID, rep.Entity, false)
	}
}

// Knows reports whether a player has been told of an entity and still is: who
// may hear of what happens to it. Systems of the server ask the [Server], which
// is a resource of its world.
func (s *Server) Knows(player input.PlayerID, id ID) bool {
	slot, ok := s.tracker.refs.slotOf[id]
	if !ok {
		return false
	}
	for _, p := range s.peers {
		if p.player == player {
			_, known := p.known.find(slot)
			return known && !p.known.frozen.has(slot)
		}
	}
	return false
}

// Seen appends the IDs of all entities that [Server.Knows] is true of for a
// player, in no order that means anything.
func (s *Server) Seen(dst []ID, player input.PlayerID) []ID {
	for _, p := range s.peers {
		if p.player != player {
			continue
		}
		for i := range p.known.list {
			if k := &p.known.list[i]; k.id != 0 && !p.known.frozen.has(k.slot) && !k.id.World() {
				dst = append(dst, k.id)
			}
		}
	}
	return dst
}
