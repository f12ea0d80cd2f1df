package e2e_test

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/games/arena/e2e"
	"github.com/tandem-engine/tandem/games/arena/sim"
)

// The limits of what looks smooth, in pixels of a window of 720 lines and for a
// frame of a sixtieth of a second; a longer frame may show as much more as it is
// longer.
const (
	pixels = 720.0 / 660 // a unit; a window shows 660 from top to bottom

	// What netplay promises of the own ship, unless hit (see docs/performance.md).
	ownJump = 4
	// Others are interpolated between snapshots, 20 a second. Two in a row are lost
	// once in 20 s, and then all views run out, stop and catch up, for about four
	// frames: 1 % of them or so, in unlucky runs three times as many.
	othersJump  = 4
	othersShare = 0.96
	// And the most that catching up may be: the way of three lost snapshots at top
	// speed.
	catchUp = sim.TopSpeed * 3 / 20.0 * pixels

	settling  = 3    // seconds until clock and delay suit the line
	aftermath = 0.65 // seconds after a strike in which the ship may slide: half a second after its player has heard of it, a round trip later
	launching = 0.65 // seconds of a new ship: it goes over from being interpolated to being predicted
	stall     = 0.15 // seconds of a frame: the machine's fault; commands are late, the ship slides as after a strike
	fewest    = 60   // judged frames of each kind, however slow the machine

	smoothFlights = 3   // needed
	mostFlights   = 7   // flown at most, those that the machine has disturbed included
	waking        = 0.1 // seconds that a sleeping process wakes too late: so may the server have
)

// The size of each of two windows, half of the screen.
const halfWidth, halfHeight = 640, 480

// TestSmoothOnABadLine has two players fly, side by side, against bots, through
// 150 ms of round trip and 5 % of loss, and measures on the frames that their
// windows have drawn that no ship jumps, in several flights. A machine that others
// use makes server and windows stand still, which adds jumps: a flight in which one
// was measured to stand still, and in which ships jump, is flown again, and no other.
func TestSmoothOnABadLine(t *testing.T) {
	if testing.Short() {
		t.Skip("windows and a race detector together are too slow")
	}
	problem := series(func(n int) (f flight, ok bool) {
		ok = t.Run(fmt.Sprint("flight ", n), func(t *testing.T) { f = fly(t) })
		return f, ok
	}, t.Log)
	if problem != "" {
		t.Error(problem)
	}
}

// flight is what was measured in one.
type flight struct {
	own, others []float64 // jumps of both players' ships and of the others' in their frames
	still       float64   // seconds that a window stood still, longest
	late        float64   // seconds that a sleeping process woke up too late, latest
}

// disturbed reports whether the machine may have made ships jump.
func (f *flight) disturbed() bool { return f.still > stall || f.late > waking }

// series flies until enough flights were smooth, and says what is wrong, if
// anything is.
func series(fly func(n int) (flight, bool), log func(...any)) (problem string) {
	var all []string
	for n, smooth := 1, 0; n <= mostFlights; n++ {
		f, ok := fly(n)
		if !ok {
			return "a flight has failed"
		}
		fine, figures := judge(f.own, f.others)
		figures = fmt.Sprintf("flight %d: %s; windows stood still for %.2f s at most, a process woke %.2f s too late", n, figures, f.still, f.late)
		log(figures)
		all = append(all, figures)
		switch {
		case fine:
			if smooth++; smooth == smoothFlights {
				return ""
			}
		case !f.disturbed():
			return "this is not smooth, and the machine did not stand still:\n" + figures
		}
	}
	return fmt.Sprintf("fewer than %d of %d flights are smooth:\n%s", smoothFlights, len(all), strings.Join(all, "\n"))
}

// watch measures how late a sleeping process wakes up, until stop is called.
func watch() (stop func() (latest float64)) {
	const nap = 5 * time.Millisecond
	end, result := make(chan struct{}), make(chan float64)
	go func() {
		latest := 0.0
		for at := time.Now(); ; at = time.Now() {
			select {
			case <-end:
				result <- latest
				return
			case <-time.After(nap):
				latest = max(latest, (time.Since(at) - nap).Seconds())
			}
		}
	}()
	return func() float64 {
		close(end)
		return <-result
	}
}

// longest is the longest time from one frame to the next, once all has settled.
func longest(ships map[string][]shown) (seconds float64) {
	var times []float64
	for _, frames := range ships {
		for _, f := range frames {
			times = append(times, f.seconds)
		}
	}
	slices.Sort(times)
	for i := 1; i < len(times); i++ {
		if times[i-1] >= times[0]+settling {
			seconds = max(seconds, times[i]-times[i-1])
		}
	}
	return seconds
}

