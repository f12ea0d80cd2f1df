package replicate

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/wire"
)

// pendingMessages is how many value messages may wait for the structure batch
// they need. When more would have to wait the client asks for a refresh.
const pendingMessages = 256

// maxBatchBytes bounds one structure batch: a server that sends more is not
// ours.
const maxBatchBytes = 16 << 20

// maxShown and maxEvents bound what waits for the timeline: replicas, and
// structure changes of one of them. maxReplaced bounds the replicas that are kept
// for late messages only.
const (
	maxShown    = 2 * MaxSlots
	maxEvents   = 4096
	maxReplaced = MaxSlots
)

// historyBatches is for how many structure batches a client can still read
// late value messages.
const historyBatches = 256

// Predictor is the part of a client that simulates replicas ahead of the
// server: package predict. A client without one interpolates everything.
type Predictor interface {
	// Adopt returns the entity that was spawned here under id before the
	// server's spawn arrived.
	Adopt(id ID) (ecs.Entity, bool)
	// Spawned tells of a replica that this client predicts; its entity exists.
	Spawned(r *Replica)
	// Taken tells of a replica that this client begins to predict, whose entity it
	// has interpolated; Released of one that it ceases to predict.
	Taken(r *Replica)
	Released(r *Replica)
	// Despawned tells that the server confirmed the end; the entity is about to
	// be removed.
	Despawned(r *Replica)
	// Confirm hands over the own section of the snapshot of tick: the exact
	// values of the predicted types of each replica of own, in order, each to be
	// read with [Replica.ReadExact].
	Confirm(tick uint32, own []*Replica, r *wire.Reader) error
}

// ClientConfig configures a [Client].
type ClientConfig struct {
	Predictor Predictor // nil: everything is interpolated
	// TickRate is the server's, in ticks a second; Interval the ticks between
	// its snapshots.
	TickRate int
	Interval uint32
	// Spread is the server's [ServerConfig.Spread]: how late values come is then known
	// rather than found out.
	Spread bool
}

// Client keeps the replicas of one connection in an app's world. It is owned
// by the app's goroutine.
type Client struct {
	cfg    ClientConfig
	app    *engine.App
	world  *ecs.World
	table  *Table
	player input.PlayerID

	slots      []*Replica    // by wire slot: what the next batch will change
	slotOf     map[ID]uint32 // of replicas that are not gone
	own        []*Replica    // predicted replicas, by slot
	replaced   int           // replicas that others have followed in their slots
	shown      []*Replica    // interpolated replicas that have not left the timeline
	batch      uint32        // last batch applied
	ordered    uint32        // the last that has come on the ordered channel; copies may be ahead
	ownBatch   uint32        // the last that changed own
	ownTouched bool          // the batch in progress does
	parts      [][]byte      // messages of a batch whose end has not come
	partBytes  int
	batchTick  uint32 // of the newest batch
	progress   float64
	waiting    []waiting // value messages that need a later batch
	waitTick   uint32    // oldest of waiting

	ownParts   ownParts
	status     Status
	statusTick uint32
	newest     uint32 // newest snapshot tick
	timeline   timeline
	reader     wire.Reader
	lanes      []uint32
	none       []uint32 // lanes of a value that nothing is known of
	seq        uint32   // newest records message
	got        receivedLog
	decoder    wire.Decoder
	roster     wire.Roster
	expected   []uint32
	bases      []bases // a type
	tail       []byte
	scratch    []Column // one value a type, for decoding
	ids        []ecs.ID
	without    []ecs.ID
	netID      ecs.ID
	simulated  ecs.ID
	updates    uint64
	refresh    bool
	asked      uint32 // snapshot at which a refresh was asked for
	witness    *witness
	entities   *Entities
	worldly    *WorldValues
	dropped    bool // the batch in progress ended an entity
	rewire     bool // references are to be set anew
}

