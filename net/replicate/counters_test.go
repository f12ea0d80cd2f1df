package replicate

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
)

// TestCountersAddUp: what types are said to have taken is what they took, and the
// sum of everything is what went to the connection.
func TestCountersAddUp(t *testing.T) {
	for _, pieces := range bothWays {
		countersAddUp(t, pieces)
	}
}

func countersAddUp(t *testing.T, pieces int) {
	count := func(every uint32) (Counters, uint64) {
		c := newCrush(1, 200, 1, pieces)
		c.server.meter.every = every
		for i := range 100 {
			c.moods.Add(c.all[i], starveMood{})
		}
		for i := range 200 {
			c.step(t)
			if i%4 == 0 {
				c.moods.Get(c.all[i%100]).Value++
			}
		}
		return c.server.Counters(), c.peer.Bytes()
	}
	exact, bytes := count(1)
	require.Equal(t, bytes, exact.StructureBytes+exact.OwnBytes+exact.RecordBytes)
	mood, place := exact.Types[0], exact.Types[1]
	require.Equal(t, "replicate.starveMood", mood.Name)
	require.InDelta(t, 200*198, place.Updates, 400)
	if pieces < 0 {
		require.InDelta(t, 50, mood.Updates, 2)
	} else {
		require.InDelta(t, 50*livelyScans, mood.Updates, 60, "told of with what moves")
	}
	require.Equal(t, uint64(200), place.Begun)
	require.Equal(t, uint64(200*2*17), place.BegunBits)
	require.InDelta(t, 2, place.Bytes/float64(place.Updates), 1, "noise of ±50 steps in two lanes: 13 bits")
	require.Positive(t, exact.Overhead())
	require.Less(t, exact.Overhead(), 0.25*float64(exact.RecordBytes), "headers, ids and types")

	sampled, _ := count(meterEvery)
	require.Equal(t, exact.RecordBytes, sampled.RecordBytes)
	require.InEpsilon(t, place.Bytes, sampled.Types[1].Bytes, 0.02, "one datagram of sixteen tells enough")
	require.InDelta(t, exact.Overhead(), sampled.Overhead(), 0.02*float64(exact.RecordBytes))

	later := sampled.Since(exact)
	require.Zero(t, later.RecordBytes)
	require.Zero(t, later.Types[1].Updates)
}

// TestCountersOfExactValues: what its owner predicts is counted apart.
func TestCountersOfExactValues(t *testing.T) {
	c := newCrush(1, 10, 1, -1)
	ships := ecs.NewMap3[Net, starvePlace, starveMood](c.app.Sim())
	ship := ships.NewEntity(Net{Owner: 1, Mode: ByOwner}, starvePlace{}, starveMood{})
	for i := range 10 {
		if i == 6 { // from here on it is not what was told
			_, _, mood := ships.Get(ship)
			*mood = starveMood{1}
		}
		c.step(t)
	}
	mood := c.server.Counters().Types[0]
	require.Equal(t, TypeCounters{Name: mood.Name, Begun: 1, BegunBits: 16, Exact: 4, ExactBits: 6 + 4*(1+16)}, mood)
	require.Equal(t, uint64(11), c.server.Counters().Types[1].Begun)
}
