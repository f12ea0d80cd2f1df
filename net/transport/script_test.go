package transport_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/transport"
)

// script drives a server and a client by bytes: what they send, and what the
// network and other people do to their packets. Whatever happens, an ordered
// channel delivers exactly a prefix of what was sent, a reliable one nothing
// twice, and nothing is delivered that was not sent.
type script struct {
	t              testing.TB
	w              *world
	n              *tapNet
	client, server *transport.Conn
	end            *tapEnd
	held           []tapped
	sent, got      [2][3]int // by direction and channel
	seen           [2]map[string]bool
}

func newScript(t *testing.T) *script {
	s := &script{t: t, seen: [2]map[string]bool{{}, {}}}
	s.w, s.n = tapWorld(t, func(c *transport.Config) { c.RekeyPackets = 40 })
	s.end = s.n.Carrier()
	s.client = s.w.dialOn(s.w.config(), s.end)
	s.w.until(2*tick*60, func() bool { return len(s.w.accepted) == 1 })
	s.server = s.w.accepted[0]
	return s
}

// run does one instruction.
func (s *script) run(op, arg byte) {
	switch op % 8 {
	case 0, 1: // send
		from := s.client
		if op%8 == 1 {
			from = s.server
		}
		ch := arg % 3
		text := fmt.Sprintf("%d.%d.%d", op%8, ch, s.sent[op%8][ch])
		if err := from.Send(ch, append([]byte(text), make([]byte, int(arg)*int(arg)/16)...), channel.SendOptions{}); err == nil {
			s.sent[op%8][ch]++
		}
	case 2: // lose, double or hold back the next packets
		count := int(arg >> 2)
		s.n.hook = func(d tapped) []tapped {
			if count--; count < 0 {
				return []tapped{d}
			}
			switch arg & 3 {
			case 0:
				return nil
			case 1:
				return []tapped{d, d}
			case 2:
				s.held = append(s.held, d)
				return nil
			}
			bad := tapped{d.from, d.to, append([]byte(nil), d.data...)}
			bad.data[int(arg)%len(bad.data)] ^= 0x10
			return []tapped{bad, d, bad}
		}
	case 3: // what was held back, from where it came or from elsewhere
		for _, d := range s.held {
			if arg&1 == 1 {
				d.from = netip.AddrPortFrom(d.from.Addr(), d.from.Port()+uint16(arg))
			}
			s.n.deliver(d)
		}
		s.held = nil
	case 4: // the client moves
		s.end.move(netip.AddrPortFrom(netip.AddrFrom4([4]byte{77, 1, 1, arg}), 1000+uint16(arg)))
	case 5: // rubbish with the right id, or a handshake form
		p := make([]byte, 24+int(arg))
		p[0] = arg
		s.n.deliver(tapped{s.end.addr, s.w.server.Addr(), p})
		s.n.deliver(tapped{s.w.server.Addr(), s.end.addr, p})
	default: // time
		for range 1 + arg%8 {
			s.w.step()
		}
	}
	s.check(0, s.server)
	s.check(1, s.client)
}

// check takes what has arrived and compares it with what was sent.
func (s *script) check(direction int, at *transport.Conn) {
	for {
		m, ok := at.Receive()
		if !ok {
			return
		}
		text := string(m.Data)
		for i, b := range m.Data {
			if b == 0 {
				text = text[:i]
				break
			}
		}
		var dir, ch, n int
		if _, err := fmt.Sscanf(text, "%d.%d.%d", &dir, &ch, &n); err != nil || dir != direction || ch != int(m.Channel) || n >= s.sent[dir][ch] {
			s.t.Fatalf("delivered %q on channel %d, which was never sent there", text, m.Channel)
		}
		if s.seen[direction][text] {
			s.t.Fatalf("delivered %q twice", text)
		}
		s.seen[direction][text] = true
		if ch == 1 && n != s.got[direction][1] {
			s.t.Fatalf("ordered channel delivered %d instead of %d", n, s.got[direction][1])
		}
		s.got[direction][ch]++
	}
}

// finish lets the network be good again: everything promised must arrive.
func (s *script) finish() {
	s.n.hook = nil
	done := func() bool {
		s.check(0, s.server)
		s.check(1, s.client)
		for d := range 2 {
			for _, ch := range []int{1, 2} {
				if s.got[d][ch] != s.sent[d][ch] {
					return false
				}
			}
		}
		return true
	}
	if !s.w.until(9*60*tick, done) {
		s.t.Fatalf("sent %v, got %v; client %v %v, server %v %v", s.sent, s.got, s.client.State(), s.client.Err(), s.server.State(), s.server.Err())
	}
}

func runScript(t *testing.T, p []byte) {
	s := newScript(t)
	for i := 0; i+1 < len(p) && i < 400; i += 2 {
		s.run(p[i], p[i+1])
		if s.client.State() == transport.Closed { // nine seconds of darkness may do that
			return
		}
	}
	s.finish()
}

func TestScripts(t *testing.T) {
	for seed := range uint64(150) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			rng := chacha(seed + 1000)
			p := make([]byte, 300)
			for i := range p {
				p[i] = byte(rng.Uint64())
			}
			runScript(t, p)
		})
	}
}

func FuzzScript(f *testing.F) {
	f.Add([]byte{0, 1, 6, 3, 1, 1, 6, 7})
	f.Add([]byte{4, 9, 0, 1, 2, 8, 0, 2, 6, 5, 3, 1, 6, 7, 1, 1, 6, 7})
	f.Fuzz(func(t *testing.T, p []byte) { runScript(t, p) })
}
