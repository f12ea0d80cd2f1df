package replicate

import (
	"cmp"
	"fmt"
	"slices"
	"unsafe"

	"github.com/tandem-engine/tandem/net/wire"
)

// valuesHeader is the beginning of a values message, in full numbers.
type valuesHeader struct {
	kind        uint64
	tick, batch uint32
	seq         uint32 // of records
	refs        uint64 // bit i: seq-1-i
	pieces      bool
	size        int // bytes
}

// readHeader completes the low bits of tick, batch and seq to the numbers
// nearest to where this client is.
func (c *Client) readHeader(r *wire.Reader) valuesHeader {
	h := valuesHeader{kind: r.Bits(8), size: 5}
	h.tick = nearest(c.newest, uint16(r.Bits(16)))
	h.batch = nearest(c.batch, uint16(r.Bits(16)))
	if h.kind != kindRecords {
		return h
	}
	h.seq = nearest(c.seq, uint16(r.Bits(16)))
	h.pieces = r.Bool()
	skip := r.Bits(7)
	h.size += 3
	if skip < refWindow {
		h.refs = r.Bits(refSpan) << skip
		h.size += refSpan / 8
	}
	return h
}

// nearest is the number nearest to near with the given low bits.
func nearest(near uint32, low uint16) uint32 {
	return near + uint32(int32(int16(low-uint16(near))))
}

// Values takes a message of the values channel. What needs a structure batch
// that has not come yet waits for it, and so does what is coded against a
// message that waits. An error means that the server does not speak this
// protocol: the connection should end.
func (c *Client) Values(data []byte) error {
	r := &c.reader
	r.Reset(data)
	h := c.readHeader(r)
	if err := r.Err(); err != nil {
		return fmt.Errorf("%w: values: %w", ErrMalformed, err)
	}
	if h.kind == kindCopy {
		return c.takeCopy(h, data[h.size:])
	}
	if h.kind == kindRecords && !c.note(h) {
		return nil // a copy, or older than anything we remember
	}
	c.timeline.heard(h.tick, h.kind == kindRecords)
	if !c.ready(h) {
		if len(c.waiting) >= pendingMessages {
			c.giveUp()
		}
		c.waiting = append(c.waiting, waiting{h, slices.Clone(data[h.size:])})
		c.noteWaiting()
		return nil
	}
	return c.applyValues(h, data[h.size:])
}

// note remembers that a records message has come, false if it had before.
func (c *Client) note(h valuesHeader) bool {
	g := c.got.at(h.seq)
	if h.seq == 0 || g.seq == h.seq || int32(g.seq-h.seq) > 0 && g.seq != 0 {
		return false
	}
	*g = received{seq: h.seq, tick: h.tick, state: isWaiting, slots: g.slots[:0]}
	if int32(h.seq-c.seq) > 0 {
		c.seq = h.seq
	}
	return true
}

// ready reports whether a message can be read now.
func (c *Client) ready(h valuesHeader) bool {
	if int32(h.batch-c.batch) > 0 {
		return false
	}
	for i := range uint32(refWindow) {
		if h.refs>>i&1 == 0 {
			continue
		}
		if g := c.got.at(h.seq - 1 - i); g.seq == h.seq-1-i && g.state == isWaiting {
			return false
		}
	}
	return true
}

// giveUp drops everything that waits and asks for all values anew.
func (c *Client) giveUp() {
	for _, m := range c.waiting {
		if g := c.got.at(m.header.seq); g.seq == m.header.seq {
			g.state = isLost
		}
	}
	clear(c.waiting)
	c.waiting, c.refresh = c.waiting[:0], true
	c.noteWaiting()
}

// noteWaiting notes how far back the messages go that wait.
func (c *Client) noteWaiting() {
	c.waitTick = ^uint32(0)
	for i := range c.waiting {
		c.waitTick = min(c.waitTick, c.waiting[i].header.tick)
	}
}

// oldestSample is the tick from which on samples are kept when one of tick comes.
func (c *Client) oldestSample(tick uint32) uint32 {
	return min(tick, c.waitTick) - keepSamples*c.cfg.Interval
}

