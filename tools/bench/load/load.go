// Package load measures how many players one server holds.
//
//	go run ./tools/bench load -clients 1000 -entities 5000 -visible 100 -tick 60 -snapshots 20 -commands 30 -seconds 20
//
// It starts a server as another process, a whole one: rooms, commands, simulation,
// replication with sight, encrypted UDP sockets. Its clients, in this process, join
// over sockets of their own, fly ships by commands in the game's format and are
// told of what they see. Of the things in the world -moving move, the players'
// ships among them; the others stand still.
//
// A client is advanced 60 times a second, as one that draws. Clients take turns within
// that time, so that their packets reach the server one by one; what comes to them waits
// for their frame, and is in the RTT.
//
// Most clients keep no world (session.Crowd), which the server cannot tell. A few
// are whole ones, which predict and decode: in the end the server writes down its
// world, and what they have of it must be equal. Measuring begins when everybody
// has joined and the beginnings are told, and fails if a client was dropped, or was
// not told of snapshots at its rate, or if a whole one's world is wrong.
package load

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// options is what the command line says.
type options struct {
	clients, entities, moving, visible int
	tick, snapshots, commands          int // a second
	seconds                            int
	whole                              int // clients that keep a world
	joins                              int // clients that join a second
	seed                               uint64
	addr                               string
	profile                            string
}

func (o options) check() error {
	if o.clients < 1 || o.entities < o.clients || o.moving < o.clients || o.moving > o.entities || o.visible < 1 ||
		o.visible > o.entities/2 || o.seconds < 1 || o.whole < 0 || o.whole > o.clients || o.joins < 1 {
		return errors.New("load: give numbers above 0; -entities includes the ships of -clients, and so does -moving; -visible is at most half of -entities")
	}
	if o.tick < 1 || o.snapshots < 1 || o.commands < 1 || o.tick%o.snapshots != 0 || o.tick%o.commands != 0 {
		return fmt.Errorf("load: -snapshots and -commands must divide the %d ticks of a second", o.tick)
	}
	return nil
}

func (o *options) flags() *flag.FlagSet {
	f := flag.NewFlagSet("load", flag.ContinueOnError)
	f.IntVar(&o.clients, "clients", 1000, "`clients`")
	f.IntVar(&o.entities, "entities", 5000, "`things` in the world, the clients' ships among them")
	f.IntVar(&o.moving, "moving", 3000, "how many of them `move`, the ships among them")
	f.IntVar(&o.visible, "visible", 100, "`things` that a client sees, in the mean")
	f.IntVar(&o.tick, "tick", 60, "`ticks` a second")
	f.IntVar(&o.snapshots, "snapshots", 20, "`snapshots` a second")
	f.IntVar(&o.commands, "commands", 30, "`messages` with commands that a client sends a second")
	f.IntVar(&o.seconds, "seconds", 20, "`seconds` to measure")
	f.IntVar(&o.whole, "whole", 4, "`clients` that keep a world and have it compared")
	f.IntVar(&o.joins, "joins", 100, "`clients` that join a second")
	f.Uint64Var(&o.seed, "seed", 1, "`seed` of the world and the pilots")
	f.StringVar(&o.addr, "addr", "127.0.0.1:0", "`address` of the server")
	f.StringVar(&o.profile, "cpuprofile", "", "write a profile of the server's measured time to `file`")
	return f
}

// Main runs the measurement, or its server, with the command line's arguments.
func Main(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(args) > 0 && args[0] == "server" {
		return serve(args[1:], os.Stdin, os.Stdout)
	}
	return run(ctx, args, os.Stdout, processServer)
}

// run starts a server, plays, and prints a line.
func run(ctx context.Context, args []string, out io.Writer, start starter) error {
	var o options
	if err := o.flags().Parse(args); err != nil {
		return err
	}
	o.moving = min(max(o.moving, o.clients), o.entities)
	if err := o.check(); err != nil {
		return err
	}
	s, err := start(ctx, o)
	if err != nil {
		return err
	}
	f, err := measure(ctx, o, s)
	if err := errors.Join(err, s.close()); err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(f); err != nil {
		return err
	}
	return f.wrong(o)
}
