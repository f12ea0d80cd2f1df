package replicate

import "unsafe"

// Structure operations, as a witness is told of them.
const (
	OpEnd     = opEnd
	OpDespawn = opDespawn
	OpSpawn   = opSpawn
	OpReshape = opReshape
	OpLeave   = opLeave
	OpTurn    = opTurn
)

// Witness is witness.
type Witness = witness

// NewWitness makes a witness.
func NewWitness(
	op func(op uint64, batch, tick uint32, n Net, m Mask),
	value func(id ID, t int, tick uint32, exact bool, p unsafe.Pointer),
	refs func(id ID, tick uint32, to []ID),
) *Witness {
	return &witness{op: op, value: value, refs: refs}
}

// Rewitness gives what watches a client other ears.
func Rewitness(
	w *Witness,
	op func(op uint64, batch, tick uint32, n Net, m Mask),
	value func(id ID, t int, tick uint32, exact bool, p unsafe.Pointer),
	refs func(id ID, tick uint32, to []ID),
) {
	w.op, w.value, w.refs = op, value, refs
}

// RefTypes is the type of each reference field.
func RefTypes(t *Table) (types []int) {
	for _, f := range t.refs {
		types = append(types, f.typ)
	}
	return types
}

// ClientOf is the client that a witness watches, nil before there is one.
func ClientOf(w *Witness) *Client { return w.client }

// AreaOf is the area of an Interest.
func AreaOf(in *Interest) Area { return in.area }

// Replaced counts the replicas that a client keeps for late messages only.
func Replaced(c *Client) (n int) {
	for _, rep := range c.slots {
		for ; rep != nil && rep.before != nil; rep = rep.before {
			n++
		}
	}
	return n
}
