package transport

import "time"

// Key phases. Phase 0 comes from the Noise handshake. With ML-KEM on, phase 1
// mixes its shared secret in, and no other rekey happens before it. Every later
// phase is a plain ratchet, begun by either side after RekeyPackets packets or
// RekeyAfter, and followed by the other as soon as a packet of it opens. A side
// begins a phase only when the peer was seen in the current one and has
// acknowledged a packet of it (RFC 9001, section 6.1): both may begin at the same
// time, and then the first of these alone does not say that the peer has
// followed. So the two are never more than one phase apart.

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
	if c.confirmed != c.sealer.Phase() {
		c.confirmPhase(now)
		return
	}
	c.sealer.Advance(nil)
	c.phaseBegan = now
	c.stats.Rekeys++
}

// phaseProbe is the size in the MTU_PROBE that asks whether the peer gets
// packets of this phase: none that the search for the MTU would try.
const phaseProbe = 1

// confirmAgain is when a probe whose fate was not heard of is given up.
const confirmAgain = 5 * time.Second

// confirmPhase sends a packet whose fate will be known, unless one is under way.
func (c *Conn) confirmPhase(now time.Duration) {
	if c.confirming == c.sealer.Phase() && now < c.confirmBy {
		return
	}
	buf := c.header(c.out.buffer())
	head := len(buf)
	out := c.link.BuildProbe(now, c.sealer.Next(), buf, phaseProbe, minProbe)
	if c.sealTo(out, head, c.addr) {
		c.confirming, c.confirmBy = c.sealer.Phase(), now+confirmAgain
	}
}

// minProbe is the length of MTU_PROBE in bytes.
const minProbe = 3

// phaseFate takes what became of the probe.
func (c *Conn) phaseFate(arrived bool) {
	if arrived {
		c.confirmed = c.confirming
	}
	c.confirming = 0
}
