package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena"
	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
	_ "github.com/tandem-engine/tandem/render/screentest/xvfb" // a display for the program that is tested
)

// program is the arena, built for these tests.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "arena")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program = filepath.Join(dir, "arena")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the arena: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// run is a running arena.
type run struct {
	t         *testing.T
	cmd       *exec.Cmd
	out, errs bytes.Buffer
	done      chan error
}

func start(t *testing.T, env []string, args ...string) *run {
	t.Helper()
	r := &run{t: t, cmd: exec.Command(program, args...), done: make(chan error, 1)}
	r.cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	r.cmd.Env = append(r.cmd.Env, env...)
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.errs
	require.NoError(t, r.cmd.Start())
	go func() { r.done <- r.cmd.Wait() }()
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	return r
}

// status waits for the end, while it lets a server go on.
func (r *run) status(s *liveServer) int {
	r.t.Helper()
	late := time.After(2 * time.Minute)
	for {
		select {
		case <-r.done:
			return r.cmd.ProcessState.ExitCode()
		case <-late:
			r.t.Fatalf("it does not end\n%s%s", r.out.String(), r.errs.String())
		default:
			s.advance(r.t)
		}
	}
}

// message is what the program said on standard error, without what the X client library adds where nobody is logged in.
func (r *run) message() string {
	var lines []string
	for line := range strings.Lines(r.errs.String()) {
		if !strings.HasPrefix(line, "XGB:") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// liveServer is an arena on a real socket, which the test advances itself. A nil one only waits.
type liveServer struct {
	*session.Server
	key   string
	clock engine.Clock
}

func serve(t *testing.T, game session.Game) *liveServer {
	t.Helper()
	id, err := secure.NewIdentity(nil)
	require.NoError(t, err)
	carrier, err := udp.Listen("127.0.0.1:0", udp.Config{})
	require.NoError(t, err)
	s, err := session.NewServer(game, session.ServerConfig{Identity: id, Carriers: []transport.Carrier{carrier}, Seed: 5})
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return &liveServer{s, id.String(), engine.SystemClock()}
}

func (s *liveServer) advance(t *testing.T) {
	clock := engine.SystemClock()
	if s != nil {
		require.NoError(t, s.Advance(s.clock.Now()))
	}
	require.NoError(t, clock.WaitUntil(t.Context(), 4*time.Millisecond))
}

// ship is the ship of the first player, if there is one.
func (s *liveServer) ship() (p sim.Position, sh sim.Ship, ok bool) {
	ships := ecs.Read2[sim.Position, sim.Ship](s.App().Sim().All())
	q := ships.Query()
	for q.Next() {
		at, one := q.Get()
		if one.Pilot < sim.FirstBot {
			p, sh, ok = at, one, true
		}
	}
	return p, sh, ok
}

func TestSoloDemo(t *testing.T) {
	dir := t.TempDir()
	shot, sum := filepath.Join(dir, "shot.png"), filepath.Join(dir, "sum.json")
	r := start(t, nil, "-solo", "-script", "demo", "-seconds", "4", "-size", "800x450", "-screenshot", shot, "-summary", sum)
	require.Zero(t, r.status(nil), "%s", &r.errs)
	require.Empty(t, r.message())
	require.Contains(t, r.out.String(), "mispredictions")

	var s struct {
		Players, Entities, Ticks, Frames int
		Seconds                          float64
		In                               float64 `json:"in_bytes_per_second"`
	}
	data, err := os.ReadFile(sum)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &s))
	require.Equal(t, 7, s.Players, "six bots and oneself")
	require.Greater(t, s.Entities, 20)
	require.Greater(t, s.Ticks, 120)
	require.Greater(t, s.Frames, 8)
	require.Positive(t, s.In)

	img := openPNG(t, shot)
	require.Equal(t, image.Pt(800, 450), img.Bounds().Size())
	require.Greater(t, colors(img), 300, "a picture of few colours shows no game")
}

func openPNG(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	img, err := png.Decode(f)
	require.NoError(t, err)
	return img
}

func colors(img image.Image) int {
	seen := map[uint32]bool{}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, b, _ := img.At(x, y).RGBA()
			seen[r>>10<<12|g>>10<<6|b>>10] = true
		}
	}
	return len(seen)
}

