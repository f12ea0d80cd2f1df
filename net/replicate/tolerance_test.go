package replicate_test

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
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

// TestLongTails plays with a value of more bytes than a message takes: the server
// says which, instead of trying for ever.
func TestLongTails(t *testing.T) {
	type novel struct {
		Text string `net:"len=20000"`
	}
	app := engine.New(engine.Config{})
	app.Add(func(app *engine.App) { replicate.Component[novel](app) })
	app.Replicate(replicate.NewServer(app, replicate.ServerConfig{}))
	novels := ecs.NewMap2[replicate.Net, novel](app.Sim())
	novels.NewEntity(replicate.Net{}, novel{strings.Repeat("x", 16000)})
	require.ErrorContains(t, app.Step(), "at most 15360 travel: split it")
}
