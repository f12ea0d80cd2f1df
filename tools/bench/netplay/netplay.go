// Package netplay measures how the arena feels over bad lines.
//
//	go run ./tools/bench netplay [-seeds N] [-seconds S] [-rtt LIST] [-jitter LIST] [-loss LIST] [-blackout] [-foresight] [-jobs N] [-json FILE]
//
// Eight players, flown by scripts, play in virtual time through package netsim
// and everything that a real game runs through. A cell is one line: a round trip
// time, a jitter and a loss. Each way a datagram takes half the round trip, give or
// take the jitter, uniformly, but not less than no time; it does not overtake
// another. A cell is played with each seed, and once more with a blackout of five
// seconds. Four of the players draw 60 frames a second, four 144, and what is
// measured of pictures is measured in those frames, in the views that are drawn.
// A table and one JSON line a cell are printed. The status is 1 if a target is
// missed.
//
// Figures, over all players and seeds of a cell, are counted from two seconds
// after a player's welcome on:
//
//   - late: the share of ticks that the server ran without the player's command
//     for that tick. None may be without jitter and loss, whatever the round trip;
//     0.5 % up to 60 ms and 2 % loss.
//   - converge: time from the welcome until the player's clock (its tick, and how
//     far it is into the next, less the server's) begins to stay, for two seconds,
//     within a tick, the jitter and the ticks of commands sent again (see latency)
//     of its later median, without a late command if there is neither. The worst of
//     all players. At most 2 s.
//   - latency: how long after a command was given its tick is confirmed, above the
//     least possible, on average. The least is what a player who knows the line
//     could have without jitter and loss: half a round trip to the first server
//     tick that could still take the command; from the first snapshot on that tells
//     of this tick, half a round trip back; then to the player's next tick, which
//     takes it in. At most a tick; with jitter, the 99th percentile of that of a
//     round trip more (each way it is uniform, so 1.72 times it); with loss, as
//     many ticks more as it takes to send a command again until at most 0.5 % are
//     late, and what it costs on average to lose a snapshot, and what tells of new
//     entities: each the time to the next. Judged up to 2 % loss.
//   - mispredictions a minute and player, and what share of snapshots they are; rollback: how many ticks are run again
//     at a time, median and 99th percentile; correction: how far a rollback moves
//     the own ship, 99th percentile of the rollbacks that move it, in pixels.
//   - jump: the own ship's largest visible jump in one frame, in pixels of a window
//     of 720 lines: how far its picture moves beyond its own motion. That is, the
//     way from view to view less the way that the simulation, run for the first
//     time, has moved it between the same two moments, and the way by which the
//     moments are further apart than the frames. At most 4, save where it was hit or
//     touched another ship: from there until half a second after the player has
//     heard of it; what share of frames that excludes is printed too, and jump hit
//     is the largest in those.
//   - others: the same of the other ships, 99.9th percentile: how far a view is from
//     where the two before lead, beyond what thrust can do in the time.
//   - starved: the share of frames that show a moment for which no snapshot has
//     come yet.
//   - exact: the share of shots with the same outcome on the server as what their
//     shooter saw first: the same victim, or none, in the same tick. At least 99 % up
//     to 150 ms round trip without loss. Hits: the share that had the same victim, or
//     none, at most a snapshot's time sooner or later; of hits: that of those that met
//     something on either side.
//   - stuck: what does not go on within three seconds after a blackout, of every
//     player's connection, snapshots confirmed, commands in time, and moment shown;
//     and players whose world does not become the server's once all stands still.
//     None.
package netplay

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ErrMissed means that a target was missed; the text says which.
var ErrMissed = errors.New("targets missed")

// options are the flags of the command.
type options struct {
	seeds     int
	first     uint64
	seconds   int
	blackout  bool
	foresight bool
	jobs      int
	json      string
	rtt       ints
	jitter    ints
	loss      ints
}

// ints is a flag of numbers separated by commas.
type ints []int

// String implements flag.Value.
func (l *ints) String() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint([]int(*l)), " ", ","), "[]")
}