// A person presses a key in the window, and on the server the ship moves; when the window is told to end, the server
// hears of it.
func TestRealKeysMoveTheShipOnTheServer(t *testing.T) {
	if _, err := exec.LookPath("xdotool"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("xdotool is not installed: run tools/setup.sh")
		}
		t.Skip("xdotool is not installed (Debian: apt-get install xdotool)")
	}
	s := serve(t, arena.With(server.Rules{Rocks: -1}))
	r := start(t, nil, "-connect", s.Addr().String(), "-key", s.key, "-name", "Ada", "-size", "640x400")
	until := func(what string, holds func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !holds(); s.advance(t) {
			require.True(t, time.Now().Before(end), "not within a minute: %s\n%s", what, &r.errs)
		}
	}
	var from sim.Position
	until("the player has a ship", func() bool { p, _, ok := s.ship(); from = p; return ok })
	held := false
	until("the ship burns", func() bool {
		if !held { // the window needs a moment before it can have the focus
			held = exec.Command("xdotool", "search", "--name", "Tandem Arena", "windowfocus", "keydown", "Up").Run() == nil
		}
		_, ship, _ := s.ship()
		return ship.Burning
	})
	until("the ship has moved", func() bool {
		p, _, _ := s.ship()
		dx, dy := p.X-from.X, p.Y-from.Y
		return dx*dx+dy*dy > 100*100
	})
	require.NoError(t, exec.Command("xdotool", "keyup", "Up").Run())
	require.NoError(t, r.cmd.Process.Signal(syscall.SIGTERM))
	require.Zero(t, r.status(s), "%s", &r.errs)
	until("the server has heard of the end", func() bool { _, _, ok := s.ship(); return !ok })
	require.Contains(t, r.out.String(), "in the game")
}

// extra is a component that only one of the two sides has.
type extra struct{ Level uint8 }

// Each failure is one line that says what to do, and a status that is not 0.
func TestFailures(t *testing.T) {
	s := serve(t, arena.Game)
	other := arena.Game
	other.Version++
	newer := serve(t, other)
	changed := arena.Game
	changed.Sim = func(app *engine.App) {
		arena.Game.Sim(app)
		replicate.Component[extra](app)
	}
	differs := serve(t, changed)
	for name, c := range map[string]struct {
		server *liveServer
		args   []string
		status int
		want   []string
	}{
		"wrong flag":        {nil, []string{"-fly", "-seconds", "1"}, 2, []string{"-fly", "-help"}},
		"wrong key":         {s, []string{"-connect", s.Addr().String(), "-key", newer.key, "-seconds", "1"}, 1, []string{"wrong server key", s.key}},
		"other version":     {newer, []string{"-connect", newer.Addr().String(), "-key", newer.key, "-seconds", "1"}, 1, []string{"version"}},
		"other definitions": {differs, []string{"-connect", differs.Addr().String(), "-key", differs.key, "-seconds", "1"}, 1, []string{"extra"}},
		"port in use":       {s, []string{"-host", "-listen", s.Addr().String(), "-seconds", "1"}, 1, []string{"in use"}},
	} {
		t.Run(name, func(t *testing.T) {
			shot := filepath.Join(t.TempDir(), "error.png")
			r := start(t, nil, append(c.args, "-screenshot", shot)...)
			require.Equal(t, c.status, r.status(c.server), "%s", &r.errs)
			r.refuses(c.want...)
			if c.status == 1 {
				require.Greater(t, reds(openPNG(t, shot)), 100, "it is on the screen too")
			}
		})
	}
}

// refuses checks that the program said why it ended, in one line.
func (r *run) refuses(want ...string) {
	r.t.Helper()
	message := r.message()
	require.True(r.t, strings.HasPrefix(message, "arena: "), "%q", message)
	require.Equal(r.t, 1, strings.Count(message, "\n"), "%q", message)
	for _, w := range want {
		require.Contains(r.t, message, w)
	}
}

// TestUnreachable dials an address where nobody answers.
func TestUnreachable(t *testing.T) {
	silent, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer silent.Close()
	shot := filepath.Join(t.TempDir(), "error.png")
	key := serve(t, arena.Game).key
	r := start(t, nil, "-connect", silent.LocalAddr().String(), "-key", key, "-seconds", "1", "-screenshot", shot)
	require.Equal(t, 1, r.status(nil), "%s", &r.errs)
	r.refuses("no answer", silent.LocalAddr().String())
	require.Greater(t, reds(openPNG(t, shot)), 100, "it is on the screen too")
}

// TestUnreadableIdentity hosts with a damaged identity: it is neither used nor
// overwritten.
func TestUnreadableIdentity(t *testing.T) {
	config := t.TempDir()
	file := filepath.Join(config, "tandem", "arena.identity")
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, []byte("not a key"), 0o600))
	shot := filepath.Join(t.TempDir(), "error.png")
	r := start(t, []string{"XDG_CONFIG_HOME=" + config}, "-host", "-listen", "127.0.0.1:0", "-seconds", "1", "-screenshot", shot)
	require.Equal(t, 1, r.status(nil), "%s", &r.errs)
	r.refuses("identity")
	require.Greater(t, reds(openPNG(t, shot)), 100, "it is on the screen too")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "not a key", string(data))
}

// reds counts the pixels in the colour of an error's border and title.
func reds(img image.Image) int {
	n := 0
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); r > 0xa000 && g < 0x7000 && b < 0x8000 {
				n++
			}
		}
	}
	return n
}

func TestNoDisplay(t *testing.T) {
	for _, display := range []string{"", ":4711"} {
		r := start(t, []string{"DISPLAY=" + display}, "-solo")
		require.Equal(t, 1, r.status(nil))
		require.Contains(t, r.message(), "xvfb-run -a")
		require.Equal(t, 1, strings.Count(r.message(), "\n"))
	}
}
