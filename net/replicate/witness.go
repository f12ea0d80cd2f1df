package replicate

import (
	"unsafe"

	"github.com/tandem-engine/tandem/net/wire"
)

// witness is told everything that a client reads, where it comes off the wire:
// before it is decided whether and when it is shown. Tests put one into the
// world of a client, as a resource, before the client is made.
type witness struct {
	client *Client
	// op tells of a structure change; of the end of a batch with op opEnd.
	op func(op uint64, batch, tick uint32, n Net, m Mask)
	// value tells of a component's value as of a tick. exact: bit for bit, else
	// quantised. p is valid during the call.
	value func(id ID, t int, tick uint32, exact bool, p unsafe.Pointer)
	// refs tells of all references of an entity, one a field of Table.refs; that
	// those to what ends are cleared goes without saying.
	refs func(id ID, tick uint32, to []ID)
}

// watch is told whose client it is.
func (w *witness) watch(c *Client) {
	if w != nil {
		w.client = c
	}
}

func (w *witness) sawRefs(id ID, tick uint32, to []ID) {
	if w != nil && w.refs != nil {
		w.refs(id, tick, to)
	}
}

func (w *witness) sawOp(op uint64, batch, tick uint32, n Net, m Mask) {
	if w != nil && w.op != nil {
		w.op(op, batch, tick, n, m)
	}
}

func (w *witness) sawValue(id ID, t int, tick uint32, exact bool, p unsafe.Pointer) {
	if w != nil && w.value != nil {
		w.value(id, t, tick, exact, p)
	}
}

// sawOwn reads the exact values of an own message ahead of the predictor.
func (w *witness) sawOwn(own []*Replica, r wire.Reader, tick uint32) {
	if w == nil || w.value == nil {
		return
	}
	c := w.client
	for _, rep := range own {
		for t, typ := range c.table.Types {
			if !typ.Predict || !rep.Mask.Has(t) {
				continue
			}
			p := c.scratch[t].At(0)
			if rep.ReadExact(&r, t, p) != nil || r.Err() != nil {
				return // the predictor will say so
			}
			w.value(rep.Net.ID, t, tick, true, p)
		}
	}
}
