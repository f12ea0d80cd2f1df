package message_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/replicate"
)

func TestBothWays(t *testing.T) {
	p := newPair(t, message.Limits{})
	var atServer, atClient []message.Received[note]
	p.server.update = func(t engine.Tick) {
		atServer = append(atServer, p.server.note.Read(t)...)
		if t.Number == 1 {
			p.server.notes.All(note{7})
			p.server.notes.Server(note{99}) // this is the server: nothing
		}
	}
	p.client.update = func(t engine.Tick) {
		atClient = append(atClient, p.client.note.Read(t)...)
		if t.Number == 1 {
			p.client.notes.Server(note{8})
			p.client.notes.Server(note{9})
			p.client.notes.All(note{99}) // clients speak to the server alone
			p.client.notes.Player(1, note{99})
		}
	}
	p.step(4)
	require.Equal(t, []message.Received[note]{{From: 0, Tick: 1, Value: note{7}}}, atClient)
	require.Equal(t, []message.Received[note]{{From: 1, Tick: 2, Value: note{8}}, {From: 1, Tick: 2, Value: note{9}}}, atServer)
}

// everybody is an audience that is told who knows what.
type everybody map[input.PlayerID]map[replicate.ID]bool

func (e everybody) Knows(p input.PlayerID, id replicate.ID) bool { return e[p][id] }

func TestAddresses(t *testing.T) {
	e := newEnd()
	e.app.Simulate(e)
	host := message.NewServer(e.app, message.ServerConfig{
		Channels: channels,
		Audience: everybody{2: {50: true}, 4: {50: true}},
	})
	e.app.Send(system(func(t engine.Tick) { host.Flush(t) }))
	pipes := make([]pipe, 5)
	for _, i := range []int{3, 0, 4, 1, 2} { // players come in any order
		host.Add(player(i), &pipes[i])
	}
	require.PanicsWithValue(t, "message: Add of a player who is here already: Remove the old peer first", func() { host.Add(3, &pipes[0]) })
	who := func(send func(o message.Outbox[note])) (to []int) {
		e.update = func(engine.Tick) { send(e.notes) }
		require.NoError(t, e.app.Step())
		for i := range pipes {
			if len(pipes[i].batches) > 0 {
				to = append(to, i+1)
			}
			pipes[i].batches = nil
		}
		return to
	}
	require.Equal(t, []int{1, 2, 3, 4, 5}, who(func(o message.Outbox[note]) { o.All(note{}) }))
	require.Equal(t, []int{1, 2, 4, 5}, who(func(o message.Outbox[note]) { o.Except(3, note{}) }))
	require.Equal(t, []int{3}, who(func(o message.Outbox[note]) { o.Player(3, note{}) }))
	require.Equal(t, []int{1, 5}, who(func(o message.Outbox[note]) { o.Players([]input.PlayerID{5, 1, 77}, note{}) }))
	require.Equal(t, []int{2, 4}, who(func(o message.Outbox[note]) { o.Seeing(50, note{}) }))
	require.Empty(t, who(func(o message.Outbox[note]) { o.Seeing(51, note{}) }))
	require.Empty(t, who(func(o message.Outbox[note]) { o.Player(0, note{}) }))
}

// A message that names entities waits for them, and holds up what follows it.
func TestWaitsForEntities(t *testing.T) {
	p := newPair(t, message.Limits{})
	var got []hit
	p.client.update = func(t engine.Tick) { got = append(got, values(p.client.hit.Read(t))...) }
	p.client.spawn(1)
	p.server.update = func(t engine.Tick) {
		if t.Number == 1 {
			p.server.hits.All(hit{N: 1, Target: 1})
			p.server.hits.All(hit{N: 2, Target: 2})
			p.server.hits.All(hit{N: 3, Target: 1, Others: []replicate.ID{1, 3}})
			p.server.hits.All(hit{N: 4}) // names nobody
		}
	}
	p.step(1)
	require.Equal(t, []hit{{N: 1, Target: 1}}, got)
	p.client.spawn(3)
	p.step(5)
	require.Len(t, got, 1, "3 is ready, but 2 comes first")
	two := p.client.spawn(2)
	p.step(1)
	require.Len(t, got, 4)
	require.Equal(t, []uint32{1, 2, 3, 4}, []uint32{got[0].N, got[1].N, got[2].N, got[3].N})

	p.client.app.World().Despawn(two)
	p.server.update = func(t engine.Tick) {
		if t.Number == 8 {
			p.server.hits.All(hit{N: 5, Target: 2})
			p.server.hits.All(hit{N: 6, Target: 3})
		}
	}
	p.step(100)
	require.Len(t, got, 4, "an entity that is gone is waited for")
	p.step(100)
	require.Len(t, got, 5, "but not for ever")
	require.Equal(t, hit{N: 6, Target: 3}, got[4])
	require.EqualValues(t, 1, p.guest.Stats().Expired)
}

// Unreliable messages do not wait for one another.
func TestUnreliableDoNotHoldUp(t *testing.T) {
	p := newPair(t, message.Limits{})
	p.playhead = 1000
	var got []uint32
	p.client.update = func(t engine.Tick) {
		for _, m := range p.client.flash.Read(t) {
			got = append(got, m.Value.N)
		}
	}
	p.client.spawn(1)
	p.server.update = func(t engine.Tick) {
		if t.Number == 1 {
			p.server.flashes.All(flash{N: 1, At: 2})
			p.server.flashes.All(flash{N: 2, At: 1})
		}
	}
	p.step(1)
	require.Equal(t, []uint32{2}, got)
	p.client.spawn(2)
	p.step(1)
	require.Equal(t, []uint32{2, 1}, got)
}

