package tidy

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// listed is what go list says about one package, as far as the rules ask.
type listed struct {
	ImportPath   string
	ForTest      string
	Name         string
	Standard     bool
	Imports      []string
	ImportMap    map[string]string
	Deps         []string
	Module       *struct{ Path, Version, Dir string }
	DepsErrors   []struct{ Err string }
	IgnoredFiles []string `json:"IgnoredGoFiles"`
}

// systems are where programs of this module run; each pulls in other packages.
var systems = [][]string{
	{"GOOS=linux", "GOARCH=amd64"},
	{"GOOS=windows", "GOARCH=amd64"},
	{"GOOS=darwin", "GOARCH=arm64"},
	{"GOOS=js", "GOARCH=wasm"},
}

// listDeps lists all packages of the module, their tests and everything beneath
// them, for one system.
func listDeps(root string, env []string) ([]listed, error) {
	out, err := goTool(root, env, "list", "-e", "-deps", "-test", "-json=ImportPath,ForTest,Name,Standard,Imports,ImportMap,Deps,Module", "./...")
	if err != nil {
		return nil, err
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

// mayDraw are the packages that may reach Ebiten by way of others: the client's
// half of the house. All others, their tests included, run without a display.
var mayDraw = append([]string{"tools/tandem"}, ebiten.open...)

func checkReach(r *Repo) ([]Finding, error) {
	all, err := listDeps(r.Root, systems[0])
	if err != nil {
		return nil, err
	}
	byPath := map[string]listed{}
	for _, p := range all {
		byPath[p.ImportPath] = p
	}
	var found []Finding
	for _, p := range all {
		dir, ours := strings.CutPrefix(strings.Fields(p.ImportPath)[0], Module+"/")
		if p.ForTest != "" {
			dir = strings.TrimSuffix(dir, "_test")
		}
		if !ours || strings.HasSuffix(dir, ".test") || mayReachScreen(dir) {
			continue
		}
		if chain := pathTo(byPath, p.ImportPath, map[string]bool{}); chain != nil {
			what := dir
			if p.ForTest != "" {
				what = "the test of " + dir
			}
			found = append(found, Finding{Path: dir, Text: fmt.Sprintf("%s reaches Ebiten: %s", what, strings.Join(chain, " -> "))})
		}
	}
	return found, nil
}

// mayReachScreen: the folders behind Ebiten's door. Among them are the desktop
// programs, by the rule that a program under cmd which needs no screen ends in
// -server or -bots.
func mayReachScreen(dir string) bool {
	return matchesFolder(dir, mayDraw) && !matchesFolder(dir, ebiten.closed)
}

// pathTo is a chain of imports from a package to Ebiten, or nil.
func pathTo(byPath map[string]listed, from string, seen map[string]bool) []string {
	if ebiten.guards(from) {
		return []string{from}
	}
	p, known := byPath[from]
	if seen[from] || !known || p.Standard || !slices.ContainsFunc(p.Deps, ebiten.guards) {
		return nil
	}
	seen[from] = true
	for _, next := range p.Imports {
		if mapped, ok := p.ImportMap[next]; ok {
			next = mapped
		}
		if rest := pathTo(byPath, next, seen); rest != nil {
			return append([]string{strings.TrimPrefix(from, Module+"/")}, rest...)
		}
	}
	return nil
}
