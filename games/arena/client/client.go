// Package client is how the arena looks and how it is steered: everything that needs a window.
//
// It reads the world and never writes to it. Each frame it takes what is to be seen into a scene, finds out what has
// happened since the last one, and draws: the sky, the fence, what flies about, effects, and the instruments.
package client

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/window"
)

// Plugin adds the player's controls and the picture to an app that has the arena's sim plugin.
func Plugin(app *engine.App) { add(app) }

func add(app *engine.App) *stage {
	keys := input.NewState(Bindings())
	ecs.SetResource(app.World(), keys)
	input.Sample(app, pilotsHand(keys))
	s := newStage(app, keys)
	ecs.SetResource(app.World(), &window.Loading{Done: func() bool { return s.pictures != nil }})
	ecs.SetResource(app.World(), &window.Tracks{Append: s.scene.tracks})
	s.hopping = &hopping{stage: s, keys: keys, since: sayTime}
	app.Receive(s.hopping, s.feed, &s.closing, &foresight{stage: s, keys: keys})
	app.Present(s)
	draw.Add(app, draw.LayerFunc(s.drawWorld), draw.LayerFunc(s.drawInstruments))
	return s
}

// The actions of a pilot.
const (
	Turn   input.Action = "turn"
	Thrust input.Action = "thrust"
	Fire   input.Action = "fire"
	Scores input.Action = "scores"
	Hop    input.Action = "hop"
	// Foresee asks for the ships of others to be predicted, or not, which is better as a rule.
	Foresee input.Action = "foresee"
)

// Bindings are the keys that a pilot flies with unless others are chosen.
func Bindings() input.Bindings {
	return input.Bindings{
		Turn:    input.Bind("ArrowLeft/ArrowRight", "A/D", "PadLeftX", "PadLeft/PadRight"),
		Thrust:  input.Bind("ArrowUp", "W", "PadRightTrigger", "PadB"),
		Fire:    input.Bind("Space", "ControlRight", "MouseLeft", "PadA", "PadLeftTrigger"),
		Scores:  input.Bind("Tab", "PadBack"),
		Hop:     input.Bind("N", "PadY"),
		Foresee: input.Bind("P"),
	}
}

// pilotsHand turns keys into the command of a tick.
func pilotsHand(keys *input.State) func(engine.Tick) sim.Controls {
	return func(engine.Tick) sim.Controls {
		turn := keys.Axis(Turn) * sim.FullTurn
		c := sim.Controls{Turn: int8(max(min(round(turn), sim.FullTurn), -sim.FullTurn)), Thrust: keys.Down(Thrust), Fire: keys.Down(Fire), Tap: keys.Press(Fire)}
		keys.EndTick()
		return c
	}
}

func round(v float32) int {
	if v < 0 {
		return int(v - 0.5)
	}
	return int(v + 0.5)
}
