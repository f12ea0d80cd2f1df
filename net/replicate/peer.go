package replicate

import (
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

	server   *Server
	player   input.PlayerID
	conn     Conn
	batch    uint32 // structure batches sent
	ownBatch uint32 // the last that changed what the peer predicts
	joined   bool   // has the whole structure
	known    []known
	sent     [][]uint32 // a type, a slot: tick of the newest value sent
	acked    [][]uint32 // a type, a slot: tick of the newest value known to have arrived

	datagrams [inFlightRing]datagram
	spare     [][]sentValues // memory of settled datagrams
	token     uint64
	queue     []candidate
	bytes     uint64
}

// known is what a peer has of one slot.
type known struct {
	has   bool
	own   bool   // the peer predicts it
	batch uint32 // structure batch that spawned or last reshaped it
	clean uint32 // everything that changed up to this tick has been sent
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
	n := len(s.table.Types)
	return &Peer{server: s, player: player, conn: conn, sent: make([][]uint32, n), acked: make([][]uint32, n)}
}

// Player is the player the peer belongs to.
func (p *Peer) Player() input.PlayerID { return p.player }

// Bytes is how many bytes of structure and values were written so far.
func (p *Peer) Bytes() uint64 { return p.bytes }

// Refresh sends everything again: the client lost its place.
func (p *Peer) Refresh() {
	for i := range p.known {
		p.known[i].clean = 0
	}
	for t := range p.sent {
		clear(p.sent[t])
		clear(p.acked[t])
	}
}

// grow makes room for the server's slots.
func (p *Peer) grow() {
	for len(p.known) < len(p.server.tracker.slots) {
		p.known = append(p.known, known{})
		for t := range p.sent {
			p.sent[t] = append(p.sent[t], 0)
			p.acked[t] = append(p.acked[t], 0)
		}
	}
}

// snapshot writes one tick's structure and values.
func (p *Peer) snapshot(tick uint32) {
	p.grow()
	p.writeStructure(tick)
	p.writeOwn(tick)
	p.writeValues(tick)
}

// learn marks a slot as known with all its values, which travelled reliably.
func (p *Peer) learn(i, tick uint32) {
	n := p.server.tracker.slots[i].net
	p.known[i] = known{has: true, own: n.PredictedFor(p.player), batch: p.batch, clean: tick}
	p.touchOwn(i)
	for t := range p.sent {
		p.sent[t][i], p.acked[t][i] = tick, tick
	}
}

// touchOwn notes that the batch in progress changes an entity, if the peer
// predicts it.
func (p *Peer) touchOwn(i uint32) {
	if p.known[i].own {
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
		k := &p.known[v.slot]
		if !k.has || v.id != p.server.tracker.slots[v.slot].net.ID {
			continue
		}
		for t := range p.sent {
			if !v.types.Has(t) {
				continue
			}
			if acked {
				p.acked[t][v.slot] = max(p.acked[t][v.slot], d.tick)
			} else if p.sent[t][v.slot] == d.tick {
				p.sent[t][v.slot], k.clean = p.acked[t][v.slot], 0
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
