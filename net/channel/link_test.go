package channel

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

func TestEveryKindDelivers(t *testing.T) {
	for _, p := range []profile{
		{delay: 20 * time.Millisecond},
		{delay: 50 * time.Millisecond, jitter: 5 * time.Millisecond, loss: 0.05, dup: 0.02, reorder: 0.02},
		{delay: 50 * time.Millisecond, loss: 0.3},
	} {
		q := newPair(t, 7, Config{Channels: everyKind}, p)
		const n = 300
		got := [chB][]int{}
		drain := func() {
			for {
				m, ok := q.link[1].Receive()
				if !ok {
					return
				}
				var ch, i int
				if _, err := fmt.Sscanf(string(m.Data), "%d:%d:", &ch, &i); err != nil {
					t.Fatal(err)
				}
				if ch != int(m.Channel) || len(m.Data) != len(fmt.Sprintf("%d:%d:", ch, i))+i*(i%7) {
					t.Fatalf("message %d of channel %d came out of channel %d with %d bytes", i, ch, m.Channel, len(m.Data))
				}
				got[ch] = append(got[ch], i)
			}
		}
		for i := range n {
			for ch := range uint8(chB) {
				msg := fmt.Appendf(nil, "%d:%d:%s", ch, i, bytes.Repeat([]byte("x"), i*(i%7)))
				if err := q.link[0].Send(ch, msg, SendOptions{Token: uint64(i)*10 + uint64(ch) + 1}); err != nil {
					t.Fatal(err)
				}
			}
			q.run(5 * time.Millisecond)
			drain()
		}
		for range 100 {
			q.run(50 * time.Millisecond)
			drain()
		}
		for i := range got[chO] {
			if got[chO][i] != i {
				t.Fatalf("ordered: %v", got[chO])
			}
		}
		if len(got[chR]) != n || len(got[chO]) != n || got[chL][len(got[chL])-1] != n-1 {
			t.Fatalf("reliable %d, ordered %d, latest %v", len(got[chR]), len(got[chO]), got[chL])
		}
		for i := 1; i < len(got[chS]); i++ {
			if got[chS][i] <= got[chS][i-1] {
				t.Fatalf("sequenced went back: %v", got[chS])
			}
		}
		fates, acked := allFates(t, q.link[0])
		if len(fates) != n*chB {
			t.Fatalf("%d fates of %d", len(fates), n*chB)
		}
		t.Logf("%+v: unreliable %d, sequenced %d, latest %d, acked %d of %d, %+v", p, len(got[chU]), len(got[chS]), len(got[chL]), acked, n*chB, q.link[0].Stats())
	}
}

// allFates fetches every fate, each of which may come once.
func allFates(t *testing.T, l *Link) (fates map[uint64]bool, acked int) {
	t.Helper()
	fates = map[uint64]bool{}
	for f, ok := l.Fate(); ok; f, ok = l.Fate() {
		if _, twice := fates[f.Token]; twice {
			t.Fatalf("token %d came twice", f.Token)
		}
		fates[f.Token] = f.Acked
		if f.Acked {
			acked++
		}
	}
	return fates, acked
}
