// Package screentest runs the tests of a package inside a real window, where pictures can be drawn and read back.
//
//	func TestMain(m *testing.M) { screentest.Main(m) }
//
// On Linux without a display it starts an Xvfb; see package xvfb.
package screentest

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
	_ "github.com/tandem-engine/tandem/render/screentest/xvfb" // before Ebitengine looks for a display
)

// Main runs the tests within a frame of a window and ends the process.
func Main(m *testing.M) {
	ebiten.SetWindowSize(640, 400)
	ebiten.SetWindowTitle("test")
	ebiten.SetVsyncEnabled(false)
	g := &game{m: m, code: 1}
	if err := ebiten.RunGame(g); err != nil {
		fmt.Fprintln(os.Stderr, "screentest: the window failed:", err)
		os.Exit(1)
	}
	os.Exit(g.code)
}

// game is a window that runs the tests in its second frame, when all that draws is ready.
type game struct {
	m     *testing.M
	frame int
	code  int
}

func (g *game) Update() error {
	if g.frame++; g.frame < 2 {
		return nil
	}
	g.code = g.m.Run()
	return ebiten.Termination
}

func (g *game) Draw(*ebiten.Image) {}

func (g *game) Layout(int, int) (int, int) { return 640, 400 }

// Pixels reads a picture back from the graphics card.
func Pixels(img *ebiten.Image) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	img.ReadPixels(out.Pix)
	return out
}

// Save writes what was drawn as a PNG file into the directory that the environment variable SCREENSHOTS names, for a
// person to look at; without the variable it does nothing.
func Save(t testing.TB, name string, img *ebiten.Image) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := save(dir+"/"+name+".png", Pixels(img)); err != nil {
		t.Errorf("screenshot %s: %v", name, err)
	}
}

func save(path string, img image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(f, img); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
