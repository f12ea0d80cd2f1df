package window

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/hud"
	"github.com/tandem-engine/tandem/render/screentest"
	"github.com/tandem-engine/tandem/render/window/script"
	"pgregory.net/rapid"
)

// table is a shell whose clock and frames a test moves by hand. It is never opened: the window belongs to the tests.
type table struct {
	*shell
	out    bytes.Buffer
	time   *engine.ManualClock
	screen *ebiten.Image
	jumps  int
}

func newTable(t *testing.T, args ...string) *table {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	tb := &table{time: &engine.ManualClock{}, screen: ebiten.NewImage(1280, 720)}
	p := toy()
	p.Client = func(app *engine.App) {
		keys := input.NewState(input.Bindings{"jump": input.Bind("Space")})
		ecs.SetResource(app.World(), keys)
		input.Sample(app, func(engine.Tick) order {
			if keys.Pressed("jump") {
				tb.jumps++
			}
			keys.EndTick()
			return order{}
		})
		draw.Add(app, draw.LayerFunc(func(screen *ebiten.Image, _ engine.Frame) { screen.Fill(accent) }))
	}
	o, err := p.parse(args)
	require.NoError(t, err)
	tb.shell = newShell(p, o, &tb.out)
	tb.clock = tb.time
	return tb
}

// pass lets seconds go by in frames of 50 ms, and reports whether the window has closed.
func (tb *table) pass(t *testing.T, seconds float64) bool {
	t.Helper()
	for end := tb.time.Now() + time.Duration(seconds*float64(time.Second)); tb.time.Now() < end; {
		tb.time.Advance(50 * time.Millisecond)
		switch err := tb.Update(); {
		case errors.Is(err, ebiten.Termination):
			return true
		case err != nil:
			t.Fatal(err)
		}
		tb.Draw(tb.screen)
	}
	return false
}