// waiting is a values message, without its header, that came before the batch
// it needs.
type waiting struct {
	header valuesHeader
	data   []byte
}

// NewClient makes the replication client of an app whose plugins have all been
// added.
func NewClient(app *engine.App, cfg ClientConfig) *Client {
	w := app.World()
	c := &Client{
		cfg:       cfg,
		app:       app,
		world:     w,
		slotOf:    map[ID]uint32{},
		table:     TableOf(app),
		entities:  EntitiesOf(w),
		worldly:   WorldValuesOf(app),
		netID:     ecs.ComponentID[Net](w),
		simulated: ecs.ComponentID[Simulated](w),
		timeline:  newTimeline(cfg.TickRate, cfg.Interval),
	}
	c.noteWaiting()
	c.cfg.Interval = max(cfg.Interval, 1)
	most := 0
	for _, t := range c.table.Types {
		col := t.NewColumn()
		col.AppendZero()
		c.scratch = append(c.scratch, col)
		most = max(most, t.Quantised.Lanes())
	}
	c.lanes, c.none = make([]uint32, most), make([]uint32, most)
	c.bases = make([]bases, len(c.table.Types))
	c.witness = ecs.Resource[witness](w)
	c.witness.watch(c)
	return c
}

// Reset forgets everything, as if the client were new, and removes every
// networked entity from the world, also those that were only predicted; resources
// become zero. The connection now leads to another world.
func (c *Client) Reset() {
	all := ecs.Query1[Net](ecs.NewSim(c.world))
	var gone []ecs.Entity
	q := all.Query()
	for q.Next() {
		gone = append(gone, q.Entity())
	}
	for _, e := range gone {
		c.world.Despawn(e)
	}
	clear(c.entities.byID)
	c.worldly.clear()
	updates := c.updates
	*c = *NewClient(c.app, c.cfg)
	c.updates = updates
	c.witness.watch(c)
}

// SetPlayer says whose client this is, and the server's tick when it said so;
// before the first message.
func (c *Client) SetPlayer(id input.PlayerID, tick uint32) {
	c.player, c.newest = id, tick
	if c.cfg.Spread {
		c.timeline.part = spreadPart(id, max(c.cfg.Interval, 1))
	}
}

// Entities is the number of networked entities that are shown or predicted.
func (c *Client) Entities() int { return len(c.shown) + len(c.own) }

// Progress is how much the client knows of what it should, 0 before it was told
// of anything, 1 when it knows all. A client that joins a large world is told of
// it in parts; so is one that suddenly sees much more.
func (c *Client) Progress() float64 { return c.progress }

// Table is the component table.
func (c *Client) Table() *Table { return c.table }

// Status is what the newest snapshot said about this player's commands, and
// that snapshot's tick.
func (c *Client) Status() (Status, uint32) { return c.status, c.statusTick }

// Newest is the tick of the newest snapshot, 0 before the first.
func (c *Client) Newest() uint32 { return c.newest }

// Own lists the replicas that this client predicts, in slot order.
func (c *Client) Own() []*Replica { return c.own }

// Updates counts the component values that were received.
func (c *Client) Updates() uint64 { return c.updates }

// WantsRefresh reports, once, that the client lost values and needs them
// again: the session then asks the server.
func (c *Client) WantsRefresh() bool {
	if !c.refresh || c.asked != 0 && c.newest-c.asked < askAgain*uint32(max(c.cfg.TickRate, 1)) {
		return false
	}
	c.refresh, c.asked = false, c.newest
	return true
}

// askAgain is how many seconds a client waits for the effect of a refresh
// before it asks for another: what is under way cannot be read either.
const askAgain = 1

// Structure takes a message of the structure channel. A batch is applied once
// its last message is here. An error means that the server does not speak this
// protocol: the connection should end.
func (c *Client) Structure(data []byte) error {
	if len(data) == 0 || c.partBytes+len(data) > maxBatchBytes {
		return fmt.Errorf("%w: structure message of %d bytes", ErrMalformed, len(data))
	}
	if c.copyCame(data) {
		return nil
	}
	err := c.structure(data)
	c.ordered = c.batch
	return err
}

