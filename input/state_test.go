package input

import (
	"math"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestState(t *testing.T) {
	s := NewState(Bindings{
		"fire": Bind("Space", "MouseLeft"),
		"turn": Bind("A/D", "-PadLeftX"),
	})
	require.False(t, s.Down("fire"))
	s.SetKey(KeySpace, true)
	s.SetKey(KeySpace, false)
	require.True(t, s.Down("fire"), "a tap between two ticks is not lost")
	require.True(t, s.Pressed("fire"))
	require.True(t, s.Released("fire"))
	s.EndTick()
	require.False(t, s.Down("fire") || s.Pressed("fire") || s.Released("fire"))

	s.SetKey(KeyA, true)
	require.Equal(t, float32(-1), s.Axis("turn"))
	s.SetKey(KeyD, true)
	require.Equal(t, float32(0), s.Axis("turn"))
	require.True(t, s.Down("turn"))
	s.SetAxis(PadLeftX, -1)
	require.Equal(t, float32(1), s.Axis("turn"), "what is pushed furthest counts")
	s.ReleaseAll()
	s.EndTick()
	require.Equal(t, float32(0), s.Axis("turn"))

	s.Bind(Bindings{"jump": Bind("Space")})
	require.Len(t, s.Bindings(), 1)
	require.PanicsWithValue(t, `input: no action "fire": add it to the bindings that NewState was given`,
		func() { s.Down("fire") })
}

// TestKeysAgainstAModel presses and releases keys at random and keeps account of them in plain maps.
func TestKeysAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewState(Bindings{})
		down, pressed := map[Key]bool{}, map[Key]bool{}
		released := map[Key]bool{}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			switch k := rapid.SampledFrom(Keys()).Draw(t, "key"); rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				s.EndTick()
				clear(pressed)
				clear(released)
			case 1:
				s.ReleaseAll()
				for k := range down {
					released[k] = true
				}
				clear(down)
			case 2, 3, 4:
				s.SetKey(k, false)
				if down[k] {
					released[k] = true
				}
				delete(down, k)
			default:
				s.SetKey(k, true)
				if !down[k] {
					pressed[k] = true
				}
				down[k] = true
			}
			for _, k := range Keys() {
				require.Equal(t, down[k] || pressed[k], s.KeyDown(k), "%v", k)
				require.Equal(t, pressed[k], s.pressed.has(k), "%v", k)
				require.Equal(t, released[k], s.released.has(k), "%v", k)
			}
		}
	})
}

func TestSticks(t *testing.T) {
	s := NewState(Bindings{"push": Bind("PadLeftY"), "pull": Bind("-PadLeftY")})
	for _, c := range []struct {
		at, want float32
		down     bool
	}{
		{0, 0, false},
		{DeadZone, 0, false},
		{-DeadZone, 0, false},
		{1, 1, true},
		{-1, -1, true},
		{7, 1, true}, // clamped
		{DeadZone + (1-DeadZone)/2, 0.5, false},
		{0.9, (0.9 - DeadZone) / (1 - DeadZone), true},
	} {
		s.SetAxis(PadLeftY, c.at)
		require.InDelta(t, c.want, s.Axis("push"), 1e-6, "stick at %g", c.at)
		require.InDelta(t, -c.want, s.Axis("pull"), 1e-6, "stick at %g", c.at)
		require.Equal(t, c.down, s.Down("push"), "stick at %g", c.at)
	}
	s.SetAxis(PadLeftY, float32(math.NaN()))
	require.InDelta(t, (0.9-DeadZone)/(1-DeadZone), s.Axis("push"), 1e-6, "what is no number is not heard")
}

func TestMouse(t *testing.T) {
	s := NewState(Bindings{})
	s.SetMouse(3, 4)
	s.AddWheel(0, 1)
	s.AddWheel(1, 1)
	x, y := s.Mouse()
	require.Equal(t, [2]float32{3, 4}, [2]float32{x, y})
	x, y = s.Wheel()
	require.Equal(t, [2]float32{1, 2}, [2]float32{x, y}, "turns add up until they are read")
	s.EndTick()
	x, y = s.Wheel()
	require.Zero(t, x)
	require.Zero(t, y)
}

func TestStateAllocatesNothing(t *testing.T) {
	s := NewState(Bindings{"fire": Bind("Space"), "turn": Bind("A/D", "PadLeftX")})
	require.Zero(t, testing.AllocsPerRun(100, func() {
		s.SetKey(KeySpace, true)
		s.SetAxis(PadLeftX, 0.3)
		if !s.Down("fire") || s.Axis("turn") == 0 {
			t.Fatal("not heard")
		}
		s.ReleaseAll()
		s.EndTick()
	}))
}

func TestBindingsInTOML(t *testing.T) {
	var file struct{ Bindings Bindings }
	_, err := toml.Decode("[bindings]\nfire = ['Space', 'MouseLeft']\nturn = ['a/d', '-PadLeftX']\n", &file)
	require.NoError(t, err)
	require.Equal(t, Bindings{"fire": Bind("Space", "MouseLeft"), "turn": Bind("A/D", "-PadLeftX")}, file.Bindings)

	text, err := toml.Marshal(file)
	require.NoError(t, err)
	require.Equal(t, "[Bindings]\n  fire = [\"Space\", \"MouseLeft\"]\n  turn = [\"A/D\", \"-PadLeftX\"]\n", string(text))

	_, err = toml.Decode("[bindings]\nfire = ['Spcae']\n", &file)
	require.ErrorContains(t, err, `"Spcae" is no key`)
}

// TestEverySourceSurvivesItsText writes and reads each key, pair and stick.
func TestEverySourceSurvivesItsText(t *testing.T) {
	var sources []Source
	names := map[string]bool{}
	for _, k := range Keys() {
		require.NotEmpty(t, k.String())
		require.False(t, names[k.String()], "two keys are called %v", k)
		names[k.String()] = true
		sources = append(sources, Source{key: k}, Source{key: k, opposite: KeyA})
	}
	for a := Axis(1); a < axisCount; a++ {
		sources = append(sources, Source{axis: a}, Source{axis: a, invert: true})
	}
	for _, s := range sources {
		text, err := s.MarshalText()
		require.NoError(t, err)
		var back Source
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, s, back)
	}
	for _, text := range []string{"", "A/", "/A", "A/B/C", "-", "-A", "Key(200)", "/"} {
		var s Source
		require.ErrorIs(t, s.UnmarshalText([]byte(text)), ErrBinding, "%q", text)
		require.Equal(t, Source{}, s)
	}
	require.PanicsWithValue(t, `input: binding not understood: "Nothing" is no key; `+
		`keys are called like A, Digit1, Space, ArrowUp, ShiftLeft, MouseLeft, PadA`, func() { Bind("Nothing") })
}

func TestBindingsOfAPlayer(t *testing.T) {
	game := Bindings{"fire": Bind("Space"), "turn": Bind("A/D")}
	merged, err := game.With(Bindings{"fire": Bind("MouseLeft"), "turn": nil})
	require.NoError(t, err)
	require.Equal(t, Bindings{"fire": Bind("MouseLeft"), "turn": nil}, merged)
	require.Equal(t, Bind("Space"), game["fire"], "the game's own are untouched")

	_, err = game.With(Bindings{"fier": Bind("MouseLeft")})
	require.ErrorIs(t, err, ErrBinding)
	require.EqualError(t, err, `input: binding not understood: there is no action "fier"; the actions are ["fire" "turn"]`)
}