// release applies the waiting messages that can be read now, until none can.
func (c *Client) release() error {
	for progress := true; progress; {
		progress = false
		for i := 0; i < len(c.waiting); i++ {
			m := c.waiting[i]
			if !c.ready(m.header) {
				continue
			}
			c.waiting = slices.Delete(c.waiting, i, i+1)
			i--
			c.noteWaiting()
			if err := c.applyValues(m.header, m.data); err != nil {
				return err
			}
			progress = true
		}
	}
	return nil
}

func (c *Client) applyValues(h valuesHeader, data []byte) error {
	if int32(h.tick-c.newest) > 0 {
		c.newest = h.tick
	}
	var err error
	switch h.kind {
	case kindOwn:
		c.reader.Reset(data)
		err = cmp.Or(c.readOwn(&c.reader, h), c.reader.Err())
	case kindOwnPart:
		err = c.readOwnPart(h, data)
	case kindRecords:
		err = c.readRecords(data, h)
	default:
		err = fmt.Errorf("kind %d", h.kind)
	}
	if err != nil {
		return fmt.Errorf("%w: values: %w", ErrMalformed, err)
	}
	return nil
}

// readRecords reads a records message. One that is coded against what this
// client does not have (it lost its place, or the message is very late) cannot
// be read, and everything is asked for anew.
func (c *Client) readRecords(data []byte, h valuesHeader) error {
	g := c.got.at(h.seq)
	if g.seq != h.seq { // so late that others have taken its place
		c.refresh = true
		return nil
	}
	g.state = isLost
	for i := range uint32(refWindow) {
		if o := c.got.at(h.seq - 1 - i); h.refs>>i&1 != 0 && (o.seq != h.seq-1-i || o.state != isRead) {
			c.refresh = true
			return nil
		}
	}
	d := &c.decoder
	if h.pieces {
		d.ResetPieces(data)
	} else {
		d.Reset(data)
	}
	first := uint32(d.Uvarint())
	c.expected = roster(c.expected[:0], &c.got, h.seq, h.refs)
	from, _ := slices.BinarySearch(c.expected, first)
	c.roster.Reset(c.expected[from:])
	w := window{seq: h.seq, refs: h.refs, tick: h.tick, most: baseSnapshots * c.cfg.Interval}
	for {
		slot, ok := c.roster.Next(d, uint32(len(c.slots)))
		if !ok {
			break
		}
		rep, mask := c.slots[slot].at(h.batch)
		if rep == nil { // too late to be read
			c.refresh = true
			return nil
		}
		g.slots = append(g.slots, slot)
		if ok, err := c.readRecord(rep, mask, w); !ok || err != nil {
			c.refresh = true
			return err
		}
	}
	if err := d.Done(); err != nil {
		return err
	}
	g.state = isRead
	return nil
}

// readRecord reads the record of one entity. It is false for one that may be coded
// against values that were dropped since.
func (c *Client) readRecord(rep *Replica, mask Mask, w window) (bool, error) {
	can := recordTypes(c.table, mask, rep.Own)
	var expected Mask
	for t := range c.table.Types {
		if can.Has(t) {
			if !rep.samples[t].reach(&w) {
				return false, nil
			}
			b, direct := rep.samples[t].bases(&w)
			c.bases[t] = b
			if direct {
				expected |= 1 << uint(t)
			}
		}
	}
	d := &c.decoder
	have := Mask(d.Types(uint64(can), uint64(expected)))
	for t, typ := range c.table.Types {
		if !have.Has(t) {
			continue
		}
		p := c.scratch[t].At(0)
		if err := c.readUpdate(rep, t, typ, p, w); err != nil {
			return true, fmt.Errorf("%s of entity %d: %w", typ.Name(), rep.Net.ID, err)
		}
		c.witness.sawValue(rep.Net.ID, t, w.tick, false, p)
		c.store(rep, t, p, w.tick)
	}
	return true, d.Err()
}