// structure takes a structure message, whichever way it has come.
func (c *Client) structure(data []byte) error {
	end := data[len(data)-1]
	if end == moreFollow {
		c.parts = append(c.parts, slices.Clone(data))
		c.partBytes += len(data)
		return nil
	}
	for _, part := range c.parts {
		if err := c.applyStructure(part); err != nil {
			return err
		}
	}
	clear(c.parts)
	c.parts, c.partBytes = c.parts[:0], 0
	if err := c.applyStructure(data); err != nil {
		return err
	}
	c.batch++
	c.progress = 1
	if end > moreFollow {
		c.progress = float64(end-moreFollow-1) / (progressSteps + 1)
	}
	if c.dropped {
		c.dropped = false
		c.forgetTargets(c.batchTick)
	}
	if c.ownTouched {
		c.ownBatch, c.ownTouched = c.batch, false
	}
	c.witness.sawOp(opEnd, c.batch, 0, Net{}, 0)
	c.forget()
	return c.release()
}

func (c *Client) applyStructure(data []byte) error {
	r := &c.reader
	r.Reset(data)
	batch, tick := uint32(r.Uvarint()), uint32(r.Bits(32))
	c.batchTick = tick
	if r.Err() != nil || batch != c.batch+1 {
		return fmt.Errorf("%w: structure batch %d after %d", ErrMalformed, batch, c.batch)
	}
	for {
		op := r.Bits(opBits)
		if op == opEnd {
			break
		}
		switch err := c.apply(r, op, batch, tick); {
		case errors.Is(err, ErrMalformed):
			return err
		case err != nil:
			return fmt.Errorf("%w: structure: %w", ErrMalformed, err)
		}
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("%w: structure: %w", ErrMalformed, err)
	}
	return nil
}

// apply reads one op.
func (c *Client) apply(r *wire.Reader, op uint64, batch, tick uint32) error {
	i := r.Uvarint()
	if r.Err() != nil || i >= MaxSlots {
		return fmt.Errorf("%w: slot %d", ErrMalformed, i)
	}
	for uint64(len(c.slots)) <= i {
		c.slots = append(c.slots, nil)
	}
	old := c.slots[i]
	switch op {
	case opSpawn:
		if old != nil && !old.gone {
			return fmt.Errorf("%w: spawn in slot %d, which is taken", ErrMalformed, i)
		}
		return c.spawn(r, uint32(i), batch, tick)
	case opDespawn, opLeave:
		if old == nil || old.gone {
			return fmt.Errorf("%w: despawn of slot %d, which is free", ErrMalformed, i)
		}
		c.witness.sawOp(op, batch, tick, old.Net, old.Mask)
		c.despawn(old, tick, op == opLeave)
		return nil
	case opReshape:
		if old == nil || old.gone {
			return fmt.Errorf("%w: change of slot %d, which is free", ErrMalformed, i)
		}
		return c.reshape(r, old, batch, tick)
	case opRefer:
		if old == nil || old.gone {
			return fmt.Errorf("%w: references of slot %d, which is free", ErrMalformed, i)
		}
		return c.refer(r, old, tick)
	case opTurn:
		if old == nil || old.gone {
			return fmt.Errorf("%w: turn of slot %d, which is free", ErrMalformed, i)
		}
		return c.turn(r, old, batch, tick)
	case opSight:
		if old == nil || old.gone {
			return fmt.Errorf("%w: sight of slot %d, which is free", ErrMalformed, i)
		}
		return c.readSight(r, old, tick)
	default:
		return fmt.Errorf("%w: op %d", ErrMalformed, op)
	}
}

func (c *Client) readMask(r *wire.Reader) Mask { return Mask(r.Bits(uint(len(c.table.Types)))) }

