// Command netsim puts a bad line between a server and its clients.
//
//	go run ./tools/netsim -to 127.0.0.1:7777 -preset 3g
//	go run ./tools/netsim -listen 127.0.0.1:9000 -to 127.0.0.1:7777 -preset wifi -loss 5% -delay 50ms -up.rate 200kbit
//
// Clients connect to the address it prints first. While it runs, lines on its standard input change the line: `preset wifi`, `loss 10%`,
// `down.rate 1mbit`, `blackout 2s`, `rebind`, `show`, `stats`, `help`. It ends with status 0 on SIGTERM or an interrupt; the end of its
// input does not end it.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/tools/netsim/proxy"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the program. It returns its exit status: 2 for wrong flags, 1 for what went wrong later.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	cfg, err := parse(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(errs, "netsim:", err)
		return 2
	}
	cfg.Log = slog.New(slog.NewTextHandler(errs, nil))
	p, err := proxy.New(cfg)
	if err != nil {
		fmt.Fprintln(errs, "netsim:", err)
		return 1
	}
	fmt.Fprintln(out, p.Addr())
	go obey(p, in, out, errs)
	if err := p.Run(ctx); err != nil {
		fmt.Fprintln(errs, "netsim:", err)
		return 1
	}
	return 0
}

// obey does what the lines of in say until it ends.
func obey(p *proxy.Proxy, in io.Reader, out, errs io.Writer) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		answer, err := p.Command(lines.Text())
		if err != nil {
			fmt.Fprintln(errs, "netsim:", err)
			continue
		}
		fmt.Fprintln(out, answer)
	}
}

// parse reads the flags. Settings change the preset in the order given.
func parse(args []string, out io.Writer) (proxy.Config, error) {
	f := flag.NewFlagSet("netsim", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	var cfg proxy.Config
	f.StringVar(&cfg.Listen, "listen", "127.0.0.1:0", "")
	f.StringVar(&cfg.To, "to", "", "")
	f.Uint64Var(&cfg.Seed, "seed", 1, "")
	preset := f.String("preset", "perfect", "")
	type setting struct{ key, value string }
	var settings []setting
	netsim.Settings(func(key, _ string) {
		for _, key := range []string{key, "up." + key, "down." + key} {
			f.Func(key, "", func(value string) error {
				settings = append(settings, setting{key, value})
				return nil
			})
		}
	})
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		usage(out)
		return cfg, err
	case err != nil:
		return cfg, fmt.Errorf("%w; -h lists the flags", err)
	case f.NArg() > 0:
		return cfg, fmt.Errorf("%q is not a flag; -h lists the flags", f.Arg(0))
	case cfg.To == "":
		return cfg, errors.New("-to is missing: give the server's address, such as -to 127.0.0.1:7777")
	}
	if cfg.Conditions, err = netsim.Preset(*preset); err != nil {
		return cfg, fmt.Errorf("-preset: %w", err)
	}
	for _, s := range settings {
		if err := cfg.Conditions.Set(s.key, s.value); err != nil {
			return cfg, fmt.Errorf("-%s: %w", s.key, err)
		}
	}
	return cfg, nil
}

func usage(out io.Writer) {
	fmt.Fprintf(out, `netsim -to ADDRESS [flags]: a UDP proxy on a bad line

  -to ADDRESS      of the server
  -listen ADDRESS  that clients send to, printed first (default 127.0.0.1:0, a free port)
  -preset NAME     conditions to start from: %s
  -seed N          of all decisions (default 1)

Settings of both directions; with up. or down. before the name, of one:
`, strings.Join(netsim.PresetNames, ", "))
	netsim.Settings(func(key, help string) { fmt.Fprintf(out, "  -%-10s %s\n", key, help) })
	fmt.Fprintln(out, `
Lines on the standard input change them while it runs; the line help lists what it understands.`)
}
