package server

import (
	"log/slog"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Rounds begins and decides rounds.
type Rounds struct {
	rules Rules
	log   *slog.Logger

	matches ecs.Filter1[sim.Match]
	opening ecs.Map2[replicate.Net, sim.Match]
	pilots  ecs.Filter1[sim.Pilot]
	open    bool
}

// Init implements engine.Initer.
func (r *Rounds) Init(s *ecs.Sim) {
	r.matches = ecs.Query1[sim.Match](s)
	r.opening = ecs.NewMap2[replicate.Net, sim.Match](s)
	r.pilots = ecs.Query1[sim.Pilot](s)
}

// Update implements engine.System.
func (r *Rounds) Update(t engine.Tick) {
	if !r.open {
		r.open = true
		var m sim.Match
		r.begin(&m, t)
		r.opening.NewEntity(replicate.Net{}, m)
		return
	}
	q := r.matches.Query()
	for q.Next() {
		m := q.Get()
		switch t.Number {
		case m.Ends:
			r.decide(m)
		case m.Next:
			r.begin(m, t)
			r.clear()
		}
	}
}

// begin starts the clock of the next round.
func (r *Rounds) begin(m *sim.Match, t engine.Tick) {
	m.Round++
	m.Ends = t.Number + seconds(r.rules.Round, t.Dt)
	m.Next = m.Ends + seconds(r.rules.Break, t.Dt)
}

// decide names the winner.
func (r *Rounds) decide(m *sim.Match) {
	var best sim.Pilot
	q := r.pilots.Query()
	for q.Next() {
		if p := q.Get(); best.ID == 0 || p.Better(best) {
			best = *p
		}
	}
	m.Winner = best.ID
	if best.ID == 0 {
		return
	}
	r.log.Info("round decided", "round", m.Round, "winner", best.Name, "score", best.Score(), "kills", best.Kills, "deaths", best.Deaths)
}

// clear wipes the scoreboard.
func (r *Rounds) clear() {
	q := r.pilots.Query()
	for q.Next() {
		p := q.Get()
		p.Kills, p.Deaths, p.Rocks = 0, 0, 0
	}
}
