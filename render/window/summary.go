package window

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// report is what is said of a session when it is over. Rates are means over the time in the game.
type report struct {
	Game                string  `json:"game"`
	Seconds             float64 `json:"seconds"`  // in the game
	Players             int     `json:"players"`  // that the client knows, bots and itself included
	Entities            int     `json:"entities"` // that the client knows
	Ticks               uint64  `json:"ticks"`    // simulated here
	DroppedTicks        uint64  `json:"dropped_ticks"`
	Frames              int     `json:"frames"`
	FramesPerSecond     float64 `json:"frames_per_second"`
	RTTMilliseconds     float64 `json:"rtt_ms"`
	JitterMilliseconds  float64 `json:"jitter_ms"`
	LossPercent         float64 `json:"loss_percent"`
	InBytesPerSecond    float64 `json:"in_bytes_per_second"`
	OutBytesPerSecond   float64 `json:"out_bytes_per_second"`
	Mispredictions      uint64  `json:"mispredictions"`
	RollbackTicks       uint64  `json:"rollback_ticks"` // simulated again
	LateCommands        uint32  `json:"late_commands"`
	InterpolationTicks  float64 `json:"interpolation_ticks"`
	SnapshotsCompared   uint64  `json:"snapshots_compared"`
	DeepestRollback     uint32  `json:"deepest_rollback"`
	started, last       time.Duration
	rated               time.Duration // for which rates are known
	inBytes, outBytes   float64
	rttSum, rttReadings float64
}

// note takes the readings of a frame.
func (r *report) note(now time.Duration, p *playing) {
	if r.Frames == 0 {
		r.started, r.last = now, now
	}
	r.Frames++
	st := p.driver.Stats()
	if st.DownRate > 0 || st.UpRate > 0 { // they are known from the end of the first second
		dt := now - r.last
		r.rated += dt
		r.inBytes += st.DownRate * dt.Seconds()
		r.outBytes += st.UpRate * dt.Seconds()
	}
	if st.RTT > 0 {
		r.rttSum += st.RTT.Seconds() * 1000
		r.rttReadings++
	}
	r.last = now
}

// finish takes the last readings.
func (r *report) finish(s *shell, p *playing) {
	st := p.driver.Stats()
	r.Game = s.program.Game.Name
	r.Seconds = (r.last - r.started).Seconds()
	r.Players = st.Players
	if s.program.Players != nil {
		r.Players = s.program.Players(p.driver.App())
	}
	r.Entities, r.Ticks, r.DroppedTicks = st.Entities, st.Ticks, st.Dropped
	r.JitterMilliseconds, r.LossPercent = st.Jitter.Seconds()*1000, st.Loss*100
	r.Mispredictions, r.RollbackTicks, r.LateCommands = st.Predict.Mispredictions, st.Predict.Replayed, st.Late
	r.SnapshotsCompared, r.DeepestRollback, r.InterpolationTicks = st.Predict.Confirmed, st.Predict.DepthMax, st.Delay
	if r.Seconds > 0 {
		r.FramesPerSecond = float64(r.Frames-1) / r.Seconds
	}
	if r.rated > 0 {
		r.InBytesPerSecond, r.OutBytesPerSecond = r.inBytes/r.rated.Seconds(), r.outBytes/r.rated.Seconds()
	}
	if r.rttReadings > 0 {
		r.RTTMilliseconds = r.rttSum / r.rttReadings
	}
}

func (r *report) print(out io.Writer) {
	fmt.Fprintf(out, `%s: %.1f s in the game
  players        %d
  entities       %d
  ticks          %d (%d dropped)
  frames         %d (%.1f a second)
  round trip     %.1f ms, jitter %.1f ms, loss %.1f %%
  received       %.0f bytes/s
  sent           %.0f bytes/s
  mispredictions %d of %d snapshots, %d ticks simulated again
`, r.Game, r.Seconds, r.Players, r.Entities, r.Ticks, r.DroppedTicks, r.Frames, r.FramesPerSecond, r.RTTMilliseconds,
		r.JitterMilliseconds, r.LossPercent, r.InBytesPerSecond, r.OutBytesPerSecond, r.Mispredictions, r.SnapshotsCompared,
		r.RollbackTicks)
}

func (r *report) write(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}
