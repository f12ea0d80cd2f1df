package tidy

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// tree is a small repository in memory: path to content.
type tree map[string]string

func (files tree) repo(t *testing.T) *Repo {
	t.Helper()
	fsys := fstest.MapFS{}
	for p, text := range files {
		fsys[p] = &fstest.MapFile{Data: []byte(text)}
	}
	r, err := Parse(fsys, slices.Collect(maps.Keys(files)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// simFile is a file of a simulation with the given imports and body.
func simFile(imports, body string) tree {
	return tree{"games/orbit/sim/sim.go": "// Package sim.\npackage sim\n" + imports + "\n" + body}
}

// fixtures give, for each rule, trees that break it with what the finding must
// say, and trees that keep it.
var fixtures = []struct {
	rule string
	name string
	tree tree
	want []string // one for each finding, in order; nil: the tree keeps the rule
}{
	{"syntax", "half a file", tree{"ecs/a.go": "package"}, []string{"ecs/a.go"}},
	{"layers", "engine names the net", tree{"engine/a.go": `package engine; import _ "github.com/tandem-engine/tandem/net/session"`}, []string{"engine may not name upper net"}},
	{"layers", "lower net names ecs", tree{"net/wire/a.go": `package wire; import _ "github.com/tandem-engine/tandem/ecs"`}, []string{"lower net may not name ecs"}},
	{"layers", "channel names secure", tree{"net/channel/a.go": `package channel; import _ "github.com/tandem-engine/tandem/net/secure"`}, []string{"ordered wire"}},
	{"layers", "transport names a carrier", tree{"net/transport/a.go": `package transport; import _ "github.com/tandem-engine/tandem/net/transport/udp"`}, []string{"ordered wire"}},
	{"layers", "transport is tested over netsim", tree{"net/transport/a_test.go": `package transport; import _ "github.com/tandem-engine/tandem/net/netsim"`}, nil},
	{"layers", "input writes bits", tree{"input/a.go": `package input; import _ "github.com/tandem-engine/tandem/net/wire"`}, nil},
	{"layers", "input opens connections", tree{"input/a.go": `package input; import _ "github.com/tandem-engine/tandem/net/transport"`}, []string{"input may not name lower net"}},
	{"layers", "sim draws", tree{"games/orbit/sim/a.go": `package sim; import _ "github.com/tandem-engine/tandem/render/draw"`}, []string{"only a game's client"}},
	{"layers", "sim names its client", tree{"games/orbit/sim/a.go": `package sim; import _ "github.com/tandem-engine/tandem/games/orbit/client"`}, []string{"names neither side"}},
	{"layers", "sim names another game", tree{"games/orbit/sim/a.go": `package sim; import _ "github.com/tandem-engine/tandem/games/arena/sim"`}, []string{"do not name one another"}},
	{"layers", "bots join the server", tree{"games/orbit/server/a.go": `package server; import _ "github.com/tandem-engine/tandem/games/orbit/bots"`}, nil},
	{"layers", "a game in its layers", tree{
		"games/orbit/client/a.go":    `package client; import (_ "github.com/tandem-engine/tandem/render/draw"; _ "github.com/tandem-engine/tandem/games/orbit/sim")`,
		"games/orbit/cmd/orbit/a.go": `package main; import (_ "github.com/tandem-engine/tandem/render/window"; _ "github.com/tandem-engine/tandem/games/orbit/client")`,
		"games/orbit/sim/a.go":       `package sim; import _ "github.com/tandem-engine/tandem/render/sprite"`,
	}, nil},
	{"doors", "arche outside ecs", tree{"engine/a.go": `package engine; import _ "github.com/mlange-42/arche/ecs"`}, []string{"has a successor"}},
	{"doors", "ebiten in sprite", tree{"render/sprite/a.go": `package sprite; import _ "github.com/hajimehoshi/ebiten/v2"`}, []string{"panics at start where there is no display"}},
	{"doors", "ebiten in programs without a screen", tree{
		"games/orbit/cmd/orbit-server/a.go": `package main; import _ "github.com/hajimehoshi/ebiten/v2"`,
		"games/orbit/cmd/orbit-bots/a.go":   `package main; import _ "github.com/hajimehoshi/ebiten/v2"`,
		"games/orbit/a.go":                  `package orbit; import _ "github.com/hajimehoshi/ebiten/v2"`,
	}, []string{"games/orbit imports", "orbit-bots imports", "orbit-server imports"}},
	{"doors", "behind the doors", tree{
		"games/orbit/cmd/orbit/a.go": `package main; import _ "github.com/hajimehoshi/ebiten/v2"`,
		"ecs/a.go":                   `package ecs; import _ "github.com/mlange-42/arche/ecs"`,
		"render/draw/a.go":           `package draw; import _ "github.com/hajimehoshi/ebiten/v2"`,
	}, nil},
	{"sockets", "a channel dials", tree{"net/channel/a.go": `package channel; import _ "net"`}, []string{"imports net"}},
	{"sockets", "addresses are values", tree{"net/channel/a.go": `package channel; import _ "net/netip"`}, nil},
	{"size", "long function", tree{"ecs/a.go": "package ecs\nfunc f() {\n" + strings.Repeat("\n", 70) + "}\n"}, []string{"func f has 72 lines"}},
	{"size", "long method", tree{"ecs/a.go": "package ecs\nfunc (t *T[A]) m() {\n" + strings.Repeat("\n", 70) + "}\n"}, []string{"func T.m"}},
	{"size", "just short enough", tree{"ecs/a.go": "package ecs\nfunc f() {\n" + strings.Repeat("\n", 68) + "}\n"}, nil},
	{"size", "long file", tree{"ecs/a.go": "package ecs\n" + strings.Repeat("\n", 600)}, []string{"601 lines"}},
	{"size", "generated", tree{"ecs/a_gen.go": "// Code generated by x. DO NOT EDIT.\n\npackage ecs\n" + strings.Repeat("\n", 600)}, nil},
	{"size", "calls itself generated", tree{"ecs/a_gen.go": "package ecs\n" + strings.Repeat("\n", 600)}, []string{"601 lines"}},
	{"package-comment", "none", tree{"ecs/a.go": "package ecs\n"}, []string{"no package comment"}},
	{"package-comment", "two", tree{"ecs/a.go": "// Package ecs.\npackage ecs\n", "ecs/b.go": "// Package ecs.\npackage ecs\n"}, []string{"a.go, ecs/b.go"}},
	{"package-comment", "one", tree{"ecs/a.go": "// Package ecs.\npackage ecs\n", "ecs/b.go": "package ecs\n", "ecs/a_test.go": "// Of the test.\npackage ecs_test\n"}, nil},
	{"documented", "bare names", tree{"ecs/a.go": "package ecs\nfunc F() {}\ntype T struct{}\nfunc (T) M() {}\nvar V int\nconst (\n\tA = 1\n\tb = 2\n)\n// Config is.\ntype Config struct {\n\t// Told is.\n\tTold int\n\tToo int\n\n\tRate int\n}\n"}, []string{"func F", "T has", "func T.M", "V has", "A has", "Rate has"}},
	{"documented", "told", tree{"ecs/a.go": "package ecs\n// F does.\nfunc F() {}\n// T is.\ntype T struct{}\nfunc (T) Error() string { return \"\" }\n// Both are.\nconst (\n\tA = 1\n\tB = 2\n)\ntype t struct{}\nfunc (t) M() {}\n"}, nil},
	{"examples", "none", tree{"ecs/a.go": "package ecs\n"}, []string{"no Example"}},
	{"examples", "does not run", tree{"ecs/a.go": "package ecs\n", "ecs/a_test.go": "package ecs_test\nfunc Example() {\n\t// says nothing\n}\n"}, []string{"no Example"}},
	{"examples", "runs", tree{"ecs/a.go": "package ecs\n", "ecs/a_test.go": "package ecs_test\nfunc Example() {\n\t// Output: 1\n}\n"}, nil},
	{"examples", "needs a display", tree{
		"render/draw/a.go":   `package draw; import _ "github.com/hajimehoshi/ebiten/v2"`,
		"render/window/a.go": `package window; import _ "github.com/tandem-engine/tandem/render/draw"`,
	}, nil},
	{"names", "util", tree{"ecs/util/a.go": "package util\n", "ecs/helpers_test.go": "package ecs\n"}, []string{`"helpers"`, `"util"`, `"util"`}},
	{"names", "named for a thing", tree{"ecs/query_test.go": "package ecs\n"}, nil},
	{"house", "a new room", tree{"network/a.go": "package network\n", "net/a.go": "package net\n"}, []string{"folder of packages", "no such room"}},
	{"house", "known rooms", tree{"net/PROTOCOL.md": "", "net/wire/testdata/fuzz/F/1": "", "games/orbit/sim/a.go": "package sim", "ecs/internal/gen/main.go": "package main"}, nil},
	{"sim-types", "does not check", simFile("", "var x int = \"\""), []string{"does not type-check"}},
	{"map-order", "ranges", simFile(`import "maps"`, "type m map[int]int\nfunc f(a m) { for range a {}; for range maps.Keys(a) {} }\nfunc g[M ~map[int]int](a M) { for range a {} }"), []string{"ranges over", "maps.Keys", "ranges over"}},
	{"map-order", "sorted", simFile("import (\"maps\"; \"slices\")", "func f(a map[int]int, b []int) { for range slices.Sorted(maps.Keys(a)) {}; for range b {} }"), nil},
	{"goroutines", "go and select", simFile("", "func f(c chan int) { go f(c); select { case <-c: default: } }"), []string{"starts", "selects"}},
	{"math", "assembly", simFile(`import "math"`, "var x = math.Exp(1)\nvar y = math.Sin(1)\nvar f = math.Hypot"), []string{"math.Exp", "math.Sin", "math.Hypot"}},
	{"math", "exact", simFile(`import "math"`, "var x = math.Sqrt(2) + math.Floor(math.Pi)"), nil},
	{"sim-imports", "global random", simFile(`import _ "math/rand/v2"`, ""), []string{"engine.Tick's Random"}},
	{"clock", "asks the time", tree{"net/channel/a.go": `package channel; import "time"; var t = time.Now()`}, []string{"time.Now"}},
	{"clock", "asks under another name", tree{"net/channel/a.go": `package channel; import tm "time"; var t = tm.Now()`}, []string{"time.Now"}},
	{"clock", "waits outside of the tick", tree{"net/transport/a.go": `package transport; import "time"; func (e *Endpoint) Wait(d time.Duration) { <-time.NewTimer(d).C }`}, nil},
	{"clock", "is told the time", tree{"net/channel/a.go": `package channel; import "time"; func f(now time.Duration) {}`, "engine/clock.go": `package engine; import "time"; var t = time.Now()`}, nil},
	{"random", "global", tree{"net/netsim/a.go": `package netsim; import "math/rand/v2"; var x = rand.IntN(3)`}, []string{"rand/v2.IntN"}},
	{"random", "seeded", tree{"net/netsim/a.go": `package netsim; import "math/rand/v2"; var x = rand.New(rand.NewPCG(1, 2)).IntN(3)`}, nil},
	{"sleep", "sleeps", tree{"ecs/a_test.go": `package ecs; import "time"; func f() { time.Sleep(1) }`}, []string{"time.Sleep"}},
	{"sleep", "virtual", tree{"ecs/a_test.go": `package ecs; import ("time"; _ "testing/synctest"); func f() { time.Sleep(1) }`}, nil},
	{"strangers", "paths, hosts, numbers", tree{"Makefile": "x:\n\tcat /ro" + "ot/.x\n", "a.md": "see iss" + "ue 7, (#1" + "2)\n", "ecs/a.go": "package ecs\n\n// from sum.golang" + ".org\n"}, []string{"one machine", "by number", "registry"}},
	{"strangers", "harmless", tree{"a.md": "# Title\n`#ff00aa` 1#2 net/work/root golang/go#123 | # | a |\n", "ecs/a.go": "package ecs\n\nvar s = \"#12\"\n"}, nil},
	{"leftovers", "notes", tree{"ecs/a.go": "package ecs\n\n// TO" + "DO: do it. Enough for n" + "ow.\n"}, []string{"left over", "shortcut"}},
	{"leftovers", "words", tree{"ecs/a.go": "package ecs\n\nvar s = \"place" + "holder\"\n"}, nil},
}

func TestRulesOnFixtures(t *testing.T) {
	tried := map[string][2]bool{}
	for _, fx := range fixtures {
		t.Run(fx.rule+"/"+fx.name, func(t *testing.T) {
			rule := ruleNamed(t, fx.rule)
			found, err := rule.Check(fx.tree.repo(t))
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != len(fx.want) {
				t.Fatalf("%d findings, want %d: %v", len(found), len(fx.want), found)
			}
			for i, f := range found {
				if !strings.Contains(f.String(), fx.want[i]) {
					t.Errorf("finding %d is %q, which does not say %q", i, f, fx.want[i])
				}
			}
		})
		both := tried[fx.rule]
		both[min(len(fx.want), 1)] = true
		tried[fx.rule] = both
	}
	for _, rule := range Rules {
		switch rule.Name {
		case "syntax", "reach", "licences", "fusing", "sim-imports", "sim-types", "goroutines", "links", "commands":
			continue // have tests of their own, or nothing to keep beyond what others show
		}
		if !tried[rule.Name][0] || !tried[rule.Name][1] {
			t.Errorf("rule %s lacks a fixture that keeps it or one that breaks it", rule.Name)
		}
	}
}

func ruleNamed(t *testing.T, name string) Rule {
	t.Helper()
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("no rule is named %q", name)
	}
	return Rules[i]
}

// TestReport shows a failure's text, and that an exception needs a use.
func TestReport(t *testing.T) {
	r := tree{"ecs/util/a.go": "package ecs\n"}.repo(t)
	rule := ruleNamed(t, "names")
	text, err := rule.Report(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ecs/util/a.go", "why: " + rule.Reason, "fix: " + rule.Fix} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
	if text, _ := rule.Report(r, []Exception{{Rule: "names", Key: "ecs/util/a.go"}}); text != "" {
		t.Errorf("an excused finding is reported:\n%s", text)
	}
	if text, _ := rule.Report(tree{}.repo(t), []Exception{{Rule: "names", Key: "ecs/util/a.go"}}); !strings.Contains(text, "needs it no more") {
		t.Errorf("a stale exception is not reported:\n%s", text)
	}
}
