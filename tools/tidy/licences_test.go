package tidy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLicenceFinding(t *testing.T) {
	own, err := os.ReadFile(filepath.Join("..", "..", "LICENSE"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, file, text, want string }{
		{"our own", "LICENSE", string(own), ""},
		{"two-clause BSD", "COPYING", "Redistribution and use in source and binary forms, with or without\nmodification, ... THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS", ""},
		{"GPL", "LICENSE.txt", "GNU GENERAL PUBLIC LICENSE Version 3. Copyright Free Software Foundation", "under the GPL"},
		{"unknown", "LICENSE", "You may look at this.", "not known here (LICENSE)"},
		{"none", "README.md", "MIT", "no licence file"},
	} {
		got := licenceFinding(fstest.MapFS{c.file: {Data: []byte(c.text)}})
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestReachFindsTheChain builds go list's answer by hand: a test of a server
// that draws.
func TestReachFindsTheChain(t *testing.T) {
	byPath := map[string]listed{}
	for from, to := range map[string]string{
		Module + "/games/orbit/server": Module + "/games/orbit/sim",
		Module + "/games/orbit/sim":    Module + "/render/draw",
		Module + "/render/draw":        "github.com/hajimehoshi/ebiten/v2",
	} {
		byPath[from] = listed{ImportPath: from, Imports: []string{to}, Deps: []string{"github.com/hajimehoshi/ebiten/v2"}}
	}
	chain := pathTo(byPath, Module+"/games/orbit/server", map[string]bool{})
	if got, want := strings.Join(chain, " "), "games/orbit/server games/orbit/sim render/draw github.com/hajimehoshi/ebiten/v2"; got != want {
		t.Errorf("chain %q, want %q", got, want)
	}
	for dir, want := range map[string]bool{
		"games/orbit/cmd/orbit": true, "games/orbit/cmd/orbit-server": false, "games/orbit/client": true,
		"render/sprite": false, "render/draw": true, "net/session": false, "tools/bots": false,
	} {
		if got := mayReachScreen(dir); got != want {
			t.Errorf("mayReachScreen(%s) = %v", dir, got)
		}
	}
}
