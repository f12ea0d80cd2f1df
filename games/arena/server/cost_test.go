package server

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// A tick of 16 bots between 60 asteroids takes no memory once the tables have grown.
func TestTickAllocatesNothing(t *testing.T) {
	w := newWorld(t, 3, Rules{Bots: 16, Rocks: 60})
	w.step(60 * 60)
	require.Zero(t, testing.AllocsPerRun(600, func() { w.step(1) }))
}

func BenchmarkTick(b *testing.B) {
	for _, bots := range []int{8, 16, 64, 256} {
		b.Run(fmt.Sprintf("bots=%d", bots), func(b *testing.B) {
			w := newWorld(b, 3, Rules{Bots: bots, Rocks: 60})
			w.step(60 * 20)
			b.ReportAllocs()
			for b.Loop() {
				w.step(1)
			}
		})
	}
}
