package input

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ErrBinding is wrapped by the errors of texts that bind an action to something that does not exist.
var ErrBinding = errors.New("input: binding not understood")

// Action is what a player means, whatever is pressed for it: "fire", "turn". Games name their own.
type Action string

// Source is one way to cause an action: a key, a pair of keys that pull against each other, or a stick. As text:
//
//	Space        a key
//	A/D          a pair: the left one is -1, the right one is +1
//	PadLeftX     a stick
//	-PadLeftY    a stick, turned round
//
// The zero value causes nothing.
type Source struct {
	key      Key // +1
	opposite Key // -1
	axis     Axis
	invert   bool
}

// ParseSource reads the text form of a source.
func ParseSource(text string) (Source, error) {
	name, invert := strings.CutPrefix(text, "-")
	for a := Axis(1); a < axisCount; a++ {
		if strings.EqualFold(axisNames[a], name) {
			return Source{axis: a, invert: invert}, nil
		}
	}
	left, right, pair := strings.Cut(text, "/")
	if !pair {
		key, err := ParseKey(text)
		return Source{key: key}, err
	}
	opposite, err := ParseKey(left)
	if err != nil {
		return Source{}, err
	}
	key, err := ParseKey(right)
	if err != nil {
		return Source{}, err
	}
	return Source{key: key, opposite: opposite}, nil
}

// String returns the text form.
func (s Source) String() string {
	switch {
	case s.axis != 0 && s.invert:
		return "-" + s.axis.String()
	case s.axis != 0:
		return s.axis.String()
	case s.opposite != 0:
		return s.opposite.String() + "/" + s.key.String()
	default:
		return s.key.String()
	}
}

// MarshalText returns the text form, for configuration files.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the text form, from configuration files.
func (s *Source) UnmarshalText(text []byte) error {
	source, err := ParseSource(string(text))
	if err != nil {
		return err
	}
	*s = source
	return nil
}

// Bind returns sources from their text form, for the default bindings of a game. It panics if one is not understood;
// what players write goes through [ParseSource].
func Bind(texts ...string) []Source {
	sources := make([]Source, 0, len(texts))
	for _, text := range texts {
		source, err := ParseSource(text)
		if err != nil {
			panic(err.Error())
		}
		sources = append(sources, source)
	}
	return sources
}

// Bindings say what causes each action. In a TOML file they look like this:
//
//	[bindings]
//	fire = ["Space", "MouseLeft", "PadA"]
//	turn = ["A/D", "ArrowLeft/ArrowRight", "PadLeftX"]
type Bindings map[Action][]Source

// With returns the bindings with those of a player in place of their own; an action that the player does not mention
// keeps its sources, one with an empty list loses them. It is an error to bind an action that does not exist.
func (b Bindings) With(player Bindings) (Bindings, error) {
	merged := maps.Clone(b)
	for _, action := range slices.Sorted(maps.Keys(player)) {
		if _, ok := b[action]; !ok {
			return nil, fmt.Errorf("%w: there is no action %q; the actions are %q",
				ErrBinding, action, slices.Sorted(maps.Keys(b)))
		}
		merged[action] = player[action]
	}
	return merged, nil
}