func TestSoloPlaysItsScriptAndReports(t *testing.T) {
	dir := t.TempDir()
	play := filepath.Join(dir, "play.script")
	require.NoError(t, os.WriteFile(play, []byte("0.5 tap Space\n1 tap Space\n1.5 tap F3\n2 shot "+dir+"/two.png"), 0o600))
	tb := newTable(t, "-solo", "-script", play, "-seconds", "3", "-summary", dir+"/sum.json", "-screenshot", dir+"/sub/last.png")
	tb.begin()
	require.True(t, tb.pass(t, 6), "it ends by itself")
	require.Equal(t, 2, tb.jumps)
	tb.end()
	require.NoError(t, tb.failure)
	require.Zero(t, tb.status)

	var r report
	data, err := os.ReadFile(dir + "/sum.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &r))
	require.InDelta(t, 3, r.Seconds, 0.2)
	require.InDelta(t, 180, r.Ticks, 20, "frames of 50 ms lose no ticks")
	require.Equal(t, 1, r.Players)
	require.Positive(t, r.InBytesPerSecond)
	require.Positive(t, r.OutBytesPerSecond)
	require.InDelta(t, 20, r.FramesPerSecond, 1)
	for _, want := range []string{"players", "entities", "ticks", "round trip", "received", "sent", "mispredictions"} {
		require.Contains(t, tb.out.String(), want)
	}
	for _, name := range []string{"/two.png", "/sub/last.png"} {
		img := readPNG(t, dir+name)
		require.Equal(t, image.Pt(1280, 720), img.Bounds().Size())
		r, _, b, a := img.At(640, 600).RGBA()
		require.True(t, a == 0xffff && b > r, "the game's own layer is seen")
	}
	require.True(t, screenHasPanel(readPNG(t, dir+"/sub/last.png")), "F3 has opened the network panel")
}

func readPNG(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	img, err := png.Decode(f)
	require.NoError(t, err)
	return img
}

// screenHasPanel looks for the dark panel at the lower left on the bright game.
func screenHasPanel(img image.Image) bool {
	dark := 0
	for y := 520; y < 660; y += 5 {
		if r, g, b, _ := img.At(30, y).RGBA(); r+g+b < 0x10000 {
			dark++
		}
	}
	return dark > 10
}

func TestUnreachableServerIsShownAndEnds(t *testing.T) {
	tb := newTable(t, "-connect", "127.0.0.1:9", "-key", key(t), "-seconds", "1")
	tb.begin()
	require.NotNil(t, tb.playing)
	require.False(t, tb.pass(t, 2))
	connecting := screentest.Pixels(tb.screen)
	require.True(t, tb.pass(t, 60))
	require.Equal(t, statusFailed, tb.status)
	require.ErrorContains(t, tb.failure, "no answer")
	screentest.Save(t, "unreachable", tb.screen)
	require.NotEqual(t, connecting.Pix, screentest.Pixels(tb.screen).Pix)
	tb.end()
}

func TestPortInUse(t *testing.T) {
	first := newTable(t, "-host", "-listen", "127.0.0.1:0")
	first.begin()
	require.NoError(t, first.failure)
	defer first.end()
	require.False(t, first.pass(t, 1))
	require.Contains(t, first.out.String(), "others join with: toy -connect 127.0.0.1:")
	address, _, _ := strings.Cut(first.playing.invite, " ")

	second := newTable(t, "-host", "-listen", address, "-seconds", "1")
	second.begin()
	require.ErrorContains(t, second.failure, "in use")
	require.True(t, second.pass(t, 10))
	second.end()
	require.Equal(t, statusFailed, second.status)
}

// Two windows: one hosts, the other joins with what the first shows.
func TestGuestJoinsHost(t *testing.T) {
	host := newTable(t, "-host", "-listen", "127.0.0.1:0", "-name", "Ada")
	host.begin()
	require.NoError(t, host.failure)
	defer host.end()
	require.False(t, host.pass(t, 1))
	address, key, _ := strings.Cut(host.playing.invite, " ")
	guest := newTable(t, "-connect", address, "-key", key, "-name", "Bob")
	guest.begin()
	defer guest.end()
	for range 200 {
		require.False(t, host.pass(t, 0.05))
		require.False(t, guest.pass(t, 0.05))
		if guest.playing.began && host.playing.driver.Stats().Players == 2 {
			return
		}
	}
	t.Fatal("the guest did not get in")
}

func TestEndOfTheServerIsShown(t *testing.T) {
	host := newTable(t, "-host", "-listen", "127.0.0.1:0")
	host.begin()
	require.False(t, host.pass(t, 1))
	address, key, _ := strings.Cut(host.playing.invite, " ")
	guest := newTable(t, "-connect", address, "-key", key)
	guest.begin()
	for range 200 {
		host.pass(t, 0.05)
		guest.pass(t, 0.05)
		if guest.playing.began {
			break
		}
	}
	require.True(t, guest.playing.began)
	host.end()
	guest.pass(t, 1)
	require.ErrorContains(t, guest.failure, "shutting down")
	require.Equal(t, statusFailed, guest.status)
	guest.end()
}

// A system that panics ends the game with its name, not the process with a stack trace.
func TestPanickingDrawingIsAnError(t *testing.T) {
	tb := newTable(t, "-solo")
	client := tb.program.Client
	tb.program.Client = func(app *engine.App) {
		client(app)
		app.Present(faulty{})
	}
	tb.begin()
	tb.pass(t, 1)
	require.ErrorContains(t, tb.failure, "faulty panicked")
	require.Equal(t, statusFailed, tb.status)
	tb.end()
}

type faulty struct{}

func (faulty) Present(engine.Frame) { panic("out of paint") }

func TestScreenshotThatCannotBeWritten(t *testing.T) {
	tb := newTable(t, "-solo", "-seconds", "0.2", "-screenshot", "/proc/nowhere/shot.png")
	tb.begin()
	require.True(t, tb.pass(t, 5))
	tb.end()
	require.ErrorContains(t, tb.failure, "screenshot cannot be written")
	require.Equal(t, statusFailed, tb.status)
}

func TestMenuLeadsIntoAGameAndBack(t *testing.T) {
	tb := newTable(t)
	tb.begin()
	require.NotNil(t, tb.menu)
	require.False(t, tb.pass(t, 0.5))
	screentest.Save(t, "menu", tb.screen)
	do := func(name string) {
		t.Helper()
		for i := range tb.menu.items {
			if tb.menu.items[i].name == name {
				tb.menu.focus = i
				tb.menu.choose(tb.shell)
				return
			}
		}
		t.Fatalf("the menu has no %q", name)
	}
	do("Play alone")
	do("Start")
	require.Nil(t, tb.menu)
	require.False(t, tb.pass(t, 1))
	require.True(t, tb.playing.began)
	tb.hotkey(input.KeyEscape)
	require.True(t, tb.menu.paused)
	require.False(t, tb.pass(t, 0.2))
	screentest.Save(t, "pause", tb.screen)
	do("Go on")
	require.Nil(t, tb.menu)
	tb.hotkey(input.KeyEscape)
	do("Leave the game")
	require.Nil(t, tb.playing)
	require.NotNil(t, tb.menu)
	require.False(t, tb.ending)
	do("Quit")
	require.True(t, tb.pass(t, 1))
	tb.end()
	require.Zero(t, tb.status)
}

// What cannot be joined is said in the menu, and the entries are kept.
func TestJoinMenuSaysWhatIsWrong(t *testing.T) {
	tb := newTable(t)
	tb.begin()
	join := tb.joinMenu(tb.menu)
	tb.menu = join
	good := key(t)
	for _, c := range []struct{ address, key, want string }{
		{"", good, "is no address"},
		{"127.0.0.1", good, "use HOST:PORT"},
		{"127.0.0.1:9", "", "not a server key"},
		{"127.0.0.1:9", good[:20], "characters instead of"},
	} {
		tb.settings.Address, tb.settings.Key = c.address, c.key
		join.focus = 3
		join.choose(tb.shell)
		require.Contains(t, join.problem, c.want)
		require.Same(t, join, tb.menu)
	}
	tb.pass(t, 0.1)
	screentest.Save(t, "join", tb.screen)

	tb.settings.Address, tb.settings.Key = "127.0.0.1:9", good
	join.choose(tb.shell)
	require.NotNil(t, tb.playing)
	require.False(t, tb.pass(t, 30), "a failure leads back to the menu")
	require.Nil(t, tb.playing)
	require.Contains(t, tb.menu.problem, "no answer")
	again := remember("toy")
	require.Equal(t, good, again.Key)
	require.Equal(t, "127.0.0.1:9", again.Address)
	tb.end()
}

// The key that friends have been told is right tomorrow too.
func TestHostsKeepTheirKey(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	s := remember("toy")
	first, err := s.identity()
	require.NoError(t, err)
	again := remember("toy")
	second, err := again.identity()
	require.NoError(t, err)
	require.Equal(t, first.Public, second.Public)
	nowhere := settings{}
	id, err := nowhere.identity()
	require.NoError(t, err)
	require.Nil(t, id)
}

func TestSettingsAreKept(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	s := remember("toy")
	require.Equal(t, defaultBots, s.Bots)
	s.Name, s.Bots, s.Port = "Ada", 9, 5000
	require.NoError(t, s.save())
	again := remember("toy")
	require.Equal(t, [3]any{"Ada", 9, 5000}, [3]any{again.Name, again.Bots, again.Port})
	require.NoError(t, os.WriteFile(s.path, []byte(`{"bots": -5, "port": 99999, "name": "Eve"}`), 0o600))
	again = remember("toy")
	require.Equal(t, [3]any{"Eve", 0, DefaultPort}, [3]any{again.Name, again.Bots, again.Port})
	require.NoError(t, os.WriteFile(s.path, []byte("{"), 0o600))
	require.Equal(t, defaultBots, remember("toy").Bots, "a broken file is as good as none")
}

func TestFieldTakesWhatFits(t *testing.T) {
	var address, key string
	f := newField(&address, 8, "")
	f.next = newField(&key, 100, "")
	f.add("ab\x00\ncd")
	require.Equal(t, "abcd", address)
	f.add("éééé")
	require.Equal(t, "abcdéé", address, "by bytes, never half a letter")
	f.paste("  1.2.3:4   tk1key \n")
	require.Equal(t, [2]string{"1.2.3:4", "tk1key"}, [2]string{address, key})
	f.paste("")
	require.Equal(t, "1.2.3:4", address)
}

// Wrapped lines fit and lose nothing.
func TestWrap(t *testing.T) {
	c := hud.NewCanvas()
	screen := ebiten.NewImage(1280, 720)
	c.Begin(screen)
	style := hud.Text{Size: 16}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-zé]{1,40} ?){0,12}`).Draw(t, "text")
		w := rapid.Float32Range(60, 600).Draw(t, "w")
		lines := wrap(c, text, style, w)
		for _, line := range lines {
			require.LessOrEqual(t, c.Width(line, style), w)
		}
		require.Equal(t, strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(strings.Join(lines, ""), " ", ""))
	})
}

func TestReadableAddresses(t *testing.T) {
	require.NoError(t, checkAddress("[::1]:4077"))
	require.NoError(t, checkAddress("localhost:1"))
	require.Error(t, checkAddress("localhost"))
}

// A script's own quit ends the program like a closed window does.
func TestScriptQuits(t *testing.T) {
	tb := newTable(t, "-solo")
	s, err := script.Parse("0.3 quit")
	require.NoError(t, err)
	tb.options.script = s
	tb.begin()
	require.True(t, tb.pass(t, 3))
	tb.end()
	require.Zero(t, tb.status)
}

// A frame of a game that goes on takes next to no memory: what is left is Ebitengine's, for each of its draw calls and
// for asking whether the window has the focus.
func TestSteadyFramesAllocateLittle(t *testing.T) {
	tb := newTable(t, "-solo")
	tb.begin()
	require.False(t, tb.pass(t, 3))
	frame := func() {
		tb.time.Advance(time.Second / 60)
		_ = tb.Update()
		tb.Draw(tb.screen)
	}
	all := testing.AllocsPerRun(200, frame)
	t.Logf("%.1f allocations a frame", all)
	if !raceDetector {
		require.LessOrEqual(t, all, 20.0)
	}
	tb.end()
}

// Drawing what the window adds takes no memory while nothing changes.
func TestStatusLineAllocatesNothing(t *testing.T) {
	c := hud.NewCanvas()
	screen := ebiten.NewImage(1280, 720)
	g := graph{open: true}
	for i := range graphSamples {
		g.note(time.Duration(i)*graphInterval, session.Stats{RTT: time.Duration(i) * time.Millisecond, DownRate: 5000})
	}
	frame := func() {
		c.Begin(screen)
		g.draw(c, session.Stats{})
	}
	frame()
	c.Flush()
	require.Zero(t, testing.AllocsPerRun(20, frame))
}
