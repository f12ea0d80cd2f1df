package tidy

import (
	"image"
	_ "image/png" // the game writes its screenshot so
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// readmeGame is the game that the README begins with.
func readmeGame(t *testing.T) (r *Repo, game Snippet) {
	t.Helper()
	r = checkout(t)
	blocks, err := Snippets(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range blocks {
		if s.Page == "README.md" && s.Whole() && strings.Contains(s.Text, "window.Main(") {
			return r, s
		}
	}
	t.Fatal("README.md shows no game that calls window.Main")
	return nil, Snippet{}
}

// TestReadmeGameIsShort keeps the promise of the README's first screenful.
func TestReadmeGameIsShort(t *testing.T) {
	_, game := readmeGame(t)
	if lines := strings.Count(strings.ReplaceAll(game.Text, "\n\n", "\n"), "\n"); lines >= 60 {
		t.Errorf("README.md:%d: the game has %d lines that are not blank; a first game has fewer than 60", game.Line, lines)
	}
}

// TestReadmeGamePlays plays the README's game in a window: a key is held, and
// the dot is drawn farther to the right than where it began.
func TestReadmeGamePlays(t *testing.T) {
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no display in CI: run the tests with tools/ci/display, as the Makefile does")
		}
		t.Skip("no display: the README's game is compiled, not played; make tidy plays it")
	}
	r, game := readmeGame(t)
	scratch := t.TempDir()
	if err := Build(r.Root, scratch, []Snippet{game}); err != nil {
		t.Fatal(err)
	}
	script, shot := filepath.Join(scratch, "right.txt"), filepath.Join(scratch, "shot.png")
	if err := os.WriteFile(script, []byte("0.5 down ArrowRight\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(scratch, "bin", "snippet0"), "-solo", "-for", "2s", "-script", script, "-screenshot", shot)
	cmd.Env = append(os.Environ(), "HOME="+scratch, "XDG_CONFIG_HOME="+scratch)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	at := brightest(t, shot)
	if at.X < 640+100 || at.Y < 340 || at.Y > 380 {
		t.Errorf("the dot is drawn at %v; it began at (640,360) and was to go right at 300 a second", at)
	}
}

// brightest is the middle of the white pixels of a picture.
func brightest(t *testing.T, path string) image.Point {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	var sum image.Point
	n := 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); r == 0xffff && g == 0xffff && b == 0xffff {
				sum = sum.Add(image.Pt(x, y))
				n++
			}
		}
	}
	if n == 0 {
		t.Fatalf("%s has no white pixel", path)
	}
	return sum.Div(n)
}
