package transport_test

import (
	"encoding/binary"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
)

// household is a server that streams to clients behind one modem, whose queue all share.
type household struct {
	t        *testing.T
	net      *netsim.Network
	now      time.Duration
	server   *transport.Endpoint
	flows    []*flow
	rivals   []*reno
	accepted []*transport.Conn
	shared   []netsim.Ends
	carrier  *netsim.Carrier
}

// flow is one client and the stream that it gets.
type flow struct {
	at      netip.AddrPort
	conn    *transport.Conn
	server  *transport.Conn
	begin   time.Duration
	started bool
	bytes   int64
}

func (f *flow) Write(p []byte) (int, error) {
	f.bytes += int64(len(p))
	return len(p), nil
}

// zeros is a stream without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

var streams = channel.Table{{Name: "file", Kind: channel.Bulk}}

func newHousehold(t *testing.T, seed uint64) *household {
	h := &household{t: t, net: netsim.NewNetwork(seed)}
	id := secure.IdentityFromSeed([32]byte{1})
	h.carrier = h.net.Carrier(netip.AddrPort{})
	var err error
	h.server, err = transport.Listen(transport.Config{Identity: id, Channels: streams, Rand: chacha(seed)}, h.carrier)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// stream adds a client with a delay of its own each way, whose stream begins at a time.
func (h *household) stream(oneWay, begin time.Duration) *flow {
	f := &flow{begin: begin}
	c := h.net.Carrier(netip.AddrPort{})
	f.at = c.LocalAddr()
	h.join(h.carrier.LocalAddr(), f.at, oneWay)
	id := secure.IdentityFromSeed([32]byte{1})
	cfg := transport.Config{Channels: streams, Rand: chacha(uint64(len(h.flows)) + 1000)}
	cfg.OnBulk = func(*transport.Conn, uint8, channel.Progress) io.Writer { return f }
	conn, err := transport.Dial(transport.DialConfig{Config: cfg, Addr: h.carrier.LocalAddr(), Pin: id.Public}, c)
	if err != nil {
		h.t.Fatal(err)
	}
	f.conn = conn
	h.flows = append(h.flows, f)
	return f
}

func (h *household) join(from, to netip.AddrPort, oneWay time.Duration) {
	h.net.SetLink(from, to, netsim.Profile{Delay: oneWay})
	h.net.SetLink(to, from, netsim.Profile{Delay: oneWay})
	h.shared = append(h.shared, netsim.Ends{From: from, To: to})
}

// share puts everybody's packets into one queue.
func (h *household) share(mbit float64, queue time.Duration) {
	h.net.Share(int64(mbit*1e6), int(mbit*1e6/8*queue.Seconds()), h.shared...)
}

// run lets time pass, a millisecond at a time.
func (h *household) run(d time.Duration) {
	for end := h.now + d; h.now < end; {
		h.now += time.Millisecond
		h.net.Advance(h.now)
		h.server.Poll(h.now)
		for c, ok := h.server.Accept(); ok; c, ok = h.server.Accept() {
			h.accepted = append(h.accepted, c)
		}
		h.start()
		for _, f := range h.flows {
			f.conn.Poll(h.now)
			f.conn.Flush(h.now)
		}
		h.server.Flush(h.now)
		for _, r := range h.rivals {
			r.step(h.now)
		}
	}
}

// start begins the streams whose time has come.
func (h *household) start() {
	for _, c := range h.accepted {
		for _, f := range h.flows {
			if f.at == c.Addr() && !f.started && h.now >= f.begin {
				f.started = true
				if err := c.SendBulk(0, zeros{}, -1, 0); err != nil {
					h.t.Fatal(err)
				}
				f.server = c
			}
		}
	}
}

// measure lets time pass and gives the rates of all in Mbit/s.
func (h *household) measure(d time.Duration) (flows, rivals []float64) {
	var before []int64
	for _, f := range h.flows {
		before = append(before, f.bytes)
	}
	for _, r := range h.rivals {
		before = append(before, r.bytes)
	}
	h.run(d)
	mbit := func(n int64) float64 { return float64(n) * 8 / 1e6 / d.Seconds() }
	for i, f := range h.flows {
		flows = append(flows, mbit(f.bytes-before[i]))
	}
	for i, r := range h.rivals {
		rivals = append(rivals, mbit(r.bytes-before[len(h.flows)+i]))
	}
	return flows, rivals
}

// skipUnderRace leaves out what has one goroutine and hundreds of thousands of packets.
func skipUnderRace(t *testing.T) {
	t.Helper()
	if underRace {
		t.Skip("one goroutine: runs without the race detector")
	}
}

// seeds is how many times an experiment is repeated.
func seeds() uint64 {
	if testing.Short() {
		return 1
	}
	return 3
}

func sum(x []float64) (n float64) {
	for _, v := range x {
		n += v
	}
	return n
}

// ms are times in milliseconds.
func ms(n ...int) (d []time.Duration) {
	for _, v := range n {
		d = append(d, time.Duration(v)*time.Millisecond)
	}
	return d
}

// jain is the index of fairness of Jain, Chiu and Hawe (1984): 1 if all are equal, 1/n
// if one has everything.
func jain(x []float64) float64 {
	squares := 0.0
	for _, v := range x {
		squares += v * v
	}
	return sum(x) * sum(x) / (float64(len(x)) * squares)
}

// reno is a sender that takes loss for congestion and nothing else, as TCP Reno does
// (RFC 5681, with selective acknowledgement and one halving a round trip): slow start,
// additive increase, multiplicative decrease.
type reno struct {
	send, receive *netsim.Carrier
	window, slow  float64 // packets; slow start below slow
	next, acked   uint64  // numbers of packets
	under         map[uint64]time.Duration
	recover       uint64 // no further halving for packets below
	srtt          time.Duration
	heard         time.Duration
	bytes         int64
	begin         time.Duration
}

const renoPacket = 1200

func (h *household) rival(oneWay, begin time.Duration) *reno {
	r := &reno{
		send: h.net.Carrier(netip.AddrPort{}), receive: h.net.Carrier(netip.AddrPort{}), begin: begin,
		window: 10, slow: 1 << 20, under: map[uint64]time.Duration{}, srtt: 200 * time.Millisecond,
	}
	h.join(r.send.LocalAddr(), r.receive.LocalAddr(), oneWay)
	h.rivals = append(h.rivals, r)
	return r
}

func (r *reno) step(now time.Duration) {
	var in [64]transport.Datagram
	for n, _ := r.receive.ReadBatch(in[:]); n > 0; n, _ = r.receive.ReadBatch(in[:]) {
		for _, d := range in[:n] {
			r.bytes += int64(len(d.Data))
			_, _ = r.receive.WriteBatch([]transport.Datagram{{Addr: r.send.LocalAddr(), Data: d.Data[:8]}})
		}
	}
	for n, _ := r.send.ReadBatch(in[:]); n > 0; n, _ = r.send.ReadBatch(in[:]) {
		for _, d := range in[:n] {
			r.ack(now, binary.LittleEndian.Uint64(d.Data))
		}
	}
	if now < r.begin {
		return
	}
	if len(r.under) > 0 && now-r.heard > 2*r.srtt+200*time.Millisecond { // retransmission timeout
		r.slow, r.window, r.heard = max(r.window/2, 2), 1, now
		clear(r.under)
		r.recover = r.next
	}
	for len(r.under) < int(r.window) {
		if len(r.under) == 0 {
			r.heard = now
		}
		p := make([]byte, renoPacket)
		binary.LittleEndian.PutUint64(p, r.next)
		r.under[r.next] = now
		r.next++
		_, _ = r.send.WriteBatch([]transport.Datagram{{Addr: r.receive.LocalAddr(), Data: p}})
	}
}

func (r *reno) ack(now time.Duration, pn uint64) {
	at, ok := r.under[pn]
	if !ok {
		return
	}
	delete(r.under, pn)
	r.heard = now
	r.srtt += (now - at - r.srtt) / 8
	if r.window < r.slow {
		r.window++
	} else {
		r.window += 1 / r.window
	}
	for ; r.acked+3 <= pn; r.acked++ {
		if _, missing := r.under[r.acked]; !missing {
			continue
		}
		delete(r.under, r.acked)
		if r.acked >= r.recover {
			r.recover = r.next
			r.window = max(r.window/2, 2)
			r.slow = r.window
		}
	}
}

// TestFairness: streams that share a queue come to about equal shares, whoever began
// first and however far away it is, and keep the queue short while they fill the line.
func TestFairness(t *testing.T) {
	skipUnderRace(t)
	for _, c := range []struct {
		mbit    float64
		queue   time.Duration
		oneWay  []time.Duration
		stagger time.Duration // between the beginnings of the streams
		least   float64       // Jain's index
		mostRTT time.Duration // of the first flow
	}{
		{20, 100 * time.Millisecond, ms(20, 20), 0, 0.95, 60 * time.Millisecond},
		{20, 100 * time.Millisecond, ms(20, 20), 3 * time.Second, 0.95, 60 * time.Millisecond},
		{20, 100 * time.Millisecond, ms(20, 20, 20, 20), 2 * time.Second, 0.9, 70 * time.Millisecond},
		{40, 100 * time.Millisecond, ms(20, 20, 20, 20, 20, 20, 20, 20), time.Second, 0.9, 70 * time.Millisecond},
		{20, 30 * time.Millisecond, ms(20, 20, 20, 20), 2 * time.Second, 0.9, 70 * time.Millisecond},
		{100, 100 * time.Millisecond, ms(10, 10, 10, 10), 2 * time.Second, 0.9, 40 * time.Millisecond},
		{20, 100 * time.Millisecond, ms(10, 40), 0, 0.8, 50 * time.Millisecond},
	} {
		for seed := range seeds() {
			h := newHousehold(t, seed)
			for i, d := range c.oneWay {
				h.stream(d, time.Second+time.Duration(i)*(c.stagger+time.Duration(seed)*37*time.Millisecond))
			}
			h.share(c.mbit, c.queue)
			h.run(time.Duration(len(c.oneWay))*c.stagger + 6*time.Second)
			flows, _ := h.measure(20 * time.Second)
			index, rtt := jain(flows), h.flows[0].server.Stats().RTT
			t.Logf("%.0f Mbit/s, %v, seed %d: %.1f Mbit/s each, Jain %.3f, RTT %v", c.mbit, c.oneWay, seed, flows, index, rtt)
			if index < c.least || rtt > c.mostRTT || sum(flows) < 0.85*c.mbit {
				t.Errorf("%.0f Mbit/s, %v, seed %d: %.1f Mbit/s each, Jain %.3f of at least %.2f, RTT %v of at most %v",
					c.mbit, c.oneWay, seed, flows, index, c.least, rtt, c.mostRTT)
			}
		}
	}
}

// TestFairnessToLossBased: beside a sender that fills every queue until it overflows a
// stream neither starves nor starves the other.
func TestFairnessToLossBased(t *testing.T) {
	skipUnderRace(t)
	for _, c := range []struct {
		queue         time.Duration
		flows, rivals int
	}{
		{20 * time.Millisecond, 1, 1}, {50 * time.Millisecond, 1, 1}, {200 * time.Millisecond, 1, 1}, {50 * time.Millisecond, 2, 2},
	} {
		for seed := range seeds() {
			h := newHousehold(t, seed)
			for range c.flows {
				h.stream(20*time.Millisecond, time.Second)
			}
			for range c.rivals {
				h.rival(20*time.Millisecond, time.Second+time.Duration(seed)*500*time.Millisecond)
			}
			h.share(20, c.queue)
			h.run(6 * time.Second)
			flows, rivals := h.measure(20 * time.Second)
			share := sum(flows) / (sum(flows) + sum(rivals))
			t.Logf("queue of %v, seed %d: %.1f Mbit/s beside %.1f", c.queue, seed, flows, rivals)
			if share < 0.15 || share > 0.8 {
				t.Errorf("queue of %v, seed %d: %.1f Mbit/s beside %.1f", c.queue, seed, flows, rivals)
			}
		}
	}
}

// TestStreamsOnRealLines: jitter is not taken for a queue that others want to use.
func TestStreamsOnRealLines(t *testing.T) {
	skipUnderRace(t)
	for name, least := range map[string]float64{"lan": 800, "wifi": 20, "4g": 6, "3g": 0.5, "satellite": 5, "badhotel": 0.25} {
		if name == "lan" && testing.Short() {
			continue
		}
		p, err := netsim.Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		h := newHousehold(t, 1)
		f := h.stream(0, time.Second)
		h.net.SetPath(f.at, h.carrier.LocalAddr(), p)
		h.run(6 * time.Second)
		d := 20 * time.Second
		if name == "lan" {
			d = time.Second
		}
		flows, _ := h.measure(d)
		t.Logf("%s: %.2f of %.2f Mbit/s, RTT %v", name, flows[0], float64(p.Down.Rate)/1e6, f.server.Stats().RTT)
		if flows[0] < least {
			t.Errorf("%s: %.2f of %.2f Mbit/s, want %.2f: %+v", name, flows[0], float64(p.Down.Rate)/1e6, least, f.server.Stats())
		}
	}
}
