package cubes

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// record writes a scene of cubes that slide and turn, and rest half of the time.
func record(t *testing.T, cubes, frames int) string {
	var b bytes.Buffer
	rng := rand.New(rand.NewPCG(1, 2))
	now := make([][recordInts]int32, cubes)
	for i := range now {
		now[i] = [recordInts]int32{3, 256, 256, 256, int32(i * 600), 0, 300, 0}
	}
	for f := range frames {
		for i := range now {
			if (f/30+i)%2 == 0 {
				now[i][4] += int32(rng.IntN(3)) + 4
				now[i][5] -= 7
				now[i][1] = (now[i][1] + 2) % 512
			}
			now[i][7] = int32((f / 50) % 2)
		}
		require.NoError(t, binary.Write(&b, binary.LittleEndian, now))
	}
	path := filepath.Join(t.TempDir(), "scene.bin")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

func TestASceneArrives(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-in", record(t, 150, 200), "-cubes", "150"}, &out))
	var f Figures
	require.NoError(t, json.Unmarshal(out.Bytes(), &f))
	require.Equal(t, 194, f.Frames)
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")), "one line")
	require.InDelta(t, f.MeanBytes*60*8/1000, f.KbitPerS, 1e-9)
	require.Less(t, f.BitsPerCube, 24.0, "81 whole")
	require.GreaterOrEqual(t, f.WorstBytes, int(f.MeanBytes))
}

func TestDatagramsStandAlone(t *testing.T) {
	s, err := load(record(t, 150, 40), 150)
	require.NoError(t, err)
	sums, err := s.measure(past{2, 6}, 60)
	require.NoError(t, err)
	require.Greater(t, sums.datagrams, 2)
}

func TestBadScenesAreRefused(t *testing.T) {
	path := record(t, 10, 10)
	require.ErrorContains(t, run([]string{"-in", path, "-cubes", "7"}, &bytes.Buffer{}), "no whole number of frames of 7 cubes")
	require.ErrorContains(t, run([]string{"-in", record(t, 10, 5), "-cubes", "10"}, &bytes.Buffer{}), "more than 6 are needed")
	require.ErrorContains(t, run(nil, &bytes.Buffer{}), "give -in FILE")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	b[1] = 1 // the largest component is number 259
	require.NoError(t, os.WriteFile(path, b, 0o600))
	require.ErrorContains(t, run([]string{"-in", path, "-cubes", "10"}, &bytes.Buffer{}), "out of its range")
}
