package replicate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// bulky is 1 KiB of exact state.
type bulky struct {
	Numbers [256]float32 `net:"min=0,max=1000,step=1"`
}

// crowd is a server whose only player predicts count bulky entities.
func crowd(t *testing.T, count int) (*engine.App, *replicate.Peer, *tape) {
	app := engine.New(engine.Config{})
	replicate.Component[bulky](app, replicate.Predict())
	server := replicate.NewServer(app, replicate.ServerConfig{Channels: replicate.Channels{Values: 1}})
	app.Replicate(server)
	all := ecs.NewMap2[replicate.Net, bulky](app.Sim())
	for range count {
		all.NewEntity(replicate.Net{Mode: replicate.ByAll}, bulky{})
	}
	line := &tape{}
	peer := server.Add(1, line)
	for range 15 { // it is told of them in parts
		require.NoError(t, app.Step())
	}
	return app, peer, line
}

// follow is a client that takes what is confirmed.
func follow() (*engine.App, *replicate.Client) {
	app := engine.New(engine.Config{})
	replicate.Component[bulky](app, replicate.Predict())
	c := replicate.NewClient(app, replicate.ClientConfig{Predictor: follower{app}, TickRate: 60})
	c.SetPlayer(1, 1)
	app.Receive(c)
	return app, c
}

// confirmed is the number in the client's first entity.
func confirmed(app *engine.App) float32 {
	all := ecs.Query1[bulky](ecs.NewSim(app.World()))
	q := all.Query()
	defer q.Close()
	q.Next()
	return q.Get().Numbers[255]
}

// TestOwnStateInParts: what is larger than a message confirms its tick when all
// of its parts have come, in any order, and not before.
func TestOwnStateInParts(t *testing.T) {
	server, peer, line := crowd(t, 40)
	client, c := follow()
	bodies := ecs.Query1[bulky](server.Sim())
	value := float32(0)
	next := func() (own [][]byte) {
		line.messages = nil
		value++
		q := bodies.Query()
		for q.Next() {
			q.Get().Numbers[255] = value
		}
		require.NoError(t, server.Step())
		require.NoError(t, peer.Err())
		for _, m := range line.messages {
			require.LessOrEqual(t, len(m), 16384)
			require.Equal(t, byte(1), m[0])
			own = append(own, m[1:])
		}
		return own
	}
	for _, m := range line.messages {
		if m[0] == 0 {
			require.NoError(t, c.Structure(m[1:]))
		}
	}
	c.Begin(time.Second)
	require.NoError(t, client.Step())

	parts := next()
	require.Len(t, parts, 3)
	for _, i := range []int{2, 0, 0} { // and one comes twice
		require.NoError(t, c.Values(parts[i]))
	}
	require.Zero(t, confirmed(client))
	require.NoError(t, c.Values(parts[1]))
	require.Equal(t, float32(1), confirmed(client))

	lost := next()
	require.NoError(t, c.Values(lost[0]))
	newer := next()
	for _, m := range newer {
		require.NoError(t, c.Values(m))
	}
	require.Equal(t, float32(3), confirmed(client))
	for _, m := range lost[1:] { // late, and of what is over
		require.NoError(t, c.Values(m))
	}
	require.Equal(t, float32(3), confirmed(client))
	require.Equal(t, 40, len(c.Own()))
}

// TestOwnStateBeyondAllBounds: the server says what to do, and the player's
// connection can end.
func TestOwnStateBeyondAllBounds(t *testing.T) {
	app, peer, line := crowd(t, 260)
	line.messages = nil
	bodies := ecs.Query1[bulky](app.Sim())
	q := bodies.Query()
	for q.Next() { // what stays as it was told takes no room
		q.Get().Numbers[0] = 1
	}
	require.NoError(t, app.Step())
	require.ErrorContains(t, peer.Err(), "at most 256000 can be sent: let it predict fewer entities")
	for _, m := range line.messages {
		require.NotContains(t, []byte{1, 3}, m[1], "no part of it was sent")
	}
}

// TestHostileOwnParts: parts that contradict themselves or each other end the
// connection.
func TestHostileOwnParts(t *testing.T) {
	for name, parts := range map[string][][]byte{
		"one part":       {{3, 2, 0, 0, 0, 0, 1, 9}},
		"too many":       {{3, 2, 0, 0, 0, 0, 17, 9}},
		"beyond":         {{3, 2, 0, 0, 0, 2, 2, 9}},
		"empty":          {{3, 2, 0, 0, 0, 0, 2}},
		"another number": {{3, 2, 0, 0, 0, 0, 2, 9}, {3, 2, 0, 0, 0, 0, 3, 9}},
	} {
		_, c := follow()
		err := error(nil)
		for _, p := range parts {
			err = c.Values(p)
		}
		require.ErrorIs(t, err, replicate.ErrMalformed, name)
	}
}
