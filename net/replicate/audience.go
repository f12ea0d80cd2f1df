package replicate

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