// readUpdate reads one component against what is known of it.
func (c *Client) readUpdate(rep *Replica, t int, typ *Type, p unsafe.Pointer, w window) error {
	s, d := &rep.samples[t], &c.decoder
	lanes := c.lanes[:typ.Quantised.Lanes()]
	past := pastOf(c.bases[t], w.tick, s.at, c.none[:len(lanes)])
	if err := typ.Quantised.ReadUpdate(d, &past, lanes); err != nil {
		return err
	}
	s.add(mark{w.seq, w.tick}, lanes, c.oldestSample(w.tick))
	typ.Quantised.Dequantise(p, lanes)
	if typ.Quantised.Fixed() {
		return d.Err()
	}
	n := d.Uvarint()
	if n > maxTail {
		return fmt.Errorf("tail of %d bytes", n)
	}
	c.tail = slices.Grow(c.tail[:0], int(n))[:n]
	d.Bytes(c.tail)
	if d.Err() != nil {
		return d.Err()
	}
	c.reader.Reset(c.tail)
	return typ.Quantised.ReadTail(&c.reader, p)
}

// maxTail bounds the tail of one value, in bytes: a record must fit a message of
// the values channel.
const maxTail = 15 << 10

// readValues decodes the values that come with the structure.
func (c *Client) readValues(r *wire.Reader, rep *Replica, have Mask, tick uint32) error {
	for t, typ := range c.table.Types {
		if !have.Has(t) {
			continue
		}
		p := c.scratch[t].At(0)
		exact := rep.Own && typ.Predict
		if err := c.readValue(r, rep, t, p, exact); err != nil {
			return fmt.Errorf("%s of entity %d: %w", typ.Name(), rep.Net.ID, err)
		}
		if !exact {
			rep.samples[t].add(mark{0, tick}, c.lanes[:typ.Quantised.Lanes()], c.oldestSample(tick))
		}
		c.witness.sawValue(rep.Net.ID, t, tick, exact, p)
		c.store(rep, t, p, tick)
	}
	return nil
}

func (c *Client) store(rep *Replica, t int, p unsafe.Pointer, tick uint32) {
	c.updates++
	if rep.Own {
		c.storeOwn(rep, t, p, tick)
	} else {
		c.storeShown(rep, t, p, tick)
	}
}

func (c *Client) readValue(r *wire.Reader, rep *Replica, t int, p unsafe.Pointer, exact bool) error {
	if exact {
		return rep.readTold(r, t, p)
	}
	return c.decode(r, t, p)
}

// decode reads a quantised value of type t.
func (c *Client) decode(r *wire.Reader, t int, p unsafe.Pointer) error {
	typ := c.table.Types[t]
	lanes := c.lanes[:typ.Quantised.Lanes()]
	if err := typ.Quantised.ReadLanes(r, lanes); err != nil {
		return err
	}
	typ.Quantised.Dequantise(p, lanes)
	if !typ.Quantised.Fixed() {
		return typ.Quantised.ReadTail(r, p)
	}
	return nil
}

// storeShown files a value on the timeline.
func (c *Client) storeShown(rep *Replica, t int, p unsafe.Pointer, tick uint32) {
	tr := rep.tracks[t]
	if tr == nil {
		tr = newTrack(c.table.Types[t])
		rep.tracks[t] = tr
	}
	tr.values.Copy(tr.spare(), p)
	tr.insert(tick)
	tr.posed, tr.viewed = false, false
	rep.settled, rep.viewed = false, false
}

// storeOwn puts a value into a predicted entity: what is not predicted at
// once, what is predicted only when the entity is new here.
func (c *Client) storeOwn(rep *Replica, t int, p unsafe.Pointer, tick uint32) {
	typ := c.table.Types[t]
	if rep.gone || typ.Predict && (rep.adopted || tick != rep.spawned) || tick < rep.newest[t] {
		return
	}
	rep.newest[t] = tick
	if dst := c.world.Pointer(rep.Entity, typ.Component.ID); dst != nil {
		c.scratch[t].Copy(dst, p)
		rep.point(t, dst, rep.shown)
	}
}
