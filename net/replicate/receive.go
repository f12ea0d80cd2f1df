package replicate

import (
	"cmp"
	"fmt"
	"slices"
	"unsafe"

	"github.com/tandem-engine/tandem/net/wire"
)

// Values takes a message of the values channel. What needs a structure batch
// that has not come yet waits for it. An error means that the server does not
// speak this protocol: the connection should end.
func (c *Client) Values(data []byte) error {
	r := &c.reader
	r.Reset(data)
	r.Bits(33) // own, tick
	batch := uint32(r.Uvarint())
	if err := r.Err(); err != nil {
		return fmt.Errorf("%w: values: %w", ErrMalformed, err)
	}
	if batch > c.batch {
		if len(c.waiting) >= pendingMessages {
			c.waiting, c.refresh = c.waiting[:0], true
		}
		c.waiting = append(c.waiting, waiting{batch, slices.Clone(data)})
		return nil
	}
	return c.applyValues(data)
}

// release applies the waiting messages that the newest batch makes readable.
func (c *Client) release() error {
	rest := c.waiting[:0]
	for _, m := range c.waiting {
		if m.batch > c.batch {
			rest = append(rest, m)
			continue
		}
		if err := c.applyValues(m.data); err != nil {
			return err
		}
	}
	clear(c.waiting[len(rest):])
	c.waiting = rest
	return nil
}

func (c *Client) applyValues(data []byte) error {
	r := &c.reader
	r.Reset(data)
	own := r.Bool()
	tick, batch := uint32(r.Bits(32)), uint32(r.Uvarint())
	c.newest = max(c.newest, tick)
	c.timeline.heard(tick)
	var err error
	if own {
		err = c.readOwn(r, tick, batch)
	} else {
		err = c.readRecords(r, tick, batch)
	}
	if err = cmp.Or(err, r.Err()); err != nil {
		return fmt.Errorf("%w: values: %w", ErrMalformed, err)
	}
	return nil
}

// readOwn reads the own message. One that was written before the newest
// structure batch is about another set of entities: its time has passed.
func (c *Client) readOwn(r *wire.Reader, tick, batch uint32) error {
	var s Status
	s.read(r, tick)
	count := r.Uvarint()
	if r.Err() != nil || tick <= c.statusTick && c.statusTick != 0 {
		return r.Err()
	}
	c.status, c.statusTick = s, tick
	if batch != c.batch || c.cfg.Predictor == nil {
		return nil
	}
	if count != uint64(len(c.own)) {
		return fmt.Errorf("%d own entities, %d are known", count, len(c.own))
	}
	return c.cfg.Predictor.Confirm(tick, c.own, r)
}

func (c *Client) readRecords(r *wire.Reader, tick, batch uint32) error {
	slot := uint64(0)
	for {
		d := r.Uvarint()
		if d == 0 || r.Err() != nil {
			return r.Err()
		}
		if slot += d; slot > uint64(len(c.slots)) || c.slots[slot-1] == nil {
			return fmt.Errorf("slot %d never was", slot-1)
		}
		rep, mask := c.slots[slot-1].at(batch)
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
		if err := c.readValues(r, rep, have, tick, false); err != nil {
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
