package transport

import (
	"time"

	"github.com/tandem-engine/tandem/net/secure"
)

// Path MTU discovery after RFC 8899: packets start at MinMTU, which every path
// carries, and padded MTU_PROBE packets try more: the largest size first, since
// most paths carry it, then halving. A probe's loss says nothing about
// congestion. A size that was proved may stop getting through when a route
// changes: after losses it is probed again, and it falls back to MinMTU when
// those probes are lost, or when nothing but probe timeouts happens.

const (
	mtuStep       = 16               // the search ends when the bounds are this close
	mtuTries      = 3                // losses of one size before it counts as too large
	mtuFirst      = time.Second      // after the connection is usable
	mtuAgain      = 10 * time.Minute // search again upward
	mtuBlackHole  = 3                // probe timeouts in a row that mean the size is lost
	mtuAfterBlack = time.Minute      // wait after a fallback
	mtuSuspicion  = 3                // packets lost that make the size be probed again
	mtuConfirm    = time.Second      // at most this often
)

// mtuSearch is the search of one connection. Sizes are bytes of UDP payload.
type mtuSearch struct {
	size    int // what packets may use
	ceiling int // what peer and carrier may take
	low     int // proved
	high    int // not yet disproved
	trying  int // probe in flight; 0: none
	losses  int
	confirm bool // probe the present size again
	next    time.Duration
	check   time.Duration // when to look at all this again

	// Of the Link's counters, as they were when all was well.
	timeouts, acked, lost uint64
	confirmed             time.Duration // when the size was last probed again
}

func (m *mtuSearch) init(now time.Duration, ceiling int) {
	*m = mtuSearch{ceiling: max(MinMTU, min(ceiling, MaxMTU))}
	m.restart(now)
	m.next = now + mtuFirst
}

// restart begins at the bottom, as on a new path.
func (m *mtuSearch) restart(now time.Duration) {
	m.size, m.low, m.high = MinMTU, MinMTU, m.ceiling
	m.trying, m.losses, m.confirm = 0, 0, false
	m.next = now
}

// probe is the size to try now; 0: none.
func (m *mtuSearch) probe(now time.Duration) int {
	if m.trying == 0 && m.confirm {
		m.trying, m.confirm = m.size, false
		return m.trying
	}
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
	m.trying, m.next = 0, now
	if arrived {
		m.size, m.low, m.high, m.losses = size, size, max(size, m.high), 0
		return
	}
	if m.losses++; m.losses < mtuTries {
		m.confirm = size == m.size
		return
	}
	m.losses = 0
	if size == m.size {
		m.fallBack(now)
		return
	}
	m.high = size - 1
}

func (m *mtuSearch) fallBack(now time.Duration) {
	m.restart(now)
	m.next = now + mtuAfterBlack
}

// watch looks at the Link's counters for signs that the size no longer gets through.
func (m *mtuSearch) watch(now time.Duration, timeouts, acked, lost uint64) {
	if m.size == MinMTU {
		m.timeouts, m.acked, m.lost = timeouts, acked, lost
		return
	}
	if acked != m.acked {
		m.acked, m.timeouts = acked, timeouts
	}
	if timeouts-m.timeouts >= mtuBlackHole {
		m.timeouts = timeouts
		m.fallBack(now)
		return
	}
	if lost-m.lost >= mtuSuspicion && now-m.confirmed >= mtuConfirm {
		m.lost, m.confirmed, m.confirm = lost, now, true
	}
}

// probeMTU sends the probe that is due.
func (c *Conn) probeMTU(now time.Duration) {
	if c.state != Connected || c.path.active {
		return
	}
	stats := c.link.Stats()
	c.mtu.watch(now, stats.ProbeTimeouts, stats.PacketsAcked, stats.PacketsLost)
	size := c.mtu.probe(now)
	if size == 0 {
		return
	}
	buf := c.header(c.out.buffer())
	head := len(buf)
	out := c.link.BuildProbe(now, c.sealer.Next(), buf, size, size-head-secure.TagSize)
	c.sealTo(out, head, c.addr)
}
