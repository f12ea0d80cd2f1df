package rollback

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRun measures a small scene: each round is one rollback of the depth that
// was asked for, of everything that is predicted.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-entities", "50", "-depth", "4", "-rounds", "5"}, &out); err != nil {
		require.ErrorIs(t, err, ErrTarget, "a machine may be too busy to be fast")
	}
	var f Figures
	require.NoError(t, json.Unmarshal(out.Bytes(), &f))
	require.Equal(t, 5*6+45*3, f.Components, "5 ships and 45 rocks")
	require.Positive(t, f.Ratio)
	require.Positive(t, f.SaveNS)
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{"-entities", "0"}, {"-depth", "0"}, {"-depth", "101"}, {"-rounds", "0"}} {
		require.Error(t, run(args, &bytes.Buffer{}), "%v", args)
	}
}

func TestTargets(t *testing.T) {
	require.NoError(t, (&Figures{Ratio: 1.3, SaveNS: 15}).check())
	for _, f := range []Figures{{Ratio: 1.31}, {SaveNS: 15.1}, {Allocs: 1}} {
		require.ErrorIs(t, f.check(), ErrTarget)
	}
}
