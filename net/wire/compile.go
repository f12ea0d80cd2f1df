package wire

import (
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Limits of a codec.
const (
	MaxLanes = 1024  // numbers in one value, as lanes; what has more belongs into a slice
	MaxLen   = 65535 // len of a string or slice
)

// codecs caches what was compiled: cacheKey to *Codec.
var codecs sync.Map

type cacheKey struct {
	t, reference reflect.Type
	m            Mode
}

// Compile returns the codec of type t, from a cache after the first time. The error is a *CompileError.
func Compile(t reflect.Type, m Mode) (*Codec, error) { return CompileReferring(t, m, nil) }

// CompileReferring is Compile where every field of the type reference is one to an entity, as if it had the tag; nil: none is.
func CompileReferring(t reflect.Type, m Mode, reference reflect.Type) (*Codec, error) {
	key := cacheKey{t, reference, m}
	if c, ok := codecs.Load(key); ok {
		return c.(*Codec), nil
	}
	k := compiler{root: t, reference: reference, codec: &Codec{typ: t, mode: m}, within: []reflect.Type{t}}
	if err := k.value(t, field{}); err != nil {
		return nil, err
	}
	k.codec.schema = k.schema.String()
	k.codec.groups = groupLanes(k.codec)
	c, _ := codecs.LoadOrStore(key, k.codec)
	return c.(*Codec), nil
}

// Of is Compile for the type T.
func Of[T any](m Mode) (*Codec, error) {
	return Compile(reflect.TypeFor[T](), m)
}

// compiler walks a type once and appends to the programs of its codec.
type compiler struct {
	root      reflect.Type
	reference reflect.Type // whose fields are references to entities; nil: none
	codec     *Codec
	schema    strings.Builder
	minBits   int            // fewest bits of what was compiled so far
	within    []reflect.Type // the root and the slice elements around, against recursion
	repeat    int            // > 0: in a later element of an array, whose schema is that of the first
	absent    int            // > 0: in an Optional, whose content may take no bits
	nested    bool           // in the element of a slice
}

// field is where a value stands in the type being compiled.
type field struct {
	path   string // Trail[0].X
	form   string // Trail[8].X, the same for all elements of an array: the schema's name for them
	offset uintptr
	tag    tag
}

func (k *compiler) fail(f field, format string, args ...any) error {
	return &CompileError{Type: k.root, Field: f.path, Reason: fmt.Sprintf(format, args...)}
}

// wrap gives an error of a tag the place it was found at.
func (k *compiler) wrap(f field, err error) error {
	if err == nil {
		return nil
	}
	return k.fail(f, "%v", err)
}

// value compiles one value of any kind.
func (k *compiler) value(t reflect.Type, f field) error {
	switch {
	case t == k.reference && t != nil && !f.tag.has("entity"):
		if err := f.tag.only("an entity"); err != nil {
			return k.wrap(f, err)
		}
		return k.entity(t, f)
	case f.tag.has("quat") && fourFloats(t):
		return k.quaternion(t, f)
	case f.tag.has("quat") && !holdsMore(t):
		return k.fail(f, "quat stands on a rotation of four floats, such as [4]float32 or struct{ X, Y, Z, W float32 }, not on %v", t)
	case f.tag.has("entity") && t.Kind() != reflect.Array && t.Kind() != reflect.Slice:
		return k.entity(t, f)
	}
	switch t.Kind() {
	case reflect.Bool:
		if err := f.tag.only("a bool"); err != nil {
			return k.wrap(f, err)
		}
		k.line(f, "bool")
		return k.op(t, f, op{kind: opBool}, lane{bits: 1, max: 1, kind: laneFlag})
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return k.integer(t, f)
	case reflect.Float32, reflect.Float64:
		return k.float(t, f)
	case reflect.Struct:
		if isOptional(t) {
			return k.optional(t, f)
		}
		return k.fields(t, f)
	case reflect.Array:
		return k.array(t, f)
	case reflect.String:
		return k.text(t, f, opString, "string")
	case reflect.Slice:
		if t.Elem() == reflect.TypeFor[byte]() {
			return k.text(t, f, opBytes, "bytes")
		}
		return k.slice(t, f)
	default:
		return k.fail(f, "%v cannot travel; use a supported kind (see the package comment) or leave it out with net:\"-\"", t)
	}
}

// fields compiles the fields of a struct in order.
func (k *compiler) fields(t reflect.Type, f field) error {
	for i := range t.NumField() {
		sf := t.Field(i)
		if sf.Name == "_" {
			continue
		}
		in := field{path: join(f.path, sf.Name), form: join(f.form, sf.Name), offset: f.offset + sf.Offset, tag: f.tag}
		own, err := parseTag(sf.Tag.Get("net"))
		if err != nil {
			return k.wrap(in, err)
		}
		if own.has("-") {
			continue
		}
		if own != nil {
			in.tag = own
		}
		if !sf.IsExported() {
			return k.fail(in, "is unexported: export it, or leave it out with net:\"-\"")
		}
		if err := k.value(sf.Type, in); err != nil {
			return err
		}
	}
	return nil
}

// array compiles every element and describes the first.
func (k *compiler) array(t reflect.Type, f field) error {
	if t.Len() > MaxLanes {
		return k.fail(f, "more than %d elements; use a slice with len", MaxLanes)
	}
	in := field{form: fmt.Sprintf("%s[%d]", f.form, t.Len()), tag: f.tag}
	before := k.repeat
	defer func() { k.repeat = before }()
	for i := range t.Len() {
		in.path = fmt.Sprintf("%s[%d]", f.path, i)
		in.offset = f.offset + uintptr(i)*t.Elem().Size()
		if err := k.value(t.Elem(), in); err != nil {
			return err
		}
		k.repeat = before + 1
	}
	return nil
}

// optional compiles the bit that says whether Value follows, then Value.
func (k *compiler) optional(t reflect.Type, f field) error {
	c := k.codec
	k.line(f, "optional")
	ops, lanes, tails := len(c.ops), len(c.lanes), len(c.tails)
	if err := k.op(t.Field(0).Type, f, op{kind: opOptional}, lane{bits: 1, max: 1, kind: laneFlag}); err != nil {
		return err
	}
	c.tails = append(c.tails, tail{kind: opOptional, offset: f.offset})
	in := f
	in.path, in.form, in.offset = join(f.path, "Value"), join(f.form, "Value"), f.offset+t.Field(1).Offset
	k.absent++
	defer func() { k.absent-- }()
	if err := k.value(t.Field(1).Type, in); err != nil {
		return err
	}
	c.ops[ops].skip = len(c.ops) - ops - 1
	c.lanes[lanes].skip = uint16(len(c.lanes) - lanes - 1)
	c.tails[tails].skip = len(c.tails) - tails - 1
	if c.tails[tails].skip == 0 {
		c.tails = c.tails[:tails]
	}
	return nil
}

// isOptional tells the instances of Optional from other structs.
func isOptional(t reflect.Type) bool {
	return t.PkgPath() == reflect.TypeFor[Codec]().PkgPath() && strings.HasPrefix(t.Name(), "Optional[")
}

// text compiles a string or a []byte.
func (k *compiler) text(t reflect.Type, f field, kind opKind, name string) error {
	n, rest, err := f.tag.takeLen()
	if err == nil {
		err = rest.only("a " + name)
	}
	if err != nil {
		return k.wrap(f, err)
	}
	k.line(f, fmt.Sprintf("%s len %d", name, n))
	return k.tail(t, f, tail{kind: kind, max: n, minBits: 8})
}

// slice compiles the element type as a codec of its own.
func (k *compiler) slice(t reflect.Type, f field) error {
	n, rest, err := f.tag.takeLen()
	if err != nil {
		return k.wrap(f, err)
	}
	if slices.Contains(k.within, t.Elem()) {
		return k.fail(f, "%v contains itself; leave this field out with net:\"-\"", t.Elem())
	}
	k.line(f, fmt.Sprintf("list len %d", n))
	in := compiler{root: k.root, reference: k.reference, codec: &Codec{typ: t.Elem(), mode: k.codec.mode}, within: append(k.within, t.Elem()), repeat: k.repeat, nested: true}
	if err := in.value(t.Elem(), field{path: f.path + "[]", form: f.form + "[]", tag: rest}); err != nil {
		return err
	}
	in.codec.groups = groupLanes(in.codec)
	k.schema.WriteString(in.schema.String())
	return k.tail(t, f, tail{kind: opSlice, max: n, minBits: uint64(in.minBits), slice: t, elem: in.codec})
}

// tail appends an instruction of the variable part.
func (k *compiler) tail(t reflect.Type, f field, in tail) error {
	if len(k.codec.tails) >= MaxLanes {
		return k.fail(f, "more than %d strings and slices in one value; use a slice with len", MaxLanes)
	}
	in.where = join(k.root.String(), f.path)
	in.offset, in.lenBits = f.offset, uint(bits.Len(uint(in.max)))
	k.codec.tails = append(k.codec.tails, in)
	k.codec.fields = append(k.codec.fields, Field{Path: f.path, Type: t, Offset: f.offset, Lane: -1})
	k.counts(in.lenBits)
	return nil
}

// op appends an instruction of the fixed part and the lanes it fills.
func (k *compiler) op(t reflect.Type, f field, o op, lanes ...lane) error {
	c := k.codec
	if len(c.lanes)+len(lanes) > MaxLanes {
		return k.fail(f, "more than %d numbers in one value; use a slice with len", MaxLanes)
	}
	o.offset, o.lane = f.offset, len(c.lanes)
	c.ops = append(c.ops, o)
	c.lanes = append(c.lanes, lanes...)
	c.fields = append(c.fields, Field{Path: f.path, Type: t, Offset: f.offset, Lane: o.lane, Step: o.step(), Angle: o.angles.bits > 0, Kind: meaning(o, f.tag)})
	for _, l := range lanes {
		k.counts(uint(l.bits))
	}
	return nil
}

// counts adds bits that every encoding has.
func (k *compiler) counts(bits uint) {
	if k.absent == 0 {
		k.minBits += int(bits)
	}
}

// line appends one line to the schema.
func (k *compiler) line(f field, form string) {
	if k.repeat > 0 {
		return
	}
	if f.form != "" {
		form = f.form + " " + form
	}
	k.schema.WriteString(form + "\n")
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
