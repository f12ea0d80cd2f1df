package channel

import (
	"testing"
	"time"
)

func TestProbeFrame(t *testing.T) {
	prefixes(t, vector(t, probeFrame{1452}.Append(nil), "05ac05"), func(b []byte) (int, error) {
		f, n, err := parseProbe(b)
		if err == nil && f.Size != 1452 {
			t.Errorf("%+v", f)
		}
		return n, err
	})
}

// TestProbeFate: the owner learns whether a size gets through, and a lost probe is no sign of
// congestion.
func TestProbeFate(t *testing.T) {
	q := newPair(t, 1, Config{}, profile{delay: 10 * time.Millisecond})
	for i, ok := range []bool{true, false} {
		q.way[0].loss = float64(i)
		p := q.link[0].BuildProbe(q.now, q.pn[0], nil, 1452, 1429)
		if len(p) != 1429 {
			t.Fatalf("%d bytes", len(p))
		}
		q.put(0, p)
		q.way[0].loss = 0
		q.run(4 * time.Second)
		n, got := q.link[0].Notice()
		if !got || n.Kind != NoticeProbe || n.Size != 1452 || n.OK != ok {
			t.Fatalf("probe %d: %+v, %v", i, n, got)
		}
	}
	if n := q.link[0].Stats().PacketsLost; n != 0 {
		t.Errorf("%d packets lost", n)
	}
	if n, ok := q.link[1].Notice(); !ok || n.Kind != NoticeProbed || n.Size != 1452 {
		t.Errorf("the peer saw %+v, %v", n, ok)
	}
}
