package tidy

import (
	"go/ast"
	"path"
	"strings"
)

// ticking are the folders whose code runs inside a tick or is stepped through
// Poll(now): they are given the time and never ask for it.
var ticking = []string{
	"ecs", "engine", "input",
	"net/wire", "net/secure", "net/channel", "net/transport", "net/netsim",
	"net/message", "net/replicate", "net/predict", "net/rewind", "net/session",
	"render/sprite", "render/particle", "games/*/sim", "games/*/server",
}

// clockFiles are where the wall clock enters: the system clock behind
// engine.Clock, and carriers that wait for a socket.
var clockFiles = []string{"engine/clock.go", "net/transport/udp/*.go", "net/transport/web/*.go"}

// askTime are the functions of package time that read a clock or wait on one.
var askTime = map[string]bool{
	"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true, "AfterFunc": true,
	"Tick": true, "NewTimer": true, "NewTicker": true,
}

// ownRandom are the functions of math/rand that do not touch its global source.
var ownRandom = map[string]bool{
	"New": true, "NewSource": true, "NewPCG": true, "NewChaCha8": true, "NewZipf": true,
	"Rand": true, "Source": true, "Source64": true, "PCG": true, "ChaCha8": true, "Zipf": true,
}

func checkClock(r *Repo) ([]Finding, error) {
	var found []Finding
	for _, p := range r.Packages {
		if !matchesFolder(p.Dir, ticking) {
			continue
		}
		for _, f := range p.Code() {
			if matchesFile(f.Path, clockFiles) {
				continue
			}
			for _, g := range r.uses(f, "time", func(name string) bool { return askTime[name] }) {
				if !waits(r, f, g.Line) {
					found = append(found, g)
				}
			}
		}
	}
	return found, nil
}

// waits reports whether the line is inside a function whose name begins with
// Wait or wait: there the program around the tick blocks, and nothing is stepped
// meanwhile.
func waits(r *Repo, f *File, line int) bool {
	for _, d := range f.AST.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if ok && strings.HasPrefix(strings.ToLower(fn.Name.Name), "wait") &&
			r.Fset.Position(fn.Pos()).Line <= line && line <= r.Fset.Position(fn.End()).Line {
			return true
		}
	}
	return false
}

func checkRandom(r *Repo) ([]Finding, error) {
	var found []Finding
	for _, p := range r.Packages {
		if !matchesFolder(p.Dir, ticking) {
			continue
		}
		for _, f := range p.Code() {
			for _, pkg := range []string{"math/rand", "math/rand/v2"} {
				found = append(found, r.uses(f, pkg, func(name string) bool { return !ownRandom[name] })...)
			}
		}
	}
	return found, nil
}

// checkSleep finds tests that wait for real time to pass. Inside a
// testing/synctest bubble time is virtual, and sleeping is how it moves on.
func checkSleep(r *Repo) ([]Finding, error) {
	var found []Finding
	for _, p := range r.Packages {
		for _, f := range p.Files {
			if f.Test && importName(f, "testing/synctest") == "" {
				found = append(found, r.uses(f, "time", func(name string) bool { return name == "Sleep" })...)
			}
		}
	}
	return found, nil
}

// uses finds where f names something of the package pkg that is banned.
func (r *Repo) uses(f *File, pkg string, banned func(name string) bool) []Finding {
	local := importName(f, pkg)
	if local == "" {
		return nil
	}
	var found []Finding
	ast.Inspect(f.AST, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := sel.X.(*ast.Ident); ok && id.Name == local && banned(sel.Sel.Name) {
			found = append(found, r.at(f, sel, "uses %s.%s", pkg, sel.Sel.Name))
		}
		return true
	})
	return found
}

// importName is the name that f calls the package by, or "" if it does not
// import it.
func importName(f *File, pkg string) string {
	for _, spec := range f.AST.Imports {
		if spec.Path.Value != `"`+pkg+`"` {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		if base := path.Base(pkg); base != "v2" {
			return base
		}
		return path.Base(path.Dir(pkg))
	}
	return ""
}

func matchesFile(p string, patterns []string) bool {
	for _, pattern := range patterns {
		if ok, _ := path.Match(pattern, p); ok {
			return true
		}
	}
	return false
}
