package netsim

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tandem-engine/tandem/net/transport"
)

var (
	alice = netip.MustParseAddrPort("10.1.0.1:1000")
	bob   = netip.MustParseAddrPort("10.1.0.2:2000")
	carol = netip.MustParseAddrPort("[fd00::3]:3000")
)

const ms = time.Millisecond

func send(t require.TestingT, c *Carrier, to netip.AddrPort, texts ...string) {
	for _, s := range texts {
		n, err := c.WriteBatch([]transport.Datagram{{Addr: to, Data: []byte(s)}})
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
}

// received reads everything that waits, as "sender text".
func received(t require.TestingT, c *Carrier) []string {
	var out []string
	d := make([]transport.Datagram, 3)
	for {
		n, err := c.ReadBatch(d)
		require.NoError(t, err)
		for _, x := range d[:n] {
			out = append(out, fmt.Sprintf("%v %s", x.Addr, x.Data))
		}
		if n < len(d) {
			return out
		}
	}
}

func TestNetworkDelivers(t *testing.T) {
	nw := NewNetwork(seed)
	a, b := nw.Carrier(alice), nw.Carrier(bob)
	send(t, a, bob, "1", "2", "3", "4")
	require.Equal(t, []string{"10.1.0.1:1000 1", "10.1.0.1:1000 2", "10.1.0.1:1000 3", "10.1.0.1:1000 4"}, received(t, b), "at once, without a profile")
	require.Empty(t, received(t, b))
	require.Empty(t, received(t, a))

	nw.SetLink(alice, bob, Profile{Delay: 20 * ms})
	send(t, a, bob, "later")
	send(t, b, alice, "now")
	require.Equal(t, []string{"10.1.0.2:2000 now"}, received(t, a), "the other direction is another link")
	nw.Advance(19 * ms)
	require.Empty(t, received(t, b))
	at, ok := nw.Next()
	require.True(t, ok)
	require.Equal(t, 20*ms, at)
	nw.Advance(at)
	require.Equal(t, []string{"10.1.0.1:1000 later"}, received(t, b))
	_, ok = nw.Next()
	require.False(t, ok)
	s := nw.Stats()
	require.EqualValues(t, 6, s.Sent)
	require.EqualValues(t, 6, s.Delivered)
	require.EqualValues(t, 5, nw.LinkCounters(alice, bob).Sent)
	require.Zero(t, nw.LinkCounters(bob, carol))
}

func TestNetworkAddresses(t *testing.T) {
	nw := NewNetwork(seed)
	a, x, y := nw.Carrier(alice), nw.Carrier(netip.AddrPort{}), nw.Carrier(netip.AddrPort{})
	require.Equal(t, alice, a.LocalAddr())
	require.NotEqual(t, x.LocalAddr(), y.LocalAddr())
	require.PanicsWithValue(t, "netsim: 10.1.0.1:1000 is taken; close its carrier first or use another address", func() { nw.Carrier(alice) })
	send(t, a, bob, "to nobody")
	require.EqualValues(t, 1, nw.Stats().Unroutable)

	nw.SetDefault(Profile{Delay: ms})
	send(t, x, alice, "to one who leaves")
	require.NoError(t, a.Close())
	require.NoError(t, a.Close())
	_, err := a.ReadBatch(nil)
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = a.WriteBatch(nil)
	require.ErrorIs(t, err, net.ErrClosed)
	nw.Advance(2 * ms)
	require.EqualValues(t, 2, nw.Stats().Unroutable)
	again := nw.Carrier(alice)
	send(t, x, alice, "to the next one")
	nw.Advance(3 * ms)
	require.Len(t, received(t, again), 1)
}

func TestRebind(t *testing.T) {
	nw := NewNetwork(seed)
	a, b := nw.Carrier(alice), nw.Carrier(bob)
	nw.SetPath(alice, bob, both(Profile{Delay: 10 * ms}))
	send(t, b, alice, "lost with the old address")
	send(t, a, bob, "sent before")
	nw.Advance(5 * ms)
	a.Rebind(carol)
	require.Equal(t, carol, a.LocalAddr())
	send(t, a, bob, "sent after")
	send(t, b, alice, "nobody is there")
	nw.Advance(20 * ms)
	require.Equal(t, []string{"10.1.0.1:1000 sent before", "[fd00::3]:3000 sent after"}, received(t, b))
	send(t, b, carol, "answer")
	nw.Advance(29 * ms)
	require.Empty(t, received(t, a), "the link kept its delay")
	nw.Advance(30 * ms)
	require.Equal(t, []string{"10.1.0.2:2000 answer"}, received(t, a))
	require.EqualValues(t, 2, nw.LinkCounters(alice, bob).Sent, "one link")
	require.EqualValues(t, 2, nw.Stats().Unroutable)
	require.Panics(t, func() { a.Rebind(bob) })
}

func TestCarrierBlackout(t *testing.T) {
	nw := NewNetwork(seed)
	a, b := nw.Carrier(alice), nw.Carrier(bob)
	nw.SetDefault(Profile{Delay: 10 * ms})
	send(t, b, alice, "arrives in the dark")
	a.Blackout(20 * ms)
	send(t, a, bob, "sent in the dark")
	nw.Advance(15 * ms)
	send(t, b, alice, "arrives after it")
	nw.Advance(20 * ms)
	send(t, a, bob, "sent after it")
	nw.Advance(30 * ms)
	require.Equal(t, []string{"10.1.0.2:2000 arrives after it"}, received(t, a))
	require.Equal(t, []string{"10.1.0.1:1000 sent after it"}, received(t, b))
	require.EqualValues(t, 1, nw.Stats().Blackout)
	require.EqualValues(t, 1, nw.Stats().Darkened)
}

func TestScript(t *testing.T) {
	nw := NewNetwork(seed)
	a, b := nw.Carrier(alice), nw.Carrier(bob)
	var log []string
	note := func(s string) func() {
		return func() { log = append(log, fmt.Sprint(s, " ", nw.Now())) }
	}
	nw.At(20*ms, note("second"))
	nw.At(10*ms, func() {
		note("first")()
		nw.SetDefault(Profile{Loss: 1})
		nw.At(10*ms, note("nested"))
	})
	nw.At(20*ms, note("third"))
	nw.At(15*ms, func() {
		send(t, a, bob, "lost")
		nw.SetDefault(Profile{Delay: 7 * ms})
		send(t, a, bob, "sent by the script")
	})
	at, ok := nw.Next()
	require.True(t, ok)
	require.Equal(t, 10*ms, at)
	nw.Advance(21 * ms)
	require.Equal(t, []string{"first 10ms", "nested 10ms", "second 20ms", "third 20ms"}, log)
	require.Empty(t, received(t, b))
	nw.Advance(22 * ms)
	require.Equal(t, []string{"10.1.0.1:1000 sent by the script"}, received(t, b))
	require.PanicsWithValue(t, "netsim: Advance(1ms) after 22ms; time only moves forward", func() { nw.Advance(ms) })
}

// The data of a batch stays until the next ReadBatch, whatever else the network does meanwhile.
func TestReadDataStays(t *testing.T) {
	nw := NewNetwork(seed)
	a, b := nw.Carrier(alice), nw.Carrier(bob)
	send(t, a, bob, "first", "other")
	d := make([]transport.Datagram, 1)
	n, err := b.ReadBatch(d)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	clear(d[0].Data[:0])
	send(t, a, bob, "third")
	send(t, b, alice, "reply")
	received(t, a)
	send(t, b, alice, "reply")
	received(t, a)
	require.Equal(t, "first", string(d[0].Data))
}

func TestInboxIsBounded(t *testing.T) {
	nw := NewNetwork(seed)
	a, b := nw.Carrier(alice), nw.Carrier(bob)
	for range maxInbox + 5 {
		send(t, a, bob, "x")
	}
	require.Len(t, received(t, b), maxInbox)
	require.EqualValues(t, 5, nw.Stats().InboxFull)
	send(t, a, bob, "x")
	require.Len(t, received(t, b), 1)
}

// run lets three carriers talk over bad links, driven by rolls of the test's own, and returns what bob received.
func run(s uint64, extra int) (trace uint64, got []string, bobs Counters) {
	nw := NewNetwork(s)
	nw.SetDefault(BadHotel.Up)
	nw.SetPath(alice, bob, Cellular3G)
	a, b, c := nw.Carrier(alice), nw.Carrier(bob), nw.Carrier(carol)
	nw.At(2*time.Second, func() { nw.SetLink(alice, bob, WiFi.Up) })
	for i := range 300 {
		now := time.Duration(i) * 16 * ms
		nw.Advance(now)
		send(panicking{}, a, bob, fmt.Sprint(i))
		for range extra {
			send(panicking{}, c, alice, "noise")
			send(panicking{}, c, bob, "noise")
		}
		for _, s := range received(panicking{}, b) {
			if s[:2] != "[f" {
				got = append(got, fmt.Sprint(now, " ", s))
			}
		}
		received(panicking{}, a)
	}
	return nw.Trace(), got, nw.LinkCounters(alice, bob)
}

// panicking lets requirements stop code that has no testing.T.
type panicking struct{}

func (panicking) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (panicking) FailNow()                          {}

func TestSeedReplaysExactly(t *testing.T) {
	trace, got, count := run(seed, 2)
	again, gotAgain, countAgain := run(seed, 2)
	require.Equal(t, trace, again)
	require.Equal(t, got, gotAgain)
	require.Equal(t, count, countAgain)
	other, gotOther, _ := run(seed+1, 2)
	require.NotEqual(t, trace, other)
	require.NotEqual(t, got, gotOther)
}

// What happens on one link does not depend on what is sent over others.
func TestLinksAreIndependent(t *testing.T) {
	trace, got, count := run(seed, 0)
	noisy, gotNoisy, countNoisy := run(seed, 3)
	require.NotEqual(t, trace, noisy)
	require.Equal(t, got, gotNoisy)
	require.Equal(t, count, countNoisy)
}

// Nor on when its ends joined, or on which other carriers exist.
func TestLinkFateIsOfItsAddresses(t *testing.T) {
	fates := func(before int) Counters {
		nw := NewNetwork(seed)
		nw.SetDefault(Profile{Loss: 0.3, Duplicate: 0.3})
		for range before {
			nw.Carrier(netip.AddrPort{})
		}
		b, a := nw.Carrier(bob), nw.Carrier(alice)
		for range 100 {
			send(t, a, bob, "x")
		}
		require.NotEqual(t, Counters{}, nw.LinkCounters(alice, bob))
		received(t, b)
		return nw.LinkCounters(alice, bob)
	}
	require.Equal(t, fates(0), fates(7))
}

// Whatever is done to the network, every datagram is accounted for.
func TestNetworkKeepsBooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nw := NewNetwork(rapid.Uint64().Draw(t, "seed"))
		nw.SetDefault(Profile{Loss: 0.1, Duplicate: 0.2, Reorder: 0.1, Delay: 5 * ms, Jitter: 4 * ms, Rate: 1e6, Queue: 5000, MTU: 300})
		all := []*Carrier{nw.Carrier(alice), nw.Carrier(bob), nw.Carrier(carol)}
		pick := rapid.SampledFrom(all)
		sent, read := 0, 0
		t.Repeat(map[string]func(*rapid.T){
			"send": func(t *rapid.T) {
				size := rapid.IntRange(0, 350).Draw(t, "size")
				_, err := pick.Draw(t, "from").WriteBatch([]transport.Datagram{{Addr: pick.Draw(t, "to").LocalAddr(), Data: make([]byte, size)}})
				require.NoError(t, err)
				sent++
			},
			"read":     func(t *rapid.T) { read += len(received(t, pick.Draw(t, "who"))) },
			"advance":  func(t *rapid.T) { nw.Advance(nw.Now() + time.Duration(rapid.IntRange(0, 20).Draw(t, "ms"))*ms) },
			"blackout": func(t *rapid.T) { pick.Draw(t, "who").Blackout(10 * ms) },
			"rebind": func(t *rapid.T) {
				port := rapid.Uint16Range(10_000, 60_000).Draw(t, "port")
				addr := netip.AddrPortFrom(alice.Addr(), port)
				if nw.carriers[addr] == nil {
					pick.Draw(t, "who").Rebind(addr)
				}
			},
		})
		nw.Advance(nw.Now() + time.Minute)
		for _, c := range all {
			read += len(received(t, c))
		}
		s := nw.Stats()
		require.EqualValues(t, sent, s.Sent)
		require.EqualValues(t, s.Sent, s.Lost+s.Overflowed+s.Oversized+s.Blackout+s.Passed)
		require.EqualValues(t, s.Passed+s.Duplicated, s.Delivered+s.Unroutable+s.InboxFull+s.Darkened+s.Crowded)
		require.EqualValues(t, s.Delivered, read)
		for _, c := range all {
			received(t, c) // gives back what the last batch lent
		}
		require.Len(t, nw.flights.free, len(nw.flights.slots), "no buffer is lost")
	})
}

