package replicate

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/net/channel"
)

// liar is a connection that takes nothing in and acknowledges everything, all of
// it again and again, and what was never sent.
type liar struct {
	rng  *rand.Rand
	sent []uint64
}

func (l *liar) Send(_ uint8, _ []byte, o channel.SendOptions) error {
	if o.Token != 0 {
		l.sent = append(l.sent, o.Token)
		if len(l.sent) > 1<<10 {
			l.sent = append(l.sent[:0], l.sent[512:]...)
		}
	}
	return nil
}

// lie tells the peer of n fates.
func (l *liar) lie(p *Peer, n int) {
	for range n {
		f := channel.Fate{Token: l.rng.Uint64(), Acked: l.rng.IntN(4) > 0}
		switch l.rng.IntN(4) {
		case 0:
			f.Token &= math.MaxUint32
		case 1:
			f.Token = uint64(p.sent.next) + uint64(l.rng.IntN(200)) - 100 // some of which are not sent yet
		case 2:
			if len(l.sent) > 0 {
				f.Token = l.sent[l.rng.IntN(len(l.sent))]
			}
		}
		p.Fate(f)
	}
	for _, token := range l.sent {
		p.Fate(channel.Fate{Token: token, Acked: true})
	}
}

// TestLyingAcknowledgements: a client that acknowledges what it likes, thousands
// of times a tick, takes no memory of the server, and what another client is told
// stays the same bit for bit.
func TestLyingAcknowledgements(t *testing.T) {
	told := func(lies int) (bytes int, grown uint64) {
		c := newCrush(3, 300, 1, 1)
		l := &liar{rng: rand.New(rand.NewPCG(3, 3))}
		p := c.server.Add(2, l)
		InterestOf(c.app.World()).Look(2, 0, 0, 160)
		var before, after runtime.MemStats
		for tick := range 400 {
			if tick == 200 {
				runtime.ReadMemStats(&before)
			}
			l.lie(p, lies)
			c.step(t)
			bytes += c.line.bytes
		}
		runtime.ReadMemStats(&after)
		require.NoError(t, p.Err())
		require.LessOrEqual(t, len(p.sent.spare), sentRing)
		return bytes, after.TotalAlloc - before.TotalAlloc
	}
	honest, little := told(0)
	with, grown := told(5000)
	require.Equal(t, honest, with)
	require.Less(t, grown, little+1<<20, "a million lies")
	t.Logf("%d bytes allocated in 200 ticks without lies, %d with a million", little, grown)
}
