package replicate

import (
	"cmp"
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/wire"
)

// Conn is what replication needs of a connection: transport's Conn has it.
type Conn interface {
	Send(ch uint8, p []byte, o channel.SendOptions) error
}

// Channels says which application channels carry replication.
type Channels struct {
	Structure uint8 // ordered
	Values    uint8 // unreliable
}

// ServerConfig configures a [Server]. The zero value works.
type ServerConfig struct {
	// Interval is the number of ticks from one snapshot to the next. 0: 1.
	Interval uint32
	// Spread writes the values of a snapshot over the ticks up to the next, those of
	// each player in one of them: no tick has all the work, and what a player is
	// told comes up to Interval-1 ticks later. Structure, and what players predict, is
	// not put off.
	Spread bool
	// Pieces is from how many peers on the values of an entity are made into bits
	// once for all who are told the same, and not entropy-coded for each anew: that
	// takes a tenth more bytes, and a fifth less time. 0: 128; negative: never.
	Pieces   int
	Channels Channels
}

// defaultPieces is where it is no longer traffic that costs most, but a tick that
// runs out of time.
const defaultPieces = 128

// Server replicates the world of one app to its peers. It is owned by the
// app's goroutine.
type Server struct {
	cfg     ServerConfig
	table   *Table
	tracker *tracker
	peers   []*Peer
	writer  wire.Writer
	joining int         // bytes of structure that this snapshot may still have
	own     wire.Writer // of the own message that is being written
	order   order
	orphans *Orphans // nil: the game has no children
	worldly *WorldValues

	queue []candidate // of the peer whose values are being written

	// Of the records message that is being written.
	encoder  wire.Encoder
	roster   wire.Roster
	stream   []byte
	expected []uint32
	backs    []backs // a type

	scanned  uint32 // tick of the newest snapshot
	counters Counters
	meter    meter
	unshared bool
}

// Share says whether the symbols of an update are made once for all peers that
// have the same baselines, as they are by default, or for each peer anew: then
// everything is as it was, only slower. Benchmarks show what sharing saves.
func (s *Server) Share(share bool) { s.unshared = !share }

// NewServer makes the replication server of an app whose plugins have all been
// added, and a resource of its world. The caller adds it to the app's Replicate
// phase.
func NewServer(app *engine.App, cfg ServerConfig) *Server {
	cfg.Interval, cfg.Pieces = max(cfg.Interval, 1), cmp.Or(cfg.Pieces, defaultPieces)
	table := TableOf(app)
	s := &Server{
		cfg: cfg, table: table, tracker: newTracker(app.World(), table, cfg.Interval), worldly: WorldValuesOf(app),
		backs: make([]backs, len(table.Types)), counters: Counters{Types: typeCounters(table)}, meter: meter{every: meterEvery},
	}
	if table.parent >= 0 {
		s.orphans = NewOrphans(app.Sim())
	}
	ecs.SetResource(app.World(), s)
	return s
}

// Table is the component table.
func (s *Server) Table() *Table { return s.table }

// Entities is the number of networked entities.
func (s *Server) Entities() int { return len(s.tracker.slots) - len(s.tracker.free) }

// Add starts to replicate to a player.
func (s *Server) Add(player input.PlayerID, conn Conn) *Peer {
	p := newPeer(s, player, conn)
	s.peers = append(s.peers, p)
	return p
}

// Remove stops replicating to a peer. Where its player looks and its groups are
// kept for when it is back; see Forget.
func (s *Server) Remove(p *Peer) {
	for i := range s.peers {
		if s.peers[i] == p {
			s.peers = slices.Delete(s.peers, i, i+1)
			return
		}
	}
}

// Forget drops what [Interest] was told of a player, who will not be back.
func (s *Server) Forget(player input.PlayerID) {
	if in := looking(s.tracker.world); in != nil {
		in.leave(player)
	}
}

// Update is the Replicate phase: every Interval ticks it finds what changed
// and writes a snapshot for each peer.
func (s *Server) Update(t engine.Tick) {
	if s.orphans != nil {
		s.orphans.Despawn()
	}
	if part := t.Number % s.cfg.Interval; part != 0 {
		if s.cfg.Spread && s.scanned != 0 {
			s.writeValues(part)
		}
		return
	}
	s.count()
	s.joining = joinBytes
	s.worldly.spawn()
	s.worldly.gather()
	s.tracker.pieces = s.cfg.Pieces >= 0 && len(s.peers) >= s.cfg.Pieces
	s.tracker.scan(t.Number)
	s.scanned = t.Number
	for _, p := range s.peers {
		if (s.tracker.scans+uint32(p.player))%orderEvery == 0 { // not all in one tick
			s.order.put(&p.known, t.Number-min(t.Number, orderEvery*s.cfg.Interval))
		}
		p.snapshot(t.Number)
	}
	s.counters.Snapshots += uint64(len(s.peers))
	s.writeValues(0)
}

// spreadPart is how many ticks after a snapshot a player is told its values. The tick
// of the snapshot has everybody's structure to write: it tells nobody, or if there is
// but one other tick, a third.
func spreadPart(player input.PlayerID, interval uint32) uint32 {
	switch interval {
	case 1:
		return 0
	case 2:
		return (uint32(player)%3 + 1) / 2
	}
	return 1 + uint32(player)%(interval-1)
}

// writeValues writes the values of the newest snapshot for a part of the peers, or
// for all of them. Between two scans nothing that they are made of changes.
func (s *Server) writeValues(part uint32) {
	for _, p := range s.peers {
		if !s.cfg.Spread || spreadPart(p.player, s.cfg.Interval) == part {
			p.writeValues(s.scanned)
		}
	}
}
