package replicate_test

import (
	"testing"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/replicate"
)

// tape is a Conn that keeps what a server sends.
type tape struct{ messages [][]byte }

func (r *tape) Send(ch uint8, p []byte, _ channel.SendOptions) error {
	r.messages = append(r.messages, append([]byte{ch}, p...))
	return nil
}

// recording plays a short match and returns its messages, channel first.
func recording(seed uint64) [][]byte {
	m := newWeb(nil, seed)
	tape := &tape{}
	m.server.Add(1, tape)
	for range 60 {
		m.change()
		m.tangle()
		if err := m.app.Step(); err != nil {
			panic(err)
		}
	}
	return tape.messages
}

// FuzzClient gives a client that is in the middle of a match one message that
// a hostile server made up: it may refuse it, but must not panic or grow
// without bound.
func FuzzClient(f *testing.F) {
	for _, m := range recording(1) {
		f.Add(m)
	}
	healthy := recording(2)
	f.Fuzz(func(t *testing.T, message []byte) {
		if len(message) == 0 {
			return
		}
		app := engine.New(engine.Config{})
		app.Add(referencePlugin)
		c := replicate.NewClient(app, replicate.ClientConfig{TickRate: 60, Interval: 3})
		app.Receive(c)
		for _, m := range healthy {
			give(c, m)
		}
		give(c, message)
		give(c, message)
		for i := range 3 {
			c.Begin(time.Duration(i) * time.Second)
			if err := app.Step(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func give(c *replicate.Client, m []byte) {
	// A refusal is a fine answer.
	if m[0] == 0 {
		_ = c.Structure(m[1:])
	} else {
		_ = c.Values(m[1:])
	}
}

// TestHostileTruncation cuts messages of a match short at every length, for a client
// that has all before them; range-coded and in pieces.
func TestHostileTruncation(t *testing.T) {
	for _, seed := range []uint64{1, 3} {
		messages := recording(seed)
		for k := range min(len(messages), 12) {
			for n := range len(messages[k]) {
				app := engine.New(engine.Config{})
				app.Add(referencePlugin)
				c := replicate.NewClient(app, replicate.ClientConfig{TickRate: 60, Interval: 3})
				for _, m := range messages[:k] {
					give(c, m)
				}
				give(c, messages[k][:max(n, 1)])
			}
		}
	}
}
