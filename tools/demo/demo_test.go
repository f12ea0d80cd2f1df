package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test's own program play the server and the client: with
// DEMO_ACTS in the environment it is one of them, and behaves as the words for
// its part say ("server:dies,client:stays").
func TestMain(m *testing.M) {
	acts := os.Getenv("DEMO_ACTS")
	if acts == "" || len(os.Args) < 2 || (os.Args[1] != "server" && os.Args[1] != "client") {
		os.Exit(m.Run())
	}
	how := map[string]string{}
	for _, act := range strings.Split(acts, ",") {
		part, words, _ := strings.Cut(act, ":")
		how[part] = words
	}
	if os.Args[1] == "server" {
		os.Exit(actServer(how["server"], os.Args[2:]))
	}
	os.Exit(actClient(how["client"], os.Args[2:]))
}

func actServer(how string, args []string) int {
	f := flag.NewFlagSet("server", flag.ContinueOnError)
	addr, bots := f.String("addr", "", ""), f.Int("bots", 0, "")
	identity, ready := f.String("identity", "", ""), f.String("ready", "", "")
	if err := f.Parse(args); err != nil || *addr != "127.0.0.1:0" || *bots != 6 || *identity == "" {
		return 7
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	fmt.Fprintln(os.Stderr, "server says hello")
	switch how {
	case "fails":
		fmt.Fprintln(os.Stderr, "port in use")
		return 1
	case "dies":
		defer fmt.Fprintln(os.Stderr, "out of cheese")
	}
	if err := os.WriteFile(*ready+".new", []byte("127.0.0.1:4077 KEY\n"), 0o600); err != nil {
		return 8
	}
	if err := os.Rename(*ready+".new", *ready); err != nil {
		return 8
	}
	switch how {
	case "dies":
		return 3
	case "lingers":
		signal.Ignore(syscall.SIGTERM)
		select {}
	}
	<-end
	if how == "ends badly" {
		return 4
	}
	return 0
}

func actClient(how string, args []string) int {
	f := flag.NewFlagSet("client", flag.ContinueOnError)
	addr, key, name := f.String("connect", "", ""), f.String("key", "", ""), f.String("name", "", "")
	script, length := f.String("script", "", ""), f.Float64("seconds", 0, "")
	shot, summary := f.String("screenshot", "", ""), f.String("summary", "", "")
	if err := f.Parse(args); err != nil || *addr != "127.0.0.1:4077" || *key != "KEY" || *name != "You" {
		return 7
	}
	switch how {
	case "fails":
		fmt.Fprintln(os.Stderr, "wrong key")
		return 1
	case "stays":
		end := make(chan os.Signal, 1)
		signal.Notify(end, syscall.SIGTERM)
		<-end
		return 0
	}
	if *script == "" {
		return 0
	}
	if *script != "demo" || *length != 1 || os.Getenv("DISPLAY") == "" {
		return 7
	}
	img := image.NewGray(image.Rect(0, 0, 8, 4))
	if how != "draws nothing" {
		img.Set(3, 3, color.White)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return 8
	}
	players := 7
	if how == "is alone" {
		players = 1
	}
	text := fmt.Sprintf(`{"players":%d,"entities":61,"ticks":60,"rtt_ms":0.8,"in_bytes_per_second":5100,"out_bytes_per_second":1900,"mispredictions":2}`, players)
	if os.WriteFile(*shot, b.Bytes(), 0o600) != nil || os.WriteFile(*summary, []byte(text), 0o600) != nil {
		return 8
	}
	return 0
}

func acting(t *testing.T, how, display string) (Demo, *bytes.Buffer) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the parts end on SIGTERM, which Windows does not have")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DEMO_ACTS", how)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // else each part takes a second to end under the race detector
	out := new(bytes.Buffer)
	return Demo{
		Server: []string{self, "server"}, Client: []string{self, "client"},
		Bots: 6, Display: display, Seconds: 1, Dir: t.TempDir(), Out: out,
	}, out
}

// TestWithDisplay plays with a display until the client leaves, and sees what
// is said of each way that goes wrong.
func TestWithDisplay(t *testing.T) {
	for _, c := range []struct {
		how  string
		want []string // in the error; nil: there is none
	}{
		{"nobody:", nil},
		{"server:fails", []string{"before it listened", "exit status 1", "port in use"}},
		{"server:ends badly", []string{"did not end well", "exit status 4", "server says hello"}},
		{"server:lingers", []string{"had to be killed"}},
		{"client:fails", []string{"exit status 1", "wrong key", "server says hello"}},
	} {
		t.Run(c.how, func(t *testing.T) {
			d, out := acting(t, c.how, ":0")
			if c.how == "server:lingers" {
				d.Grace = 200 * time.Millisecond
			}
			err := d.Run(t.Context())
			if (err == nil) != (c.want == nil) {
				t.Fatalf("error %v\n%s", err, out)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q:\n%v", want, err)
				}
			}
			nobodyLeft(t, d)
		})
	}
}

