package replicate

import (
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
)

// inFlightRing is how many value datagrams a peer may have without a known
// fate; the fate of older ones counts as lost.
const inFlightRing = 256

// Peer is one client as the replication server sees it: what was sent to it
// and what is known to have arrived.
type Peer struct {
	// Status is written into every snapshot. The owner of the peer's commands
	// keeps it current.
	Status Status
	// Budget is how many bytes of values the next snapshot may have; 0: no
	// limit but eight datagrams. At least one datagram always may.
	Budget int

	server   *Server
	player   input.PlayerID
	conn     Conn
	batch    uint32 // structure batches sent
	ownBatch uint32 // the last that changed what the peer predicts
	joined   bool   // has the whole structure
	turn     uint32 // snapshots until it looks around again
	known    knowledge
	ownCount int // known entities that the peer predicts

	sight     sight
	lastSight physics.Circle
	seen      []int32 // scratch: shapes near the peer
	enter     []uint32

	datagrams [inFlightRing]datagram
	spare     [][]sentValues // memory of settled datagrams
	needs     uint32         // batch that the datagram being written needs
	token     uint64
	queue     []candidate
	bytes     uint64
}

// datagram records what a value datagram carried until its fate is known.
type datagram struct {
	token  uint64
	tick   uint32
	values []sentValues
}

// sentValues is one entity's part of a datagram.
type sentValues struct {
	slot  uint32
	id    ID // tells when another entity has taken the slot since
	types Mask
}

func newPeer(s *Server, player input.PlayerID, conn Conn) *Peer {
	return &Peer{server: s, player: player, conn: conn, known: knowledge{types: len(s.table.Types)}}
}

// Player is the player the peer belongs to.
func (p *Peer) Player() input.PlayerID { return p.player }

// Bytes is how many bytes of structure and values were written so far.
func (p *Peer) Bytes() uint64 { return p.bytes }

// Refresh sends everything again: the client lost its place.
func (p *Peer) Refresh() {
	for i := range p.known.list {
		p.known.list[i].clean = 0
	}
	clear(p.known.state)
}

// snapshot writes one tick's structure and values.
func (p *Peer) snapshot(tick uint32) {
	p.writeStructure(tick)
	p.writeOwn(tick)
	p.writeValues(tick)
}

// touchOwn notes that the batch in progress changes an entity, if the peer
// predicts it.
func (p *Peer) touchOwn(k *known) {
	if k.own {
		p.ownBatch = p.batch
	}
}

// Fate takes the fate of a packet: f.Token is one this peer gave to Send.
func (p *Peer) Fate(f channel.Fate) {
	d := &p.datagrams[f.Token%inFlightRing]
	if d.token == f.Token && f.Token != 0 {
		p.settle(d, f.Acked)
	}
}

// settle applies the fate of a datagram: what was lost, and not sent again
// since, is dirty again.
func (p *Peer) settle(d *datagram, acked bool) {
	for _, v := range d.values {
		at, ok := p.known.find(v.slot)
		if !ok || p.known.list[at].id != v.id {
			continue
		}
		state := p.known.deliveries(at)
		for t := range state {
			if !v.types.Has(t) {
				continue
			}
			if acked {
				state[t].acked = max(state[t].acked, d.tick)
			} else if state[t].sent == d.tick {
				state[t].sent, p.known.list[at].clean = state[t].acked, 0
			}
		}
	}
	p.spare = append(p.spare, d.values[:0])
	d.token, d.values = 0, nil
}

// record takes the next datagram record of the ring.
func (p *Peer) record(tick uint32) *datagram {
	p.token++
	d := &p.datagrams[p.token%inFlightRing]
	if d.token != 0 {
		p.settle(d, false)
	}
	d.token, d.tick = p.token, tick
	if n := len(p.spare); n > 0 {
		d.values, p.spare = p.spare[n-1], p.spare[:n-1]
	}
	return d
}
