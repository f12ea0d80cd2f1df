package echo

import (
	"net/netip"

	"github.com/tandem-engine/tandem/net/transport"
)

// recorder is a carrier that remembers the first byte of what is written.
type recorder struct{ batches [][]byte }

func (r *recorder) WriteBatch(d []transport.Datagram) (int, error) {
	var b []byte
	for _, p := range d {
		b = append(b, p.Data[0])
	}
	r.batches = append(r.batches, b)
	return len(d), nil
}

func (r *recorder) ReadBatch([]transport.Datagram) (int, error) { return 0, nil }
func (r *recorder) LocalAddr() netip.AddrPort                   { return loopback }
func (r *recorder) Close() error                                { return nil }

func makeBatch(n int) []transport.Datagram { return make([]transport.Datagram, 0, n) }

func datagrams(p []byte) []transport.Datagram {
	return []transport.Datagram{{Addr: loopback, Data: p}}
}
