package window

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/screentest"
)

func TestMain(m *testing.M) { screentest.Main(m) }

// order is the command of the test's game.
type order struct{ Jump bool }

func toy() Program {
	game := session.Game{Name: "toy", Version: 1, Sim: func(app *engine.App) { input.Command[order](app) }}
	return Program{
		Game: game, Client: func(*engine.App) {}, Title: "Toy",
		Bots:    func(int) session.Game { return game },
		Scripts: map[string]string{"jumpy": "1 tap Space"},
	}
}

func key(t *testing.T) string {
	t.Helper()
	id, err := secure.NewIdentity(nil)
	require.NoError(t, err)
	return id.String()
}

func TestFlags(t *testing.T) {
	p, key := toy(), key(t)
	o, err := p.parse(nil)
	require.NoError(t, err)
	require.True(t, o.attended())
	require.Nil(t, o.log)
	w, h := o.windowSize()
	require.Equal(t, [2]int{1280, 720}, [2]int{w, h})

	o, err = p.parse([]string{"-connect", "example.org:4077", "-key", key, "-name", "Ada", "-size", "800x600", "-delay", "50ms"})
	require.NoError(t, err)
	require.Equal(t, "example.org:4077", o.connect)
	require.Equal(t, "Ada", o.name)
	s := &shell{program: p, options: o, settings: settings{Delay: 80}}
	require.Equal(t, &predict.Delay{First: 50 * time.Millisecond}, s.delay(), "the flag before the menu")
	s.options, err = p.parse(nil)
	require.NoError(t, err)
	require.Equal(t, &predict.Delay{First: 80 * time.Millisecond}, s.delay())
	s.settings.Delay = gameDelay
	require.Nil(t, s.delay(), "as the game does")
	s.program.Game.Delay = predict.Delay{First: 40 * time.Millisecond, Predict: 100 * time.Millisecond}
	s.options, err = p.parse([]string{"-connect", "example.org:4077", "-key", key, "-delay", "0"})
	require.NoError(t, err)
	require.Equal(t, &predict.Delay{}, s.delay(), "0 is not the game's")
	s.options.delay, s.settings.Delay = -1, 0
	require.Equal(t, &predict.Delay{}, s.delay(), "in the menu, too")
	s.settings.Delay = 80
	require.Equal(t, &predict.Delay{First: 80 * time.Millisecond, Predict: 100 * time.Millisecond}, s.delay())
	require.Equal(t, [2]int{800, 600}, [2]int{o.width, o.height})

	o, err = p.parse([]string{"-solo", "-bots", "0", "-script", "jumpy", "-seconds", "90", "-seed", "7"})
	require.NoError(t, err)
	require.True(t, o.solo)
	require.Zero(t, o.bots)
	require.NotNil(t, o.script)
	require.Equal(t, 90*time.Second, o.length)
	require.False(t, o.attended())

	o, err = p.parse([]string{"-host", "-seconds", "2.5"})
	require.NoError(t, err)
	require.Equal(t, 2500*time.Millisecond, o.length)

	file := filepath.Join(t.TempDir(), "fly.script")
	require.NoError(t, os.WriteFile(file, []byte("1 hold ArrowUp 2"), 0o600))
	o, err = p.parse([]string{"-script", file})
	require.NoError(t, err)
	require.NotNil(t, o.script)
}

// Every mistake is one line that names the flag and says what to do.
func TestWrongFlags(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.script")
	require.NoError(t, os.WriteFile(broken, []byte("1 dance"), 0o600))
	key := key(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"unknown flag":   {[]string{"-fly"}, "-fly"},
		"no value":       {[]string{"-connect"}, "connect"},
		"no flag":        {[]string{"solo"}, `"solo" is no flag`},
		"two modes":      {[]string{"-solo", "-host"}, "choose one"},
		"no key":         {[]string{"-connect", "a:1"}, "-connect needs -key"},
		"key alone":      {[]string{"-key", key}, "-key needs -connect"},
		"bad key":        {[]string{"-connect", "a:1", "-key", "tk1nonsense"}, "-key:"},
		"no port":        {[]string{"-connect", "example.org", "-key", key}, "use HOST:PORT"},
		"port 0":         {[]string{"-connect", "example.org:0", "-key", key}, "port from 1 to 65535"},
		"port name":      {[]string{"-connect", "example.org:http", "-key", key}, "port from 1 to 65535"},
		"no host":        {[]string{"-connect", ":4077", "-key", key}, "use HOST:PORT"},
		"listen alone":   {[]string{"-listen", ":1"}, "-listen is for -host"},
		"listen nowhere": {[]string{"-host", "-listen", "here"}, "use :PORT or HOST:PORT"},
		"bots there":     {[]string{"-connect", "a:1", "-key", key, "-bots", "3"}, "-bots is for -solo and -host"},
		"many bots":      {[]string{"-solo", "-bots", "1000"}, "choose 0 to 64"},
		"size":           {[]string{"-size", "big"}, "WIDTHxHEIGHT"},
		"tiny":           {[]string{"-size", "10x10"}, "from 320"},
		"log":            {[]string{"-log", "loud"}, "choose debug, info, warn or error"},
		"time":           {[]string{"-seconds", "-3"}, "-seconds is -3: choose 0 to"},
		"long delay":     {[]string{"-delay", "300ms"}, "-delay is 300ms: choose 0 to 250ms"},
		"no time":        {[]string{"-seconds", "NaN"}, "-seconds is NaN: choose 0 to"},
		"too long":       {[]string{"-seconds", "1e300"}, "choose 0 to 1000000000"},
		"no script":      {[]string{"-script", "missing"}, "known by name: jumpy"},
		"broken script":  {[]string{"-script", broken}, "line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := toy().parse(c.args)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
	p := toy()
	p.Bots = nil
	_, err := p.parse([]string{"-solo", "-bots", "1"})
	require.ErrorContains(t, err, "not defined: -bots", "nor is it in the help")
}

func TestHelpNamesEveryFlag(t *testing.T) {
	_, err := toy().parse([]string{"-help"})
	require.ErrorIs(t, err, errHelp)
	var out, errs bytes.Buffer
	require.Zero(t, toy().run([]string{"-help"}, &out, &errs))
	require.Empty(t, errs.String())
	for _, name := range []string{
		"connect", "key", "host", "solo", "listen", "name", "bots", "seed", "script", "seconds", "screenshot", "summary",
		"framelog", "size", "fullscreen", "log",
	} {
		require.Contains(t, out.String(), "-"+name)
	}
	require.Contains(t, out.String(), "jumpy")
}

func TestScriptedCommandLines(t *testing.T) {
	require.NotZero(t, scripted([]string{"-bogus", "-seconds", "1"}))
	require.NotZero(t, scripted([]string{"--script=demo"}))
	require.Zero(t, scripted([]string{"-bogus", "forward"}))
	require.Zero(t, scripted(nil))
}