func TestNetworkSteadyStateAllocatesNothing(t *testing.T) {
	nw := NewNetwork(seed)
	nw.SetDefault(BadHotel.Down)
	a, b := nw.Carrier(alice), nw.Carrier(bob)
	out := []transport.Datagram{{Addr: bob, Data: make([]byte, 100)}}
	in := make([]transport.Datagram, 8)
	now := time.Duration(0)
	step := func() {
		now += 10 * ms
		nw.Advance(now)
		if _, err := a.WriteBatch(out); err != nil {
			t.Fatal(err)
		}
		if _, err := b.ReadBatch(in); err != nil {
			t.Fatal(err)
		}
	}
	for range 2000 {
		step()
	}
	require.Zero(t, testing.AllocsPerRun(2000, step))
}

// BenchmarkNetwork measures one datagram from writing to reading on a bad link.
func BenchmarkNetwork(b *testing.B) {
	nw := NewNetwork(seed)
	nw.SetDefault(BadHotel.Down)
	from, to := nw.Carrier(alice), nw.Carrier(bob)
	out := []transport.Datagram{{Addr: bob, Data: make([]byte, 100)}}
	in := make([]transport.Datagram, 8)
	b.ReportAllocs()
	for i := range b.N {
		nw.Advance(time.Duration(i) * 10 * ms)
		_, _ = from.WriteBatch(out)
		_, _ = to.ReadBatch(in)
	}
}

