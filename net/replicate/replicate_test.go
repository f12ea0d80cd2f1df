package replicate_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/replicate"
)

var (
	seeds     = flag.Int("seeds", 40, "number of seeds of the random matches")
	firstSeed = flag.Uint64("seed", 1, "first seed of the random matches")
)

// Components of the generated game.
type (
	position struct {
		X, Y float32 `net:"min=-100,max=100,step=0.01"`
	}
	heading struct {
		Angle float32 `net:"angle,bits=10"`
	}
	label struct {
		Text string `net:"len=12"`
		Hits uint16
	}
	burning struct{ Heat uint8 }
)

func plugin(app *engine.App) {
	replicate.Component[position](app, replicate.Interpolate(replicate.Lerp))
	replicate.Component[heading](app, replicate.Interpolate(replicate.Lerp))
	replicate.Component[label](app)
	replicate.Component[burning](app)
}

// quietTicks is long enough for a value to be lost fifteen times in a row at
// the worst line's 40 %.
const quietTicks = 600

// sent is one message under way.
type sent struct {
	ch    uint8
	data  []byte
	token uint64
	due   uint32
}

// line is a connection that loses, delays and reorders values, and delivers
// structure late but in order.
type line struct {
	rng    *rand.Rand
	tick   uint32
	loss   float64
	queue  []sent
	fates  []channel.Fate
	fateAt []uint32
	last   uint32 // due time of the last structure message
	prompt bool   // all is due in the next tick
}

func (l *line) Send(ch uint8, p []byte, o channel.SendOptions) error {
	due := l.tick + 1
	if !l.prompt {
		due += uint32(l.rng.IntN(12))
	}
	if ch == 0 {
		due = max(due, l.last)
		l.last = due
	} else if l.rng.Float64() < l.loss {
		l.fate(o.Token, false, due+20)
		return nil
	}
	l.queue = append(l.queue, sent{ch, slices.Clone(p), o.Token, due})
	if ch == 1 && l.rng.IntN(30) == 0 {
		l.queue = append(l.queue, sent{ch, slices.Clone(p), 0, due + 3})
	}
	return nil
}

func (l *line) fate(token uint64, acked bool, due uint32) {
	if token != 0 {
		l.fates, l.fateAt = append(l.fates, channel.Fate{Token: token, Acked: acked}), append(l.fateAt, due)
	}
}

// hand hands over what is due.
func (l *line) hand(c *replicate.Client, p *replicate.Peer) error {
	rest := l.queue[:0]
	for _, m := range l.queue {
		if m.due > l.tick {
			rest = append(rest, m)
			continue
		}
		if m.ch == 0 {
			if err := c.Structure(m.data); err != nil {
				return err
			}
			continue
		}
		if err := c.Values(m.data); err != nil {
			return err
		}
		l.fate(m.token, true, l.tick+uint32(l.rng.IntN(10)))
	}
	l.queue = rest
	fates, at := l.fates[:0], l.fateAt[:0]
	for i, f := range l.fates {
		if l.fateAt[i] <= l.tick {
			p.Fate(f)
			continue
		}
		fates, at = append(fates, f), append(at, l.fateAt[i])
	}
	l.fates, l.fateAt = fates, at
	if c.WantsRefresh() {
		p.Refresh()
	}
	return nil
}

// match is a server and its clients in virtual time.
type match struct {
	t       *testing.T
	rng     *rand.Rand
	app     *engine.App
	server  *replicate.Server
	alive   []ecs.Entity
	bodies  ecs.Map3[replicate.Net, position, heading]
	labels  ecs.Map1[label]
	fires   ecs.Map1[burning]
	clients []*viewer
	tick    uint32
	plugin  engine.Plugin
}

type viewer struct {
	app    *engine.App
	client *replicate.Client
	peer   *replicate.Peer
	line   *line
}

