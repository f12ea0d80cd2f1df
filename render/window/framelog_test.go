package window

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

func TestFrameLogHasEveryFrame(t *testing.T) {
	path := t.TempDir() + "/frames.csv"
	tb := newTable(t, "-solo", "-seconds", "2", "-framelog", path)
	asked := 0
	client := tb.program.Client
	tb.program.Client = func(app *engine.App) {
		client(app)
		ecs.SetResource(app.World(), &Tracks{Append: func(to []Track) []Track {
			asked++
			return append(to, Track{ID: 5, Own: true, X: float32(asked), Y: -0.5, VX: 20, Struck: 9}, Track{ID: 1 << 63})
		}})
	}
	tb.begin()
	require.True(t, tb.pass(t, 5))
	tb.end()
	require.NoError(t, tb.failure)

	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.Equal(t, frameLogHeader, strings.Join(lines[0], ",")+"\n")
	lines = lines[1:]
	require.Len(t, lines, 2*asked)
	require.InDelta(t, 40, asked, 2, "frames of 50 ms")
	number := func(line, column int) float64 {
		v, err := strconv.ParseFloat(lines[line][column], 64)
		require.NoError(t, err)
		return v
	}
	for i := range asked {
		require.Equal(t, []string{"5", "1", strconv.Itoa(i+1) + ".000", "-0.500", "20.000", "0.000", "9"}, lines[2*i][3:])
		require.Equal(t, []string{"9223372036854775808", "0", "0.000", "0.000", "0.000", "0.000", "0"}, lines[2*i+1][3:])
		require.Equal(t, lines[2*i][:3], lines[2*i+1][:3], "the same frame")
		if i == 0 {
			continue
		}
		require.InDelta(t, 1, number(2*i, 0)-number(2*i-1, 0), 0, "frames are counted")
		require.InDelta(t, 0.05, number(2*i, 1)-number(2*i-1, 1), 1e-5)
		require.InDelta(t, 3, number(2*i, 2)-number(2*i-1, 2), 1, "ticks")
	}
}

// A game without Tracks gets the header, a folder that is not there a line that says so.
func TestFrameLogOfLittle(t *testing.T) {
	path := t.TempDir() + "/frames.csv"
	tb := newTable(t, "-solo", "-seconds", "0.5", "-framelog", path)
	tb.begin()
	require.True(t, tb.pass(t, 3))
	tb.end()
	require.NoError(t, tb.failure)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, frameLogHeader, string(text))

	tb = newTable(t, "-solo", "-seconds", "0.5", "-framelog", path+"/no/folder.csv")
	tb.begin()
	require.Nil(t, tb.playing)
	require.Equal(t, statusFailed, tb.status)
	require.ErrorContains(t, tb.failure, "-framelog: ")
}

func TestFrameLogAllocatesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	l, err := newFrameLog(t.TempDir() + "/frames.csv")
	require.NoError(t, err)
	app := engine.New(engine.Config{TickRate: 60})
	ecs.SetResource(app.World(), &Tracks{Append: func(to []Track) []Track {
		return append(to, Track{ID: 7, X: -1234.5678, Y: 99.25}, Track{ID: 8, Own: true})
	}})
	f := engine.Frame{Number: 3, Now: time.Minute, Tick: 3600}
	require.Zero(t, testing.AllocsPerRun(1000, func() { l.note(app, f) }))
	require.NoError(t, l.close())
	require.Error(t, l.close(), "and what goes wrong with the file is told")
}
