// Package server is what only the arena's server decides: who has a ship and where it starts, asteroids, crates, scores and rounds.
package server

import (
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/bots"
)

// Plugin adds the server's systems with the default [Rules].
func Plugin(app *engine.App) { With(Rules{})(app) }

// With is the server's plugin under other rules. It panics on rules that Validate rejects.
func With(rules Rules) engine.Plugin {
	rules = rules.withDefaults()
	if err := rules.Validate(); err != nil {
		panic("arena server: " + err.Error() + ": call Rules.Validate first")
	}
	return func(app *engine.App) {
		app.Input(
			&Lobby{rules: rules},
			&Hops{},
			&bots.Drive{},
		)
		app.Simulate(
			&Wrecks{rules: rules},
			&Breakups{},
			&Crates{},
			&Rounds{rules: rules, log: app.Log()},
			&Drift{},
			&Field{rules: rules},
			&Launches{},
			&Foresights{},
		)
	}
}
