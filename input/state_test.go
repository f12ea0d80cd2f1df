package input

import (
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/require"
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
	require.Equal(t, float32(1), s.Axis("turn"))
	s.ReleaseAll()
	s.EndTick()
	require.Equal(t, float32(0), s.Axis("turn"))
	require.PanicsWithValue(t, `input: no action "jump": add it to the bindings that NewState was given`, func() { s.Down("jump") })
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
