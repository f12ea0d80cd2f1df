package predict

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/net/replicate"
)

// TestEventsOfATickAreBounded: a server that tells of events of one tick without
// end is listened to up to a bound.
func TestEventsOfATickAreBounded(t *testing.T) {
	e := &Events[int]{client: true, counts: map[replicate.ID]uint16{}}
	for source := range replicate.ID(3 * mostInTick) {
		e.add(happening[int]{key: EventKey{Tick: 77, Source: source}, confirmed: true})
	}
	require.Len(t, e.ticks[77].events, mostInTick)
	require.Len(t, e.next.begun, mostInTick)
}

// TestGoingOverEventsAllocatesNothing: every replay does.
func TestGoingOverEventsAllocatesNothing(t *testing.T) {
	e := &Events[[4]float64]{client: true, counts: map[replicate.ID]uint16{}}
	for n := range uint32(20) {
		e.add(happening[[4]float64]{key: EventKey{Tick: 70 + n, Source: 5}, seen: true})
	}
	require.Zero(t, testing.AllocsPerRun(50, func() {
		e.rewind(70, 89)
		e.doubt(70, 80)
		e.agree(81, 89)
		e.frame()
	}))
}
