package message_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/replicate"
)

// The channels of these tests.
const (
	chMessages = 0
	chEvents   = 1
)

var channels = message.Channels{Reliable: chMessages, Unreliable: chEvents}

// Types of these tests, one for each way to travel.
type (
	note  struct{ N uint32 }
	spark struct{ N uint32 }
	pose  struct{ N uint32 }
	order struct{ N uint32 }
	flash struct {
		N  uint32
		At replicate.ID
	}
	hit struct {
		N      uint32
		Target replicate.ID
		Others []replicate.ID `net:"len=4"`
	}
	say struct {
		Text string `net:"len=40"`
	}
	buy struct {
		Item uint16
		Note string `net:"len=16"`
	}
	receipt struct{ Price uint32 }
)

func plugin(app *engine.App) {
	message.Register[note](app)
	message.Register[spark](app, message.Unreliable())
	message.Register[pose](app, message.Sequenced())
	message.Register[order](app, message.AtTick())
	message.Register[flash](app, message.Unreliable(), message.AtPlayhead(), message.FromServer())
	message.Register[hit](app)
	message.Register[say](app, message.FromClients(), message.Limit(4))
	message.RegisterCall[buy, receipt](app)
}

// pipe is a connection that keeps what is sent until it is carried over.
type pipe struct {
	batches [][]byte
	free    [][]byte
	err     error
}

func (p *pipe) Send(_ uint8, b []byte, _ channel.SendOptions) error {
	if p.err != nil {
		return p.err
	}
	var dst []byte
	if n := len(p.free); n > 0 {
		dst, p.free = p.free[n-1], p.free[:n-1]
	}
	p.batches = append(p.batches, append(dst[:0], b...))
	return nil
}

// carry hands everything over.
func (p *pipe) carry(receive func([]byte) error) (err error) {
	for _, b := range p.batches {
		if e := receive(b); e != nil {
			err = e
		}
		p.free = append(p.free, b)
	}
	p.batches = p.batches[:0]
	return err
}

type system func(engine.Tick)

func (f system) Update(t engine.Tick) { f(t) }

// pair is a server and one client of it, player 1, without a network between:
// what one sends in a tick the other has in its next.
type pair struct {
	t        testing.TB
	server   *end
	client   *end
	host     *message.Server
	guest    *message.Client
	peer     *message.Peer
	up, down pipe
	playhead float64
	replay   func(app *engine.App) // in the client's Receive phase
	fail     error                 // of the client's messages at the server
}

// end is an app with all handles.
type end struct {
	app    *engine.App
	sim    *ecs.Sim
	entity ecs.Map1[replicate.Net]

	notes   message.Outbox[note]
	sparks  message.Outbox[spark]
	poses   message.Outbox[pose]
	orders  message.Outbox[order]
	flashes message.Outbox[flash]
	hits    message.Outbox[hit]
	says    message.Outbox[say]
	buys    message.Caller[buy, receipt]

	note  message.Inbox[note]
	spark message.Inbox[spark]
	pose  message.Inbox[pose]
	order message.Inbox[order]
	flash message.Inbox[flash]
	hit   message.Inbox[hit]
	say   message.Inbox[say]

	update func(t engine.Tick) // in the Simulate phase
}

func newEnd(plugins ...engine.Plugin) *end {
	e := &end{app: engine.New(engine.Config{})}
	e.app.Add(plugin)
	e.app.Add(plugins...)
	return e
}

// Init implements engine.Initer.
func (e *end) Init(s *ecs.Sim) {
	e.sim, e.entity = s, ecs.NewMap1[replicate.Net](s)
	e.notes, e.note = message.To[note](s), message.From[note](s)
	e.sparks, e.spark = message.To[spark](s), message.From[spark](s)
	e.poses, e.pose = message.To[pose](s), message.From[pose](s)
	e.orders, e.order = message.To[order](s), message.From[order](s)
	e.flashes, e.flash = message.To[flash](s), message.From[flash](s)
	e.hits, e.hit = message.To[hit](s), message.From[hit](s)
	e.says, e.say = message.To[say](s), message.From[say](s)
	e.buys = message.Calls[buy, receipt](s)
}

// Update implements engine.System.
func (e *end) Update(t engine.Tick) {
	if e.update != nil {
		e.update(t)
	}
}

// spawn gives the end an entity.
func (e *end) spawn(id replicate.ID) ecs.Entity { return e.entity.NewEntity(replicate.Net{ID: id}) }

func newPair(t testing.TB, limits message.Limits) *pair { return newPairOf(t, limits) }

// newPairOf is a pair with more plugins on both sides.
func newPairOf(t testing.TB, limits message.Limits, plugins ...engine.Plugin) *pair {
	p := &pair{t: t, server: newEnd(plugins...), client: newEnd(plugins...)}
	p.server.app.Receive(system(func(t engine.Tick) {
		if err := p.up.carry(p.peer.Receive); err != nil {
			p.fail = err
		}
		p.host.Deliver(t)
	}))
	p.client.app.Receive(system(func(tk engine.Tick) {
		require.NoError(t, p.down.carry(p.guest.Receive))
		p.guest.Deliver(tk, p.playhead)
		if p.replay != nil {
			p.replay(p.client.app)
		}
	}))
	for _, e := range []*end{p.server, p.client} {
		e.app.Simulate(e)
	}
	p.server.app.Send(system(func(t engine.Tick) { p.host.Flush(t) }))
	p.client.app.Send(system(func(t engine.Tick) { p.guest.Flush(t) }))
	p.host = message.NewServer(p.server.app, message.ServerConfig{Channels: channels, Limits: limits})
	p.guest = message.NewClient(p.client.app, message.ClientConfig{Channels: channels})
	p.peer = p.host.Add(1, &p.down)
	p.guest.Connect(&p.up)
	require.NoError(t, p.server.app.Start())
	require.NoError(t, p.client.app.Start())
	return p
}

// step runs a tick of both, the server first.
func (p *pair) step(ticks int) {
	for range ticks {
		if err := p.server.app.Step(); err != nil {
			p.t.Fatal(err)
		}
		if err := p.client.app.Step(); err != nil {
			p.t.Fatal(err)
		}
	}
}

func values[T any](in []message.Received[T]) (out []T) {
	for _, m := range in {
		out = append(out, m.Value)
	}
	return out
}

// players of the tests with many.
func player(i int) input.PlayerID { return input.PlayerID(i + 1) }
