package replicate_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// somewhere is an entity of a room that is somewhere.
func (h *house) somewhere() *fact {
	for _, f := range h.truth.moments[h.truth.last].facts {
		if f.placed && f.parent == nil {
			return f
		}
	}
	return nil
}

// TestPlantedAcrossRooms: of the room where a client was it must neither hear
// nor show anything once it is in another.
func TestPlantedAcrossRooms(t *testing.T) {
	spotType := func(p *played) (int, *replicate.Type) {
		types := p.houses[0].truth.table.Types
		i := slices.IndexFunc(types, func(t *replicate.Type) bool { return t.Name() == "replicate_test.spot" })
		return i, types[i]
	}
	for name, b := range map[string]struct {
		// plant is called after the client has moved, in each frame.
		plant func(p *played, c *playedClient, was *house)
		want  []error
	}{
		"shows an entity of it": {func(_ *played, c *playedClient, was *house) {
			nets := ecs.NewMap1[replicate.Net](ecs.NewSim(c.App().World()))
			nets.NewEntity(was.somewhere().net)
		}, []error{errShown}},
		"shows a value of it": {func(_ *played, c *playedClient, was *house) {
			all := ecs.Query2[replicate.Net, spot](ecs.NewSim(c.App().World()))
			q := all.Query()
			for q.Next() {
				n, p := q.Get()
				if f := was.truth.moments[was.truth.last].facts[n.ID]; f != nil && f.placed && n.Mode == replicate.Interpolated {
					*p = spot{float32(f.x), float32(f.y)}
				}
			}
		}, []error{errShown}},
		"is told a value of it": {func(p *played, c *playedClient, was *house) {
			f := was.somewhere()
			i, typ := spotType(p)
			c.judge.value(f.net.ID, i, c.judge.truth.last, true, was.room.App().World().Pointer(f.entity, typ.Component.ID))
		}, []error{errValue, errSecret}},
		"is told of an entity of it": {func(_ *played, c *playedClient, was *house) {
			f := was.somewhere()
			c.judge.op(replicate.OpSpawn, c.judge.batch+1, c.judge.truth.last, f.net, f.mask)
		}, []error{errStrange, errSecret, errOrder}},
		"is told the next batch of it": {func(_ *played, c *playedClient, _ *house) {
			c.judge.op(replicate.OpEnd, 40, 0, replicate.Net{}, 0)
		}, []error{errOrder}},
		"is in another": {func(_ *played, c *playedClient, was *house) {
			c.judge.where = func() (*truth, input.PlayerID) { return was.truth, 77 }
		}, []error{errShown, errStrange, errOrder, errValue, errEvents}},
		"is told of none": {func(_ *played, c *playedClient, _ *house) { c.stays = 1 }, []error{errEvents}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlayed(2, netsim.Profile{})
			c := p.join(nil)
			require.NoError(t, p.run(3*time.Second))
			require.Equal(t, session.Playing, c.State())
			was := p.house(c.Player().Room)
			to := p.houses[1-slices.Index(p.houses, was)]
			require.NoError(t, was.room.Move(c.Player().Player, to.room))
			require.NoError(t, p.run(3*time.Second), "without the bug")
			require.Equal(t, 2, c.stays)
			for range 60 {
				b.plant(p, c, was)
				if err := p.run(playedFrame); err != nil {
					require.True(t, slices.ContainsFunc(b.want, func(want error) bool { return errors.Is(err, want) }), "%v", err)
					t.Log(err)
					return
				}
			}
			t.Fatal("nobody noticed")
		})
	}
}