// Types that are tied to a tick come in that tick, early ones wait, late ones
// come at once.
func TestAtTick(t *testing.T) {
	p := newPair(t, message.Limits{})
	p.client.app.SetTick(100) // the client is ahead
	p.server.app.SetTick(90)
	type arrival struct{ tick, of, n uint32 }
	var atServer, atClient []arrival
	p.server.update = func(t engine.Tick) {
		for _, m := range p.server.order.Read(t) {
			atServer = append(atServer, arrival{t.Number, m.Tick, m.Value.N})
		}
		if t.Number == 91 {
			p.server.orders.All(order{1}) // late there
			p.server.orders.At(105).All(order{2})
			p.server.orders.At(103).All(order{3})
		}
	}
	p.client.update = func(t engine.Tick) {
		for _, m := range p.client.order.Read(t) {
			atClient = append(atClient, arrival{t.Number, m.Tick, m.Value.N})
		}
		if t.Number == 102 {
			p.client.orders.Server(order{4})
		}
	}
	p.step(20)
	require.Equal(t, []arrival{{101, 91, 1}, {103, 103, 3}, {105, 105, 2}}, atClient)
	require.Equal(t, []arrival{{102, 102, 4}}, atServer)
	require.EqualValues(t, 1, p.guest.Stats().Late)
	require.Panics(t, func() { p.server.notes.At(3) }, "notes are not tied to a tick")
	require.Panics(t, func() { p.server.orders.At(1 << 20).All(order{}) }, "too far")
}

func TestAtPlayhead(t *testing.T) {
	p := newPair(t, message.Limits{})
	var got []uint32
	p.client.update = func(t engine.Tick) {
		for _, m := range p.client.flash.Read(t) {
			require.Equal(p.t, m.Value.N, m.Tick)
			require.GreaterOrEqual(p.t, p.playhead, float64(m.Tick))
			got = append(got, m.Value.N)
		}
	}
	p.server.update = func(t engine.Tick) { p.server.flashes.All(flash{N: t.Number}) }
	for i := range 40 {
		p.playhead = float64(i)/2 - 3
		p.step(1)
	}
	require.Equal(t, []uint32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, got)
}

// A replayed tick sends nothing, and reads what is tied to it again.
func TestReplays(t *testing.T) {
	p := newPair(t, message.Limits{})
	p.server.update = func(t engine.Tick) {
		if t.Number == 2 {
			p.server.orders.At(4).All(order{1})
			p.server.orders.At(6).All(order{2})
			p.server.notes.All(note{3})
		}
	}
	var seen []string
	p.client.update = func(t engine.Tick) {
		for _, m := range p.client.order.Read(t) {
			seen = append(seen, map[bool]string{false: "order", true: "replayed"}[t.Replay]+string('0'+rune(m.Value.N)))
		}
		for range p.client.note.Read(t) {
			seen = append(seen, "note")
		}
		p.client.notes.Server(note{t.Number})
		require.Equal(p.t, t.Replay, p.client.buys.Ask(0, buy{}, 0) == message.Call{})
	}
	p.replay = func(app *engine.App) {
		if app.Tick() == 8 {
			for n := uint32(2); n < 8; n++ {
				require.NoError(t, app.Resimulate(n))
			}
		}
	}
	p.step(8)
	require.Equal(t, []string{"note", "order1", "order2", "replayed1", "replayed2"}, seen)
	require.EqualValues(t, 7*2, p.peer.Stats().Received, "each tick's message and call, once")
}

func TestSequencedDropsTheOvertaken(t *testing.T) {
	p := newPair(t, message.Limits{})
	p.client.update = func(t engine.Tick) { p.client.poses.Server(pose{t.Number}) }
	var got []uint32
	p.server.update = func(t engine.Tick) {
		for _, m := range p.server.pose.Read(t) {
			got = append(got, m.Value.N)
		}
	}
	p.step(3)
	held := append([]byte{}, p.up.batches[0]...)
	p.up.batches = nil
	p.step(3)
	require.NoError(t, p.peer.Receive(held))
	p.step(2)
	require.Equal(t, []uint32{1, 2, 4, 5, 6, 7}, got)
	require.EqualValues(t, 1, p.peer.Stats().Overtaken)
	p.step(1 << 16) // the sequence number wraps
	require.Equal(t, p.client.app.Tick()-1, got[len(got)-1])
	require.Len(t, got, int(p.client.app.Tick())-2)
}

func TestBatchesAreCut(t *testing.T) {
	p := newPair(t, message.Limits{Burst: 1 << 20, BytesPerSecond: 1 << 20})
	var small, large int
	p.client.update = func(t engine.Tick) {
		for _, m := range p.client.spark.Read(t) {
			require.EqualValues(p.t, small, m.Value.N)
			small++
		}
		for _, m := range p.client.note.Read(t) {
			require.EqualValues(p.t, large, m.Value.N)
			large++
		}
	}
	p.server.update = func(t engine.Tick) {
		if t.Number > 1 {
			return
		}
		for i := range 5000 {
			p.server.sparks.All(spark{uint32(i)})
			p.server.notes.All(note{uint32(i)})
		}
	}
	require.NoError(t, p.server.app.Step())
	for _, b := range p.down.batches {
		require.LessOrEqual(t, len(b), 16<<10)
	}
	require.Greater(t, len(p.down.batches), 20)
	p.step(1)
	require.Equal(t, 5000, small)
	require.Equal(t, 5000, large)
}

// A peer that does not read what is reliable ends, and is not sent less.
func TestReliableIsNotDroppedSilently(t *testing.T) {
	p := newPair(t, message.Limits{})
	p.server.update = func(engine.Tick) { p.server.notes.All(note{}) }
	p.down.err = message.ErrLost
	p.step(1)
	require.ErrorIs(t, p.peer.Err(), message.ErrLost)
}
