package netplay

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Figures are what was measured of a cell; see the package comment. Pixels are
// those of a window of 720 lines.
type Figures struct {
	Cell
	Seeds       int      `json:"seeds"`
	Late        float64  `json:"late_percent"`
	Converge    float64  `json:"converge_s"`
	Latency     float64  `json:"latency_over_least_ms"`
	LatencyP99  float64  `json:"latency_over_least_p99_ms"`
	Mispredicts float64  `json:"mispredictions_per_minute"`
	Wrong       float64  `json:"mispredicted_percent_of_snapshots"`
	DepthP50    float64  `json:"rollback_p50_ticks"`
	DepthP99    float64  `json:"rollback_p99_ticks"`
	TooDeep     int      `json:"rollbacks_too_deep"`
	Correction  float64  `json:"correction_p99_px"`
	Jump        float64  `json:"jump_px"`
	JumpP99     float64  `json:"jump_p999_px"`
	JumpHit     float64  `json:"jump_hit_px"`
	Excluded    float64  `json:"excluded_frames_percent"`
	Others      float64  `json:"others_p999_px"`
	Starved     float64  `json:"starved_percent"`
	Delay       float64  `json:"interpolation_delay_ms"`
	Exact       float64  `json:"hits_exact_percent"`
	Hits        float64  `json:"hits_percent"`
	OfHits      float64  `json:"hits_percent_of_hits"`
	Shots       int      `json:"shots"`
	Stuck       int      `json:"stuck"`
	Missed      []string `json:"missed,omitempty"`
}

// tally is what is counted of one game, or of several.
type tally struct {
	playerSeconds float64
	ticks, late   int
	converge      []float64 // seconds, a player
	latency       []float64 // ms above the least, a tick
	mispredicts   int
	compared      int // snapshots
	tooDeep       int
	depths        []float64 // ticks, a rollback
	corrections   []float64 // pixels, a rollback that moved the ship
	jumps         []float64 // pixels, a frame
	jumpsHit      []float64
	others        []float64 // pixels, a frame and ship
	frames        int
	starved       int
	delay         float64 // ms, summed over frames
	shots, same   int
	exact         int
	hits          int
	sameHits      int
	stuck         int
}

func (t *tally) add(o *tally) {
	t.playerSeconds += o.playerSeconds
	t.ticks += o.ticks
	t.late += o.late
	t.converge = append(t.converge, o.converge...)
	t.latency = append(t.latency, o.latency...)
	t.mispredicts += o.mispredicts
	t.compared += o.compared
	t.tooDeep += o.tooDeep
	t.depths = append(t.depths, o.depths...)
	t.corrections = append(t.corrections, o.corrections...)
	t.jumps = append(t.jumps, o.jumps...)
	t.jumpsHit = append(t.jumpsHit, o.jumpsHit...)
	t.others = append(t.others, o.others...)
	t.frames += o.frames
	t.starved += o.starved
	t.delay += o.delay
	t.shots += o.shots
	t.same += o.same
	t.exact += o.exact
	t.hits += o.hits
	t.sameHits += o.sameHits
	t.stuck += o.stuck
}

func (t *tally) figures(c Cell, seeds int) Figures {
	f := Figures{
		Cell: c, Seeds: seeds,
		Late:        percent(t.late, t.ticks),
		Converge:    quantile(t.converge, 1),
		Latency:     mean(t.latency),
		LatencyP99:  quantile(t.latency, 0.99),
		Mispredicts: float64(t.mispredicts) / max(t.playerSeconds/60, 1e-9),
		Wrong:       percent(t.mispredicts, t.compared),
		DepthP50:    quantile(t.depths, 0.5),
		DepthP99:    quantile(t.depths, 0.99),
		TooDeep:     t.tooDeep,
		Correction:  quantile(t.corrections, 0.99),
		Jump:        quantile(t.jumps, 1),
		JumpP99:     quantile(t.jumps, 0.999),
		JumpHit:     quantile(t.jumpsHit, 1),
		Excluded:    percent(len(t.jumpsHit), len(t.jumps)+len(t.jumpsHit)),
		Others:      quantile(t.others, 0.999),
		Starved:     percent(t.starved, t.frames),
		Delay:       t.delay / max(float64(t.frames), 1),
		Exact:       percent(t.exact, t.shots),
		Hits:        percent(t.same, t.shots),
		OfHits:      percent(t.sameHits, t.hits),
		Shots:       t.shots,
		Stuck:       t.stuck,
	}
	f.judge()
	return f
}

func percent(part, of int) float64 { return 100 * float64(part) / max(float64(of), 1) }

func mean(of []float64) float64 {
	sum := 0.0
	for _, v := range of {
		sum += v
	}
	return sum / max(float64(len(of)), 1)
}

// quantile is the value that a share q of all does not exceed, 0 of none. It
// sorts them.
func quantile(of []float64, q float64) float64 {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[min(int(q*float64(len(of))), len(of)-1)]
}

// table prints the figures for people.
func table(out io.Writer, figures []Figures) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "rtt\tjitter\tloss\tlate %\tconverge s\tlatency ms\tmispred/min\t% of snapshots\trollback p50\tp99\tcorrection px\tjump px\tp99.9\tjump hit\texcluded %\tothers px\tstarved %\tdelay ms\texact %\thits %\tof hits %\tstuck\tmissed\t")
	for i := range figures {
		f := &figures[i]
		fmt.Fprintf(w, "%d\t%d\t%d\t%.3f\t%.2f\t%.1f\t%.1f\t%.1f\t%.0f\t%.0f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.2f\t%.0f\t%.2f\t%.2f\t%.1f\t%d\t%d\t\n",
			f.RTT, f.Jitter, f.Loss, f.Late, f.Converge, f.Latency, f.Mispredicts, f.Wrong, f.DepthP50, f.DepthP99, f.Correction,
			f.Jump, f.JumpP99, f.JumpHit, f.Excluded, f.Others, f.Starved, f.Delay, f.Exact, f.Hits, f.OfHits, f.Stuck, len(f.Missed))
	}
	return w.Flush()
}
