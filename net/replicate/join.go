package replicate

// A peer that comes to see much at once, above all one that joins, is told of it
// in parts, one a snapshot: so it neither fills its connection, in which the live
// structure of everything that it knows already would wait behind it, nor stalls
// the server's tick.
const (
	// leastAllowance and mostAllowance bound the bytes of structure that may wait
	// in a connection before the peer is told of more.
	leastAllowance = 16 << 10
	mostAllowance  = 256 << 10
	// joinBytes is how much structure all peers together are told of what is not
	// new, in one snapshot.
	joinBytes = 1 << 20
)

// allow finds how much a peer may be told in this snapshot. A connection that
// has sent everything by the next one can take more; one in which something is
// left has as much as it can send.
func (p *Peer) allow() {
	switch {
	case p.allowance == 0:
		p.allowance = leastAllowance
	case p.Queue < p.allowance/8 && !p.joined:
		p.allowance = min(p.allowance+leastAllowance, mostAllowance)
	case p.Queue > p.allowance/2:
		p.allowance = max(p.allowance-p.allowance/4, leastAllowance)
	}
	p.queued = p.Queue
}

// mayTell reports whether a peer may be told of another entity in this
// snapshot, with so many bytes written and not sent.
func (p *Peer) mayTell(written int) bool {
	return p.queued+written <= p.allowance && p.server.joining > 0
}
