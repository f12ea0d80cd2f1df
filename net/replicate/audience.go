package replicate

// Acked is the tick of the newest snapshot of which the peer is known to have
// some values, 0 for none: what stands still is not sent, and so not
// acknowledged.
func (p *Peer) Acked() uint32 {
	if len(p.sent.held) == 0 {
		return 0
	}
	return p.sent.ring[p.sent.held[0]%sentRing].tick
}