// Set implements flag.Value.
func (l *ints) Set(s string) error {
	*l = nil
	for word := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 0 {
			return fmt.Errorf("%q is no list of numbers such as 0,30,80", s)
		}
		*l = append(*l, n)
	}
	return nil
}

// Main runs the measurement with the command line's arguments.
func Main(args []string) error { return run(args, os.Stdout) }

func run(args []string, out io.Writer) error {
	o := options{rtt: ints{0, 30, 80, 150, 300}, jitter: ints{0, 20, 60}, loss: ints{0, 2, 10}}
	f := flag.NewFlagSet("netplay", flag.ContinueOnError)
	f.IntVar(&o.seeds, "seeds", 20, "`number` of games a cell")
	f.Uint64Var(&o.first, "seed", 1, "first `seed`")
	f.IntVar(&o.seconds, "seconds", 20, "virtual `seconds` of each game that are measured")
	f.BoolVar(&o.blackout, "blackout", true, "play each cell once more with a blackout")
	f.BoolVar(&o.foresight, "foresight", false, "predict the ships of others, too")
	f.IntVar(&o.jobs, "jobs", runtime.NumCPU(), "`games` played at the same time")
	f.StringVar(&o.json, "json", "", "`file` for the JSON lines; nothing: they follow the table")
	f.Var(&o.rtt, "rtt", "`list` of round trip times, in ms")
	f.Var(&o.jitter, "jitter", "`list` of jitters, in ms")
	f.Var(&o.loss, "loss", "`list` of losses, in percent")
	if err := f.Parse(args); err != nil {
		return err
	}
	if o.seeds < 1 || o.seconds < 5 || o.jobs < 1 {
		return errors.New("-seeds, -jobs: give 1 or more; -seconds: 5 or more")
	}
	figures, err := play(o)
	if err != nil {
		return err
	}
	return report(out, o, figures)
}

// report prints what was measured, and fails if that misses a target.
func report(out io.Writer, o options, figures []Figures) error {
	if err := table(out, figures); err != nil {
		return err
	}
	lines := out
	if o.json != "" {
		file, err := os.Create(o.json)
		if err != nil {
			return err
		}
		defer file.Close()
		lines = file
	}
	var missed []string
	for i := range figures {
		if err := json.NewEncoder(lines).Encode(&figures[i]); err != nil {
			return err
		}
		for _, m := range figures[i].Missed {
			missed = append(missed, figures[i].Cell.String()+": "+m)
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("%w:\n%s", ErrMissed, strings.Join(missed, "\n"))
	}
	return nil
}

// play plays all cells, several games at the same time. The figures do not
// depend on how many.
func play(o options) ([]Figures, error) {
	type job struct {
		cell, game int
		out        *tally
	}
	cells := cellsOf(o)
	games := o.seeds
	if o.blackout {
		games++
	}
	tallies := make([][]*tally, len(cells))
	jobs := make(chan job)
	errs := make(chan error, len(cells)*games)
	var workers sync.WaitGroup
	for range o.jobs {
		workers.Go(func() {
			for j := range jobs {
				seed := o.first + uint64(j.game)
				g, err := newGame(cells[j.cell], seed, j.out)
				if err == nil && j.game < o.seeds {
					err = g.measure(time.Duration(o.seconds) * time.Second)
				} else if err == nil {
					err = g.darken()
				}
				if err != nil {
					errs <- fmt.Errorf("%v, seed %d: %w", cells[j.cell], seed, err)
				}
			}
		})
	}
	for c := range cells {
		for g := range games {
			t := &tally{}
			tallies[c] = append(tallies[c], t)
			jobs <- job{c, g, t}
		}
	}
	close(jobs)
	workers.Wait()
	close(errs)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	if all != nil {
		return nil, all
	}
	figures := make([]Figures, len(cells))
	for c := range cells {
		sum := &tally{}
		for _, t := range tallies[c] {
			sum.add(t)
		}
		figures[c] = sum.figures(cells[c], o.seeds)
	}
	return figures, nil
}
