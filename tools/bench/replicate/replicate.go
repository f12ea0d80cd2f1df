// Package replicate measures what it costs to tell many clients of a world in
// which much moves, and how many bytes it takes.
//
//	go run ./tools/bench replicate -entities 10000 -moving 2000 -clients 200 -visible 200
//
// The world is a square of 1024 m with things spread evenly, of which the moving
// ones are ships: a position to 1 cm, a velocity to 1 cm/s, thrust of 10 m/s² for
// 60 % of the time, a new turn rate of up to 3 rad/s twice a second, at most 30 m/s.
// It runs at 60 ticks a second in virtual time and tells each client of it 20 times
// a second, over a round trip of its own between 20 and 150 ms, with a datagram in a
// hundred lost. Each client looks from one of the ships, as far as it takes to see
// -visible moving things in the mean; what stands still among them comes on top.
//
// Server, world, sight and codecs are the engine's own. A few of the clients are
// real ones, which decode everything; in the end the world stops, and what they
// have must equal what the server has, or the measurement fails.
package replicate

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// options is what the command line says.
type options struct {
	entities, moving, clients, visible int
	snapshots                          int // a second
	seconds                            int
	viewers                            int
	pieces                             int // see replicate.ServerConfig
	seed                               uint64
	profile                            string
}

func (o options) interval() uint32 { return uint32(tickRate / o.snapshots) }

func (o options) check() error {
	if o.entities < 1 || o.moving < 1 || o.moving > o.entities || o.clients < 1 || o.clients > 1<<15-1 ||
		o.visible < 1 || o.visible > o.moving || o.seconds < 1 || o.viewers < 0 {
		return errors.New("replicate: give numbers above 0, no more -moving than -entities, and no more -visible than -moving")
	}
	if o.snapshots < 1 || tickRate%o.snapshots != 0 {
		return fmt.Errorf("replicate: -snapshots must divide the %d ticks of a second", tickRate)
	}
	return nil
}

// Main runs the measurement with the command line's arguments.
func Main(args []string) error { return run(args, os.Stdout) }

func run(args []string, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("replicate", flag.ContinueOnError)
	flags.IntVar(&o.entities, "entities", 10000, "`things` in the world")
	flags.IntVar(&o.moving, "moving", 2000, "how many of them `move`")
	flags.IntVar(&o.clients, "clients", 200, "`clients`")
	flags.IntVar(&o.visible, "visible", 200, "moving `things` that a client sees, in the mean")
	flags.IntVar(&o.snapshots, "snapshots", 20, "`snapshots` a second")
	flags.IntVar(&o.seconds, "seconds", 10, "`seconds` of the game to measure")
	flags.IntVar(&o.viewers, "viewers", 4, "`clients` that decode what they get")
	flags.IntVar(&o.pieces, "pieces", 0, "`clients` from which on values go as pieces; 0: the engine's choice, below: never")
	flags.Uint64Var(&o.seed, "seed", 1, "`seed` of the world and the lines")
	flags.StringVar(&o.profile, "cpuprofile", "", "write a profile of the measured time to `file`")
	series := flags.String("series", "", "numbers of `clients`, such as 10,50,200: a line for each instead")
	if err := flags.Parse(args); err != nil {
		return err
	}
	counts := []int{o.clients}
	if *series != "" {
		counts = counts[:0]
		for text := range strings.SplitSeq(*series, ",") {
			n, err := strconv.Atoi(text)
			if err != nil {
				return fmt.Errorf("replicate: -series: %w", err)
			}
			counts = append(counts, n)
		}
	}
	viewers := o.viewers
	for _, o.clients = range counts {
		o.viewers = min(viewers, o.clients)
		if err := o.check(); err != nil {
			return err
		}
		f, err := measure(o)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(out).Encode(f); err != nil {
			return err
		}
	}
	return nil
}
