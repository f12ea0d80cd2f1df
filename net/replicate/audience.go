package replicate

import "github.com/tandem-engine/tandem/input"

// Knows reports whether a player has been told of an entity and still is: who
// may hear of what happens to it.
func (s *Server) Knows(player input.PlayerID, id ID) bool {
	for _, p := range s.peers {
		if p.player != player {
			continue
		}
		for i := range p.known.list {
			if k := &p.known.list[i]; k.id == id {
				return !p.known.frozen.has(k.slot)
			}
		}
		return false
	}
	return false
}

// Acked is the tick of the newest snapshot of which the peer is known to have
// some values, 0 for none: what stands still is not sent, and so not
// acknowledged.
func (p *Peer) Acked() uint32 {
	newest := uint32(0)
	for i := range p.sent.ring {
		if d := &p.sent.ring[i]; d.seq != 0 && d.acked {
			newest = max(newest, d.tick)
		}
	}
	return newest
}
