package transport

import "time"

// Key phases. Phase 0 comes from the Noise handshake. With ML-KEM on, phase 1
// mixes its shared secret in, and no other rekey happens before it. Every later
// phase is a plain ratchet, begun by either side after RekeyPackets packets or
// RekeyAfter, and followed by the other as soon as a packet of it opens. A side
// begins a phase only when the peer has been seen in the current one, so the two
// are never more than one phase apart.

// oldKeyPTOs is how many probe timeouts a replaced receive key is kept.
const oldKeyPTOs = 3

// followPhase runs when the peer's packet has moved the opener to a new phase.
func (c *Conn) followPhase(now time.Duration) {
	if c.sealer.Phase() < c.opener.Phase() {
		c.sealer.Advance(c.pqShared)
		c.phaseBegan = now
	}
	if c.pqShared != nil {
		clear(c.pqShared)
		c.pqShared = nil
		c.established()
	}
	c.opener.ForgetAt(now + oldKeyPTOs*c.pto())
	c.opener.Prepare(nil)
}

// enterPostQuantum moves a client to phase 1 with the ML-KEM secret.
func (c *Conn) enterPostQuantum(shared []byte) {
	c.opener.Prepare(shared)
	c.sealer.Advance(shared)
	c.phaseBegan = c.now
	clear(shared)
}

// rekeyIfDue begins the next phase when the current key has served long enough.
func (c *Conn) rekeyIfDue(now time.Duration) {
	if c.state != Connected || c.sealer.Phase() != c.opener.Phase() || !c.opener.Prepared() {
		return
	}
	if c.sealer.InPhase() < c.cfg.RekeyPackets && now-c.phaseBegan < c.cfg.RekeyAfter {
		return
	}
	c.sealer.Advance(nil)
	c.phaseBegan = now
	c.stats.Rekeys++
}
