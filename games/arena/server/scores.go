package server

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
)

// scores finds the lines of the scoreboard and knows whether anything counts at the moment.
type scores struct {
	pilots  ecs.Filter1[sim.Pilot]
	matches ecs.Filter1[sim.Match]
}

func newScores(s *ecs.Sim) scores {
	return scores{pilots: ecs.Query1[sim.Pilot](s), matches: ecs.Query1[sim.Match](s)}
}

// of returns a pilot's line, nil if the pilot has left or there is none of that number. It is good until the system ends.
func (s *scores) of(id input.PlayerID) *sim.Pilot {
	if id == 0 {
		return nil
	}
	q := s.pilots.Query()
	for q.Next() {
		if p := q.Get(); p.ID == id {
			q.Close()
			return p
		}
	}
	return nil
}

// count says whether a round is being played.
func (s *scores) count(tick uint32) bool {
	playing := true
	q := s.matches.Query()
	for q.Next() {
		playing = !q.Get().Over(tick)
	}
	return playing
}
