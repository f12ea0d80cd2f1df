package input_test

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/wire"
)

// orders is a command of every kind of field, and one that does not travel.
type orders struct {
	Turn    float32 `net:"min=-1,max=1,step=0.01"`
	Weapon  uint8   `net:"enum=3"`
	Fire    bool
	Private int `net:"-"`
}

func newOrders(f func(engine.Tick) orders) (*engine.App, *input.Commands) {
	app := engine.New(engine.Config{})
	input.Command[orders](app)
	input.Command[orders](app) // again: nothing
	if f != nil {
		input.Sample(app, f)
	}
	return app, ecs.MustResource[input.Commands](app.World())
}

// TestSampleIsWhatTheServerReads sends what Sample gave through the wire and finds it unchanged, whatever the device said.
func TestSampleIsWhatTheServerReads(t *testing.T) {
	var sampled orders
	_, c := newOrders(func(engine.Tick) orders { return sampled })
	rapid.Check(t, func(t *rapid.T) {
		sampled = orders{
			Turn:    rapid.Float32().Draw(t, "turn"),
			Weapon:  rapid.Uint8().Draw(t, "weapon"),
			Fire:    rapid.Bool().Draw(t, "fire"),
			Private: rapid.Int().Draw(t, "private"),
		}
		var here orders
		c.Sample(engine.Tick{Number: 1}, unsafe.Pointer(&here))
		require.Zero(t, here.Private, "what does not travel is not simulated either")
		require.True(t, here.Turn >= -1 && here.Turn <= 1)

		var w wire.Writer
		c.Encode(&w, unsafe.Pointer(&here))
		var r wire.Reader
		r.Reset(w.Finish())
		there := orders{Private: 1}
		require.NoError(t, c.Decode(&r, unsafe.Pointer(&there)))
		require.Equal(t, here, there)
		require.True(t, c.Equal(unsafe.Pointer(&here), unsafe.Pointer(&there)))
		there.Fire = !there.Fire
		require.False(t, c.Equal(unsafe.Pointer(&here), unsafe.Pointer(&there)))
	})
}

// TestDecodeTakesAnything reads bytes that no client of ours would send.
func TestDecodeTakesAnything(t *testing.T) {
	_, c := newOrders(nil)
	rapid.Check(t, func(t *rapid.T) {
		var r wire.Reader
		r.Reset(rapid.SliceOfN(rapid.Byte(), 0, 6).Draw(t, "bytes"))
		got := orders{Turn: 5, Weapon: 9, Fire: true, Private: 1}
		if err := c.Decode(&r, unsafe.Pointer(&got)); err != nil {
			require.Equal(t, orders{}, got, "no command is the zero command")
			require.Error(t, r.Err())
		}
		require.True(t, got.Turn >= -1 && got.Turn <= 1 && got.Weapon < 3 && got.Private == 0, "%+v", got)
	})
}

func TestPut(t *testing.T) {
	app, c := newOrders(func(tick engine.Tick) orders { return orders{Fire: tick.Number == 2} })
	w := app.World()
	ship := w.NewEntity(c.Component())
	rock := w.NewEntity()
	memory := c.Alloc(2)
	first, second := memory, unsafe.Add(memory, c.Size())
	c.Sample(engine.Tick{Number: 1}, first)
	c.Sample(engine.Tick{Number: 2}, second)

	require.True(t, c.Put(w, ship, first))
	require.False(t, (*orders)(w.Pointer(ship, c.Component())).Fire)
	require.True(t, c.Put(w, ship, second))
	require.True(t, (*orders)(w.Pointer(ship, c.Component())).Fire)
	require.False(t, c.Put(w, rock, first), "a rock takes no commands")
	w.Despawn(ship)
	require.False(t, c.Put(w, ship, first))

	c.Copy(first, second)
	require.True(t, (*orders)(first).Fire)
	c.Clear(first)
	require.Equal(t, orders{}, *(*orders)(first))
}

func TestSampleWithoutADevice(t *testing.T) {
	_, c := newOrders(nil)
	got := orders{Fire: true}
	c.Sample(engine.Tick{Number: 1}, unsafe.Pointer(&got))
	require.Equal(t, orders{}, got)
	require.Equal(t, "input_test.orders", c.Type().String())
	require.NotEmpty(t, c.Schema())
}

func TestCommandsAllocateNothing(t *testing.T) {
	app, c := newOrders(func(engine.Tick) orders { return orders{Turn: 0.5} })
	e := app.World().NewEntity(c.Component())
	memory := c.Alloc(2)
	var w wire.Writer
	var r wire.Reader
	round := func() {
		w.Reset(w.Finish()[:0])
		c.Sample(engine.Tick{}, memory)
		c.Encode(&w, memory)
		r.Reset(w.Finish())
		if c.Decode(&r, unsafe.Add(memory, c.Size())) != nil || !c.Put(app.World(), e, memory) ||
			!c.Equal(memory, unsafe.Add(memory, c.Size())) {
			t.Fatal("the command got lost")
		}
	}
	round()
	require.Zero(t, testing.AllocsPerRun(100, round))
}

func TestCommandsThatCannotBe(t *testing.T) {
	type chat struct {
		Text string `net:"len=10"`
	}
	type pointer struct{ To *int }
	app, _ := newOrders(nil)
	require.PanicsWithValue(t, "input: the game's command is input_test.orders already: put the fields of input_test.chat into it",
		func() { input.Command[chat](app) })
	require.PanicsWithValue(t, "input: Sample[input_test.chat], but the game's command is input_test.orders: return that",
		func() { input.Sample(app, func(engine.Tick) chat { return chat{} }) })

	app = engine.New(engine.Config{})
	require.PanicsWithValue(t, "input: Sample[input_test.orders] before Command[input_test.orders]: "+
		"add the plugin that the sides share first",
		func() { input.Sample(app, func(engine.Tick) orders { return orders{} }) })
	require.PanicsWithValue(t, "input: input_test.chat cannot be a command, because its size varies: "+
		"replace strings and slices by numbers, enums or arrays", func() { input.Command[chat](app) })
	require.Panics(t, func() { input.Command[pointer](app) })
}
