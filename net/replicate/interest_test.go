package replicate_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// secret is a component that only owners are told of.
type secret struct{ Code uint16 }

const (
	sightRadius = 40
	sightMargin = 5
)

// limited is a match with every rule of interest: sight, groups, owner-only
// components and a rule of the game's own.
type limited struct {
	*match
	players map[input.PlayerID]ecs.Entity
	secrets ecs.Map1[secret]
	groups  ecs.Map1[replicate.Groups]
	banned  map[replicate.ID]input.PlayerID // who must never know what
}

func limitedPlugin(app *engine.App) {
	plugin(app)
	replicate.Component[secret](app, replicate.OwnerOnly())
}

func newLimited(t *testing.T, seed uint64) *limited { return newLimitedOf(t, seed, limitedPlugin) }

func newLimitedOf(t *testing.T, seed uint64, plugin engine.Plugin) *limited {
	l := &limited{
		match: newMatchOf(t, seed, plugin), players: map[input.PlayerID]ecs.Entity{},
		banned: map[replicate.ID]input.PlayerID{},
	}
	replicate.Sight(l.app, replicate.Area{
		Radius: sightRadius, Margin: sightMargin, World: physics.Box{MinX: -100, MinY: -100, MaxX: 100, MaxY: 100},
	}, func(p *position) (float32, float32) { return p.X, p.Y })
	in := replicate.InterestOf(l.app.World())
	nets := ecs.NewMap1[replicate.Net](l.app.Sim())
	in.Allow(func(p input.PlayerID, e ecs.Entity) bool { return l.banned[nets.Get(e).ID] != p })
	l.secrets, l.groups = ecs.NewMap1[secret](l.app.Sim()), ecs.NewMap1[replicate.Groups](l.app.Sim())
	for p := input.PlayerID(1); p <= 3; p++ {
		e := l.bodies.NewEntity(replicate.Net{Owner: p, ID: replicate.ID(1000 + p), Mode: replicate.ByOwner}, position{X: float32(p) * 20}, heading{})
		l.secrets.Add(e, secret{uint16(p)})
		l.players[p] = e
		in.Join(p, 1<<p)
		l.joinAs(p, l.rng.Float64()*0.3)
	}
	l.bodies.NewEntity(replicate.Net{ID: 2000, Life: replicate.Always}, position{X: 100, Y: 100}, heading{})
	return l
}

// mingle moves everything far and fast, and gives new things groups and bans.
func (l *limited) mingle() {
	before := len(l.alive)
	l.change()
	for i := before; i < len(l.alive); i++ {
		e := l.alive[i]
		n, p, _ := l.bodies.Get(e)
		n.ID = replicate.ID(3000 + l.tick*10 + uint32(i))
		p.Y = l.rng.Float32()*200 - 100
		id := n.ID
		if l.rng.IntN(3) == 0 {
			l.groups.Add(e, replicate.Groups{Mask: 1 << (1 + l.rng.IntN(3))})
		}
		if l.rng.IntN(4) == 0 {
			l.banned[id] = input.PlayerID(1 + l.rng.IntN(3))
		}
		l.secrets.Add(e, secret{7})
	}
	for player := input.PlayerID(1); player <= 3; player++ {
		_, p, _ := l.bodies.Get(l.players[player])
		p.X = max(min(p.X+l.rng.Float32()*8-4, 100), -100)
		p.Y = max(min(p.Y+l.rng.Float32()*8-4, 100), -100)
	}
}

// may reports what a player may know of an entity now: must, or may not.
func (l *limited) may(p input.PlayerID, e ecs.Entity) (must, mayNot bool) {
	n, at, _ := l.bodies.Get(e)
	if n.Owner == p {
		return true, false
	}
	if g := l.groups.Get(e); g != nil && g.Mask != 0 && g.Mask&(1<<p) == 0 || l.banned[n.ID] == p {
		return false, true
	}
	if n.Life == replicate.Always {
		return true, false
	}
	_, own, _ := l.bodies.Get(l.players[p])
	d := math.Hypot(float64(at.X-own.X), float64(at.Y-own.Y))
	return d <= sightRadius-0.01, d > sightRadius+sightMargin+0.01
}

