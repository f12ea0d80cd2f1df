package netplay

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFeel plays a few cells and expects them to meet the targets.
func TestFeel(t *testing.T) {
	if testing.Short() {
		t.Skip("under the race detector it takes ten times as long")
	}
	for _, args := range [][]string{
		{"-rtt", "0,150", "-jitter", "0", "-loss", "0"},
		{"-rtt", "80", "-jitter", "20", "-loss", "2"},
	} {
		var out bytes.Buffer
		err := run(append(args, "-seeds", "2", "-seconds", "15"), &out)
		t.Log(out.String())
		require.NoError(t, err, "replay: go run ./tools/bench netplay -seeds 2 -seconds 15 %s", strings.Join(args, " "))
	}
}

// TestFiguresAreSpoken: what is measured is printed, once for people and once for
// programs, and a missed target fails.
func TestFiguresAreSpoken(t *testing.T) {
	f := (&tally{ticks: 1000, late: 7, converge: []float64{0.5}, shots: 1, same: 1}).figures(Cell{RTT: 80, Jitter: 20, Loss: 2}, 1)
	var out bytes.Buffer
	err := report(&out, options{}, []Figures{f})
	require.ErrorIs(t, err, ErrMissed)
	require.ErrorContains(t, err, "rtt 80 ms, jitter 20 ms, loss 2 %: 0.700 % of commands late")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3)
	var back Figures
	require.NoError(t, json.Unmarshal([]byte(lines[2]), &back))
	require.Equal(t, f, back)
}

func TestQuantiles(t *testing.T) {
	values := make([]float64, 0, 100)
	for i := range 100 {
		values = append(values, float64(99-i))
	}
	require.InDelta(t, 50, quantile(values, 0.5), 0)
	require.InDelta(t, 99, quantile(values, 0.99), 0)
	require.InDelta(t, 99, quantile(values, 1), 0)
	require.Zero(t, quantile(nil, 1))
	require.InDelta(t, 49.5, mean(values), 1e-9)
}

func TestLatencyBound(t *testing.T) {
	require.InDelta(t, 16.67, Cell{RTT: 300, Jitter: 0, Loss: 0}.latencyBound(), 0.01)
	require.InDelta(t, 16.67+103.02, Cell{RTT: 0, Jitter: 60, Loss: 0}.latencyBound(), 0.01)
	require.InDelta(t, 2*16.67+2, Cell{RTT: 0, Jitter: 0, Loss: 2}.latencyBound(), 0.01)
	require.InDelta(t, 3*16.67+10, Cell{RTT: 0, Jitter: 0, Loss: 10}.latencyBound(), 0.01)
}

func TestWrongFlags(t *testing.T) {
	for _, args := range [][]string{{"-rtt", "fast"}, {"-seeds", "0"}, {"-loss", "-1"}, {"-seconds", "1"}, {"-unknown"}} {
		require.Error(t, run(args, &bytes.Buffer{}), args)
	}
}
