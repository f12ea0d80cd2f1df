package session_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

// Messages of a talking game: chat, bangs of bombs, where somebody looks, and a
// question.
type (
	shout struct {
		Text string `net:"len=60"`
	}
	bang   struct{ Bomb replicate.ID }
	thud   struct{ Bomb uint64 } // does not wait for the bomb
	gaze   struct{ Turn uint32 }
	census struct{}
	count  struct{ Players uint16 }
)

// talk records what one side heard.
type talk struct {
	said    []string
	heard   []string
	bangs   []replicate.ID
	thuds   []replicate.ID
	gazes   int
	players []uint16
	silent  *bool
}

func talkative(app *engine.App) {
	simPlugin(app)
	message.Register[shout](app)
	message.Register[bang](app, message.AtPlayhead(), message.FromServer())
	message.Register[thud](app, message.Unreliable())
	message.Register[gaze](app, message.Sequenced(), message.FromClients())
	message.RegisterCall[census, count](app)
}

// moderator is the server's part: it passes chat on and says which bombs are
// new.
type moderator struct {
	talk
	shouts message.Inbox[shout]
	pass   message.Outbox[shout]
	bang   message.Outbox[bang]
	thud   message.Outbox[thud]
	gaze   message.Inbox[gaze]
	desk   message.Answers[census, count]
	bombs  ecs.Filter2[replicate.Net, fuse]
	movers ecs.Filter1[push]
}

// Init implements engine.Initer.
func (m *moderator) Init(s *ecs.Sim) {
	m.shouts, m.pass, m.bang, m.gaze = message.From[shout](s), message.To[shout](s), message.To[bang](s), message.From[gaze](s)
	m.thud = message.To[thud](s)
	m.desk = message.Requests[census, count](s)
	m.bombs, m.movers = ecs.Query2[replicate.Net, fuse](s), ecs.Query1[push](s)
}

// Update implements engine.System.
func (m *moderator) Update(t engine.Tick) {
	for _, s := range m.shouts.Read(t) {
		line := fmt.Sprint(s.From, " ", s.Value.Text)
		m.heard = append(m.heard, line)
		m.pass.All(shout{line})
	}
	m.gazes += len(m.gaze.Read(t))
	for _, q := range m.desk.Read(t) {
		movers, n := m.movers.Query(), uint16(0)
		for movers.Next() {
			n++
		}
		m.desk.Reply(q.Ticket, count{n})
	}
	bombs := m.bombs.Query()
	for bombs.Next() {
		n, f := bombs.Get()
		if f.Until == t.Number+40 && m.silent != nil && !*m.silent {
			m.bangs = append(m.bangs, n.ID)
			m.bang.Seeing(n.ID, bang{n.ID})
			m.thud.Seeing(n.ID, thud{uint64(n.ID)})
		}
	}
}

// guestTalk is a client's part.
type guestTalk struct {
	talk
	shouts message.Outbox[shout]
	passed message.Inbox[shout]
	bang   message.Inbox[bang]
	thud   message.Inbox[thud]
	gaze   message.Outbox[gaze]
	ask    message.Caller[census, count]
	nets   ecs.Filter1[replicate.Net]
	wrong  int // bangs of bombs that are not here
}

// Init implements engine.Initer.
func (g *guestTalk) Init(s *ecs.Sim) {
	g.shouts, g.passed, g.bang, g.gaze = message.To[shout](s), message.From[shout](s), message.From[bang](s), message.To[gaze](s)
	g.thud = message.From[thud](s)
	g.ask = message.Calls[census, count](s)
	g.nets = ecs.Query1[replicate.Net](ecs.NewSim(s.World()))
}

// Update implements engine.System.
func (g *guestTalk) Update(t engine.Tick) {
	for _, s := range g.passed.Read(t) {
		g.heard = append(g.heard, s.Value.Text)
	}
	for _, b := range g.bang.Read(t) {
		g.bangs = append(g.bangs, b.Value.Bomb)
		if !g.knows(b.Value.Bomb) {
			g.wrong++
		}
	}
	for _, b := range g.thud.Read(t) {
		g.thuds = append(g.thuds, replicate.ID(b.Value.Bomb))
	}
	for _, e := range g.ask.Read(t) {
		g.players = append(g.players, e.Reply.Players)
	}
	if *g.silent || t.Replay {
		return
	}
	g.gaze.Server(gaze{t.Number})
	if t.Number%10 == 0 {
		text := fmt.Sprint("at ", t.Number)
		g.said = append(g.said, text)
		g.shouts.Server(shout{text})
	}
	if t.Number%100 == 0 {
		g.ask.Ask(0, census{}, 0)
	}
}

func (g *guestTalk) knows(id replicate.ID) bool {
	found, q := false, g.nets.Query()
	for q.Next() {
		found = found || q.Get().ID == id
	}
	return found
}

