package message

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

// Conn is what messages need of a connection: transport's Conn has it.
type Conn interface {
	Send(ch uint8, p []byte, o channel.SendOptions) error
}

// Channels says which application channels carry messages.
type Channels struct {
	Reliable   uint8 // ordered
	Unreliable uint8 // unreliable
}

// Audience knows which entities each player has been told of:
// [replicate.Server] does.
type Audience interface {
	Knows(player input.PlayerID, id replicate.ID) bool
}

// side is what this process is to its peers.
type side uint8

const (
	alone   side = iota // no session: what is sent goes nowhere
	serving             // peers are clients
	playing             // the one peer is the server
)

// hub is the resource behind all handles of one app.
type hub struct {
	app       *engine.App
	table     *Table
	side      side
	limits    Limits
	channels  Channels
	audience  Audience // nil: everybody knows everything
	peers     []*Peer  // by player
	directory directory
	queue     queue
	reader    wire.Reader
	tick      uint32
	steps     uint64 // ticks run; unlike tick it never jumps
	ticking   bool   // between deliver and flush
	gone      Stats  // of peers that have left
}

// hubOf returns the app's hub, made on first use.
func hubOf(app *engine.App) *hub {
	h := ecs.Resource[hub](app.World())
	if h == nil {
		h = &hub{app: app, table: &Table{byType: map[reflect.Type]entry{}}}
		ecs.SetResource(app.World(), h)
	}
	return h
}

// hubIn is the hub of a world in which types have been registered.
func hubIn(s *ecs.Sim, what string) *hub {
	h := ecs.Resource[hub](s.World())
	if h == nil {
		panic("message: " + what + " in a world without message types: call message.Register in a plugin of both sides")
	}
	h.table.freeze()
	return h
}

// attach makes the hub one side of a session.
func (h *hub) attach(s side, l Limits, ch Channels) {
	if h.side != alone {
		panic("message: the app has a server or client already: make one")
	}
	h.table.freeze()
	h.side, h.limits, h.channels = s, l, ch
	h.directory = newDirectory(h.app.World())
}

// moment is now, as far as delivery cares.
type moment struct {
	tick     uint32
	playhead float64
	step     uint64
}

// reached reports whether the tick of a message has come.
func (m moment) reached(d due, tick uint32) bool {
	switch d {
	case atTick:
		return int32(m.tick-tick) >= 0
	case atPlayhead:
		return float64(tick) <= m.playhead
	default:
		return true
	}
}

// deliver begins a tick: what is due becomes readable.
func (h *hub) deliver(tick uint32, playhead float64) {
	h.tick, h.ticking = tick, true
	h.steps++
	for _, p := range h.peers {
		p.rest()
	}
	m := moment{tick: tick, playhead: playhead, step: h.steps}
	for _, e := range h.table.entries {
		e.deliver(m)
	}
}

// replaying reports whether a rollback is running an old tick again. Nothing is
// sent then: it was sent the first time.
func (h *hub) replaying() bool { return h.ticking && h.app.Tick() != h.tick }

// ticks is a number of seconds in ticks.
func (h *hub) ticks(seconds int) int { return seconds * h.app.TickRate() }

// peer finds the peer of a player, nil for none.
func (h *hub) peer(player input.PlayerID) *Peer {
	i, ok := slices.BinarySearchFunc(h.peers, player, func(p *Peer, id input.PlayerID) int { return cmp.Compare(p.player, id) })
	if !ok {
		return nil
	}
	return h.peers[i]
}

func (h *hub) add(player input.PlayerID, conn Conn) *Peer {
	if h.peer(player) != nil {
		panic("message: Add of a player who is here already: Remove the old peer first")
	}
	p := &Peer{hub: h, player: player, conn: conn, types: make([]peerType, len(h.table.entries))}
	p.messages = bucket{tokens: h.limits.Burst * h.app.TickRate()}
	p.bytes = bucket{tokens: 2 * h.limits.BytesPerSecond * h.app.TickRate()}
	at, _ := slices.BinarySearchFunc(h.peers, player, func(p *Peer, id input.PlayerID) int { return cmp.Compare(p.player, id) })
	h.peers = slices.Insert(h.peers, at, p)
	return p
}

func (h *hub) remove(p *Peer) {
	i := slices.Index(h.peers, p)
	if i < 0 {
		return
	}
	h.peers = slices.Delete(h.peers, i, i+1)
	p.gone = true
	h.gone.add(p.stats)
	for _, e := range h.table.entries {
		e.forget(p)
	}
}

func (h *hub) stats() Stats {
	s := h.gone
	for _, p := range h.peers {
		s.add(p.stats)
	}
	return s
}

// directory finds entities by their network ID. It looks through the world at
// most once a tick, and only when somebody names an entity that it has not met.
type directory struct {
	world    *ecs.World
	all      ecs.Filter1[replicate.Net]
	netID    ecs.ID
	entities map[replicate.ID]ecs.Entity
	looked   uint64 // step
}

func newDirectory(w *ecs.World) directory {
	return directory{
		world:    w,
		all:      ecs.Query1[replicate.Net](ecs.NewSim(w)),
		netID:    ecs.ComponentID[replicate.Net](w),
		entities: map[replicate.ID]ecs.Entity{},
	}
}

func (d *directory) has(id replicate.ID, step uint64) bool {
	if d.met(id) {
		return true
	}
	if d.looked == step {
		return false
	}
	d.looked = step
	clear(d.entities)
	q := d.all.Query()
	for q.Next() {
		if n := q.Get(); n.ID != 0 {
			d.entities[n.ID] = q.Entity()
		}
	}
	return d.met(id)
}

// met reports whether the entity was there when last looked, and still is.
func (d *directory) met(id replicate.ID) bool {
	e, ok := d.entities[id]
	if !ok {
		return false
	}
	n := (*replicate.Net)(d.world.Pointer(e, d.netID))
	return n != nil && n.ID == id
}
