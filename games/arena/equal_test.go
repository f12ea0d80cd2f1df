package arena_test

import (
	"iter"
	"math"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// requireEqual lets a game go on until a moment in which the worlds of all pairs of
// server and client are equal, to the steps of the wire. Crates and ships still come
// and go now and then, and are under way for a while, so one moment is not enough.
func requireEqual(t *testing.T, run func(), pairs iter.Seq2[*engine.App, *engine.App]) {
	var server, client *engine.App
	for range 120 {
		run()
		same := true
		for server, client = range pairs {
			if same = equal(server, client); !same {
				break
			}
		}
		if same {
			return
		}
	}
	require.Equal(t, replicate.Describe(server), replicate.Describe(client))
}

// equal compares what the server has with what a client has. Only the player's own
// ship may be a step of the wire beside the server's, and only while it leans on
// something: there it is pushed out of what its player is shown a step or so beside
// the truth, and rests where that lets it.
func equal(server, client *engine.App) bool {
	want, got := replicate.Describe(server), replicate.Describe(client)
	if len(want) != len(got) {
		return false
	}
	for id, s := range want {
		if c := got[id]; s != c && !(besides(s, c) && leans(server, id, client)) {
			return false
		}
	}
	return true
}

var place = regexp.MustCompile(`sim\.Position\{X:(\S+) Y:([^}]+)\}`)

// besides reports whether two descriptions differ in nothing but places a step apart.
func besides(server, client string) bool {
	s, c := place.FindStringSubmatch(server), place.FindStringSubmatch(client)
	if s == nil || c == nil || place.ReplaceAllString(server, "") != place.ReplaceAllString(client, "") {
		return false
	}
	for k := 1; k <= 2; k++ {
		a, errA := strconv.ParseFloat(s[k], 64)
		b, errB := strconv.ParseFloat(c[k], 64)
		if errA != nil || errB != nil || math.Abs(a-b) > 1.0/16 {
			return false
		}
	}
	return true
}

// leans reports whether a thing of the server is the client's own ship and touches
// another thing.
func leans(server *engine.App, id replicate.ID, client *engine.App) bool {
	own, ok := replicate.EntitiesOf(server.World()).Lookup(id)
	nets := ecs.NewMap1[replicate.Net](server.Sim())
	player := ecs.MustResource[session.Local](client.World()).Player
	if n := nets.Get(own); !ok || n.Mode != replicate.ByOwner || n.Owner != player {
		return false
	}
	bodies := ecs.NewMap2[sim.Position, sim.Body](server.Sim())
	p, b := bodies.Get(own)
	all, touches := ecs.Query2[sim.Position, sim.Body](server.Sim()), false
	q := all.Query()
	for q.Next() {
		o, c := q.Get()
		near := math.Hypot(float64(p.X-o.X), float64(p.Y-o.Y)) < float64(b.Radius+c.Radius)+0.5
		touches = touches || q.Entity() != own && near
	}
	return touches
}
