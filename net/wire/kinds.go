package wire

import "reflect"

// colorTag returns the tag that a float channel's color stands for.
func colorTag(t tag) (tag, error) {
	if err := t.only("a color", "color", "bits"); err != nil {
		return nil, err
	}
	width := "8"
	if t.has("bits") {
		if _, err := t.bits(16); err != nil {
			return nil, err
		}
		width = t.value("bits")
	}
	return tag{{"min", "0"}, {"max", "1"}, {"bits", width}}, nil
}

// recolor marks the fields compiled since there were n as channels of a colour.
func (k *compiler) recolor(n int) {
	for i := n; i < len(k.codec.fields); i++ {
		k.codec.fields[i].Kind = Color
	}
}

// entity compiles a reference: a lane of no bits, for what travels another way.
func (k *compiler) entity(t reflect.Type, f field) error {
	if err := f.tag.only("an entity", "entity"); err != nil {
		return k.wrap(f, err)
	}
	if !plainMemory(t) || t.Size() > 8 {
		return k.fail(f, "entity stands on a reference of integers, 8 bytes at most, such as ecs.Entity, not on %v", t)
	}
	if k.nested {
		return k.fail(f, "an entity reference cannot stand in a slice, where nobody translates it; use an array, with the zero entity for none")
	}
	k.line(f, "entity")
	return k.op(t, f, op{kind: opEntity, size: t.Size()}, lane{kind: laneRaw})
}

// plainMemory reports whether a t is an unsigned integer or a struct of them.
func plainMemory(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Uint32, reflect.Uint64:
		return true
	case reflect.Struct:
		for i := range t.NumField() {
			if !plainMemory(t.Field(i).Type) {
				return false
			}
		}
		return t.NumField() > 0
	}
	return false
}

// meaning returns the kind of the field that an instruction moves.
func meaning(o op, t tag) Kind {
	switch o.kind {
	case opAngle32, opAngle64:
		return Angle
	case opQuat32, opQuat64:
		return Quaternion
	case opEntity:
		return Entity
	}
	if t.has("enum") {
		return Enum
	}
	return Plain
}
