package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// own tags what a client simulates in these tests.
type own struct{}

// client limits the scope as prediction does.
func client(app *engine.App) {
	app.Sim().Limit([]ecs.ID{ecs.ComponentID[own](app.World())}, nil)
}

// foreign makes an entity leave the scope of a client.
func (s *stage) foreign(e ecs.Entity) ecs.Entity {
	s.app.World().RemoveIDs(e, ecs.ComponentID[own](s.app.World()))
	return e
}

// The same systems on a client bounce the own ship off a rock as on the server, and do not touch the rock.
func TestClientPredictsOnlyItsOwn(t *testing.T) {
	onServer, onClient := newStage(t), newStage(t, client)
	play := func(s *stage, foreign func(ecs.Entity) ecs.Entity) (ship, rock, other ecs.Entity) {
		ship = s.ship(1, Position{X: -150}, Velocity{X: 400}, 0)
		rock = foreign(s.rock(LargeRock, Position{}, Velocity{}))
		other = foreign(s.ship(2, Position{X: -150, Y: 300}, Velocity{X: 100}, 0))
		set(s, ship, Controls{Thrust: true, Turn: 2})
		set(s, other, Controls{Fire: true, Thrust: true})
		s.step(10)
		return ship, rock, other
	}
	ship, rock, _ := play(onServer, func(e ecs.Entity) ecs.Entity { return e })
	mine, stone, other := play(onClient, onClient.foreign)

	require.Negative(t, get[Velocity](onServer, ship).X, "it has hit the rock")
	require.Equal(t, get[Velocity](onServer, ship), get[Velocity](onClient, mine))
	require.Equal(t, get[Heading](onServer, ship), get[Heading](onClient, mine))
	require.Equal(t, get[Hull](onServer, ship), get[Hull](onClient, mine), "also the damage is foreseen")

	require.NotEqual(t, Velocity{}, get[Velocity](onServer, rock))
	require.Equal(t, Velocity{}, get[Velocity](onClient, stone), "the rock is the server's")
	require.InDelta(t, Rocks[LargeRock].Hull, get[Hull](onClient, stone).Points, 0)
	require.Equal(t, Position{X: -150, Y: 300}, get[Position](onClient, other), "and so is the other ship")
	bullets, _, _ := onClient.flying()
	require.Empty(t, bullets, "which does not fire here")
}

// It makes no difference whether the own ship comes before or after the rock in the order of IDs.
func TestClientBouncesOffWhatIsOlder(t *testing.T) {
	s := newStage(t, client)
	rock := s.foreign(s.rock(LargeRock, Position{}, Velocity{}))
	ship := s.ship(1, Position{X: -150}, Velocity{X: 400}, 0)
	s.step(15)
	require.Negative(t, get[Velocity](s, ship).X)
	require.Equal(t, Position{}, get[Position](s, rock))
}

func TestClientForeseesWhereItsBulletsEnd(t *testing.T) {
	s := newStage(t, client)
	ship := s.ship(1, Position{X: -200}, Velocity{}, 0)
	target := s.foreign(s.ship(2, Position{}, Velocity{}, 0))
	set(s, ship, Controls{Fire: true})
	s.step(1)
	set(s, ship, Controls{})
	bullets, _, _ := s.flying()
	require.Len(t, bullets, 1)
	s.step(20)
	bullets, _, _ = s.flying()
	require.Empty(t, bullets)
	require.InDelta(t, FullHull, get[Hull](s, target).Points, 0, "what it does to others is for the server to say")
}

// What happens does not depend on the order in which entities were made, only on their IDs.
func TestOrderOfEntitiesDoesNotMatter(t *testing.T) {
	type result struct {
		p Position
		v Velocity
		h Hull
	}
	play := func(order []int) map[int]result {
		s := newStage(t)
		r := make([]engine.Random, len(order))
		for i := range r {
			r[i] = engine.NewRandom(uint64(i))
		}
		made := map[int]ecs.Entity{}
		for _, i := range order {
			s.next = replicate.ID(i) // the ID is one more
			p, v := Position{r[i].Range(-150, 150), r[i].Range(-150, 150)}, Velocity{r[i].Range(-300, 300), r[i].Range(-300, 300)}
			if i%2 == 0 {
				made[i] = s.ship(input.PlayerID(i+1), p, v, r[i].Range(-3, 3))
				set(s, made[i], Controls{Fire: true, Thrust: true})
			} else {
				made[i] = s.rock(RockSize(i%3), p, v)
			}
		}
		s.step(120)
		results := map[int]result{}
		for i, e := range made {
			results[i] = result{get[Position](s, e), get[Velocity](s, e), get[Hull](s, e)}
		}
		return results
	}
	want := play([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	require.Equal(t, want, play([]int{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}))
	require.Equal(t, want, play([]int{4, 7, 0, 9, 2, 1, 8, 3, 6, 5}))
}
