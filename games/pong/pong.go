// Package pong is the oldest game there is, for two players on the internet and any
// number of onlookers: two paddles, and a ball that everybody predicts.
package pong

import (
	"github.com/tandem-engine/tandem/games/pong/server"
	"github.com/tandem-engine/tandem/games/pong/sim"
	"github.com/tandem-engine/tandem/net/session"
)

// Game is pong.
var Game = session.Game{Name: "pong", Version: 1, Sim: sim.Plugin, Server: server.Plugin}
