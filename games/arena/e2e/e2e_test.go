package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/games/arena"
	"github.com/tandem-engine/tandem/games/arena/e2e"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

// patience is how long the test waits for anything: the machine may be busy.
const patience = 90 * time.Second

// The windows are as large as their screens.
const width, height = 1280, 720

// radar is where a client draws its radar, without the frame.
var radar = image.Rect(1104, 16, 1264, 176)

// TestTwoPlayers starts the real server and two real clients in windows, flies
// one player's ship by key presses, and sees it move on the server and on the
// other player's screen.
func TestTwoPlayers(t *testing.T) {
	if testing.Short() {
		t.Skip("windows and a race detector together are too slow")
	}
	alices, bobs := screen(t, width, height), screen(t, width, height)
	dir := t.TempDir()
	server, addr, key := startServer(t, dir)
	alice := startClient(t, dir, alices, "-connect", addr, "-key", key, "-name", "Alice")
	bob := startClient(t, dir, bobs, "-connect", addr, "-key", key, "-name", "Bob")
	watch := observe(t, addr, key)

	var from sim.Position
	watch.until("Alice has a ship", func() (ok bool) { from, ok = watch.ship("Alice"); return ok })
	watch.until("Bob has a ship", func() bool { _, ok := watch.ship("Bob"); return ok })
	watch.until("Bob's radar shows Alice where she is", func() bool { return blip(t, bobs, from, "before") })

	watch.until("Alice's window has the keyboard", func() bool {
		ok, err := alices.Focus()
		return ok && err == nil
	})
	require.NoError(t, alices.Key('w', true))
	defer func() { _ = alices.Key('w', false) }()
	watch.until("Alice's ship has flown on the server", func() bool {
		now, ok := watch.ship("Alice")
		dx, dy := now.X-from.X, now.Y-from.Y
		return ok && dx*dx+dy*dy > 600*600
	})
	require.NoError(t, alices.Key('w', false))
	require.NoError(t, alices.Key(' ', true))
	watch.until("Alice's bullets fly on the server", func() bool { return watch.bullets("Alice") > 0 })
	require.NoError(t, alices.Key(' ', false))
	watch.until("Bob's radar shows Alice where she has flown", func() bool {
		now, ok := watch.ship("Alice")
		return ok && blip(t, bobs, now, "after") && !blip(t, bobs, from, "after")
	})
	blip(t, alices, from, "alice")

	require.NoError(t, server.Process.Signal(syscall.SIGTERM))
	require.NoError(t, server.Wait(), "the server says goodbye and leaves with status 0")
	for _, c := range []*client{alice, bob} {
		c.end(t, "the server is shutting down")
	}
}

// TestWrongKey starts the real client with another server's key.
func TestWrongKey(t *testing.T) {
	if testing.Short() {
		t.Skip("windows and a race detector together are too slow")
	}
	display, dir := screen(t, width, height), t.TempDir()
	_, addr, _ := startServer(t, dir)
	other, err := secure.NewIdentity(nil)
	require.NoError(t, err)
	c := startClient(t, dir, display, "-connect", addr, "-key", other.String(), "-seconds", "5")
	c.end(t, "wrong server key")
}

// screen is a display, or the end of the test: a skip, in CI a failure.
func screen(t *testing.T, width, height int) *e2e.Desktop {
	d, err := e2e.Start(width, height)
	if errors.Is(err, e2e.ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

// programs is where the programs are, built once.
var programs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "arena-e2e-")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", dir, "../cmd/arena", "../cmd/arena-server", "../../../tools/netsim").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return dir, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := programs(); err == nil {
		_ = os.RemoveAll(dir) // a temporary folder: the system removes what is left
	}
	os.Exit(code)
}

// build gives the path of a built program.
func build(t *testing.T, name string) string {
	dir, err := programs()
	require.NoError(t, err)
	return filepath.Join(dir, name)
}

func startServer(t *testing.T, dir string, more ...string) (cmd *exec.Cmd, addr, key string) {
	ready, log := filepath.Join(dir, "ready"), &bytes.Buffer{}
	args := append([]string{"-addr", "127.0.0.1:0", "-identity", filepath.Join(dir, "identity"), "-ready", ready, "-seed", "7"}, more...)
	cmd = exec.Command(build(t, "arena-server"), args...)
	cmd.Stderr = log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended already
		_ = cmd.Wait()
		if t.Failed() {
			t.Log("server:", log.String())
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if text, err := os.ReadFile(ready); err == nil {
			_, err = fmt.Sscan(string(text), &addr, &key)
			require.NoError(t, err, string(text))
			return cmd, addr, key
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the server is not ready: ", log.String())
		}
	}
}

// client is a client in its window.
type client struct {
	cmd  *exec.Cmd
	errs *bytes.Buffer
	done chan error
}

