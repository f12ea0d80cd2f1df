package transport_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
)

// live sends 60 messages of 1,000 bytes a second to a client on a line, at the given number of
// ticks a second, for half a minute, and gives the share that arrived and how old they were.
func live(t *testing.T, line string, ticks int, seed uint64) (share float64, delays []time.Duration) {
	t.Helper()
	p, err := netsim.Preset(line)
	if err != nil {
		t.Fatal(err)
	}
	nw := netsim.NewNetwork(seed)
	id := secure.IdentityFromSeed([32]byte{1})
	at, from := nw.Carrier(netip.AddrPort{}), nw.Carrier(netip.AddrPort{})
	nw.SetPath(from.LocalAddr(), at.LocalAddr(), p)
	e, err := transport.Listen(transport.Config{Identity: id, Channels: table, Rand: chacha(seed)}, at)
	if err != nil {
		t.Fatal(err)
	}
	c, err := transport.Dial(transport.DialConfig{Config: transport.Config{Channels: table, Rand: chacha(seed + 50)}, Addr: at.LocalAddr(), Pin: id.Public}, from)
	if err != nil {
		t.Fatal(err)
	}
	var server *transport.Conn
	sent := 0
	for ms := range 30_000 {
		now := time.Duration(ms) * time.Millisecond
		nw.Advance(now)
		e.Poll(now)
		if x, ok := e.Accept(); ok {
			server = x
		}
		if server != nil && ms%(1000/ticks) == 0 {
			for range 60 / ticks {
				b := make([]byte, 1000)
				binary.LittleEndian.PutUint64(b, uint64(now))
				if err := server.Send(0, b, channel.SendOptions{}); err != nil {
					t.Fatal(err)
				}
				sent++
			}
		}
		e.Flush(now)
		c.Poll(now)
		for m, ok := c.Receive(); ok; m, ok = c.Receive() {
			delays = append(delays, now-time.Duration(binary.LittleEndian.Uint64(m.Data)))
		}
		c.Flush(now)
	}
	slices.Sort(delays)
	return float64(len(delays)) / float64(sent), delays
}

// TestLiveTrafficOnRealLines: a game that sends 480 kbit/s, twice the floor, gets most of
// that on every line that has it, and all of it where nothing is lost, without a long queue
// of its own making. (The line of badhotel itself loses 6.5 % in bursts.)
func TestLiveTrafficOnRealLines(t *testing.T) {
	skipUnderRace(t)
	for _, c := range []struct {
		line  string
		least float64       // share that arrives
		p50   time.Duration // at most
	}{
		{"wifi", 0.99, 30 * time.Millisecond},
		{"4g", 0.85, 60 * time.Millisecond},
		{"3g", 0.97, 180 * time.Millisecond},
		{"satellite", 0.75, 550 * time.Millisecond},
		{"badhotel", 0.5, 400 * time.Millisecond},
	} {
		for _, ticks := range []int{20, 60} {
			for seed := range seeds() {
				share, delays := live(t, c.line, ticks, seed)
				p50, p99 := delays[len(delays)/2], delays[len(delays)*99/100]
				t.Logf("%s, %d ticks a second, seed %d: %.3f arrived, p50 %v p99 %v", c.line, ticks, seed, share, p50, p99)
				if share < c.least || p50 > c.p50 {
					t.Errorf("%s, %d ticks a second, seed %d: %.3f arrived of at least %.2f, p50 %v of at most %v, p99 %v",
						c.line, ticks, seed, share, c.least, p50, c.p50, p99)
				}
			}
		}
	}
}
