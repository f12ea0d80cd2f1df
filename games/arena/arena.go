// Package arena is Tandem's first game: a deathmatch of ships between asteroids.
//
//	sim/     what both sides simulate: components, flight, guns, collisions
//	server/  what the server alone decides: lives, asteroids, crates, scores, rounds
//	bots/    computer pilots, on a server or in place of a player
//	client/  what a player sees and hears
//	cmd/     the programs
package arena

import (
	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/session"
)

// Version is that of the rules and definitions. Server and client must have the same.
const Version = 3

// Game is the arena under its default rules.
var Game = With(server.Rules{})

// With is the arena under other rules; a client need not know them. It panics on rules that [server.Rules.Validate] rejects.
func With(rules server.Rules) session.Game {
	return session.Game{Name: "arena", Version: Version, Sim: sim.Plugin, Server: server.With(rules)}
}