func startClient(t *testing.T, dir string, d *e2e.Desktop, args ...string) *client {
	c := &client{errs: &bytes.Buffer{}, done: make(chan error, 1)}
	args = append([]string{"-size", fmt.Sprintf("%dx%d", width, height), "-summary", filepath.Join(dir, "summary.json")}, args...)
	c.cmd = exec.Command(build(t, "arena"), args...)
	c.cmd.Env = append(os.Environ(), d.Env(), "LIBGL_ALWAYS_SOFTWARE=1", "XDG_CONFIG_HOME="+dir)
	c.cmd.Stderr = c.errs
	require.NoError(t, c.cmd.Start())
	go func() { c.done <- c.cmd.Wait() }()
	t.Cleanup(func() { _ = c.cmd.Process.Kill() })
	return c
}

// end waits for a client that must fail, and checks that it says why in its
// last line. With somebody watching it would show the reason until a key is
// pressed: it is told to go.
func (c *client) end(t *testing.T, why string) {
	select {
	case err := <-c.done:
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "the client must fail")
	case <-time.After(patience):
		require.Fail(t, "the client does not end", c.errs.String())
	}
	lines := strings.Split(strings.TrimSpace(c.errs.String()), "\n")
	require.Contains(t, lines[len(lines)-1], why, "all it said: %s", c.errs.String())
}

// observer is a third player without a window: what it knows, the server has
// told it.
type observer struct {
	t      *testing.T
	client *session.Client
	begun  time.Time
	pilots ecs.Reader1[sim.Pilot]
	ships  ecs.Reader2[sim.Ship, sim.Position]
	shots  ecs.Reader1[sim.Bullet]
}

func observe(t *testing.T, addr, key string) *observer {
	pin, err := secure.ParseKey(key)
	require.NoError(t, err)
	carrier, err := udp.Listen("127.0.0.1:0", udp.Config{})
	require.NoError(t, err)
	c, err := session.NewClient(arena.Game, session.ClientConfig{
		Addr: netip.MustParseAddrPort(addr), Pin: pin, Carrier: carrier, Name: "Observer",
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	all := ecs.NewSim(c.App().World()).All()
	return &observer{
		t: t, client: c, begun: time.Now(),
		pilots: ecs.Read1[sim.Pilot](all),
		ships:  ecs.Read2[sim.Ship, sim.Position](all),
		shots:  ecs.Read1[sim.Bullet](all),
	}
}

// until plays on until something is so.
func (o *observer) until(what string, so func() bool) {
	o.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for begin := time.Now(); ; <-tick.C {
		require.NoError(o.t, o.client.Advance(time.Since(o.begun)))
		if so() {
			return
		}
		require.Less(o.t, time.Since(begin), patience, "waited for: %s", what)
	}
}

// pilot is the number of a player of this name.
func (o *observer) pilot(name string) (p sim.Pilot, ok bool) {
	q := o.pilots.Query()
	for q.Next() {
		if at := q.Get(); at.Name == name {
			p, ok = at, true
		}
	}
	return p, ok
}

func (o *observer) ship(name string) (at sim.Position, ok bool) {
	p, known := o.pilot(name)
	q := o.ships.Query()
	for q.Next() {
		if ship, position := q.Get(); known && ship.Pilot == p.ID {
			at, ok = position, true
		}
	}
	return at, ok
}

func (o *observer) bullets(name string) (n int) {
	p, _ := o.pilot(name)
	q := o.shots.Query()
	for q.Next() {
		if q.Get().Pilot == p.ID {
			n++
		}
	}
	return n
}

// blip reports whether a client's radar has a coloured spot, another player's
// ship, near a place in the arena: rocks are grey and the own ship is white. It
// keeps the picture in the folder that SCREENSHOTS names.
func blip(t *testing.T, d *e2e.Desktop, at sim.Position, name string) bool {
	img, err := d.Picture()
	require.NoError(t, err)
	keep(t, "two-players-"+name, img)
	const near = 8 // pixels: 200 units, for what has flown on meanwhile
	x := radar.Min.X + int((at.X/sim.Side+0.5)*float32(radar.Dx()))
	y := radar.Min.Y + int((at.Y/sim.Side+0.5)*float32(radar.Dy()))
	spot := image.Rect(x-near, y-near, x+near+1, y+near+1).Intersect(radar)
	for y := spot.Min.Y; y < spot.Max.Y; y++ {
		for x := spot.Min.X; x < spot.Max.X; x++ {
			c := img.RGBAAt(x, y)
			if most, least := max(c.R, c.G, c.B), min(c.R, c.G, c.B); most > 160 && most-least > 90 {
				return true
			}
		}
	}
	return false
}

func keep(t *testing.T, name string, img image.Image) {
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	require.NoError(t, err)
	require.NoError(t, png.Encode(f, img))
	require.NoError(t, f.Close())
}
