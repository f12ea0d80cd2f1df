package script_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/render/window/script"
	"pgregory.net/rapid"
)

func state() *input.State {
	return input.NewState(input.Bindings{
		"thrust": input.Bind("ArrowUp"), "fire": input.Bind("Space"), "turn": input.Bind("PadLeftX"),
	})
}

func parse(t *testing.T, text string) *script.Player {
	t.Helper()
	s, err := script.Parse(text)
	require.NoError(t, err)
	return script.NewPlayer(s)
}

func TestActionsHappenAtTheirTimes(t *testing.T) {
	p := parse(t, `
		# fly, then shoot
		2    up    ArrowUp   # in any order
		0.5  down  ArrowUp
		1    hold  Space 0.75
		1.5  stick PadLeftX -1
		1.5  mouse 640 360.5
	`)
	s := state()
	at := func(seconds float64) {
		s.EndTick()
		p.Advance(time.Duration(seconds*float64(time.Second)), s)
	}
	at(0.49)
	require.False(t, s.Down("thrust"))
	at(0.5)
	require.True(t, s.Down("thrust"))
	at(1.1)
	require.True(t, s.Down("fire"))
	at(1.6)
	require.Equal(t, float32(-1), s.Axis("turn"))
	x, y := s.Mouse()
	require.Equal(t, [2]float32{640, 360.5}, [2]float32{x, y})
	at(1.8)
	s.EndTick()
	require.False(t, s.Down("fire"))
	require.True(t, s.Down("thrust"))
	require.False(t, p.Done())
	at(100)
	s.EndTick()
	require.False(t, s.Down("thrust"))
	require.True(t, p.Done())
}

// A tap is never lost, however seldom the player advances.
func TestTapIsSeenByOneTick(t *testing.T) {
	p, s := parse(t, "1 tap Space"), state()
	p.Advance(10*time.Second, s)
	require.True(t, s.Pressed("fire"))
	s.EndTick()
	require.False(t, s.Down("fire"))
}

func TestRepeatBeginsAgainWithNothingHeld(t *testing.T) {
	p, s := parse(t, "0 down ArrowUp\n1 down Space\n2 repeat\n3 down PadA"), state()
	presses := 0
	for now := time.Duration(0); now < 10*time.Second; now += 10 * time.Millisecond {
		s.EndTick()
		p.Advance(now, s)
		if s.Pressed("fire") {
			presses++
		}
		in := now % (2 * time.Second)
		s.EndTick()
		require.True(t, s.Down("thrust"))
		require.Equal(t, in >= time.Second, s.Down("fire"), "at %v", now)
	}
	require.Equal(t, 5, presses)
	require.False(t, p.Done())
}

func TestShotAndQuitAreHandedOn(t *testing.T) {
	p, s := parse(t, "1 shot a.png\n2 quit"), state()
	p.Advance(5*time.Second, s) // nobody listens
	p = parse(t, "1 shot a.png\n2 quit")
	var got []string
	p.Shot = func(file string) { got = append(got, file) }
	p.Quit = func() { got = append(got, "quit") }
	p.Advance(3*time.Second, s)
	require.Equal(t, []string{"a.png", "quit"}, got)
}

func TestErrorsNameLineAndRemedy(t *testing.T) {
	for text, want := range map[string]string{
		"\n\nnow down A":              `line 3: "now" is no time: expected seconds`,
		"-1 down A":                   "is no time",
		"NaN down A":                  "is no time",
		"1":                           "expected SECONDS ACTION",
		"1 dance A":                   `unknown action "dance": expected down, up,`,
		"1 down":                      "expected 1 down KEY",
		"1 hold A":                    "expected 1 hold KEY SECONDS",
		"1 hold A soon":               `"soon" is no time`,
		"1 down Anykey":               `"Anykey" is no key`,
		"1 stick Space 1":             "is no stick",
		"1 stick PadLeftX 2":          "expected -1..1",
		"1 mouse 1 far":               `"far" is no number`,
		"1 mouse 1 Inf":               "is no number",
		"0 repeat":                    "after 50ms at the earliest",
		"1 repeat\n2 repeat":          "line 2: a second repeat",
		"1 quit now":                  "expected 1 quit",
		"1 shot a.png\n1 tap Nothing": "line 2:",
	} {
		_, err := script.Parse(text)
		require.ErrorIs(t, err, script.ErrSyntax, "%q", text)
		require.ErrorContains(t, err, want, "%q", text)
	}
}

// However its time is cut into frames, a script ends in the same state.
func TestFrameTimesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for range rapid.IntRange(0, 20).Draw(t, "lines") {
			text += fmt.Sprintf("%.2f %s %s\n", rapid.Float64Range(0, 5).Draw(t, "at"),
				rapid.SampledFrom([]string{"down", "up", "tap"}).Draw(t, "what"),
				rapid.SampledFrom([]string{"ArrowUp", "Space"}).Draw(t, "key"))
		}
		if rapid.Bool().Draw(t, "repeats") {
			text += "3.1 repeat\n"
		}
		parsed, err := script.Parse(text)
		require.NoError(t, err)
		one, many := state(), state()
		end := time.Duration(rapid.Int64Range(0, int64(9*time.Second)).Draw(t, "end"))
		script.NewPlayer(parsed).Advance(end, one)
		p := script.NewPlayer(parsed)
		for now := time.Duration(0); now < end; now += time.Duration(rapid.Int64Range(1e6, 1e9).Draw(t, "frame")) {
			p.Advance(now, many)
		}
		p.Advance(end, many)
		one.EndTick()
		many.EndTick()
		for _, a := range []input.Action{"thrust", "fire"} {
			require.Equal(t, one.Down(a), many.Down(a), "%s after %v of\n%s", a, end, text)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("0.5 down ArrowUp\n1 hold Space 0.75\n2 up ArrowUp # comment")
	f.Add("1 stick PadLeftX -0.5\n1 mouse 3 4\n1 shot a.png\n4 repeat\n20 quit")
	f.Add("1 tap")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := script.Parse(text)
		if err != nil {
			require.ErrorIs(t, err, script.ErrSyntax)
			return
		}
		script.NewPlayer(s).Advance(time.Second, state())
	})
}

func ExampleParse() {
	s, err := script.Parse("0 down ArrowUp\n1 tap Space")
	if err != nil {
		fmt.Println(err)
		return
	}
	keys := input.NewState(input.Bindings{"thrust": input.Bind("ArrowUp"), "fire": input.Bind("Space")})
	p := script.NewPlayer(s)
	p.Advance(500*time.Millisecond, keys)
	fmt.Println("thrust:", keys.Down("thrust"), "fire:", keys.Down("fire"))
	p.Advance(time.Second, keys)
	fmt.Println("thrust:", keys.Down("thrust"), "fire:", keys.Down("fire"))
	_, err = script.Parse("2 dance")
	fmt.Println(err)
	// Output:
	// thrust: true fire: false
	// thrust: true fire: true
	// script not understood: line 1: unknown action "dance": expected down, up, hold, tap, stick, mouse, shot, quit or repeat
}
