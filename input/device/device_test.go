package device_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/input/device"
	_ "github.com/tandem-engine/tandem/render/screentest/xvfb"
)

// TestMain opens a window and, while it runs, lets the tests play its keys from another goroutine: Poll needs frames
// that go on.
func TestMain(m *testing.M) {
	ebiten.SetWindowTitle(title)
	ebiten.SetTPS(ebiten.SyncWithFPS)
	ebiten.SetRunnableOnUnfocused(true)
	if err := ebiten.RunGame(&window{m: m}); err != nil {
		fmt.Fprintln(os.Stderr, "the window failed:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

var (
	title = fmt.Sprintf("device test %d", os.Getpid())
	code  = 1
	state = input.NewState(device.Bindings())
	asks  = make(chan func(r *device.Reader)) // run by the window in its next Update
	ended = make(chan struct{})
)

type window struct {
	m       *testing.M
	reader  device.Reader
	started bool
}

func (w *window) Update() error {
	if !w.started {
		w.started = true
		go func() {
			code = w.m.Run()
			close(ended)
		}()
	}
	w.reader.Poll(state) // in every frame, as Poll demands
	select {
	case f := <-asks:
		f(&w.reader)
	case <-ended:
		return ebiten.Termination
	default:
	}
	return nil
}

func (w *window) Draw(*ebiten.Image)         {}
func (w *window) Layout(int, int) (int, int) { return 640, 480 }

// until waits frame by frame until something holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 600 {
		done := make(chan bool)
		asks <- func(*device.Reader) { done <- holds() }
		if <-done {
			return
		}
	}
	t.Fatalf("not within 600 frames: %s", what)
}

func xdotool(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("xdotool", args...).CombinedOutput(); err != nil {
		t.Fatalf("xdotool %v: %v\n%s", args, err, out)
	}
}

// TestRealKeys presses keys and moves the mouse as a person does, through the X server.
func TestRealKeys(t *testing.T) {
	if _, err := exec.LookPath("xdotool"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("xdotool is not installed: run tools/setup.sh")
		}
		t.Skip("xdotool is not installed (Debian: apt-get install xdotool)")
	}
	s := state
	until(t, "the window has the focus", func() bool {
		if !ebiten.IsFocused() {
			_ = exec.Command("xdotool", "search", "--name", title, "windowfocus").Run()
		}
		return ebiten.IsFocused()
	})
	xdotool(t, "keydown", "Left")
	until(t, "left is held", func() bool { return s.Axis(device.MoveX) == -1 })
	xdotool(t, "keyup", "Left", "keydown", "d")
	until(t, "right is held", func() bool { s.EndTick(); return s.Axis(device.MoveX) == 1 })
	xdotool(t, "keyup", "d")
	until(t, "all is let go of", func() bool { s.EndTick(); return s.Axis(device.MoveX) == 0 })

	xdotool(t, "key", "space")
	until(t, "a short press of space", func() bool { return s.Pressed(device.Fire) })

	xdotool(t, "search", "--name", title, "mousemove", "--window", "%1", "100", "80")
	until(t, "the mouse is where it was put", func() bool {
		x, y := s.Mouse()
		return x > 95 && x < 105 && y > 75 && y < 85
	})
	xdotool(t, "mousedown", "1")
	until(t, "the mouse button is held", func() bool { s.EndTick(); return s.KeyDown(input.MouseLeft) })
	xdotool(t, "mouseup", "1")
	until(t, "and let go of", func() bool { s.EndTick(); return !s.KeyDown(input.MouseLeft) })
}

func TestPollAllocatesNothing(t *testing.T) {
	s := input.NewState(device.Bindings())
	done := make(chan float64)
	asks <- func(r *device.Reader) {
		// Asking for the focus takes Ebitengine some memory.
		done <- testing.AllocsPerRun(100, func() { r.Poll(s); s.EndTick() }) -
			testing.AllocsPerRun(100, func() { ebiten.IsFocused() })
	}
	require.Zero(t, <-done)
}
