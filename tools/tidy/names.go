package tidy

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// emptyNames say nothing about what is inside, so everything ends up there.
var emptyNames = []string{"util", "utils", "utility", "utilities", "common", "helper", "helpers", "misc", "shared", "stuff"}

func checkNames(r *Repo) ([]Finding, error) {
	var found []Finding
	for _, p := range r.Paths {
		if path.Ext(p) != ".go" {
			continue
		}
		parts := strings.Split(strings.TrimSuffix(p, ".go"), "/")
		base := strings.TrimSuffix(parts[len(parts)-1], "_test")
		for _, part := range append(parts[:len(parts)-1], base) {
			if slices.Contains(emptyNames, part) {
				found = append(found, Finding{Path: p, Text: fmt.Sprintf("%q names nothing", part)})
			}
		}
	}
	for _, p := range r.Packages {
		if slices.Contains(emptyNames, p.Name) {
			found = append(found, Finding{Path: p.Dir, Text: fmt.Sprintf("package %q names nothing", p.Name)})
		}
	}
	return found, nil
}

// house is every folder that may hold files, as path.Match patterns. A folder
// is open to what lies below it only where the pattern ends in "/...".
var house = []string{
	".", ".ci", "docs", "docs/decisions", "docs/images",
	"ecs",
	"engine", "engine/scene", "engine/physics", "engine/detmath",
	"input", "input/device",
	"net/wire", "net/secure", "net/channel", "net/transport", "net/transport/udp", "net/transport/web", "net/transport/mem", "net/netsim",
	"net/message", "net/replicate", "net/predict", "net/rewind", "net/session", "net/session/account", "net/session/store",
	"net/http/...", "net/admin/...", "net/replay",
	"net", // PROTOCOL.md; see checkHouse
	"render/sprite", "render/draw", "render/tile", "render/particle", "render/audio", "render/ui", "render/hud", "render/window/...", "render/screentest/...",
	"games/*", "games/*/sim/...", "games/*/bots/...", "games/*/server/...", "games/*/client/...", "games/*/cmd/*", "games/*/e2e",
	"assets/...",
	"tools", "tools/ci", "tools/tandem/...", "tools/bots/...", "tools/netsim/...", "tools/bench/...", "tools/tidy/...", "tools/demo/...",
}

// checkHouse holds folders against the plan. testdata and internal may stand in
// any room.
func checkHouse(r *Repo) ([]Finding, error) {
	var found []Finding
	seen := map[string]bool{}
	for _, p := range r.Paths {
		dir := path.Dir(p)
		for _, annex := range []string{"testdata/", "internal/"} {
			if i := strings.Index("/"+dir+"/", "/"+annex); i >= 0 {
				dir = strings.TrimSuffix(dir[:i], "/")
			}
		}
		if (dir == "net" || dir == "tools") && path.Ext(p) == ".go" {
			found = append(found, Finding{Path: p, Text: dir + "/ is a folder of packages, not a package"})
		}
		if seen[dir] || dir == "" {
			continue
		}
		seen[dir] = true
		if !inHouse(dir) {
			found = append(found, Finding{Path: dir, Text: "no such room in the house"})
		}
	}
	return found, nil
}

func inHouse(dir string) bool {
	return slices.ContainsFunc(house, func(room string) bool {
		if open, ok := strings.CutSuffix(room, "/..."); ok {
			return matchesFolder(dir, []string{open})
		}
		ok, _ := path.Match(room, dir)
		return ok
	})
}
