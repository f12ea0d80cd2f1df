package transport

import (
	"time"

	"github.com/tandem-engine/tandem/net/secure"
)

// Path MTU discovery after RFC 8899: packets start at MinMTU, which every path
// carries, and padded MTU_PROBE packets try more: the largest size first, since
// most paths carry it, then halving. A probe's loss says nothing about
// congestion. When a size that was proved stops getting through (a route
// changed), the size falls back to MinMTU at once.

const (
	mtuStep       = 16               // the search ends when the bounds are this close
	mtuTries      = 3                // losses of one size before it counts as too large
	mtuFirst      = time.Second      // after the connection is usable
	mtuAgain      = 10 * time.Minute // search again upward
	mtuBlackHole  = 3                // probe timeouts in a row that mean the size is lost
	mtuAfterBlack = time.Minute      // wait after a fallback
)

// mtuSearch is the search of one connection. Sizes are bytes of UDP payload.
type mtuSearch struct {
	size    int // what packets may use
	ceiling int // what peer and carrier may take
	low     int // proved
	high    int // not yet disproved
	trying  int // probe in flight; 0: none
	losses  int
	next    time.Duration
	moves   uint64
	// black hole detection
	timeouts uint64
	acked    uint64
}

func (m *mtuSearch) init(now time.Duration, ceiling int) {
	*m = mtuSearch{ceiling: max(MinMTU, min(ceiling, MaxMTU))}
	m.restart(now)
	m.next = now + mtuFirst
}

// restart begins at the bottom, as on a new path.
func (m *mtuSearch) restart(now time.Duration) {
	m.size, m.low, m.high = MinMTU, MinMTU, m.ceiling
	m.trying, m.losses = 0, 0
	m.next = now
}

// probe is the size to try now; 0: none.
func (m *mtuSearch) probe(now time.Duration) int {
	if m.trying != 0 || now < m.next {
		return 0
	}
	if m.high-m.low < mtuStep {
		m.next = now + mtuAgain
		m.high = m.ceiling
		return 0
	}
	m.trying = m.high
	if m.high < m.ceiling || m.low > MinMTU {
		m.trying = (m.low + m.high + 1) / 2
	}
	return m.trying
}

// fate takes what became of the probe in flight.
func (m *mtuSearch) fate(now time.Duration, size int, arrived bool) {
	if size != m.trying {
		return
	}
	m.trying = 0
	switch {
	case arrived:
		m.low, m.losses = size, 0
		m.size = size
		if m.high < size {
			m.high = size
		}
	default:
		if m.losses++; m.losses < mtuTries {
			m.next = now
			return
		}
		m.losses = 0
		m.high = size - 1
	}
	m.next = now
}

// watch falls back when nothing but probe timeouts happens at a size above MinMTU.
func (m *mtuSearch) watch(now time.Duration, timeouts, acked uint64) {
	if acked != m.acked {
		m.acked, m.timeouts = acked, timeouts
		return
	}
	if m.size > MinMTU && timeouts-m.timeouts >= mtuBlackHole {
		m.restart(now)
		m.next = now + mtuAfterBlack
		m.timeouts = timeouts
	}
}

// probeMTU sends the probe that is due.
func (c *Conn) probeMTU(now time.Duration) {
	if c.state != Connected || c.path.active {
		return
	}
	if c.mtu.size > MinMTU {
		s := c.link.Stats()
		c.mtu.watch(now, s.ProbeTimeouts, s.PacketsAcked)
	}
	size := c.mtu.probe(now)
	if size == 0 {
		return
	}
	buf := c.header(c.out.buffer())
	head := len(buf)
	out := c.link.BuildProbe(now, c.sealer.Next(), buf, size, size-head-secure.TagSize)
	c.sealTo(out, head, c.addr)
}
