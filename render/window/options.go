package window

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/render/window/script"
)

// options are what the command line says.
type options struct {
	connect, key string
	host, solo   bool
	listen       string
	name         string
	bots         int
	seed         uint64
	delay        time.Duration // of commands, on servers; negative: as the settings say

	log *slog.Logger // nil: nothing is logged

	script     *script.Script
	length     time.Duration // 0: until somebody ends it
	screenshot string
	summary    string
	frameLog   string

	width, height int // 0: see windowSize
	fullscreen    bool
}

// DefaultPort is the UDP port of games that name no other.
const DefaultPort = 4077

const (
	defaultBots = 6
	maxBots     = 64
	maxDelay    = 250           // milliseconds
	delayStep   = 10            // of the menu
	gameDelay   = -delayStep    // as the game does
	maxSeconds  = 1_000_000_000 // a duration holds nine times as many
	minSize     = 320
	maxSize     = 16384
)

// errHelp means that the help is wanted.
var errHelp = errors.New("help")

// attended reports whether somebody may be watching who could press a key.
func (o *options) attended() bool { return o.script == nil && o.length == 0 }

// raw are flags as they are written.
type raw struct {
	options
	script, size, level string
	seconds             float64
}

func (p Program) flags(r *raw) *flag.FlagSet {
	f := flag.NewFlagSet(p.Game.Name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&r.connect, "connect", "", "join the server at `ADDRESS`, host:port; needs -key")
	f.StringVar(&r.key, "key", "", "public `KEY` of the server to join, as it prints it")
	f.BoolVar(&r.host, "host", false, "play and let others join")
	f.BoolVar(&r.solo, "solo", false, "play alone")
	f.StringVar(&r.listen, "listen", ":"+strconv.Itoa(DefaultPort), "`ADDRESS` that -host listens on, host:port or :port")
	f.StringVar(&r.name, "name", "", "`NAME` of the player; empty: that of the last time")
	if p.Bots != nil {
		f.IntVar(&r.bots, "bots", defaultBots, "`NUMBER` of computer players of -solo and -host")
	}
	f.Uint64Var(&r.seed, "seed", 0, "start of the random numbers of -solo and -host; 0 draws one")
	f.DurationVar(&r.delay, "delay", 0, "on a server, let keys take effect so much later rather than predict, a `DURATION` such as 50ms; 0: predict all; without: as chosen in the menu, or as the game does")
	f.StringVar(&r.script, "script", "", "play the keys of a script instead of a person's: a `FILE`, or one of "+p.scriptNames())
	f.Float64Var(&r.seconds, "seconds", 0, "end after playing for so many `SECONDS`, such as 2.5; 0: when the window is closed")
	f.StringVar(&r.screenshot, "screenshot", "", "write the last picture into a PNG `FILE`")
	f.StringVar(&r.summary, "summary", "", "write a summary of the game into a JSON `FILE`")
	f.StringVar(&r.frameLog, "framelog", "", "write where each frame shows what moves into a CSV `FILE`, to look into jerky motion")
	f.StringVar(&r.level, "log", "", "log to standard error from a `LEVEL` on: debug, info, warn or error; empty: nothing")
	f.StringVar(&r.size, "size", "", "size of the window, `WIDTHxHEIGHT`; empty: 1280x720, or what the screen has room for")
	f.BoolVar(&r.fullscreen, "fullscreen", false, "fill the whole screen")
	return f
}

func (p Program) scriptNames() string {
	names := slices.Sorted(maps.Keys(p.Scripts))
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (p Program) help(out io.Writer) {
	fmt.Fprintf(out, "%s: without flags it shows a menu.\n\n", p.Title)
	f := p.flags(&raw{})
	f.SetOutput(out)
	f.PrintDefaults()
	fmt.Fprint(out, "\nIn the game: F3 network, F11 full screen, F12 screenshot, Escape menu.\n")
}

// parse reads the command line. The errors fit on one line and say what to do.
func (p Program) parse(args []string) (options, error) {
	var r raw
	f := p.flags(&r)
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return r.options, errHelp
	case err != nil:
		return r.options, err
	case f.NArg() > 0:
		return r.options, fmt.Errorf("%q is no flag: all arguments are flags such as -solo", f.Arg(0))
	}
	given := map[string]bool{}
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if err := p.check(&r, given); err != nil {
		return r.options, err
	}
	return r.options, nil
}

