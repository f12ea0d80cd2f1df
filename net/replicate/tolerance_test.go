package replicate_test

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// TestTolerance: a prediction is right within half a step, or within what the
// game allows; what is no number must be the same.
func TestTolerance(t *testing.T) {
	table := func(opts ...replicate.Option) *replicate.Type {
		app := engine.New(engine.Config{})
		replicate.Component[position](app, opts...)
		return replicate.TableOf(app).Types[0]
	}
	at := func(x float32) unsafe.Pointer { return unsafe.Pointer(&position{X: x}) }
	half := table(replicate.Predict())
	require.True(t, half.Equal(at(1), at(1.004)))
	require.False(t, half.Equal(at(1), at(1.006)))
	wide := table(replicate.Predict(), replicate.Tolerance(0.5))
	require.True(t, wide.Equal(at(1), at(1.4)))
	require.False(t, wide.Equal(at(1), at(1.6)))

	app := engine.New(engine.Config{})
	replicate.Component[label](app, replicate.Predict(), replicate.Tolerance(9))
	words := replicate.TableOf(app).Types[0]
	a, b := label{Text: "a", Hits: 1}, label{Text: "a", Hits: 2}
	require.True(t, words.Equal(unsafe.Pointer(&a), unsafe.Pointer(&a)))
	require.False(t, words.Equal(unsafe.Pointer(&a), unsafe.Pointer(&b)))
}