// Links that share a line wait in one queue: together they get its rate, and what
// overflows is counted where it was sent.
func TestSharedLine(t *testing.T) {
	nw := NewNetwork(1)
	const rate = 1_000_000
	a, b, to := nw.Carrier(netip.AddrPort{}), nw.Carrier(netip.AddrPort{}), nw.Carrier(netip.AddrPort{})
	nw.SetDefault(Profile{Delay: 10 * time.Millisecond})
	nw.Share(rate, 20_000, Ends{a.LocalAddr(), to.LocalAddr()}, Ends{b.LocalAddr(), to.LocalAddr()})
	sent, got := 0, 0
	batch := make([]transport.Datagram, 64)
	for ms := range 1000 { // 2 x 0.8 Mbit/s
		nw.Advance(time.Duration(ms) * time.Millisecond)
		for _, c := range []*Carrier{a, b} {
			if ms%10 == 0 {
				_, err := c.WriteBatch([]transport.Datagram{{Addr: to.LocalAddr(), Data: make([]byte, 1000-overhead)}})
				require.NoError(t, err)
				sent++
			}
		}
		n, err := to.ReadBatch(batch)
		require.NoError(t, err)
		got += n
	}
	require.InDelta(t, 123, got, 3, "1 Mbit/s for the second less the delay")
	ca, cb := nw.LinkCounters(a.LocalAddr(), to.LocalAddr()), nw.LinkCounters(b.LocalAddr(), to.LocalAddr())
	require.Equal(t, uint64(sent), ca.Sent+cb.Sent)
	require.Equal(t, ca.Sent+cb.Sent, ca.Passed+cb.Passed+ca.Overflowed+cb.Overflowed)
	require.Greater(t, ca.Overflowed+cb.Overflowed, uint64(40))
	require.Panics(t, func() { nw.Share(-1, 0) })
}
