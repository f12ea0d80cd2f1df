package channel

import (
	"errors"
	"fmt"
	"time"
)

// Config is what a Link is made from. The zero value has no channels but the control one.
type Config struct {
	// Channels is the table, the same on both sides.
	Channels Table
	// Limits on what is queued and what the peer may do. Zero fields mean the defaults.
	Limits Limits
	// Memory is a ceiling shared with other Links. nil: none.
	Memory *Budget
	// Floor in bytes a second is what congestion control never goes below for anything but
	// bulk streams. 0: 32 KiB/s.
	Floor int
	// Ceiling in bytes a second is what pacing never goes above. 0: none.
	Ceiling int
}

// Limits bound what one Link holds and what its peer may make it do. A zero field means the
// default given with it.
type Limits struct {
	// SendBytes queued or unacknowledged, without bulk streams. 1 MiB.
	SendBytes int
	// SendMessages queued and not sent yet. 8192.
	SendMessages int
	// ReceiveBytes held for the application: messages not fetched, early or incomplete.
	// 512 KiB beside the reserve, which is room for one message of every channel that
	// resends.
	ReceiveBytes int
	// MessagesPerSecond from the peer: new messages and fragments, those of bulk streams
	// not counted. 20,000.
	MessagesPerSecond int
	// Assemblies is how many messages may be incomplete at a time. 32.
	Assemblies int
	// Gaps is how far ahead of a missing message others may arrive. 1024, which is also
	// the most a peer may send.
	Gaps int
	// Channels in the Table. 64.
	Channels int
	// QueueDelay is how long an Unreliable or Sequenced message waits before it is shed.
	// 250 ms.
	QueueDelay time.Duration
	// BulkWindow is how many bytes of a stream may be under way. What arrives early of it
	// may take twice that. 2 MiB.
	BulkWindow int
	// Guaranteed bytes of a Link are not charged to Config.Memory. 16 KiB.
	Guaranteed int
}

// ErrConfig is wrapped by errors about a Config that cannot be used.
var ErrConfig = errors.New("channel: bad config")

// ErrQueueFull is returned when a limit leaves no room to queue a message.
var ErrQueueFull = errors.New("channel: queue full")

// TooLargeError is returned by Send for a message above its channel's MaxMessage.
type TooLargeError struct {
	Channel   string
	Size, Max int // bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("channel: message of %d bytes on %q, at most %d: raise MaxMessage in the Table or use a bulk channel",
		e.Size, e.Channel, e.Max)
}

const (
	// maxTokens is how many tokens may wait for their fate or to be fetched.
	maxTokens = 1 << 16

	defaultFloor             = 32 << 10
	defaultSendBytes         = 1 << 20
	defaultSendMessages      = 8192
	defaultReceiveBytes      = 512 << 10
	defaultMessagesPerSecond = 20_000
	defaultAssemblies        = 32
	defaultChannels          = 64
	defaultQueueDelay        = 250 * time.Millisecond
	defaultBulkWindow        = 2 << 20
	defaultGuaranteed        = 16 << 10
)

// or returns v, or def if v is 0.
func or[T int | time.Duration](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// withDefaults fills in what is zero; reserve is what ReceiveBytes must have room for
// beside everything else.
func (m Limits) withDefaults(reserve int) Limits {
	m.SendBytes = or(m.SendBytes, defaultSendBytes)
	m.SendMessages = or(m.SendMessages, defaultSendMessages)
	m.ReceiveBytes = or(m.ReceiveBytes, defaultReceiveBytes+reserve)
	m.MessagesPerSecond = or(m.MessagesPerSecond, defaultMessagesPerSecond)
	m.Assemblies = or(m.Assemblies, defaultAssemblies)
	m.Gaps = min(or(m.Gaps, window), window)
	m.Channels = or(m.Channels, defaultChannels)
	m.QueueDelay = or(m.QueueDelay, defaultQueueDelay)
	m.BulkWindow = or(m.BulkWindow, defaultBulkWindow)
	m.Guaranteed = or(m.Guaranteed, defaultGuaranteed)
	return m
}

// validate checks what has its own meaning of zero.
func (c *Config) validate() error {
	if c.Floor < 0 || c.Ceiling < 0 {
		return fmt.Errorf("%w: Floor %d or Ceiling %d is negative", ErrConfig, c.Floor, c.Ceiling)
	}
	return c.Channels.Validate()
}

// validate checks limits that have their defaults.
func (m Limits) validate(reserve, channels int) error {
	for _, v := range []int{
		m.SendBytes, m.SendMessages, m.ReceiveBytes, m.MessagesPerSecond, m.Assemblies,
		m.Gaps, m.Channels, int(m.QueueDelay), m.BulkWindow, m.Guaranteed,
	} {
		if v < 0 {
			return fmt.Errorf("%w: a limit is negative", ErrConfig)
		}
	}
	if channels > m.Channels {
		return fmt.Errorf("%w: %d channels, Limits.Channels is %d", ErrConfig, channels, m.Channels)
	}
	if m.ReceiveBytes < reserve+initialWindow {
		return fmt.Errorf("%w: Limits.ReceiveBytes %d is below the %d that this Table needs", ErrConfig,
			m.ReceiveBytes, reserve+initialWindow)
	}
	if m.BulkWindow < initialWindow {
		return fmt.Errorf("%w: Limits.BulkWindow %d is below %d", ErrConfig, m.BulkWindow, initialWindow)
	}
	return nil
}

// reserveFor is room for one message of every channel that resends, in fragments and whole.
func reserveFor(specs []Spec) int {
	n := 0
	for _, s := range specs {
		if s.Kind.resends() {
			n += sizeOf(s.MaxMessage) + messageOverhead + fragments(s.MaxMessage)*partCost
		}
	}
	return n
}
