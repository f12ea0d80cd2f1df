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
}

// readHeader completes the low bits of tick and batch to the numbers nearest
// to where this client is.
func (c *Client) readHeader(r *wire.Reader) valuesHeader {
	h := valuesHeader{kind: r.Bits(8)}
	h.tick = nearest(c.newest, uint16(r.Bits(16)))
	h.batch = nearest(c.batch, uint16(r.Bits(16)))
	return h
}

// nearest is the number nearest to near with the given low bits.
func nearest(near uint32, low uint16) uint32 {
	return near + uint32(int32(int16(low-uint16(near))))
}

// Values takes a message of the values channel. What needs a structure batch
// that has not come yet waits for it. An error means that the server does not
// speak this protocol: the connection should end.
func (c *Client) Values(data []byte) error {
	r := &c.reader
	r.Reset(data)
	h := c.readHeader(r)
	if err := r.Err(); err != nil {
		return fmt.Errorf("%w: values: %w", ErrMalformed, err)
	}
	if int32(h.batch-c.batch) > 0 {
		if len(c.waiting) >= pendingMessages {
			clear(c.waiting)
			c.waiting, c.refresh = c.waiting[:0], true
		}
		c.waiting = append(c.waiting, waiting{h, slices.Clone(data[headerBytes:])})
		return nil
	}
	return c.applyValues(h, data[headerBytes:])
}

// headerBytes is the length of a values message's header.
const headerBytes = 5

// release applies the waiting messages that the newest batch makes readable.
func (c *Client) release() error {
	rest := c.waiting[:0]
	for _, m := range c.waiting {
		if int32(m.header.batch-c.batch) > 0 {
			rest = append(rest, m)
			continue
		}
		if err := c.applyValues(m.header, m.data); err != nil {
			return err
		}
	}
	clear(c.waiting[len(rest):])
	c.waiting = rest
	return nil
}

func (c *Client) applyValues(h valuesHeader, data []byte) error {
	r := &c.reader
	r.Reset(data)
	if int32(h.tick-c.newest) > 0 {
		c.newest = h.tick
	}
	c.timeline.heard(h.tick)
	var err error
	switch h.kind {
	case kindOwn:
		err = c.readOwn(r, h)
	case kindRecords:
		err = c.readRecords(r, h)
	default:
		err = fmt.Errorf("kind %d", h.kind)
	}
	if err = cmp.Or(err, r.Err()); err != nil {
		return fmt.Errorf("%w: values: %w", ErrMalformed, err)
	}
	return nil
}

// readOwn reads the own message. One that was written before the newest batch
// about own entities is about another set of them: its time has passed.
func (c *Client) readOwn(r *wire.Reader, h valuesHeader) error {
	var s Status
	s.read(r, h.tick)
	count := r.Uvarint()
	if r.Err() != nil || int32(h.tick-c.statusTick) <= 0 && c.statusTick != 0 {
		return r.Err()
	}
	c.status, c.statusTick = s, h.tick
	if h.batch != c.ownBatch || c.cfg.Predictor == nil {
		return nil
	}
	if count != uint64(len(c.own)) {
		return fmt.Errorf("%d own entities, %d are known", count, len(c.own))
	}
	return c.cfg.Predictor.Confirm(h.tick, c.own, r)
}

func (c *Client) readRecords(r *wire.Reader, h valuesHeader) error {
	slot := uint64(0)
	for {
		d := r.Uvarint()
		if d == 0 || r.Err() != nil {
			return r.Err()
		}
		if slot += d; slot > uint64(len(c.slots)) || c.slots[slot-1] == nil {
			return fmt.Errorf("slot %d never was", slot-1)
		}
		rep, mask := c.slots[slot-1].at(h.batch)
		if rep == nil { // too late to be read
			c.refresh = true
			return nil
		}
		var have Mask
		can := recordTypes(c.table, mask, rep.Own)
		for t := range c.table.Types {
			if can.Has(t) && r.Bool() {
				have |= 1 << uint(t)
			}
		}
		if err := c.readValues(r, rep, have, h.tick, false); err != nil {
			return err
		}
	}
}

// readValues decodes the values of the types in have.
func (c *Client) readValues(r *wire.Reader, rep *Replica, have Mask, tick uint32, structure bool) error {
	for t, typ := range c.table.Types {
		if !have.Has(t) {
			continue
		}
		p := c.scratch[t].At(0)
		if err := c.decode(r, typ, p, structure && rep.Own && typ.Predict); err != nil {
			return fmt.Errorf("%s of entity %d: %w", typ.Name(), rep.Net.ID, err)
		}
		c.updates++
		if rep.Own {
			c.storeOwn(rep, t, p, tick)
		} else {
			c.storeShown(rep, t, p, tick)
		}
	}
	return nil
}

func (c *Client) decode(r *wire.Reader, typ *Type, p unsafe.Pointer, exact bool) error {
	if exact {
		return typ.Exact.Decode(r, p)
	}
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
	}
}
