// Package script plays a game's keys from a text instead of a person, for tests and demonstrations.
//
// A script has one action a line, each at a number of seconds after the game began, in any order; # begins a comment:
//
//	0.5  down  ArrowUp          # press a key
//	2    up    ArrowUp          # let go of it
//	1    hold  Space 0.75       # press it and let go after so many seconds
//	1.5  tap   F3               # press it and let go at once
//	0    stick PadLeftX -0.5    # move a stick
//	0    mouse 640 360          # move the mouse, in pixels of the window
//	3    shot  out/three.png    # take a screenshot
//	20   quit                   # end the program
//	4    repeat                 # begin again at second 0, until the program ends
//
// Keys and sticks have the names of package input. It needs no display.
package script

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tandem-engine/tandem/input"
)

// ErrSyntax is wrapped by the errors of texts that are no script.
var ErrSyntax = errors.New("script not understood")

// MaxActions is the greatest number of actions of a script.
const MaxActions = 100_000

// Script is a list of timed actions. The zero value does nothing.
type Script struct {
	actions []action
	repeat  time.Duration // 0: plays once
}

// verb is what an action does.
type verb uint8

const (
	press verb = iota + 1
	release
	stick
	mouse
	shot
	quit
)

type action struct {
	at   time.Duration
	verb verb
	key  input.Key
	axis input.Axis
	x, y float32
	file string
}

// tapTime is how long a tap holds its key: long enough for one tick of a slow game.
const tapTime = 50 * time.Millisecond

// Parse reads a script. The error names the line that is wrong and what is expected in it.
func Parse(text string) (*Script, error) {
	s := &Script{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := s.add(words); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrSyntax, n, err)
		}
		if len(s.actions) > MaxActions {
			return nil, fmt.Errorf("%w: more than %d actions", ErrSyntax, MaxActions)
		}
	}
	slices.SortStableFunc(s.actions, func(a, b action) int { return cmp.Compare(a.at, b.at) })
	return s, nil
}

// usage says what belongs behind each word.
var usage = map[string]string{
	"down": "KEY", "up": "KEY", "hold": "KEY SECONDS", "tap": "KEY", "stick": "STICK -1..1",
	"mouse": "X Y", "shot": "FILE", "quit": "", "repeat": "",
}

func (s *Script) add(words []string) error {
	at, err := seconds(words[0])
	if err != nil {
		return err
	}
	if len(words) < 2 {
		return errors.New("nothing to do at that time: expected SECONDS ACTION and what belongs to it")
	}
	name, rest := words[1], words[2:]
	want, known := usage[name]
	switch {
	case !known:
		return fmt.Errorf("unknown action %q: expected down, up, hold, tap, stick, mouse, shot, quit or repeat", name)
	case len(rest) != len(strings.Fields(want)):
		return fmt.Errorf("expected %s %s %s", words[0], name, want)
	}
	switch name {
	case "repeat":
		return s.again(at)
	case "quit":
		s.do(action{at: at, verb: quit})
	case "shot":
		s.do(action{at: at, verb: shot, file: rest[0]})
	case "mouse":
		return s.point(at, rest)
	case "stick":
		return s.push(at, rest)
	default:
		return s.keys(at, name, rest)
	}
	return nil
}

func (s *Script) do(a action) { s.actions = append(s.actions, a) }

func (s *Script) again(at time.Duration) error {
	if at < tapTime {
		return fmt.Errorf("a script can repeat after %v at the earliest", tapTime)
	}
	if s.repeat != 0 {
		return errors.New("a second repeat")
	}
	s.repeat = at
	return nil
}

func (s *Script) keys(at time.Duration, name string, rest []string) error {
	key, err := input.ParseKey(rest[0])
	if err != nil {
		return err
	}
	switch name {
	case "down":
		s.do(action{at: at, verb: press, key: key})
	case "up":
		s.do(action{at: at, verb: release, key: key})
	default:
		length := tapTime
		if name == "hold" {
			if length, err = seconds(rest[1]); err != nil {
				return err
			}
		}
		s.do(action{at: at, verb: press, key: key})
		s.do(action{at: at + length, verb: release, key: key})
	}
	return nil
}

func (s *Script) push(at time.Duration, rest []string) error {
	source, err := input.ParseSource(rest[0])
	if err != nil {
		return err
	}
	for a := input.PadLeftX; a <= input.PadRightY; a++ {
		if a.String() != source.String() {
			continue
		}
		v, err := number(rest[1])
		if err != nil {
			return err
		}
		if v < -1 || v > 1 {
			return fmt.Errorf("stick at %v: expected -1..1", v)
		}
		s.do(action{at: at, verb: stick, axis: a, x: v})
		return nil
	}
	return fmt.Errorf("%q is no stick: expected PadLeftX, PadLeftY, PadRightX or PadRightY", rest[0])
}

func (s *Script) point(at time.Duration, rest []string) error {
	x, err := number(rest[0])
	if err != nil {
		return err
	}
	y, err := number(rest[1])
	if err != nil {
		return err
	}
	s.do(action{at: at, verb: mouse, x: x, y: y})
	return nil
}

// longest is the latest time that an action may have.
const longest = 24 * time.Hour

func seconds(text string) (time.Duration, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v <= longest.Seconds()) {
		return 0, fmt.Errorf("%q is no time: expected seconds from 0 to %.0f, such as 2 or 0.5", text, longest.Seconds())
	}
	return time.Duration(v * float64(time.Second)), nil
}

func number(text string) (float32, error) {
	v, err := strconv.ParseFloat(text, 32)
	if err != nil || v != v || v-v != 0 {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return float32(v), nil
}
