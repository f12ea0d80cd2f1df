package replicate

import (
	"slices"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
)

// trackBegin is for how many snapshots of a value a client has room at first,
// trackMost how many it keeps for interpolation at most: over four seconds at 60
// snapshots a second. On a line that delays structure for long, values wait here
// until they are shown.
const (
	trackBegin = 8
	trackMost  = 256
)

// Replica is a client's copy of one networked entity.
type Replica struct {
	Net Net
	// Entity is zero until the timeline reaches the spawn. Replicas that this
	// client predicts have one at once.
	Entity ecs.Entity
	// Own: this client predicts the entity.
	Own  bool
	Mask Mask // components that the server says it has

	slot    uint32
	shapes  []shape      // newest last
	spawned uint32       // tick
	samples []samples    // a type
	told    [][]uint32   // a type: exact lanes that came with the structure last. Own replicas only
	tracks  []*track     // a type; nil without a value. Shown replicas only
	newest  []uint32     // a type: tick of the value in the entity. Own replicas only
	events  []shapeEvent // structure changes that the timeline has not reached
	hidden  bool         // kept out of sight, as of what is shown
	isNew   bool         // it came into being with its spawn
	gone    bool         // despawned on the wire, perhaps still on the timeline
	adopted bool         // was spawned here by prediction
	settled bool         // every track has reached its last value
	viewed  bool         // and so have the views
	before  *Replica     // who had the slot last
	carried bool         // turned since the last frame: its views are to go on from where they are
	slides  [][]float64  // a type: how far its view is from where it is shown, by float field
	client  *Client
	refs    []ID // to whom the entity refers, a field; nil: to nobody
	shown   []ID // and as of what is shown
	newRefs bool // predicted, and not yet given its first references
}

// unsettle makes the next pose write every value again.
func (r *Replica) unsettle() {
	r.settled, r.viewed = false, false
	for _, t := range r.tracks {
		if t != nil {
			t.posed, t.viewed = false, false
		}
	}
}

// shape is the set of components from one structure batch on. Late datagrams
// are read with the shape of the batch they were written against.
type shape struct {
	batch uint32
	mask  Mask
}

// shapeEvent is a structure change waiting for the timeline.
type shapeEvent struct {
	tick    uint32
	despawn bool
	mask    Mask
	refs    []ID // nil: as before
	sight   sightChange
	leaves  bool // despawn: it only goes out of sight
}

// at finds who had the slot at a structure batch, and with which components.
// nil: nobody knows any more.
func (r *Replica) at(batch uint32) (*Replica, Mask) {
	for ; r != nil; r = r.before {
		for i := len(r.shapes) - 1; i >= 0; i-- {
			if r.shapes[i].batch <= batch {
				return r, r.shapes[i].mask
			}
		}
	}
	return nil, 0
}

// track is the recent past of one component of a replica, oldest first.
type track struct {
	ticks  []uint32
	values Column // one spare value at the end, for decoding
	order  []int  // places in values, in the order of ticks
	posed  bool   // the entity has reached the last value
	viewed bool   // and so has the view
}

func newTrack(t *Type) *track {
	tr := &track{values: t.NewColumn()}
	for range trackBegin {
		tr.grow()
	}
	return tr
}

// grow makes room for one more value.
func (t *track) grow() {
	t.order = append(t.order, t.values.Len())
	t.values.AppendZero()
}

// spare is where the next value is decoded.
func (t *track) spare() unsafe.Pointer { return t.values.At(t.order[len(t.ticks)]) }

// at is the value of sample i.
func (t *track) at(i int) unsafe.Pointer { return t.values.At(t.order[i]) }

// insert files the spare under its tick. A tick that is already there, or
// older than all that is kept, is ignored: the value is known or useless.
func (t *track) insert(tick uint32) {
	n := len(t.ticks)
	i := n
	for i > 0 && t.ticks[i-1] > tick {
		i--
	}
	if i > 0 && t.ticks[i-1] == tick || i == 0 && n == trackMost {
		return
	}
	if n+1 == len(t.order) {
		t.grow()
	}
	spare := t.order[n]
	copy(t.order[i+1:n+1], t.order[i:n])
	t.order[i] = spare
	t.ticks = slices.Insert(t.ticks, i, tick)
	if n == trackMost {
		t.drop(1)
	}
}

// drop forgets the n oldest samples.
func (t *track) drop(n int) {
	if n <= 0 {
		return
	}
	t.ticks = slices.Delete(t.ticks, 0, n)
	free := make([]int, 0, 4)
	free = append(free, t.order[:n]...)
	copy(t.order, t.order[n:])
	copy(t.order[len(t.order)-n:], free)
}
