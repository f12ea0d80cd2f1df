package transport_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/tandem-engine/tandem/net/transport"
)

// tapNet is a network in one goroutine whose every datagram passes through a
// hook, which may change it, drop it, delay it or add others.
type tapNet struct {
	ends map[netip.AddrPort]*tapEnd
	next uint32
	log  []tapped
	keep bool // log what is sent
	// hook returns what is delivered instead of d; nil delivers d.
	hook func(d tapped) []tapped
}

type tapped struct {
	from, to netip.AddrPort
	data     []byte
}

type tapEnd struct {
	net   *tapNet
	addr  netip.AddrPort
	queue []transport.Datagram
	head  int
}

func newTapNet() *tapNet { return &tapNet{ends: map[netip.AddrPort]*tapEnd{}} }

// Carrier adds an end at 10.x.y.z:1000.
func (n *tapNet) Carrier() *tapEnd {
	n.next++
	ip := [4]byte{}
	binary.BigEndian.PutUint32(ip[:], 10<<24|n.next)
	e := &tapEnd{net: n, addr: netip.AddrPortFrom(netip.AddrFrom4(ip), 1000)}
	n.ends[e.addr] = e
	return e
}

// move gives an end another address, as a NAT does.
func (e *tapEnd) move(to netip.AddrPort) {
	delete(e.net.ends, e.addr)
	e.addr = to
	e.net.ends[to] = e
}

func (n *tapNet) send(d tapped) {
	d.data = bytes.Clone(d.data)
	if n.keep {
		n.log = append(n.log, tapped{d.from, d.to, bytes.Clone(d.data)})
	}
	if n.hook == nil {
		n.deliver(d)
		return
	}
	for _, x := range n.hook(d) {
		n.deliver(x)
	}
}

func (n *tapNet) deliver(d tapped) {
	if to := n.ends[d.to]; to != nil {
		to.queue = append(to.queue, transport.Datagram{Addr: d.from, Data: bytes.Clone(d.data)})
	}
}

func (e *tapEnd) ReadBatch(d []transport.Datagram) (int, error) {
	n := copy(d, e.queue[e.head:])
	if e.head += n; e.head == len(e.queue) {
		e.queue, e.head = e.queue[:0], 0
	}
	return n, nil
}

func (e *tapEnd) WriteBatch(d []transport.Datagram) (int, error) {
	for _, x := range d {
		e.net.send(tapped{e.addr, x.Addr, x.Data})
	}
	return len(d), nil
}

func (e *tapEnd) LocalAddr() netip.AddrPort { return e.addr }
func (e *tapEnd) Close() error              { return nil }

// tapWorld is a world whose network is a tapNet.
func tapWorld(t *testing.T, change func(*transport.Config)) (*world, *tapNet) {
	n := newTapNet()
	w := newWorld(t, change)
	w.listen(n.Carrier())
	w.carrier = func() transport.Carrier { return n.Carrier() }
	return w, n
}
