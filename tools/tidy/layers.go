package tidy

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// A layer is a floor of the house. Imports run from a higher number to a lower
// one, never up; what else is allowed or not stands in layerRules.
type layer string

const (
	lowerNet layer = "lower net"
	ecsLayer layer = "ecs"
	engine   layer = "engine"
	input    layer = "input"
	upperNet layer = "upper net"
	render   layer = "render"
	games    layer = "games"
	assets   layer = "assets"
	tools    layer = "tools"
	outside  layer = "outside the house"
)

// mayImport lists, for each layer, the layers that its packages may name.
var mayImport = map[layer][]layer{
	lowerNet: {lowerNet},
	ecsLayer: {ecsLayer},
	engine:   {ecsLayer, engine},
	input:    {ecsLayer, engine, input}, // and net/wire, see layerFinding
	upperNet: {lowerNet, ecsLayer, engine, input, upperNet},
	render:   {lowerNet, ecsLayer, engine, input, upperNet, render, assets},
	games:    {lowerNet, ecsLayer, engine, input, upperNet, render, games, assets},
	assets:   {assets},
	tools:    {lowerNet, ecsLayer, engine, input, upperNet, render, games, assets, tools},
}

// lowerOrder is the order inside the lower net. Packages of one rank do not
// import one another, except the carriers (rank 3), which share test networks.
var lowerOrder = map[string]int{"wire": 0, "secure": 1, "channel": 1, "transport": 2, "netsim": 3}

func layerOf(dir string) layer {
	parts := strings.Split(dir, "/")
	switch parts[0] {
	case "ecs":
		return ecsLayer
	case "engine":
		return engine
	case "input":
		return input
	case "render":
		return render
	case "games":
		return games
	case "assets":
		return assets
	case "tools":
		return tools
	case "net":
		if len(parts) > 1 {
			if _, lower := lowerOrder[parts[1]]; lower {
				return lowerNet
			}
			return upperNet
		}
	}
	return outside
}

// checkLayers holds every import of our own packages against the layers. Tests
// may reach as far as their layer may, not further; the order inside the lower
// net binds only the code, because a state machine is rightly tested over a
// simulated network.
func checkLayers(r *Repo) ([]Finding, error) {
	var found []Finding
	for _, p := range r.Packages {
		r.imports(p.Files, func(f *File, spec *ast.ImportSpec, target string) {
			dir, ours := strings.CutPrefix(target, Module+"/")
			if !ours || dir == p.Dir {
				return
			}
			if text := layerFinding(p.Dir, dir, f.Test); text != "" {
				found = append(found, r.at(f, spec, "%s imports %s: %s", p.Dir, dir, text))
			}
		})
	}
	return found, nil
}

func layerFinding(from, to string, test bool) string {
	a, b := layerOf(from), layerOf(to)
	switch {
	case a == input && to == "net/wire":
		return ""
	case test && matchesFolder(to, []string{"render/screentest"}): // screens for tests, whoever draws
		return ""
	case !slices.Contains(mayImport[a], b):
		return fmt.Sprintf("%s may not name %s", a, b)
	case a == lowerNet && !test:
		return lowerNetFinding(from, to)
	case a == games && b == games:
		return gameFinding(from, to, test)
	case a == games && b == render && to != "render/sprite" && gamePart(from) != "client" && gamePart(from) != "cmd":
		return "only a game's client and its cmd draw; sim and server run without a screen"
	}
	return ""
}

func lowerNetFinding(from, to string) string {
	a, b := lowerRank(from), lowerRank(to)
	if b < a || (a == b && (a == 3 || strings.Split(from, "/")[1] == strings.Split(to, "/")[1])) {
		return ""
	}
	return "the lower net is ordered wire < secure, channel < transport < carriers and netsim"
}

// lowerRank is the place of a folder in the lower net; carriers, the folders
// below net/transport, come after transport itself.
func lowerRank(dir string) int {
	parts := strings.Split(dir, "/")
	rank := lowerOrder[parts[1]]
	if parts[1] == "transport" && len(parts) > 2 {
		return 3
	}
	return rank
}

// gamePart is the folder below games/NAME that dir is in: "sim", "bots",
// "server", "client", "cmd", or "" for the game's root package.
func gamePart(dir string) string {
	parts := strings.Split(dir, "/")
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

// gameMayImport says which parts of its own game a part may name; "" is the
// game's root package, which joins sim and server into a session.Game.
var gameMayImport = map[string][]string{
	"sim":    {"sim"},
	"bots":   {"bots", "sim"},
	"server": {"server", "bots", "sim"},
	"":       {"server", "bots", "sim"},
	"client": {"client", "server", "bots", "sim", ""}, // a player who hosts carries the server along
	"cmd":    {"client", "server", "bots", "sim", "", "cmd"},
}

// gameFinding lets tests of a game join its parts; whether they can do so without
// a display is the rule reach's business.
func gameFinding(from, to string, test bool) string {
	if strings.Split(from, "/")[1] != strings.Split(to, "/")[1] {
		return "games do not name one another"
	}
	allowed, listed := gameMayImport[gamePart(from)]
	if listed && !test && !slices.Contains(allowed, gamePart(to)) {
		return "sim is shared and names neither side, bots name sim, server names both, client may host and names all, cmd joins them"
	}
	return ""
}
