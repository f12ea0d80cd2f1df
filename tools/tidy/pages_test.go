package tidy

import (
	"go/format"
	"strings"
	"testing"
)

// TestSnippets compiles the Go code of every page, page by page, and runs what
// is marked so.
func TestSnippets(t *testing.T) {
	r := checkout(t)
	blocks, err := Snippets(r)
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string][]Snippet{}
	whole := 0
	for _, s := range blocks {
		switch {
		case s.Whole():
			if formatted, err := format.Source([]byte(s.Text)); err != nil || string(formatted) != s.Text {
				t.Errorf("%s:%d: the code is not as gofmt writes it (%v)", s.Page, s.Line, err)
			}
			pages[s.Page] = append(pages[s.Page], s)
			whole++
		case s.Lang == "go":
			if err := s.ParseFragment(); err != nil {
				t.Error(err)
			}
		}
	}
	if whole == 0 {
		t.Fatal("no page shows a whole Go file; the README is to show a game")
	}
	for page, blocks := range pages {
		t.Run(page, func(t *testing.T) {
			if err := Build(r.Root, t.TempDir(), blocks); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFencedBlocks(t *testing.T) {
	page := "a\n```go run\npackage main\n```\n```output\n7\n```\n```sh\nmake x\n```\n```go file=a/b.go\npackage a\n```\n```\nplain\n```\n"
	got, err := fencedBlocks("p.md", []byte(page))
	if err != nil {
		t.Fatal(err)
	}
	want := []Snippet{
		{Page: "p.md", Line: 2, Lang: "go", Run: true, Text: "package main\n", Output: "7\n"},
		{Page: "p.md", Line: 5, Lang: "output", Text: "7\n"},
		{Page: "p.md", Line: 8, Lang: "sh", Text: "make x\n"},
		{Page: "p.md", Line: 11, Lang: "go", File: "a/b.go", Text: "package a\n"},
		{Page: "p.md", Line: 14, Text: "plain\n"},
	}
	if len(got) != len(want) {
		t.Fatalf("%d blocks, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("block %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	for _, bad := range []string{"```go\nx\n", "```go fast\n```\n"} {
		if _, err := fencedBlocks("p.md", []byte(bad)); err == nil {
			t.Errorf("%q is taken for a page", bad)
		}
	}
}

func TestParseFragment(t *testing.T) {
	for text, ok := range map[string]bool{
		"type A struct{}\nfunc f() {}": true,
		"x := 1\nf(x)":                 true,
		"x := 1\nfunc f() {}":          false,
	} {
		if err := (Snippet{Lang: "go", Text: text}).ParseFragment(); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestBuildSnippets shows that a page with an error fails with the page's line,
// that programs run, and that one block may import another.
func TestBuildSnippets(t *testing.T) {
	root := checkout(t).Root
	lib := Snippet{Page: "p.md", Line: 1, Lang: "go", File: "orbit/sim/sim.go", Text: "package sim\n\nconst Two = 2\n"}
	run := Snippet{Page: "p.md", Line: 9, Lang: "go", Run: true, Text: "package main\n\nimport (\n\t\"os\"\n\n\t\"github.com/tandem-engine/tandem/orbit/sim\"\n)\n\nfunc main() { os.Exit(sim.Two - 2) }\n"}
	if err := Build(root, t.TempDir(), []Snippet{lib, run}); err != nil {
		t.Error(err)
	}
	fails := run
	fails.Text = strings.Replace(run.Text, "- 2", "+ 1", 1)
	if err := Build(root, t.TempDir(), []Snippet{lib, fails}); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("a program that exits with status 3 gives %v", err)
	}
	silent := run
	silent.Output = "7\n"
	if err := Build(root, t.TempDir(), []Snippet{lib, silent}); err == nil || !strings.Contains(err.Error(), `prints ""; the page says "7\n"`) {
		t.Errorf("a program that prints something else gives %v", err)
	}
	broken := Snippet{Page: "p.md", Line: 20, Lang: "go", Text: "package p\n\nvar x int = \"\"\n"}
	if err := Build(root, t.TempDir(), []Snippet{broken}); err == nil || !strings.Contains(err.Error(), "p.md:23") {
		t.Errorf("an error on line 23 of the page gives %v", err)
	}
}

func TestPageRules(t *testing.T) {
	files := tree{
		"Makefile":      "test: setup\n\tgo test\nsetup:\n",
		"ecs/a.go":      "package ecs\n",
		"tools/x.sh":    "",
		"README.md":     "[a](ecs/a.go) [b](ecs/b.go#x) [c](https://x/y) `ecs/none/` `x](y)` `ecs/a.go`\n",
		"tools/p/a.go":  `package main; import "flag"; var a = flag.Int("count", 0, ""); func f(fs *flag.FlagSet, s *string) { fs.StringVar(s, "out", "", "x") }`,
		"docs/good.md":  "```sh\nFOO=1 make test\ngo test ./ecs ./...\n./tools/x.sh -v\ngo run ./tools/p -count 1 --out=x a\nbin/p -help\nls a/b\n```\n",
		"docs/wrong.md": "```sh\nmake test tset\ngo run ./esc\n./tools/y.sh\ngo run ./tools/p -cuont 1\nbin/p -x\nbin/q\n```\n",
	}
	r := files.repo(t)
	for name, want := range map[string][]string{
		"links":    {"README.md:1: ecs/b.go does not exist", "README.md:1: ecs/none does not exist"},
		"commands": {"docs/wrong.md:2: the Makefile has no target tset", "docs/wrong.md:3: there is no program ./esc", "docs/wrong.md:4: there is no file tools/y.sh", "docs/wrong.md:5: ./tools/p has no flag -cuont", "docs/wrong.md:6: ./tools/p has no flag -x", "docs/wrong.md:7: there is no program ./bin/q"},
	} {
		found, err := ruleNamed(t, name).Check(r)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range found {
			got = append(got, f.String())
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s finds\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
