package replicate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/replicate"
)

// story is what travels, saga what a server sends that keeps to no bound but
// what the bits of a length can say.
type (
	story struct {
		Text  string   `net:"len=300"`
		Pages []uint16 `net:"len=200"`
	}
	saga struct {
		Text  string   `net:"len=511"`
		Pages []uint16 `net:"len=255"`
	}
)

// shelf is a server with one entity and a client, and whatever each registers.
type shelf struct {
	app, client *engine.App
	replicas    *replicate.Client
	err         error // of the client
	largest     uint64
}

func newShelf[S, C any](n replicate.Net, value S, opts ...replicate.Option) *shelf {
	opts = append(opts, replicate.Name("story"))
	s := &shelf{app: engine.New(engine.Config{}), client: engine.New(engine.Config{})}
	replicate.Component[S](s.app, opts...)
	replicate.Component[C](s.client, opts...)
	server := replicate.NewServer(s.app, replicate.ServerConfig{Channels: replicate.Channels{Structure: 0, Values: 1}})
	s.app.Replicate(server)
	s.replicas = replicate.NewClient(s.client, replicate.ClientConfig{Predictor: follower{s.client}, TickRate: 60, Interval: 1})
	s.replicas.SetPlayer(1, 0)
	server.Add(1, s)
	spawn := ecs.NewMap2[replicate.Net, S](s.app.Sim())
	spawn.NewEntity(n, value)
	return s
}

// Send hands the client what it is sent, at once.
func (s *shelf) Send(ch uint8, p []byte, _ channel.SendOptions) error {
	s.largest = max(s.largest, allocated(func() {
		switch {
		case s.err != nil:
		case ch == 0:
			s.err = s.replicas.Structure(p)
		default:
			s.err = s.replicas.Values(p)
		}
	}))
	return nil
}

// play is a number of ticks, each of which changes the value.
func play[S any](t *testing.T, s *shelf, ticks int, change func(v *S)) {
	all := ecs.Query1[S](s.app.Sim())
	for i := range ticks {
		q := all.Query()
		for q.Next() {
			change(q.Get())
		}
		require.NoError(t, s.app.Step())
		s.replicas.Begin(time.Duration(i) * time.Second / 60)
		s.replicas.Update(engine.Tick{Number: uint32(i)})
	}
}

// forms are the ways that a value takes: quantised, and exact to who predicts it.
var forms = map[string]struct {
	net  replicate.Net
	opts []replicate.Option
}{
	"quantised": {replicate.Net{}, nil},
	"exact":     {replicate.Net{Owner: 1, Mode: replicate.ByOwner}, []replicate.Option{replicate.Predict()}},
}

// TestTailsAtTheirBound: strings and slices of exactly their bound arrive by
// structure and by values, and one more is refused where it is written.
func TestTailsAtTheirBound(t *testing.T) {
	for name, f := range forms {
		t.Run(name, func(t *testing.T) {
			full := func(i int) story {
				v := story{Text: strings.Repeat(fmt.Sprint(i%10), 300)}
				for len(v.Pages) < 200 {
					v.Pages = append(v.Pages, uint16(65535-i*len(v.Pages)))
				}
				return v
			}
			s, i := newShelf[story, story](f.net, full(0), f.opts...), 0
			play(t, s, 30, func(v *story) {
				if i++; i < 20 {
					*v = full(i)
				}
			})
			require.NoError(t, s.err)
			require.Equal(t, replicate.Describe(s.app), replicate.Describe(s.client))
			require.Contains(t, fmt.Sprint(replicate.Describe(s.client)), strings.Repeat("9", 300))

			for _, change := range []func(v *story){
				func(v *story) { v.Text += "!" },
				func(v *story) { v.Pages = append(v.Pages, 1) },
			} {
				s := newShelf[story, story](f.net, full(0), f.opts...)
				play(t, s, 3, func(*story) {})
				all := ecs.Query1[story](s.app.Sim())
				q := all.Query()
				for q.Next() {
					change(q.Get())
				}
				require.ErrorContains(t, s.app.Step(), "shorten the value, or raise len in its net tag")
			}
		})
	}
}

// TestTailsBeyondTheirBound: a server that sends longer ones, by structure or by
// values, is refused, for little memory.
func TestTailsBeyondTheirBound(t *testing.T) {
	for name, f := range forms {
		for what, change := range map[string]func(v *saga){
			"text":     func(v *saga) { v.Text = strings.Repeat("x", 301) },
			"pages":    func(v *saga) { v.Pages = make([]uint16, 201) },
			"all text": func(v *saga) { v.Text = strings.Repeat("x", 511) },
			"all":      func(v *saga) { *v = saga{strings.Repeat("x", 511), make([]uint16, 255)} },
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				s := newShelf[saga, story](f.net, saga{Text: "short"}, f.opts...)
				play(t, s, 5, func(*saga) {})
				require.NoError(t, s.err, "short ones read the same")
				s.largest = 0
				play(t, s, 5, change)
				require.Error(t, s.err, "by values")
				require.Less(t, s.largest, uint64(16<<10))

				var long saga
				change(&long)
				s = newShelf[saga, story](f.net, long, f.opts...)
				play(t, s, 5, func(*saga) {})
				require.ErrorIs(t, s.err, replicate.ErrMalformed, "by structure")
			})
		}
	}
}
