package tidy

import (
	"encoding/json"
	"image"
	_ "image/png" // the game writes its screenshot so
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
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
	if lines := strings.Count(game.Text, "\n"); lines >= 60 {
		t.Errorf("README.md:%d: the game has %d lines, blank ones included; a first game has fewer than 60", game.Line, lines)
	}
}

var (
	saveAs = regexp.MustCompile(`Save this as (\S+\.go) in a new folder (games/\S+)`)
	runs   = regexp.MustCompile("`go run \\./(games/dots\\S*) ")
)

// TestReadmeGameKeepsTheLaws saves the game where the README says, and holds
// the file there against every law; elsewhere some would break.
func TestReadmeGameKeepsTheLaws(t *testing.T) {
	r, game := readmeGame(t)
	page, err := os.ReadFile(filepath.Join(r.Root, game.Page))
	if err != nil {
		t.Fatal(err)
	}
	place := saveAs.FindSubmatch(page)
	if place == nil {
		t.Fatalf("README.md does not say where to save the game: %v finds nothing", saveAs)
	}
	file, folder := string(place[1]), string(place[2])
	commands := runs.FindAllSubmatch(page, -1)
	if len(commands) < 2 {
		t.Errorf("README.md shows %d commands that run the game; -solo and -host are two", len(commands))
	}
	for _, c := range commands {
		if string(c[1]) != folder {
			t.Errorf("README.md saves the game in %s and runs %s", folder, c[1])
		}
	}
	for name, text := range brokenLaws(t, r, folder+"/"+file, game.Text) {
		t.Errorf("README.md followed to the letter breaks %s:\n%s", name, text)
	}
	broken := brokenLaws(t, r, "games/dots/"+file, game.Text)
	for _, name := range []string{"layers", "doors", "reach"} {
		if broken[name] == "" {
			t.Errorf("saved in games/dots it breaks %v; %s is to be among them", slices.Collect(maps.Keys(broken)), name)
		}
	}
}

// brokenLaws adds one file to the checkout, without writing into it, and
// returns what the rules find in that file, by their names.
func brokenLaws(t *testing.T, r *Repo, file, text string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	source, overlay := filepath.Join(dir, "source.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(r.Root, file): source}})
	if err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{source: []byte(text), overlay: replace} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOFLAGS", "-overlay="+overlay) // for the rules that ask the go command
	added, err := Parse(withFile{os.DirFS(r.Root), fstest.MapFS{file: {Data: []byte(text)}}}, []string{file})
	if err != nil {
		t.Fatal(err)
	}
	if len(added.Packages) != 1 {
		t.Fatalf("%s is no Go file: %v", file, added.Broken)
	}
	added.Root = r.Root
	broken := map[string]string{}
	for _, rule := range Rules {
		found, err := rule.Check(added)
		if err != nil {
			t.Fatalf("%s: %v", rule.Name, err)
		}
		for _, f := range found {
			if f.Path == file || f.Path == path.Dir(file) {
				broken[rule.Name] += f.String() + "\n"
			}
		}
	}
	return broken
}

// withFile is a tree with files laid over it.
type withFile struct {
	fs.FS
	over fstest.MapFS
}

// Open implements fs.FS.
func (w withFile) Open(name string) (fs.File, error) {
	if _, ok := w.over[name]; ok {
		return w.over.Open(name)
	}
	return w.FS.Open(name)
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
	cmd := exec.Command(filepath.Join(scratch, "bin", "snippet0"), "-solo", "-seconds", "2", "-script", script, "-screenshot", shot)
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
