package message_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/replicate"
)

// mark is a fixed type that names an entity.
type mark struct {
	N  uint32
	At replicate.ID
}

// ping and pong are a call of fixed size.
type (
	ping struct{ N uint32 }
	pong struct{ N uint32 }
)

// TestSteadyStateAllocatesNothing plays fixed types of every delivery, and
// calls, in both directions.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	fixed := func(app *engine.App) {
		message.Register[mark](app)
		message.RegisterCall[ping, pong](app)
	}
	p := newPairOf(t, message.Limits{BytesPerSecond: 1 << 20, PerSecond: 10_000}, fixed)
	p.client.spawn(1)
	received := 0
	type handles struct {
		out  message.Outbox[mark]
		in   message.Inbox[mark]
		call message.Caller[ping, pong]
		desk message.Answers[ping, pong]
	}
	play := func(e *end) func(engine.Tick) {
		h := handles{message.To[mark](e.sim), message.From[mark](e.sim), message.Calls[ping, pong](e.sim), message.Requests[ping, pong](e.sim)}
		return func(t engine.Tick) {
			received += len(e.note.Read(t)) + len(e.spark.Read(t)) + len(e.pose.Read(t)) + len(e.order.Read(t)) + len(h.in.Read(t)) + len(h.call.Read(t))
			for _, q := range h.desk.Read(t) {
				h.desk.Reply(q.Ticket, pong(q.Value))
			}
			e.notes.All(note{t.Number})
			e.notes.Server(note{t.Number})
			e.sparks.All(spark{t.Number})
			e.sparks.Server(spark{t.Number})
			e.poses.Player(1, pose{t.Number})
			e.poses.Server(pose{t.Number})
			e.orders.At(t.Number + 3).All(order{t.Number})
			e.orders.At(t.Number + 3).Server(order{t.Number})
			h.out.All(mark{t.Number, 1})
			h.call.Ask(0, ping{t.Number}, 0)
			h.call.Ask(1, ping{t.Number}, 0)
		}
	}
	p.server.update, p.client.update = play(p.server), play(p.client)
	p.step(300)
	received = 0
	require.Zero(t, testing.AllocsPerRun(100, func() { p.step(1) }))
	// 4 from the client, 5 from the server, a call each; AllocsPerRun runs once more.
	// The server's call to itself and the client's to a player are lost at once.
	require.Equal(t, 101*(4+5+2+2), received)
}

// BenchmarkBroadcast is a tick in which a server tells 100 clients something.
func BenchmarkBroadcast(b *testing.B) {
	e := newEnd()
	e.app.Simulate(e)
	host := message.NewServer(e.app, message.ServerConfig{Channels: channels})
	pipes := make([]pipe, 100)
	for i := range pipes {
		host.Add(player(i), &pipes[i])
	}
	e.app.Receive(system(func(t engine.Tick) { host.Deliver(t) }))
	e.app.Send(system(func(t engine.Tick) { host.Flush(t) }))
	e.update = func(t engine.Tick) {
		for range 10 {
			e.sparks.All(spark{t.Number})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := e.app.Step(); err != nil {
			b.Fatal(err)
		}
		for i := range pipes {
			pipes[i].free, pipes[i].batches = append(pipes[i].free, pipes[i].batches...), pipes[i].batches[:0]
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/message")
}
