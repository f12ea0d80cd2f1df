package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/tandem-engine/tandem/games/arena/server"
)

// Options is everything that can be set: by a configuration file in TOML, and on the command line, which wins.
type Options struct {
	Addr     string        // UDP address to listen on, host:port; port 0 chooses a free one
	Seed     uint64        // of all random numbers; 0 draws one
	Identity string        // file with the server's key pair; made on first start
	Rooms    int           // arenas, each with its own round, players and bots
	Players  int           // most players at a time in each arena, bots not counted
	Drain    time.Duration // for how long players may play on after the first signal to end; 0: not at all
	Log      slog.Level    // the least important lines to be logged
	Ready    string        `toml:"-"` // file to write once the server listens; empty for none
	Rules    server.Rules
}

// defaults are the options of an empty command line.
func defaults() Options {
	return Options{Addr: ":4077", Identity: "arena.identity", Rooms: 1, Players: 64, Rules: server.DefaultRules}
}

// usage of the program, before the flags.
const usage = `arena-server runs the arena without a window.

It prints the address and the public key of its identity; players join with
    arena -connect ADDRESS -key KEY

Flags win over the configuration file.
`

// errHelp means that the help was asked for and has been printed.
var errHelp = errors.New("help")

// parse reads the command line without the program's name, and the configuration file that it may name. Help goes to out.
// The errors fit on one line.
func parse(args []string, out io.Writer) (Options, error) {
	o := defaults()
	config, err := parseFlags(args, &o, out)
	if err != nil {
		return o, err
	}
	if config != "" {
		o = defaults()
		if err := readConfig(config, &o); err != nil {
			return o, err
		}
		if _, err := parseFlags(args, &o, out); err != nil {
			return o, err
		}
	}
	o.Rules = o.Rules.Literal()
	return o, o.validate()
}

// parseFlags sets what the command line names and leaves the rest.
func parseFlags(args []string, o *Options, out io.Writer) (config string, err error) {
	f := flag.NewFlagSet("arena-server", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.StringVar(&config, "config", "", "`file` with options in TOML: addr, seed, identity, rooms, players, drain, log, [rules] bots, rocks, round, break, respawn")
	f.StringVar(&o.Addr, "addr", o.Addr, "UDP `address` to listen on; port 0 chooses a free one")
	f.Uint64Var(&o.Seed, "seed", o.Seed, "`number` that all random numbers come from; 0 draws one")
	f.StringVar(&o.Identity, "identity", o.Identity, "`file` with the server's key pair, made on first start")
	f.IntVar(&o.Rooms, "rooms", o.Rooms, "`number` of arenas; who joins flies in the emptiest and changes with the key N")
	f.IntVar(&o.Players, "players", o.Players, "`most` players at a time in each arena, bots not counted")
	f.IntVar(&o.Rules.Bots, "bots", o.Rules.Bots, "`number` of computer pilots in each arena")
	f.DurationVar(&o.Drain, "drain", o.Drain, "`time` such as 2m that players may play on after the first SIGTERM or SIGINT, while nobody new gets in; 0s ends at once")
	f.TextVar(&o.Log, "log", o.Log, "least important `level` to log: debug, info, warn or error")
	f.StringVar(&o.Ready, "ready", o.Ready, "`file` to write \"ADDRESS KEY\" to once the server listens")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(out, usage, "\n")
		f.SetOutput(out)
		f.PrintDefaults()
		return "", errHelp
	case err != nil:
		return "", flagError(err)
	case f.NArg() > 0:
		return "", fmt.Errorf("unexpected argument %q: flags start with a dash; arena-server -help lists them", f.Arg(0))
	}
	f.Visit(func(given *flag.Flag) {
		if given.Name == "config" && config == "" {
			err = errors.New("-config is empty: name a file with options in TOML, or leave -config out")
		}
	})
	return config, err
}

// values are what the flags take that are no free text.
var values = map[string]string{
	"seed":    "a whole number from 0 to 2^64-1",
	"rooms":   "a whole number from 1 to 1000",
	"players": "a whole number from 1 to 10000",
	"bots":    "a whole number from 0 to 1000",
	"drain":   "a time such as 90s or 2m",
	"log":     "debug, info, warn or error",
}

// flagError says what to do about an error of package flag. Of a value that does not parse it says no more than that.
func flagError(err error) error {
	for name, want := range values {
		if mistake, _, found := strings.Cut(err.Error(), " for flag -"+name+":"); found {
			return fmt.Errorf("%s for flag -%s: it must be %s", mistake, name, want)
		}
	}
	return fmt.Errorf("%w; arena-server -help lists the flags", err)
}

// readConfig sets what the file names and leaves the rest. A key that means nothing is an error: it is likely a typing mistake.
func readConfig(path string, o *Options) error {
	text, err := os.ReadFile(path)
	if err != nil {
		var file *fs.PathError
		if errors.As(err, &file) {
			err = file.Err // without the path, which stands before it
		}
		return fmt.Errorf("config %s: %w; -config names it: give the path of a file with options in TOML", path, err)
	}
	meta, err := toml.Decode(string(text), o)
	var syntax toml.ParseError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("config %s, line %d: %s", path, syntax.Position.Line, syntax.Message)
	case err != nil:
		return fmt.Errorf("config %s: %s", path, strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "toml: "))
	}
	var whole struct{ Seed int64 } // package toml wraps a negative number around to fit an unsigned field
	if _, err := toml.Decode(string(text), &whole); err == nil && whole.Seed < 0 {
		return fmt.Errorf("config %s: seed is %d: it must be a whole number from 0 to 2^63-1", path, whole.Seed)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return fmt.Errorf("config %s: there is no option %q; arena-server -help lists them", path, unknown[0].String())
	}
	return nil
}

// maxPlayers is how many players one server takes in all arenas.
const maxPlayers = 50000

func (o *Options) validate() error {
	_, port, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return fmt.Errorf("addr %q: it must be host:port or :port, such as :4077", o.Addr)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("addr %q: the port must be a number from 0 to 65535", o.Addr)
	}
	if o.Players < 1 || o.Players > 10000 {
		return fmt.Errorf("players is %d: it must be from 1 to 10000", o.Players)
	}
	if o.Rooms < 1 || o.Rooms > 1000 {
		return fmt.Errorf("rooms is %d: it must be from 1 to 1000", o.Rooms)
	}
	if all := o.Rooms * o.Players; all > maxPlayers {
		return fmt.Errorf("%d rooms of %d players are %d: a server takes at most %d, so lower rooms or players", o.Rooms, o.Players, all, maxPlayers)
	}
	if o.Drain != 0 && (o.Drain < time.Second || o.Drain > 24*time.Hour) {
		return fmt.Errorf("drain is %v: it must be 0s or from 1s to 24h, such as 2m", o.Drain)
	}
	if o.Identity == "" {
		return errors.New("identity is empty: name a file, it is made if it does not exist")
	}
	return o.Rules.Validate()
}