func (p Program) check(r *raw, given map[string]bool) error {
	if given["size"] {
		var err error
		if r.width, r.height, err = parseSize(r.size); err != nil {
			return err
		}
	}
	if math.IsNaN(r.seconds) || r.seconds < 0 || r.seconds > maxSeconds {
		return fmt.Errorf("-seconds is %g: choose 0 to %d", r.seconds, maxSeconds)
	}
	r.length = time.Duration(r.seconds * float64(time.Second))
	if r.delay < 0 || r.delay > maxDelay*time.Millisecond {
		return fmt.Errorf("-delay is %v: choose 0 to %dms", r.delay, maxDelay)
	}
	if !given["delay"] {
		r.delay = -1
	}
	if err := r.openLog(); err != nil {
		return err
	}
	if err := checkMode(&r.options, given); err != nil {
		return err
	}
	if r.bots < 0 || r.bots > maxBots {
		return fmt.Errorf("-bots is %d: choose 0 to %d", r.bots, maxBots)
	}
	return p.readScript(r)
}

func (r *raw) openLog() error {
	if r.level == "" {
		return nil
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(r.level)); err != nil {
		return fmt.Errorf("-log is %q: choose debug, info, warn or error", r.level)
	}
	r.log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	return nil
}

// checkMode sees whether the flags that say what to play fit together.
func checkMode(o *options, given map[string]bool) error {
	modes := 0
	for _, name := range [...]string{"connect", "host", "solo"} {
		if given[name] {
			modes++
		}
	}
	switch {
	case modes > 1:
		return errors.New("-connect, -host and -solo exclude each other: choose one")
	case given["connect"] && !given["key"]:
		return errors.New("-connect needs -key, the line that the server prints when it starts")
	case given["key"] && !given["connect"]:
		return errors.New("-key needs -connect ADDRESS")
	case given["listen"] && !o.host:
		return errors.New("-listen is for -host: give that too")
	case given["bots"] && modes > 0 && !o.host && !o.solo:
		return errors.New("-bots is for -solo and -host: a server has its own")
	}
	if given["connect"] {
		if err := checkAddress(o.connect); err != nil {
			return fmt.Errorf("-connect: %w", err)
		}
		if _, err := secure.ParseKey(o.key); err != nil {
			return fmt.Errorf("-key: %w", err)
		}
	}
	if _, _, err := net.SplitHostPort(o.listen); err != nil {
		return fmt.Errorf("-listen is %q: use :PORT or HOST:PORT", o.listen)
	}
	return nil
}

// checkAddress sees whether a text is HOST:PORT.
func checkAddress(text string) error {
	host, port, err := net.SplitHostPort(text)
	if err != nil || host == "" {
		return fmt.Errorf("%q is no address: use HOST:PORT such as 192.0.2.7:%d", text, DefaultPort)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%q has no port from 1 to 65535: use HOST:PORT such as 192.0.2.7:%d", text, DefaultPort)
	}
	return nil
}

func parseSize(text string) (w, h int, err error) {
	a, b, _ := strings.Cut(text, "x")
	w, err1 := strconv.Atoi(a)
	h, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil || w < minSize || h < minSize || w > maxSize || h > maxSize {
		return 0, 0, fmt.Errorf("-size is %q: use WIDTHxHEIGHT such as 1280x720, each from %d to %d", text, minSize, maxSize)
	}
	return w, h, nil
}

// readScript finds the script by its name, or in a file.
func (p Program) readScript(r *raw) error {
	if r.script == "" {
		return nil
	}
	text, named := p.Scripts[r.script]
	if !named {
		data, err := os.ReadFile(r.script)
		if err != nil {
			return fmt.Errorf("-script: %w (known by name: %s)", err, p.scriptNames())
		}
		text = string(data)
	}
	parsed, err := script.Parse(text)
	if err != nil {
		return fmt.Errorf("-script %s: %w", r.script, err)
	}
	r.options.script = parsed
	return nil
}