// TestServerDies kills the game under a client that would stay.
func TestServerDies(t *testing.T) {
	d, _ := acting(t, "server:dies,client:stays", ":0")
	err := d.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "out of cheese") {
		t.Errorf("the end of the server is told as %v", err)
	}
	nobodyLeft(t, d)
}

// TestInterrupt ends a game in the middle, as Ctrl-C does: no failure where a
// person plays, and nothing is left running.
func TestInterrupt(t *testing.T) {
	d, out := acting(t, "client:stays", ":0")
	ctx, cancel := context.WithCancel(t.Context())
	d.Out = onText{"the game is on", cancel}
	if err := d.Run(ctx); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	nobodyLeft(t, d)
}

// onText calls do once text is written.
type onText struct {
	text string
	do   func()
}

func (o onText) Write(b []byte) (int, error) {
	if strings.Contains(string(b), o.text) {
		o.do()
	}
	return len(b), nil
}

// TestWithoutDisplay runs the script under a real Xvfb.
func TestWithoutDisplay(t *testing.T) {
	if _, err := exec.LookPath("Xvfb"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no Xvfb in CI; tools/setup.sh installs it")
		}
		t.Skip("no Xvfb on this machine: the run without a display is not tested; tools/setup.sh installs it")
	}
	for how, want := range map[string]string{
		"nobody:":              "",
		"client:fails":         "wrong key",
		"client:is alone":      "saw 1 players",
		"client:draws nothing": "one colour all over",
	} {
		t.Run(how, func(t *testing.T) {
			d, out := acting(t, how, "")
			err := d.Run(t.Context())
			if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
				t.Fatalf("error %v, want %q\n%s", err, want, out)
			}
			for _, line := range []string{"players        7", "mispredictions 2", "(8x4)"} {
				if want == "" && !strings.Contains(out.String(), line) {
					t.Errorf("the summary does not say %q:\n%s", line, out)
				}
			}
			nobodyLeft(t, d)
		})
	}
}

// nobodyLeft looks for processes with the run's own folder on their command
// line, or this test's program in a part.
func nobodyLeft(t *testing.T, d Demo) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return
	}
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range lines {
		text, err := os.ReadFile(p)
		if err != nil {
			continue // ended since
		}
		args := strings.Split(string(text), "\x00")
		if len(args) > 1 && args[0] == d.Server[0] && (args[1] == "server" || args[1] == "client") {
			t.Errorf("left running: %q", args)
		}
	}
}

func TestDisplayFrom(t *testing.T) {
	for _, c := range []struct {
		system, x11, wayland string
		display, note        string
	}{
		{"linux", "", "", "", ""},
		{"linux", ":0", "", ":0", ""},
		{"linux", ":0", "wayland-0", ":0", ""},
		{"linux", "", "wayland-0", "", "set DISPLAY"},
		{"darwin", "", "", "the system's own", ""},
	} {
		env := map[string]string{"DISPLAY": c.x11, "WAYLAND_DISPLAY": c.wayland}
		display, note := displayFrom(c.system, func(name string) string { return env[name] })
		if display != c.display || (note == "") != (c.note == "") || !strings.Contains(note, c.note) || strings.Contains(note, "\n") {
			t.Errorf("%s with %q: display %q, note %q", c.system, env, display, note)
		}
	}
}

func TestSecondsFrom(t *testing.T) {
	for env, want := range map[string]int{"": 20, "5": 5, "0": 0, "-1": 0, "ten": 0, "99999": 0} {
		got, err := secondsFrom(env)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("DEMO_SECONDS=%q: %d, %v", env, got, err)
		}
	}
}

func TestTail(t *testing.T) {
	var l tail
	for i := range 100 {
		if _, err := l.Write([]byte("line " + strconv.Itoa(i) + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	lines := l.Lines()
	if len(lines) != tailLines || lines[0] != "line 88" || lines[tailLines-1] != "line 99" {
		t.Errorf("the tail is %q", lines)
	}
}

func TestSummaryCheck(t *testing.T) {
	d := Demo{Bots: 6, Seconds: 20}
	good := Summary{Players: 7, Entities: 40, Ticks: 1200, InBytesPerSecond: 1, OutBytesPerSecond: 1}
	if err := good.check(d); err != nil {
		t.Error(err)
	}
	for _, spoil := range []func(*Summary){
		func(s *Summary) { s.Players = 6 },
		func(s *Summary) { s.Entities = 3 },
		func(s *Summary) { s.Ticks = 10 },
		func(s *Summary) { s.OutBytesPerSecond = 0 },
	} {
		s := good
		spoil(&s)
		if err := s.check(d); err == nil {
			t.Errorf("%+v passes", s)
		}
	}
	if _, err := readSummary(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing summary gives %v", err)
	}
}
