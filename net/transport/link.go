package transport

import (
	"time"

	"github.com/tandem-engine/tandem/net/channel"
)

// newLink makes the state machine above the packets.
func newLink(cfg *Config, memory *channel.Budget) (*channel.Link, error) {
	return channel.NewLink(channel.Config{Channels: cfg.Channels, Limits: cfg.Limits, Memory: memory, Floor: cfg.Floor})
}

// unacked is how far pn is ahead of what the peer is known to have.
func (c *Conn) unacked(pn uint64) uint64 { return 1 }

// pto is the probe timeout (RFC 9002).
func (c *Conn) pto() time.Duration {
	s := c.link.Stats()
	return s.RTT + max(4*s.Jitter, time.Millisecond) + 25*time.Millisecond
}
