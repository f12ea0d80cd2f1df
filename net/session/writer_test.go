package session_test

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/mem"
)

// tallied is a carrier that counts its datagrams, and of those that it writes the ones
// that a writer's goroutine brings.
type tallied struct {
	*mem.Carrier
	read, written, byWriter atomic.Int64
}

// ReadBatch implements transport.Carrier.
func (c *tallied) ReadBatch(d []transport.Datagram) (int, error) {
	n, err := c.Carrier.ReadBatch(d)
	c.read.Add(int64(n))
	return n, err
}

// WriteBatch implements transport.Carrier.
func (c *tallied) WriteBatch(d []transport.Datagram) (int, error) {
	n, err := c.Carrier.WriteBatch(d)
	c.written.Add(int64(n))
	if calledBy("transport.(*writer).run") {
		c.byWriter.Add(int64(n))
	}
	return n, err
}

// calledBy reports whether a function of that name is among the callers.
func calledBy(name string) bool {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs[:])])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, name) {
			return true
		}
		if !more {
			return false
		}
	}
}

// throng is a server that runs, with a crowd in its one room.
type throng struct {
	t        *testing.T
	clock    engine.Clock
	server   *tallied
	carriers []*tallied
	extras   []*session.Extra
}

func newThrong(t *testing.T, n int) (h *throng, stop context.CancelFunc, ran chan error) {
	network, id := mem.NewNetwork(), secure.IdentityFromSeed([32]byte{3})
	h = &throng{t: t, clock: engine.SystemClock(), server: &tallied{Carrier: network.Carrier()}}
	s, err := session.NewServer(bombers, session.ServerConfig{Identity: id, Carriers: []transport.Carrier{h.server}, MaxPlayers: n})
	require.NoError(t, err)
	crowd := session.NewCrowd(bombers)
	for range n {
		c := &tallied{Carrier: network.Carrier()}
		x, err := crowd.Join(session.ClientConfig{Addr: s.Addr(), Pin: id.Public, Carrier: c, Name: "extra"})
		require.NoError(t, err)
		h.carriers, h.extras = append(h.carriers, c), append(h.extras, x)
	}
	ctx, stop := context.WithCancel(t.Context())
	ran = make(chan error, 1)
	go func() { ran <- s.Run(ctx, h.clock) }()
	return h, stop, ran
}

// play advances the clients for a time.
func (h *throng) play(d time.Duration) {
	for end := h.clock.Now() + d; h.clock.Now() < end; {
		for _, x := range h.extras {
			_ = x.Advance(h.clock.Now()) // its end is what the last play is for
		}
		time.Sleep(4 * time.Millisecond)
	}
}

// TestALargeRoomHasAWriter: in a room of a server that runs, what is more than a batch of
// datagrams is written by a goroutine of its own, what is less by the room's; and with
// either the players are told everything.
func TestALargeRoomHasAWriter(t *testing.T) {
	for name, c := range map[string]struct {
		players int
		writes  bool
	}{"small": {8, false}, "large": {100, true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, stop, ran := newThrong(t, c.players)
				defer stop()
				h.play(4 * time.Second)
				for _, x := range h.extras {
					require.Equal(t, session.Playing, x.State())
					x.Restart()
				}
				const seconds = 3
				before := h.server.byWriter.Load()
				h.play(seconds * time.Second)
				for _, x := range h.extras {
					require.InDelta(t, 20*seconds, x.Stats().Snapshots, 1, "20 a second")
				}
				byWriter := h.server.byWriter.Load() - before
				t.Logf("%d datagrams by the writer, %d in all", h.server.byWriter.Load(), h.server.written.Load())
				if c.writes {
					require.Greater(t, byWriter, int64(20*seconds*64), "a batch of each snapshot")
				} else {
					require.Zero(t, byWriter)
				}
				stop()
				require.NoError(t, <-ran)
				h.requireNothingLost()
			})
		})
	}
}

// requireNothingLost checks that everything that the server wrote has come, with the
// goodbyes.
func (h *throng) requireNothingLost() {
	h.play(time.Second)
	read, left := int64(0), make([]transport.Datagram, 64)
	for i, x := range h.extras {
		var closed *transport.CloseError
		require.ErrorAs(h.t, x.Err(), &closed)
		require.Equal(h.t, transport.ShuttingDown, closed.Reason)
		for n := 1; n > 0; { // what came after the goodbye
			n, _ = h.carriers[i].ReadBatch(left)
		}
		read += h.carriers[i].read.Load()
		require.Zero(h.t, h.carriers[i].Dropped())
		require.NoError(h.t, x.Release())
	}
	require.Equal(h.t, h.server.written.Load(), read)
	require.Zero(h.t, h.server.Dropped())
}