func (c *Client) spawn(r *wire.Reader, slot, batch, tick uint32) error {
	n, err := readNet(r)
	if err != nil {
		return err
	}
	if c.alive(n.ID) {
		return fmt.Errorf("%w: entity %d is spawned twice", ErrMalformed, n.ID)
	}
	if len(c.shown) >= maxShown {
		return fmt.Errorf("%w: more than %d entities", ErrMalformed, maxShown)
	}
	rep := &Replica{Net: n, slot: slot, client: c, isNew: r.Bool(), spawned: tick, Mask: c.readMask(r)}
	c.witness.sawOp(opSpawn, batch, tick, n, rep.Mask)
	rep.samples = make([]samples, len(c.table.Types))
	for t, typ := range c.table.Types {
		rep.samples[t].stride = typ.Quantised.Lanes()
	}
	rep.Own = c.cfg.Predictor != nil && n.PredictedFor(c.player)
	rep.shapes = append(rep.shapes, shape{batch, rep.Mask})
	if rep.Own {
		rep.newest = make([]uint32, len(c.table.Types))
		c.materialise(rep)
	} else {
		rep.tracks = make([]*track, len(c.table.Types))
		rep.events = append(rep.events, shapeEvent{tick: tick, mask: rep.Mask})
	}
	if err := c.readValues(r, rep, rep.Mask&^c.table.Hidden, tick); err != nil {
		return err
	}
	c.slotOf[n.ID] = slot
	c.replace(rep)
	if rep.Own {
		at, _ := slices.BinarySearchFunc(c.own, slot, func(r *Replica, s uint32) int { return int(r.slot) - int(s) })
		c.own, c.ownTouched = slices.Insert(c.own, at, rep), true
		c.cfg.Predictor.Spawned(rep)
	} else {
		c.shown = append(c.shown, rep)
	}
	return nil
}

// alive reports whether an entity of this ID is spawned and not despawned.
func (c *Client) alive(id ID) bool {
	slot, ok := c.slotOf[id]
	return ok && c.slots[slot].Net.ID == id && !c.slots[slot].gone
}

func (c *Client) despawn(rep *Replica, tick uint32, leaves bool) {
	rep.gone, c.dropped = true, true
	delete(c.slotOf, rep.Net.ID)
	if !rep.Own {
		rep.events = append(rep.events, shapeEvent{tick: tick, despawn: true, leaves: leaves})
		return
	}
	c.ownTouched = true
	c.own = slices.DeleteFunc(c.own, func(r *Replica) bool { return r == rep })
	c.cfg.Predictor.Despawned(rep)
	c.end(rep, leaves)
}

// end takes a replica's entity out of the world.
func (c *Client) end(rep *Replica, leaves bool) {
	c.rewire = true
	if !rep.Entity.IsZero() && !(rep.hidden && leaves) {
		c.entities.Vanish(rep.Net.ID, rep.Entity, !leaves)
	}
	if c.world.Alive(rep.Entity) {
		c.world.Despawn(rep.Entity)
	}
}

func (c *Client) reshape(r *wire.Reader, rep *Replica, batch, tick uint32) error {
	if len(rep.events) >= maxEvents || len(rep.shapes) >= maxEvents {
		return fmt.Errorf("%w: more than %d changes of one entity", ErrMalformed, maxEvents)
	}
	before := rep.Mask
	rep.Mask = c.readMask(r)
	c.witness.sawOp(opReshape, batch, tick, rep.Net, rep.Mask)
	rep.shapes = append(rep.shapes, shape{batch, rep.Mask})
	c.dropReferences(rep)
	if rep.Own {
		c.ownTouched, c.rewire, rep.shown = true, true, rep.refs
		c.setShape(rep, rep.Mask, ^c.table.Predicted)
	} else {
		rep.events = append(rep.events, shapeEvent{tick: tick, mask: rep.Mask, refs: rep.refs})
	}
	fresh := rep.Mask &^ before
	return c.readValues(r, rep, fresh&^c.table.Hidden, tick)
}

