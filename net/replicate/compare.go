package replicate

import (
	"reflect"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
)

// Size is the bytes of a value in memory: the distance of two that lie side by
// side.
func (t *Type) Size() uintptr { return t.Quantised.Type().Size() }

// Same reports whether two values are the same bits. Values that are equal may
// differ in bits that mean nothing.
func (t *Type) Same(a, b unsafe.Pointer) bool {
	n := t.Size()
	return string(unsafe.Slice((*byte)(a), n)) == string(unsafe.Slice((*byte)(b), n))
}

// FirstDifference names the first field in which two values are not equal, as
// in Go: Trail[2].X, and returns it of both. It is slow, for reports. The name
// is empty when the values are equal.
func (t *Type) FirstDifference(a, b unsafe.Pointer) (field string, x, y any) {
	for _, f := range t.Quantised.Fields() {
		vx := reflect.NewAt(f.Type, unsafe.Add(a, f.Offset)).Elem().Interface()
		vy := reflect.NewAt(f.Type, unsafe.Add(b, f.Offset)).Elem().Interface()
		if !reflect.DeepEqual(vx, vy) && !t.blend.fieldEqual(f.Offset, a, b) {
			return f.Path, vx, vy
		}
	}
	return "", nil, nil
}

// fieldEqual compares the one float or rotation at an offset within its tolerance. Other
// fields are never equal when their values differ.
func (b *blend) fieldEqual(off uintptr, x, y unsafe.Pointer) bool {
	for i := range b.floats {
		if l := &b.floats[i]; l.off == off {
			d := l.difference(l.get(x), l.get(y))
			return d >= -l.tolerance && d <= l.tolerance
		}
	}
	for i := range b.turns {
		if l := &b.turns[i]; min(l.part[0].off, l.part[3].off) == off {
			return l.equal(x, y)
		}
	}
	return false
}

// ViewID is the component that shows the type's values; false without.
func (t *Type) ViewID() (ecs.ID, bool) {
	if t.view == nil {
		return ecs.ID{}, false
	}
	return t.view.id, true
}
