package wire

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// tag is a parsed `net:"..."` tag: options in the order written.
type tag []option

type option struct{ key, value string }

const knownOptions = "min, max, step, bits, enum, angle, quat, color, entity, len, -"

// parseTag splits a tag and checks each option's form, not whether the field can have it.
func parseTag(text string) (tag, error) {
	var t tag
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		key, value, hasValue := strings.Cut(strings.TrimSpace(part), "=")
		switch key {
		case "-", "angle", "quat", "color", "entity":
			if hasValue {
				return nil, fmt.Errorf("%s takes no value", key)
			}
		case "min", "max", "step", "bits", "enum", "len":
			if value == "" {
				return nil, fmt.Errorf("%s is given without a value", key)
			}
		default:
			return nil, fmt.Errorf("unknown option %q in net tag; known are %s", key, knownOptions)
		}
		if key != "len" && t.has(key) {
			return nil, fmt.Errorf("%s is given twice", key)
		}
		t = append(t, option{key, value})
	}
	if t.has("-") && len(t) > 1 {
		return nil, errors.New("- leaves the field out, so nothing can stand beside it")
	}
	return t, nil
}

func (t tag) has(key string) bool {
	return slices.ContainsFunc(t, func(o option) bool { return o.key == key })
}

func (t tag) value(key string) string {
	for _, o := range t {
		if o.key == key {
			return o.value
		}
	}
	return ""
}

// only refuses options that mean nothing for a field of the given kind.
func (t tag) only(kind string, keys ...string) error {
	for _, o := range t {
		if !slices.Contains(keys, o.key) {
			return fmt.Errorf("%s means nothing for %s", o.key, kind)
		}
	}
	return nil
}

// takeLen removes the outermost len and returns it with the tag for what is inside.
func (t tag) takeLen() (int, tag, error) {
	i := slices.IndexFunc(t, func(o option) bool { return o.key == "len" })
	if i < 0 {
		return 0, nil, errors.New("needs a bound: net:\"len=...\"")
	}
	n, err := strconv.Atoi(t[i].value)
	if err != nil || n < 1 || n > MaxLen {
		return 0, nil, fmt.Errorf("len=%s must be a whole number from 1 to %d", t[i].value, MaxLen)
	}
	return n, slices.Delete(slices.Clone(t), i, i+1), nil
}

// bits returns the value of the bits option.
func (t tag) bits(most int) (int, error) {
	n, err := strconv.Atoi(t.value("bits"))
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("bits=%s must be a whole number from 1 to %d", t.value("bits"), most)
	}
	return n, nil
}
