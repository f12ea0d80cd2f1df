package transport

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

func testLimiter(t *testing.T, rate float64) *prefixLimiter {
	t.Helper()
	p, err := newPrefixLimiter(rand.NewChaCha8([32]byte{1}), rate)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBucketAgainstReference(t *testing.T) {
	// The reference counts what was taken since the start: never more than burst + rate*time.
	b := newBucket(10, 5)
	rng := rand.New(rand.NewPCG(1, 2))
	taken, now := 0.0, time.Duration(0)
	for range 10000 {
		now += time.Duration(rng.IntN(100)) * time.Millisecond
		if b.take(now, 1) {
			taken++
		}
		if limit := 5 + 10*now.Seconds(); taken > limit+1e-6 {
			t.Fatalf("%v taken in %v", taken, now)
		}
	}
	if want := 10 * now.Seconds() * 0.9; taken < want {
		t.Fatalf("only %v taken in %v", taken, now)
	}
	if b.take(now-time.Hour, 1000) || b.tokens > 5 {
		t.Fatal("a clock that goes back fills the bucket")
	}
}

func TestPrefixes(t *testing.T) {
	p := testLimiter(t, 1)
	same := []string{"2001:db8::1", "2001:db8::ffff:1"}
	for range 2 {
		for _, a := range same {
			if !p.take(0, netip.MustParseAddr(a)) {
				t.Fatal("refused within the burst")
			}
		}
	}
	for _, a := range same {
		if p.take(0, netip.MustParseAddr(a)) {
			t.Fatal("one /64 has one bucket")
		}
	}
	for _, a := range []string{"2001:db8:0:1::1", "192.0.2.1", "192.0.2.2"} {
		if !p.take(0, netip.MustParseAddr(a)) {
			t.Fatal(a, "shares the bucket of another prefix")
		}
	}
	if !p.take(time.Second, netip.MustParseAddr(same[0])) {
		t.Fatal("the bucket does not refill")
	}
	for range 100 {
		if !p.take(0, netip.MustParseAddr("127.0.0.1")) {
			t.Fatal("loopback is limited")
		}
	}
}

// A million prefixes fit into the table of fixed size, and the ones used last
// stay in it.
func TestPrefixTableIsBounded(t *testing.T) {
	p := testLimiter(t, 1)
	hot := netip.MustParseAddr("198.51.100.7")
	refused := 0
	for i := range 1_000_000 {
		now := time.Duration(i) * time.Microsecond
		p.take(now, netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 9}))
		if i%100 == 0 && !p.take(now, hot) {
			refused++
		}
	}
	if refused < 9000 {
		t.Fatalf("an address that keeps trying was refused %d of 10000 times", refused)
	}
	used := 0
	for i := range p.sets {
		for k := range p.sets[i] {
			if p.sets[i][k].used {
				used++
			}
		}
	}
	if used != prefixSets*prefixWays {
		t.Fatalf("%d of %d entries used: the hash does not spread", used, prefixSets*prefixWays)
	}
}