// checkSecrets holds at every moment: nobody knows what it is banned from, what
// belongs to other groups, or others' secrets.
func (l *limited) checkSecrets() {
	for i, v := range l.clients {
		player := input.PlayerID(i + 1)
		for id, text := range replicate.Describe(v.app) {
			require.NotEqual(l.t, player, l.banned[id], "player %d knows %d", player, id)
			own := strings.HasPrefix(text, fmt.Sprintf("owner %d ", player))
			require.Equal(l.t, own, strings.Contains(text, "secret"), "player %d: %s", player, text)
		}
	}
}

// TestInterest plays with limited sight. After quiet everybody knows exactly
// what it may see, and that is as on the server.
func TestInterest(t *testing.T) {
	for seed := *firstSeed; seed < lastSeed(); seed++ {
		ok := t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			l := newLimited(t, seed)
			for range 300 {
				l.mingle()
				l.step(false)
				if l.tick%7 == 0 {
					l.checkSecrets()
				}
			}
			for range quietTicks {
				l.step(false)
			}
			l.checkSecrets()
			l.checkSight()
		})
		if !ok {
			t.Fatalf("replay: go test ./net/replicate -run TestInterest -seed %d -seeds 1", seed)
		}
	}
}

func (l *limited) checkSight() {
	truth := replicate.Describe(l.app)
	for i, v := range l.clients {
		player, known := input.PlayerID(i+1), replicate.Describe(v.app)
		all := ecs.Query1[replicate.Net](ecs.NewSim(l.app.World()))
		q := all.Query()
		for q.Next() {
			id := q.Get().ID
			must, mayNot := l.may(player, q.Entity())
			text, knows := known[id]
			delete(known, id)
			require.False(l.t, must && !knows, "player %d must know %d", player, id)
			require.False(l.t, mayNot && knows, "player %d must not know %d: %s", player, id, text)
			if knows {
				require.Equal(l.t, withoutSecret(truth[id]), withoutSecret(text), "player %d, entity %d", player, id)
			}
		}
		require.Empty(l.t, known, "player %d knows what is no more", player)
	}
}

func withoutSecret(text string) string {
	at := strings.Index(text, " replicate_test.secret")
	if at < 0 {
		return text
	}
	rest := text[at+1:]
	return text[:at] + rest[strings.Index(rest, "}")+1:]
}

// TestSpectator looks where it likes, and sees what is there.
func TestSpectator(t *testing.T) {
	l := newLimited(t, 1)
	far := l.bodies.NewEntity(replicate.Net{ID: 4000}, position{X: -90, Y: -90}, heading{})
	for range 60 {
		l.step(false)
	}
	require.NotContains(t, replicate.Describe(l.clients[0].app), replicate.ID(4000))
	in := replicate.InterestOf(l.app.World())
	in.Look(1, -80, -80, 30)
	for range 60 {
		l.step(false)
	}
	require.Contains(t, replicate.Describe(l.clients[0].app), replicate.ID(4000))
	in.Look(1, 0, 0, 0)
	for range 60 {
		l.step(false)
	}
	require.NotContains(t, replicate.Describe(l.clients[0].app), replicate.ID(4000))
	require.True(t, l.app.World().Alive(far))
}

// TestFrozen keeps what was seen once as it was, until it is seen again.
func TestFrozen(t *testing.T) {
	l := newLimited(t, 1)
	wall := l.bodies.NewEntity(replicate.Net{ID: 5000, Life: replicate.AfterSight}, position{X: 20, Y: 30}, heading{})
	for range 60 {
		l.step(false)
	}
	seen := replicate.Describe(l.clients[0].app)[5000]
	require.NotEmpty(t, seen)
	_, p, _ := l.bodies.Get(wall)
	p.X, p.Y = -90, 90
	for range 60 {
		l.step(false)
	}
	require.Equal(t, seen, replicate.Describe(l.clients[0].app)[5000], "as it was last seen")
	_, p, _ = l.bodies.Get(wall)
	p.X, p.Y = 20, 20
	for range 60 {
		l.step(false)
	}
	require.Equal(t, replicate.Describe(l.app)[5000], replicate.Describe(l.clients[0].app)[5000])
}
