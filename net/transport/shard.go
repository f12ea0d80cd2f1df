package transport

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/tandem-engine/tandem/net/secure"
)

// Shards. Several sockets on one address let several goroutines read at once: each
// shard's socket gets the packets of the connections whose ids name it, by a filter in
// the kernel, however often the client changes its address. Handshake packets, which
// name no connection of the server's, all go to shard 0, so that the table of
// unconfirmed handshakes, cookies, tokens and limits need one owner and no lock: the
// Endpoint. The sockets of the other shards are read by it too, or each by a Group
// (NewShardGroup), which hands it whatever is not its own.
//
// The highest bits of a connection id name the shard; as many as the number of shards
// needs, none if there is one.

// MaxShards is how many sockets may share an address.
const MaxShards = 8

// Sharded is a Carrier that gets the packets of its own connections only, one of
// several on one address; see udp.ListenShards.
type Sharded interface {
	Carrier
	// Shard is which of how many it is. The carrier must be given every datagram of
	// at least 5 bytes whose first byte is below 0x10 and whose fifth byte is i in its
	// highest ShardBits(n) bits. All others go to shard 0.
	Shard() (i, n int)
}

// ShardBits is how many bits of a connection id name one of n shards.
func ShardBits(n int) int { return bits.Len(uint(max(n, 1) - 1)) }

// shardLanes sorts the lanes of shards by number. A lone carrier that knows nothing of
// shards is one.
func shardLanes(lanes []*lane) ([]*lane, error) {
	var shards []*lane
	count := 0
	for _, l := range lanes {
		s, ok := l.carrier.(Sharded)
		if !ok {
			continue
		}
		i, n := s.Shard()
		if n == 1 {
			continue
		}
		if shards == nil {
			shards = make([]*lane, n)
		}
		if n > MaxShards || n != len(shards) || i < 0 || i >= n || shards[i] != nil {
			return nil, fmt.Errorf("transport: a carrier is shard %d of %d: give Listen all shards of one address, and of one only, at most %d", i, n, MaxShards)
		}
		shards[i] = l
		count++
	}
	if slices.Contains(shards, nil) {
		return nil, fmt.Errorf("transport: %d of %d shards: give Listen all of them", count, len(shards))
	}
	return shards, nil
}

// nextShard is the shard of the next connection: each in turn. home is the lane on which
// the client shook hands; it stays there if that is none of a shard.
func (e *Endpoint) nextShard(home *lane) (int, *lane) {
	if !slices.Contains(e.shards, home) {
		return 0, home
	}
	e.turn = (e.turn + 1) % len(e.shards)
	return e.turn, e.shards[e.turn]
}

// Shards is how many sockets share the Endpoint's address; 1 without sharding.
func (e *Endpoint) Shards() int { return max(len(e.shards), 1) }

// Shard is the number of the shard whose socket gets the connection's packets. A server
// moves it to the Group of that shard.
func (c *Conn) Shard() int {
	if c.endpoint == nil {
		return 0
	}
	return int(c.local >> 16 >> (16 - c.endpoint.slots.shardBits))
}

// NewShardGroup makes a Group that reads the socket of a shard in its Poll: packets of
// its own connections never pass through the Endpoint. It works with connections of
// other shards too, but those do. Shard 0 is the Endpoint's. size is as for NewGroup.
func (e *Endpoint) NewShardGroup(shard, size int) *Group {
	if shard < 1 || shard >= len(e.shards) {
		panic(fmt.Sprintf("transport: NewShardGroup(%d): there are shards 1 to %d; shard 0 is the Endpoint's", shard, len(e.shards)-1))
	}
	l := e.shards[shard]
	if l.owner != nil {
		panic(fmt.Sprintf("transport: NewShardGroup(%d): the shard has a Group already", shard))
	}
	g := e.NewGroup(size)
	g.lane, l.owner = l, g
	return g
}

// read takes what came to the Group's shard.
func (g *Group) read() {
	l := g.lane
	for range maxBatchesPerPoll {
		if l == nil || l.broken {
			return
		}
		n, err := l.carrier.ReadBatch(l.in)
		foreign := false
		for i := range l.in[:n] {
			d := &l.in[i]
			d.Addr = normal(d.Addr)
			if !g.own(d) {
				foreign = true
				g.forward(d)
			}
		}
		if foreign {
			wakeUp(g.e.lanes[0].carrier)
		}
		if err != nil {
			l.broken = true
			g.post(entry{kind: entryBroken, reason: &CloseError{Reason: CarrierError, Text: err.Error()}})
			g.e.cfg.Log.Error("carrier failed", "local", l.carrier.LocalAddr(), "err", err)
		}
		if n < len(l.in) {
			return
		}
	}
}

// own gives a packet to the connection of the Group that it is for, if there is one.
func (g *Group) own(d *Datagram) bool {
	if len(d.Data) == 0 || d.Data[0]&secure.FormHandshake != 0 {
		return false
	}
	h, err := secure.ParseHeader(d.Data)
	if err != nil {
		return false
	}
	c := g.find(h.ID)
	if c == nil {
		return false
	}
	g.packetsIn.Add(1)
	g.bytesIn.Add(uint64(len(d.Data)))
	c.now = g.now
	c.packet(g.lane, h, d.Data, d.Addr)
	return true
}

// forward hands a packet to the Endpoint: of a handshake, of another Group's connection,
// or of nobody's. What finds no room is lost, as any packet may be.
func (g *Group) forward(d *Datagram) {
	if !g.out.push(entry{kind: entryForeign, lane: g.lane, from: d.Addr}, d.Data) {
		g.dropped.Add(1)
	}
}

// find is the Group's connection with an id, nil if there is none.
func (g *Group) find(id uint32) *Conn {
	if i := int(id & 0xffff); i < len(g.bySlot) && g.bySlot[i] != nil && g.bySlot[i].local == id {
		return g.bySlot[i]
	}
	return nil
}

// owns reports whether a connection is the Group's. It reads nothing of the connection
// that changes: another goroutine may own it.
func (g *Group) owns(c *Conn) bool { return g.find(c.local) == c }

func (g *Group) keep(c *Conn) {
	i := int(c.local & 0xffff)
	if i >= len(g.bySlot) {
		g.bySlot = append(g.bySlot, make([]*Conn, i+1-len(g.bySlot))...)
	}
	g.bySlot[i] = c
}

func (g *Group) drop(c *Conn) { g.bySlot[c.local&0xffff] = nil }

// Waker is a Waiter whose Wait another goroutine can end.
type Waker interface {
	Waiter
	// Wake makes a Wait that sleeps, or the next one, return. Any goroutine may call it.
	Wake()
}

// wakeUp ends the Wait of whoever reads a carrier.
func wakeUp(c Carrier) {
	if w, ok := c.(Waker); ok {
		w.Wake()
	}
}
