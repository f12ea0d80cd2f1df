// Package rollback measures what it costs a client to set a misprediction right.
//
//	go run ./tools/bench rollback -entities 2000 -depth 10
//
// A client predicts that many ships and rocks of the arena, with the arena's
// systems, and is wrong about the last of them in every snapshot, which are as
// many ticks apart as the rollback is deep. It compares the snapshot, restores
// it, replays the ticks since, and notes what moved for the eye: all this is the
// rollback's time. What cannot be saved is the ticks themselves, so the figure is
// the ratio
//
//	(restore + depth × (systems + save)) ÷ (depth × (systems + save))
//
// the median over all rollbacks, systems being those within the rollback and save
// the median of the run. It fails when a target is missed.
package rollback

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/tandem-engine/tandem/net/predict"
)

// Figures is what one run measures.
type Figures struct {
	Entities   int     `json:"entities"`
	Components int     `json:"components"` // values that one frame keeps
	Depth      int     `json:"depth"`
	Ratio      float64 `json:"ratio"`
	SaveNS     float64 `json:"save_ns_per_component"`
	Allocs     uint64  `json:"allocs"` // a rollback, whole ones as in testing.AllocsPerRun
	RollbackUS float64 `json:"rollback_us"`
	SystemsUS  float64 `json:"systems_us"` // a tick
	SaveUS     float64 `json:"save_us"`
	ConfirmUS  float64 `json:"confirm_us"` // reading the snapshot
	PresentUS  float64 `json:"present_us"` // a frame
	Rounds     int     `json:"rounds"`
}

// The targets.
const (
	ratioTarget = 1.3
	saveTarget  = 15 // ns a component
)

// ErrTarget is wrapped by the error of a run that missed a target.
var ErrTarget = errors.New("target missed")

// Main runs the measurement with the command line's arguments.
func Main(args []string) error { return run(args, os.Stdout) }

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("rollback", flag.ContinueOnError)
	entities := flags.Int("entities", 2000, "`entities` that the client predicts")
	depth := flags.Int("depth", 10, "`ticks` that are replayed")
	rounds := flags.Int("rounds", 100, "rollbacks that are measured")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *entities < 1 || *entities > 10000 || *depth < 1 || *depth > 100 || *rounds < 1 {
		return errors.New("rollback: give 1 to 10000 entities, a depth of 1 to 100, and at least one round")
	}
	f, err := measure(*entities, *depth, *rounds)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(f); err != nil {
		return err
	}
	return f.check()
}

// check compares the figures with the targets.
func (f *Figures) check() error {
	var missed []error
	if f.Ratio > ratioTarget {
		missed = append(missed, fmt.Errorf("%w: ratio %.2f, at most %.2f", ErrTarget, f.Ratio, ratioTarget))
	}
	if f.SaveNS > saveTarget {
		missed = append(missed, fmt.Errorf("%w: %.1f ns a component to save, at most %d", ErrTarget, f.SaveNS, saveTarget))
	}
	if f.Allocs > 0 {
		missed = append(missed, fmt.Errorf("%w: %d allocations a rollback, none are allowed", ErrTarget, f.Allocs))
	}
	return errors.Join(missed...)
}

// warmUp is how many rounds run before any counts, until all memory has grown.
const warmUp = 20

func measure(entities, depth, rounds int) (*Figures, error) {
	s, err := newScene(entities, uint32(depth))
	if err != nil {
		return nil, err
	}
	f := &Figures{Entities: entities, Depth: depth, Rounds: rounds, Components: s.components()}
	var before predict.Stats
	var ratios []pair
	var rollback, confirm, present, systems, save []time.Duration
	for i := range warmUp + rounds {
		s.timed = timed{}
		if err := s.round(); err != nil {
			return nil, err
		}
		if i < warmUp {
			before = s.predictor.Stats()
			continue
		}
		rollback = append(rollback, s.timed.rollback)
		confirm, present = append(confirm, s.timed.confirm), append(present, s.timed.present)
		systems, save = append(systems, s.timed.systems/time.Duration(depth)), append(save, s.timed.save/time.Duration(depth))
		ratios = append(ratios, pair{s.timed.rollback, s.timed.replayed})
		f.Allocs += s.timed.allocs
	}
	f.Allocs /= uint64(rounds)
	now := s.predictor.Stats()
	if n, ticks := now.Mispredictions-before.Mispredictions, now.Replayed-before.Replayed; n != uint64(rounds) || ticks != uint64(rounds*depth) {
		return nil, fmt.Errorf("rollback: %d mispredictions and %d replayed ticks in %d rounds of %d", n, ticks, rounds, depth)
	}
	f.RollbackUS, f.ConfirmUS, f.PresentUS = median(rollback), median(confirm), median(present)
	f.SystemsUS, f.SaveUS = median(systems), median(save)
	f.SaveNS = f.SaveUS * 1000 / float64(f.Components)
	f.Ratio = f.ratio(ratios)
	return f, nil
}

// pair is the time of a rollback, and that of the systems in it.
type pair struct{ rollback, systems time.Duration }

// ratio is the median over the rollbacks. The systems' time is that of the same
// rollback: what else the machine has to do slows both.
func (f *Figures) ratio(pairs []pair) float64 {
	var r []float64
	for _, p := range pairs {
		r = append(r, us(p.rollback)/(us(p.systems)+float64(f.Depth)*f.SaveUS))
	}
	slices.Sort(r)
	return r[len(r)/2]
}

func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// median is the middle one, in µs.
func median(d []time.Duration) float64 {
	slices.Sort(d)
	return us(d[len(d)/2])
}

// mallocs is how many allocations the process has made.
func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}
