package rooms

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test's binary be the process of the clients.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "rooms" {
		if err := Main(os.Args[2:]); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// A short run measures what it says: everybody plays, ticks go by, players move.
// How fast it is, a machine that others use does not say.
func TestMeasures(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	var out strings.Builder
	_ = run([]string{"-rooms", "3", "-players", "2", "-seconds", "1", "-moves", "5", "-whole", "3"}, &out)
	var f Figures
	require.NoError(t, json.Unmarshal([]byte(out.String()), &f), out.String())
	require.Equal(t, 6, f.Players)
	require.Greater(t, f.Ticks, uint64(60))
	require.Positive(t, f.Moves)
	require.Positive(t, f.CPU)
	require.Positive(t, f.P50)
	require.GreaterOrEqual(t, f.P99, f.P50)
	require.Greater(t, f.RoomKiB, 10.0)
	require.Positive(t, f.DownKBps)
}

func TestOptions(t *testing.T) {
	require.ErrorContains(t, run([]string{"-rooms", "0"}, nil), "at least one room")
}