func newMatch(t *testing.T, seed uint64) *match { return newMatchOf(t, seed, plugin) }

func newMatchOf(t *testing.T, seed uint64, plugin engine.Plugin) *match {
	m := &match{t: t, rng: rand.New(rand.NewPCG(seed, 7)), app: engine.New(engine.Config{}), plugin: plugin}
	m.app.Add(plugin)
	m.server = replicate.NewServer(m.app, replicate.ServerConfig{Interval: 3, Spread: seed%2 == 0, Pieces: int(seed/2%2)*2 - 1, Channels: replicate.Channels{Structure: 0, Values: 1}})
	m.app.Replicate(m.server)
	sim := m.app.Sim()
	m.bodies = ecs.NewMap3[replicate.Net, position, heading](sim)
	m.labels, m.fires = ecs.NewMap1[label](sim), ecs.NewMap1[burning](sim)
	return m
}

func (m *match) join(loss float64) { m.joinAs(1, loss) }

func (m *match) joinAs(player input.PlayerID, loss float64) {
	v := &viewer{app: engine.New(engine.Config{}), line: &line{rng: m.rng, loss: loss, tick: m.tick}}
	v.app.Add(m.plugin)
	v.client = replicate.NewClient(v.app, replicate.ClientConfig{TickRate: 60, Interval: 3})
	v.app.Receive(v.client)
	v.peer = m.server.Add(player, v.line)
	m.clients = append(m.clients, v)
}

// step runs one tick everywhere. Without busy nothing changes.
func (m *match) step(busy bool) {
	m.tick++
	if busy {
		m.change()
	}
	require.NoError(m.t, m.app.Step())
	now := time.Duration(m.tick) * time.Second / 60
	for _, v := range m.clients {
		v.line.tick = m.tick
		v.client.Begin(now)
		require.NoError(m.t, v.line.hand(v.client, v.peer))
		require.NoError(m.t, v.app.Step())
	}
}

// change does to the world what games do.
func (m *match) change() {
	if m.rng.IntN(4) == 0 && len(m.alive) < 60 {
		e := m.bodies.NewEntity(replicate.Net{}, position{X: m.rng.Float32()*200 - 100}, heading{})
		m.alive = append(m.alive, e)
	}
	for i := 0; i < len(m.alive); i++ {
		e := m.alive[i]
		switch m.rng.IntN(60) {
		case 0:
			if m.rng.IntN(4) == 0 {
				m.app.World().Despawn(e)
				m.alive = slices.Delete(m.alive, i, i+1)
				i--
			}
		case 1:
			m.labels.Add(e, label{Text: fmt.Sprint(m.rng.IntN(1000)), Hits: uint16(m.rng.IntN(1 << 16))})
		case 2:
			m.labels.Remove(e)
		case 3:
			m.fires.Add(e, burning{uint8(m.rng.IntN(256))})
		case 4:
			m.fires.Remove(e)
		default:
			_, p, h := m.bodies.Get(e)
			p.X += m.rng.Float32() - 0.5
			h.Angle += 0.1
		}
	}
}

// TestMatches plays random games over bad lines. After quiet every client's
// world equals the server's.
func TestMatches(t *testing.T) {
	for seed := *firstSeed; seed < lastSeed(); seed++ {
		ok := t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			m := newMatch(t, seed)
			m.join(0)
			for range 300 {
				m.step(true)
				if m.rng.IntN(120) == 0 && len(m.clients) < 4 {
					m.join(m.rng.Float64() * 0.4)
				}
			}
			for range quietTicks {
				m.step(false)
			}
			want := replicate.Describe(m.app)
			require.NotEmpty(t, want)
			for i, v := range m.clients {
				require.Equal(t, want, replicate.Describe(v.app), "client %d", i)
			}
		})
		if !ok {
			t.Fatalf("replay: go test ./net/replicate -run TestMatches -seed %d -seeds 1", seed)
		}
	}
}
