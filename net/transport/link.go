package transport

import (
	"time"

	"github.com/tandem-engine/tandem/net/channel"
)

// newLink makes the state machine above the packets.
func newLink(cfg *Config, memory *channel.Budget) (*channel.Link, error) {
	return channel.NewLink(channel.Config{Channels: cfg.Channels, Limits: cfg.Limits, Memory: memory, Floor: cfg.Floor, Ceiling: cfg.Ceiling})
}

// numberBytes is the length of packet numbers on the wire. A Link never has more
// than 2^14 packets under way, so two bytes always suffice to restore a number.
const numberBytes = 2

// pto is about the probe timeout (RFC 9002) of the Link.
func (c *Conn) pto() time.Duration {
	s := c.link.Stats()
	return s.RTT + max(4*s.Jitter, time.Millisecond) + 25*time.Millisecond
}
