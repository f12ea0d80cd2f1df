package tidy

import (
	"go/ast"
	"path"
	"slices"
	"strings"
)

// A door is a library that enters the house in few places, so that replacing
// it stays a change to those.
type door struct {
	modules []string // import path prefixes
	open    []string // folders, as path.Match patterns; what lies below them is open too
	closed  []string // folders below an open one that are not
	why     string
}

var ebiten = door{
	modules: []string{"github.com/hajimehoshi/ebiten", "github.com/ebitengine/", "github.com/ebitenui/"},
	open:    []string{"render/*", "input/device", "games/*/client", "games/*/cmd/*"}, // a small game is one file in its cmd
	closed:  []string{"render/sprite", "games/*/cmd/*-server", "games/*/cmd/*-bots"},
	why:     "a Linux program that merely imports Ebiten panics at start where there is no display",
}

var doors = []door{
	ebiten,
	{
		modules: []string{"github.com/mlange-42/arche"}, open: []string{"ecs"},
		why: "arche has a successor, and changing over must stay a change to one folder",
	},
	{
		modules: []string{"github.com/ebitenui/"}, open: []string{"render/ui"},
		why: "widgets belong to the one package that owns them",
	},
	{
		modules: []string{"github.com/flynn/noise"}, open: []string{"net/secure"},
		why: "keys and handshakes are read and reviewed in one place",
	},
	{
		modules: []string{"github.com/quic-go/", "github.com/coder/websocket"}, open: []string{"net/transport/web", "tools/bench/peers"},
		why: "a browser's transport is a carrier; the state machines above it do not know it",
	},
	{
		modules: []string{"net/http", "golang.org/x/net"},
		open:    []string{"net/http", "net/admin", "net/transport", "net/session", "games/*/cmd", "tools"},
		why:     "state machines take bytes and times as values; sockets stay in the carriers and the operator's side",
	},
}

func (d door) guards(target string) bool {
	return slices.ContainsFunc(d.modules, func(m string) bool {
		return strings.HasPrefix(target, m) && (strings.HasSuffix(m, "/") || target == m || target[len(m)] == '/')
	})
}

func (d door) admits(dir string) bool {
	return matchesFolder(dir, d.open) && !matchesFolder(dir, d.closed)
}

// matchesFolder reports whether dir, or a folder above it, matches a pattern.
func matchesFolder(dir string, patterns []string) bool {
	for ; dir != "." && dir != ""; dir = path.Dir(dir) {
		for _, p := range patterns {
			if ok, _ := path.Match(p, dir); ok {
				return true
			}
		}
	}
	return false
}

func checkDoors(r *Repo) ([]Finding, error) {
	var found []Finding
	for _, p := range r.Packages {
		r.imports(p.Files, func(f *File, spec *ast.ImportSpec, target string) {
			for _, d := range doors {
				if d.guards(target) && !d.admits(p.Dir) {
					found = append(found, r.at(f, spec, "%s imports %s, which enters through %s only: %s",
						p.Dir, target, strings.Join(d.open, ", "), d.why))
				}
			}
		})
	}
	return found, nil
}

// quiet are the folders that know no socket at all: a connection is tested by
// handing it bytes, and the engine runs where there is no network.
var quiet = []string{"ecs", "engine", "input", "net/wire", "net/channel", "net/secure", "net/replicate", "net/predict", "net/rewind", "net/message", "render/sprite", "games/*/sim"}

func checkSockets(r *Repo) ([]Finding, error) {
	var found []Finding
	for _, p := range r.Packages {
		if !matchesFolder(p.Dir, quiet) {
			continue
		}
		r.imports(p.Code(), func(f *File, spec *ast.ImportSpec, target string) {
			switch target {
			case "net", "net/http", "net/rpc", "syscall", "golang.org/x/sys/unix":
				found = append(found, r.at(f, spec, "%s imports %s", p.Dir, target))
			}
		})
	}
	return found, nil
}