// materialise makes the entity of a replica, or takes the one that was
// predicted here. Of an adopted entity the predicted components stay as they
// are: it is ahead of the server, and only a rollback may set it back.
func (c *Client) materialise(rep *Replica) {
	if rep.Own {
		c.endEarlier(rep.Net.ID)
		if e, ok := c.cfg.Predictor.Adopt(rep.Net.ID); ok {
			rep.Entity, rep.adopted, c.rewire = e, true, true
			c.entities.List(e)
			c.setShape(rep, rep.Mask, ^c.table.Predicted)
			return
		}
	}
	c.rewire = true
	c.ids = append(c.ids[:0], c.netID, c.entities.tag)
	if rep.Own {
		c.ids = append(c.ids, c.simulated)
	}
	rep.Entity = c.world.NewEntity(c.ids...)
	*(*Net)(c.world.Pointer(rep.Entity, c.netID)) = rep.Net
	c.entities.put(rep.Net.ID, rep.Entity)
	c.setShape(rep, rep.Mask, ^Mask(0))
	c.entities.Appear(rep.Net.ID, rep.Entity, rep.isNew)
}

// endEarlier ends at once what waits for the timeline to end an entity that is
// predicted now, or even to begin it: it came back as another one's, and would be
// there twice.
func (c *Client) endEarlier(id ID) {
	c.shown = slices.DeleteFunc(c.shown, func(rep *Replica) bool {
		if rep.Net.ID != id || !rep.gone {
			return false
		}
		c.end(rep, rep.events[len(rep.events)-1].leaves)
		return true
	})
}

// setShape gives the entity exactly the components of m, as far as they are in
// care, and the views that belong to them.
func (c *Client) setShape(rep *Replica, m, care Mask) {
	if !c.world.Alive(rep.Entity) {
		return // its despawn is on the way
	}
	c.ids, c.without = c.ids[:0], c.without[:0]
	for t, typ := range c.table.Types {
		if !care.Has(t) {
			continue
		}
		c.wantID(rep.Entity, typ.Component.ID, m.Has(t))
		if typ.view != nil {
			c.wantID(rep.Entity, typ.view.id, m.Has(t))
		}
	}
	if len(c.ids)+len(c.without) > 0 {
		c.world.Exchange(rep.Entity, c.ids, c.without)
	}
}

func (c *Client) wantID(e ecs.Entity, id ecs.ID, want bool) {
	switch has := c.world.Has(e, id); {
	case want && !has:
		c.ids = append(c.ids, id)
	case !want && has:
		c.without = append(c.without, id)
	}
}

// forget drops what only late messages of long ago could need.
func (c *Client) forget() {
	if c.batch < historyBatches || c.batch%historyBatches != 0 {
		return
	}
	floor := c.batch - historyBatches
	c.replaced = 0
	for _, rep := range c.slots {
		for ; rep != nil; rep = rep.before {
			keep := 0
			for keep < len(rep.shapes)-1 && rep.shapes[keep+1].batch <= floor {
				keep++
			}
			rep.shapes = slices.Delete(rep.shapes, 0, keep)
			if rep.shapes[0].batch <= floor {
				rep.before = nil
			}
			if rep.before != nil {
				c.replaced++
			}
		}
	}
}

// replace gives a slot to another replica. Late messages may be about the one
// before it; when more of those are kept than a world can hold, all are forgotten
// that have gone, and such a message costs a refresh.
func (c *Client) replace(rep *Replica) {
	if c.replaced >= maxReplaced {
		for _, r := range c.slots {
			if r != nil {
				r.before = nil
			}
		}
		c.replaced = 0
	}
	rep.before = c.slots[rep.slot]
	if rep.before != nil {
		c.replaced++
	}
	c.slots[rep.slot] = rep
}
