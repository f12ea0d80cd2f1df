package client

import (
	_ "embed"
	"image"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena"
	"github.com/tandem-engine/tandem/games/arena/client/art"
	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/window"
)

// demo is the script of a player for demonstrations.
//
//go:embed demo.script
var demo string

// Program is the arena with all that its window needs.
func Program() window.Program {
	return window.Program{
		Game:    arena.Game,
		Client:  Plugin,
		Title:   "Tandem Arena",
		Bots:    func(n int) session.Game { return arena.With(server.Rules{Bots: n}) },
		Players: players,
		Scripts: map[string]string{"demo": demo},
		Icons:   icons(),
	}
}

// players counts the lines of the scoreboard.
func players(app *engine.App) int {
	pilots := ecs.Read1[sim.Pilot](app.Sim().All())
	q := pilots.Query()
	defer q.Close()
	return q.Count()
}

// icons are a ship in the colour of the local player's instruments.
func icons() []image.Image {
	r, g, b, _ := accent.NRGBA()
	var list []image.Image
	for _, size := range [...]int{16, 32, 48, 128} {
		list = append(list, art.Icon(size, r, g, b))
	}
	return list
}
