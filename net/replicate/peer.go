package replicate

import (
	"math/bits"

	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
)

// Peer is one client as the replication server sees it: what was sent to it
// and what is known to have arrived.
type Peer struct {
	// Status is written into every snapshot. The owner of the peer's commands
	// keeps it current.
	Status Status
	// Budget is how many bytes of values the next snapshot may have; 0: no
	// limit but eight datagrams. At least one datagram always may.
	Budget int
	// Queue is how many bytes wait in the connection already.
	Queue int

	// Lossy says that the line loses packets now and then: the structure of each
	// snapshot goes out once more with the next, so that values do not wait a round
	// trip for what was lost of it.
	Lossy bool

	copied    []byte // the structure of the last snapshot; empty: there was none, or it is too large
	cutShort  bool   // the batch in progress has more than one message
	server    *Server
	player    input.PlayerID
	conn      Conn
	batch     uint32 // structure batches sent
	ownBatch  uint32 // the last that changed what the peer predicts
	allowance int    // bytes of structure that may wait in the connection
	queued    int    // Queue, and what was added to it in this snapshot
	err       error  // structure could not be sent
	stale     bool   // the client has asked for everything again
	joined    bool   // has the whole structure
	remaining int    // entities at most that it has yet to be told of
	turn      uint32 // snapshots until it looks around again
	known     knowledge

	// Of the batch in progress.
	met     []uint32 // slots that the peer came to see
	dropped bool     // something went
	elders  []uint32 // slots that may have children

	everywhere bool           // sight is not limited
	sight      physics.Circle // where the peer sees from; radius 0: nowhere yet
	scratch    []uint32       // slots

	sent   sentLog
	window window
	alike  alike
	needs  uint32  // batch that the datagram being written needs
	fill   float32 // share of the most that records can take which they do take; 0: nothing is known
	bytes  uint64
}

func newPeer(s *Server, player input.PlayerID, conn Conn) *Peer {
	return &Peer{server: s, player: player, conn: conn, known: knowledge{fields: len(s.table.refs)}}
}

// Player is the player the peer belongs to.
func (p *Peer) Player() input.PlayerID { return p.player }

// Bytes is how many bytes of structure and values were written so far.
func (p *Peer) Bytes() uint64 { return p.bytes }

// Err is why structure could not be sent, nil if it could. The client misses a
// part of the world then and its connection must end: it does not read, or one
// entity is larger than a message.
func (p *Peer) Err() error { return p.err }

// Refresh sends everything again with the next snapshot: the client lost its
// place. Of what it was sent in datagrams nothing is taken for granted any more.
func (p *Peer) Refresh() { p.stale = true }

func (p *Peer) refresh() {
	p.stale = false
	copy(p.known.pending, p.known.slots)
	for at := range p.known.list {
		for d := &p.known.list[at].first; d != nil; d = p.known.next(d) {
			*d = delivery{types: d.types, structure: d.structure, more: d.more}
		}
	}
	p.sent.forgetAll()
}

// snapshot writes one tick's structure, and what the peer predicts.
func (p *Peer) snapshot(tick uint32) {
	if p.stale {
		p.refresh()
	}
	p.outdate()
	p.writeCopy(tick)
	p.writeStructure(tick)
	p.writeOwn(tick)
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
	if d := p.sent.at(uint32(f.Token)); d != nil && d.open {
		p.settle(d, f.Acked)
	}
}

// settle applies the fate of a datagram: what was lost, and not sent again
// since, is dirty again.
func (p *Peer) settle(d *datagram, acked bool) {
	p.sent.settle(d, acked)
	if acked {
		return
	}
	for _, slot := range d.slots {
		at, ok := p.known.find(slot)
		if !ok {
			continue
		}
		for told := &p.known.list[at].first; told != nil; told = p.known.next(told) {
			if told.sent == d.tick && told.by(d.seq) {
				told.sent = p.arrived(told)
				p.known.pending.put(slot)
			}
		}
	}
	p.sent.release(d)
}

// arrived is the tick of the newest value that is known to have arrived.
func (p *Peer) arrived(d *delivery) uint32 {
	for told := d.told; told != 0; told &= told - 1 {
		if g := p.sent.at(d.newest - uint32(bits.TrailingZeros64(told))); g != nil && g.acked {
			return max(g.tick, d.structure)
		}
	}
	return d.structure
}

// record takes the record of the next datagram.
func (p *Peer) record(tick uint32) *datagram {
	if old := &p.sent.ring[(p.sent.next+1)%sentRing]; old.open {
		p.settle(old, false)
	}
	return p.sent.begin(tick, p.server.tracker.scans)
}
