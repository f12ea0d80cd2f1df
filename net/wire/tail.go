package wire

import (
	"fmt"
	"reflect"
	"unsafe"
)

// tail is an instruction of the variable part.
type tail struct {
	kind    opKind // opString, opBytes, opSlice, or opOptional
	offset  uintptr
	where   string // type and field, for errors
	skip    int    // opOptional: the instructions of its Value
	max     int    // most bytes or elements
	lenBits uint   // width of the length
	minBits uint64 // fewest bits of a byte or element
	slice   reflect.Type
	elem    *Codec // opSlice
}

// WriteTail appends the strings, bytes and slices of the value at p: for each its length, in as many bits as its bound needs, and its
// content. One above its bound is ErrLength, wrapped with the field's name; nothing is appended then.
func (c *Codec) WriteTail(w *Writer, p unsafe.Pointer) error {
	start := w.Mark()
	for i := 0; i < len(c.tails); i++ {
		t := &c.tails[i]
		at := unsafe.Add(p, t.offset)
		if t.kind == opOptional {
			if set := *(*bool)(at); !set {
				i += t.skip
			}
			continue
		}
		if err := t.write(w, at); err != nil {
			w.Rewind(start)
			return err
		}
	}
	return nil
}

// ReadTail takes what WriteTail wrote into the value at p, whose fixed part must be set already. A string or []byte that did not change
// is left alone; anything else gets memory of its own, never the old one's, which copies of the value may share. Empty slices become
// nil. After an error what came before it is set.
func (c *Codec) ReadTail(r *Reader, p unsafe.Pointer) error {
	for i := 0; i < len(c.tails); i++ {
		t := &c.tails[i]
		at := unsafe.Add(p, t.offset)
		if t.kind != opOptional {
			t.read(r, at)
			continue
		}
		if set := *(*bool)(at); !set {
			for _, in := range c.tails[i+1 : i+1+t.skip] {
				in.reset(unsafe.Add(p, in.offset))
			}
			i += t.skip
		}
	}
	return r.err
}

func (t *tail) write(w *Writer, at unsafe.Pointer) error {
	n := (*sliceHeader)(at).len // a string has its length at the same place
	if n > t.max {
		return fmt.Errorf("%s: %d, at most %d: %w", t.where, n, t.max, ErrLength)
	}
	w.Bits(uint64(n), t.lenBits)
	switch t.kind {
	case opString:
		w.text(*(*string)(at))
	case opBytes:
		w.Bytes(*(*[]byte)(at))
	default:
		data := (*sliceHeader)(at).data
		for i := range n {
			if err := t.elem.Encode(w, unsafe.Add(data, uintptr(i)*t.elem.typ.Size())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tail) read(r *Reader, at unsafe.Pointer) {
	n := int(r.Bits(t.lenBits))
	switch {
	case n > t.max:
		r.Fail(ErrLength)
	case uint64(n)*t.minBits > uint64(r.Left()):
		r.Fail(ErrShort)
	}
	switch {
	case r.err != nil:
	case n == 0:
		t.reset(at)
	case t.kind == opSlice:
		t.readSlice(r, at, n)
	default:
		t.readText(r, at, n)
	}
}

// readSlice takes n elements into memory of their own and sets the slice if all are good.
func (t *tail) readSlice(r *Reader, at unsafe.Pointer, n int) {
	v := reflect.MakeSlice(t.slice, n, n)
	data := v.UnsafePointer()
	for i := range n {
		if t.elem.Decode(r, unsafe.Add(data, uintptr(i)*t.elem.typ.Size())) != nil {
			return
		}
	}
	reflect.NewAt(t.slice, at).Elem().Set(v)
}

// readText takes the n bytes of a string or []byte.
func (t *tail) readText(r *Reader, at unsafe.Pointer, n int) {
	if t.kind == opString {
		if s := (*string)(at); !next(r, *s, n) {
			*s = r.text(n)
		}
		return
	}
	if b := (*[]byte)(at); !next(r, *b, n) {
		*b = r.bytes(n)
	}
}

// next takes n bytes, which are there, if they are those of have, and takes nothing if not.
func next[T string | []byte](r *Reader, have T, n int) bool {
	if len(have) != n {
		return false
	}
	start := *r
	for i := range n {
		if byte(r.Bits(8)) != have[i] {
			*r = start
			return false
		}
	}
	return true
}

// reset empties a value.
func (t *tail) reset(at unsafe.Pointer) {
	switch t.kind {
	case opString:
		*(*string)(at) = ""
	case opBytes:
		*(*[]byte)(at) = nil
	case opSlice:
		reflect.NewAt(t.slice, at).Elem().SetZero()
	}
}

// sliceHeader is how a slice of any type begins in memory, and all of a string.
type sliceHeader struct {
	data unsafe.Pointer
	len  int
}
