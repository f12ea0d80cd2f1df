package meter

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"time"
)

// MessageSize is the size in bytes of the messages that are echoed.
const MessageSize = 100

// finest is the longest time that is told apart by the microsecond; longer ones
// count as this.
const finest = 1 << 20

// Client counts what all clients of a process send and receive. Its methods may
// be called by several goroutines. Made by NewClient.
type Client struct {
	sent, received, wrong atomic.Uint64
	took                  []atomic.Uint32 // by microsecond
}

// NewClient returns a Client that has counted nothing.
func NewClient() *Client { return &Client{took: make([]atomic.Uint32, finest)} }

// Message writes the next message into p, which has MessageSize bytes, and counts
// it as sent.
func (c *Client) Message(p []byte) {
	n := c.sent.Add(1)
	binary.LittleEndian.PutUint64(p, uint64(time.Since(epoch)))
	for i := 8; i+8 <= len(p); i += 8 {
		binary.LittleEndian.PutUint64(p[i:], n*0x9e3779b97f4a7c15+uint64(i))
	}
}

// Echo takes in what came back.
func (c *Client) Echo(p []byte) {
	if len(p) != MessageSize {
		c.wrong.Add(1)
		return
	}
	first := binary.LittleEndian.Uint64(p[8:]) - 8
	for i := 8; i+8 <= len(p); i += 8 {
		if binary.LittleEndian.Uint64(p[i:]) != first+uint64(i) {
			c.wrong.Add(1)
			return
		}
	}
	took := time.Since(epoch) - time.Duration(binary.LittleEndian.Uint64(p))
	c.took[min(max(took.Microseconds(), 0), finest-1)].Add(1)
	c.received.Add(1)
}

// Counts are how many messages were sent, came back, and came back changed.
func (c *Client) Counts() (sent, received, wrong uint64) {
	return c.sent.Load(), c.received.Load(), c.wrong.Load()
}

// Percentile is the time in microseconds within which the share p of all echoes
// came back.
func (c *Client) Percentile(p float64) int {
	rank := uint64(p * float64(c.received.Load()))
	seen := uint64(0)
	for i := range c.took {
		if seen += uint64(c.took[i].Load()); seen > rank {
			return i
		}
	}
	return 0
}

// String is the line that clients print.
func (c *Client) String() string {
	sent, received, wrong := c.Counts()
	line := fmt.Sprintf("client sent %d received %d rtt p50 %dus p99 %dus", sent, received, c.Percentile(0.50), c.Percentile(0.99))
	if wrong > 0 {
		line += fmt.Sprintf(" wrong %d", wrong)
	}
	return line
}