// judge says whether the jumps of a flight are within the limits.
func judge(own, others []float64) (smooth bool, figures string) {
	if min(len(own), len(others)) <= fewest {
		return false, fmt.Sprintf("only %d frames of the own ship, %d of others", len(own), len(others))
	}
	slices.Sort(own)
	slices.Sort(others)
	last, largest := own[len(own)-1], others[len(others)-1]
	most := others[int(othersShare*float64(len(others)-1))]
	figures = fmt.Sprintf("own ship: %d frames, largest jump %.1f px (limit %v); others: %d, %.0f %% of frames up to %.1f px (limit %v), largest %.1f px (limit %.1f)",
		len(own), last, ownJump, len(others), 100*othersShare, most, othersJump, largest, catchUp)
	return last <= ownJump && most <= othersJump && largest <= catchUp, figures
}

// fly is one flight.
func fly(t *testing.T) (f flight) {
	display, dir := screen(t, 2*halfWidth, halfHeight), t.TempDir()
	_, addr, key := startServer(t, dir, "-bots", "6")
	line := startLine(t, "-to", addr, "-delay", "75ms", "-loss", "5%")
	var players []*client
	var logs []string
	for _, name := range []string{"Alice", "Bob"} {
		log := filepath.Join(dir, name+".csv")
		players = append(players, startClient(t, dir, display, "-connect", line, "-key", key, "-name", name,
			"-size", fmt.Sprintf("%dx%d", halfWidth, halfHeight), "-script", "demo", "-seconds", "14", "-framelog", log))
		logs = append(logs, log)
	}
	stop := watch()
	picture(t, display, players)
	f.late = stop()
	for _, log := range logs {
		ships := readFrameLog(t, log)
		own, others := jumps(ships)
		f.own, f.others = append(f.own, own...), append(f.others, others...)
		f.still = max(f.still, longest(ships))
		if dir := os.Getenv("SCREENSHOTS"); dir != "" {
			text, err := os.ReadFile(log)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "side-by-side-"+filepath.Base(log)), text, 0o644))
		}
	}
	return f
}

// TestWhatIsFlownAgain: only flights that the machine has disturbed are, so that ships
// that jump in half of all flights are found.
func TestWhatIsFlownAgain(t *testing.T) {
	made := func(jump, still, late float64) flight {
		f := flight{own: make([]float64, 100), others: make([]float64, 100), still: still, late: late}
		f.own[50] = jump
		return f
	}
	smooth, jumps, stalls, sleeps := made(1, 0.05, 0.01), made(9, 0.05, 0.01), made(9, 0.3, 0.01), made(9, 0.05, 0.2)
	for _, c := range []struct {
		name    string
		flights []flight
		flown   int
		problem string
	}{
		{"smooth", []flight{smooth}, 3, ""},
		{"the first jumps", []flight{jumps, smooth}, 1, "the machine did not stand still"},
		{"every other jumps", []flight{smooth, jumps}, 2, "the machine did not stand still"},
		{"the machine stands still", []flight{stalls, smooth, sleeps, smooth, smooth}, 5, ""},
		{"the machine always stands still", []flight{stalls, sleeps}, 7, "fewer than 3 of 7"},
		{"nothing to judge", []flight{{}}, 1, "only 0 frames"},
		{"smooth although it stands still", []flight{made(1, 0.3, 0.2)}, 3, ""},
	} {
		flown := 0
		problem := series(func(n int) (flight, bool) {
			flown++
			require.Equal(t, flown, n)
			return c.flights[(n-1)%len(c.flights)], true
		}, t.Log)
		require.Equal(t, c.flown, flown, c.name)
		require.Contains(t, problem, c.problem, c.name)
		require.Equal(t, c.problem == "", problem == "", c.name)
	}
	ships := map[string][]shown{"1": {{seconds: 0}, {seconds: 2}, {seconds: 4}, {seconds: 4.1}}, "2": {{seconds: 4.4}}}
	require.InDelta(t, 0.3, longest(ships), 1e-9, "what is before has not settled")
}