// TestMessages talks over a bad line: all chat comes in one order everywhere,
// bangs with the bombs that they are about, calls are answered.
func TestMessages(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		host := &moderator{}
		var guests []*guestTalk
		game := session.Game{
			Name: "talkers", Sim: talkative,
			Server: func(app *engine.App) { app.Add(serverPlugin); app.Simulate(host) },
			Client: func(app *engine.App) { app.Simulate(guests[len(guests)-1]) },
		}
		m := newMatchOf(t, game, seed, internet)
		host.silent = &m.quiet
		for range 4 {
			guests = append(guests, &guestTalk{talk: talk{silent: &m.quiet}})
			m.join()
		}
		m.run(12 * time.Second)
		m.quiet = true
		m.run(8 * time.Second)
		m.requireEqual()
		require.NotEmpty(t, host.heard)
		require.NotEmpty(t, host.bangs)
		for i, g := range guests {
			var mine []string
			for _, line := range host.heard {
				if text, ok := strings.CutPrefix(line, fmt.Sprint(m.clients[i].Player().Player, " ")); ok {
					mine = append(mine, text)
				}
			}
			require.Equal(t, g.said, mine, "client %d: what the server heard", i)
			require.NotEmpty(t, g.heard)
			require.Equal(t, host.heard[len(host.heard)-len(g.heard):], g.heard, "client %d: since it joined", i)
			require.Subset(t, host.bangs, g.bangs)
			require.Greater(t, len(g.bangs), len(host.bangs)*2/3, "client %d", i)
			require.Zero(t, g.wrong)
			require.NotEmpty(t, g.players)
			require.EqualValues(t, 4, g.players[len(g.players)-1])
		}
		require.Greater(t, host.gazes, 4*12*60/2)
	})
}

// TestBangsOfWhatIsSeen: who may not see a bomb does not hear it either.
func TestBangsOfWhatIsSeen(t *testing.T) {
	host := &moderator{}
	var guests []*guestTalk
	kin := func(a, b input.PlayerID) bool { return a%2 == b%2 }
	game := session.Game{
		Name: "talkers", Sim: talkative,
		Server: func(app *engine.App) {
			nets := ecs.NewReadMap1[replicate.Net](app.Sim().All())
			replicate.InterestOf(app.World()).Allow(func(p input.PlayerID, e ecs.Entity) bool {
				n, _ := nets.Get(e)
				return kin(n.Owner, p)
			})
			app.Add(serverPlugin)
			app.Simulate(host)
		},
		Client: func(app *engine.App) { app.Simulate(guests[len(guests)-1]) },
	}
	m := newMatchOf(t, game, *firstSeed, internet)
	host.silent = &m.quiet
	for range 4 {
		guests = append(guests, &guestTalk{talk: talk{silent: &m.quiet}})
		m.join()
	}
	m.run(10 * time.Second)
	m.quiet = true
	m.run(5 * time.Second)
	owner := func(id replicate.ID) input.PlayerID { return input.PlayerID(id >> 47) } // as PredictedID puts it
	for i, g := range guests {
		mine, heard := 0, 0
		for _, id := range host.bangs {
			if kin(owner(id), m.clients[i].Player().Player) {
				mine++
			}
		}
		for _, id := range append(g.thuds, g.bangs...) {
			require.True(t, kin(owner(id), m.clients[i].Player().Player))
			heard++
		}
		require.Greater(t, mine, 5)
		require.Less(t, mine, len(host.bangs))
		require.Greater(t, heard, mine)
	}
}

// TestAbusersAreRemoved: a client that floods loses its connection, and is told
// why.
func TestAbusersAreRemoved(t *testing.T) {
	var flooding bool
	game := session.Game{
		Name: "talkers", Sim: talkative, Server: serverPlugin,
		Client: func(app *engine.App) {
			app.Simulate(&flooder{on: &flooding})
		},
	}
	m := newMatchOf(t, game, 1, netsim.Profile{Delay: 20 * time.Millisecond})
	c := m.join()
	m.run(3 * time.Second)
	require.Equal(t, session.Playing, c.State())
	flooding, m.leaving = true, c
	m.run(3 * time.Second)
	require.ErrorIs(t, c.Err(), transport.ErrAbuse)
	require.Zero(t, m.server.Room().Players())
}

// flooder sends a thousand messages a tick.
type flooder struct {
	on  *bool
	out message.Outbox[shout]
}

// Init implements engine.Initer.
func (f *flooder) Init(s *ecs.Sim) { f.out = message.To[shout](s) }

// Update implements engine.System.
func (f *flooder) Update(engine.Tick) {
	for range 1000 {
		if *f.on {
			f.out.Server(shout{"!"})
		}
	}
}
