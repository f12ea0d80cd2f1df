package client

import (
	"math"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/render/particle"
)

// moments shows the game's predicted events, each once: those of the own ship as soon as they are foreseen, and those of others when
// they are confirmed. When others fire can only be guessed, even where their ships are predicted, and a guess that is a tick off is
// cancelled and made again.
type moments struct {
	fired  *predict.Events[sim.Fired]
	struck *predict.Events[sim.Struck]
	bumped *predict.Events[sim.Bumped]
}

func (m *moments) init(s *ecs.Sim) {
	m.fired, m.struck, m.bumped = predict.EventsOf[sim.Fired](s), predict.EventsOf[sim.Struck](s), predict.EventsOf[sim.Bumped](s)
}

func (m *moments) look(s *scene, e *effects, mark *hitMark) {
	each(m.fired, s, func(gun *ship, _ predict.Emitted[sim.Fired]) { e.fired(gun) })
	each(m.bumped, s, func(ship *ship, b predict.Emitted[sim.Bumped]) { e.bumped(ship, b.Value) })
	own := func(b predict.Emitted[sim.Struck]) bool { return b.Value.By == s.me && s.me != nobody }
	for _, b := range m.struck.Begun() {
		tint := pilotColor(0)
		if p := s.find(b.Value.By); p != nil {
			tint = p.color
		}
		e.hit(b.Value.X, b.Value.Y, b.Value.Angle, tint)
		if own(b) {
			mark.foresee(b)
		}
	}
	for _, b := range m.struck.Confirmed() {
		if own(b) {
			mark.confirm(b)
		}
	}
	for _, b := range m.struck.Cancelled() {
		mark.cancel(b)
	}
}

// each calls show for the events of one type that are to be seen in this frame, with the ship that each comes from.
func each[T any](of *predict.Events[T], s *scene, show func(*ship, predict.Emitted[T])) {
	for _, b := range of.Begun() {
		if from := s.byKey(uint64(b.Key.Source)); from != nil && from.own {
			show(from, b)
		}
	}
	for _, b := range of.Confirmed() {
		if from := s.byKey(uint64(b.Key.Source)); from != nil && !from.own {
			show(from, b)
		}
	}
}

// hitMark is shown where the local player has hit something: faint while that is foreseen, bright once the server agrees, and gone
// when it does not.
type hitMark struct {
	key    predict.EventKey // of the hit
	x, y   float32
	bright float32 // 0..1
	sure   bool    // the server agrees
}

// foreseen is how bright a mark is before the server has spoken.
const foreseen = 0.4

func (h *hitMark) foresee(e predict.Emitted[sim.Struck]) {
	if h.bright < foreseen { // else a surer one is shown
		*h = hitMark{key: e.Key, x: e.Value.X, y: e.Value.Y, bright: foreseen}
	}
}

func (h *hitMark) confirm(e predict.Emitted[sim.Struck]) {
	*h = hitMark{key: e.Key, x: e.Value.X, y: e.Value.Y, bright: 1, sure: true}
}

func (h *hitMark) cancel(e predict.Emitted[sim.Struck]) {
	if h.key == e.Key && !h.sure {
		*h = hitMark{}
	}
}

// fade lets dt seconds pass. A mark that waits for the server hardly fades.
func (h *hitMark) fade(dt float32) {
	speed := float32(1)
	if h.sure {
		speed = 5
	}
	h.bright = max(0, h.bright-speed*dt)
}

// bumped is a ship that runs into something.
func (e *effects) bumped(s *ship, b sim.Bumped) {
	sin, cos := math.Sincos(float64(b.Angle))
	x, y := s.x-sim.ShipRadius*float32(cos), s.y-sim.ShipRadius*float32(sin)
	force := min(1, b.Speed/400)
	e.above.Emit(&spark, 4+int(12*force), particle.Source{X: x, Y: y, VX: s.vx, VY: s.vy, Direction: b.Angle, Tint: hot.Mix(s.color, 0.4)})
	e.shine(x, y, 60+80*force, 0.15, s.color.Mix(hot, 0.5).Scale(0.6+force))
}