// TestJumpsAreFound judges a flight that is smooth, one that is not, and what is
// left out.
func TestJumpsAreFound(t *testing.T) {
	const frame, speed = 1.0 / 30, 300.0
	flight := func(change func(i int, at *shown)) []shown {
		var list []shown
		for i := range 300 {
			at := shown{frame: uint64(i), own: true, seconds: frame * float64(i), x: speed * frame * float64(i), vx: speed, struck: "0"}
			change(i, &at)
			list = append(list, at)
		}
		return list
	}
	from := func(first int, do func(at *shown)) func(int, *shown) {
		return func(i int, at *shown) {
			if i >= first {
				do(at)
			}
		}
	}
	aside := func(at *shown) { at.y += 12 }
	for _, c := range []struct {
		name   string
		flight []shown
		want   float64 // pixels in half a frame
	}{
		{"steady", flight(func(int, *shown) {}), 0},
		{"a jump", flight(from(200, aside)), 6 * pixels},
		{"while settling", flight(from(50, aside)), 0},
		{"a standstill", flight(from(200, func(at *shown) { at.x = speed * frame * 199 })), speed / 60 * pixels},
		{"when struck", flight(from(200, func(at *shown) { aside(at); at.struck = "88" })), 0},
		{"thrown off course", flight(from(200, func(at *shown) { aside(at); at.vy = 90; at.y += 90 * (at.seconds - frame*199) })), 0},
		{"anew", flight(from(200, func(at *shown) { aside(at); at.frame++ })), 0},
		{"after a stall", flight(from(200, func(at *shown) { aside(at); at.seconds++ })), 0},
		{"soon after a stall", flight(func(i int, at *shown) {
			if i >= 200 {
				at.seconds++
			}
			if i >= 205 {
				aside(at)
			}
		}), 0},
	} {
		own, others := jumps(map[string][]shown{"7": c.flight})
		require.Empty(t, others, c.name)
		require.Greater(t, len(own), fewest)
		require.InDelta(t, c.want, slices.Max(own), 0.3, c.name)
	}
}

// startLine runs netsim and returns the address that clients send to.
func startLine(t *testing.T, args ...string) string {
	cmd := exec.Command(build(t, "netsim"), args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // that is how it ends
		_ = cmd.Wait()
	})
	addr, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(addr)
}

// picture arranges the windows and keeps a picture of them each second, until
// all players have left.
func picture(t *testing.T, d *e2e.Desktop, players []*client) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	late := time.After(patience)
	for n, left := 0, 0; left < len(players); {
		select {
		case <-second.C:
			_, err := d.Arrange(len(players))
			require.NoError(t, err)
			img, err := d.Picture()
			require.NoError(t, err)
			keep(t, fmt.Sprintf("side-by-side-%02d", n), img)
			n++
		case err := <-players[left].done:
			require.NoError(t, err, players[left].errs.String())
			left++
		case <-late:
			t.Fatal("the players do not leave: ", players[left].errs.String())
		}
	}
}

// shown is a line of a frame log.
type shown struct {
	frame        uint64
	own          bool
	seconds      float64
	x, y, vx, vy float64
	struck       string
}

// readFrameLog reads a log, by thing.
func readFrameLog(t *testing.T, path string) map[string][]shown {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.Equal(t, "frame,seconds,tick,id,own,x,y,vx,vy,struck", strings.Join(lines[0], ","))
	ships := map[string][]shown{}
	for _, l := range lines[1:] {
		var errs []error
		number := func(i int) float64 {
			v, err := strconv.ParseFloat(l[i], 64)
			errs = append(errs, err)
			return v
		}
		at := shown{
			frame: uint64(number(0)), seconds: number(1), own: l[4] == "1",
			x: number(5), y: number(6), vx: number(7), vy: number(8), struck: l[9],
		}
		require.NoError(t, errors.Join(errs...), l)
		ships[l[3]] = append(ships[l[3]], at)
	}
	return ships
}

// jumps are how far each ship's picture moves from frame to frame beyond what its
// speed explains, in pixels for a frame of a sixtieth of a second. What is left out: the
// first seconds, also of a ship, what is not there in both frames, and for a
// while a ship that was struck, and all when the machine stalled.
func jumps(ships map[string][]shown) (own, others []float64) {
	begin := math.Inf(1)
	for _, frames := range ships {
		begin = min(begin, frames[0].seconds)
	}
	for _, frames := range ships {
		quiet := max(begin+settling, frames[0].seconds+launching)
		for i := 1; i < len(frames); i++ {
			a, b := frames[i-1], frames[i]
			if struck(a, b) || b.seconds-a.seconds > stall {
				quiet = max(quiet, b.seconds+aftermath)
			}
			if b.frame != a.frame+1 || b.seconds < quiet {
				continue
			}
			if b.own {
				own = append(own, jump(a, b))
			} else {
				others = append(others, jump(a, b))
			}
		}
	}
	return own, others
}

// jump is how far the way between two frames is from the one at the mean of their
// speeds, beyond what switching the thruster in between can do.
func jump(a, b shown) float64 {
	dt := b.seconds - a.seconds
	dx, dy := b.x-a.x-(a.vx+b.vx)/2*dt, b.y-a.y-(a.vy+b.vy)/2*dt
	return max(0, math.Hypot(dx, dy)-sim.ThrustPower*dt*dt/4) * pixels / max(1, 60*dt)
}

// struck reports whether something has hit a ship between two frames: it is
// wounded, or its speed has changed by more than thruster, drag and recoil do.
func struck(a, b shown) bool {
	const slack = 20 // units a second: a few shots' recoil, and the steps of the wire
	able := (sim.ThrustPower+sim.Drag*sim.TopSpeed)*(b.seconds-a.seconds) + slack
	return a.struck != b.struck || math.Hypot(b.vx-a.vx, b.vy-a.vy) > able
}
