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
	skip    int  // opOptional: the instructions of its Value
	max     int  // most bytes or elements
	lenBits uint // width of the length
	slice   reflect.Type
	elem    *Codec // opSlice
}

// WriteTail appends the strings, bytes and slices of the value at p: for each its length, in as many bits as its bound needs, and its
// content. One above its bound is ErrLength, wrapped; nothing is appended then.
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
			return fmt.Errorf("%v: %w", c.typ, err)
		}
	}
	return nil
}

// ReadTail takes what WriteTail wrote into the value at p, whose fixed part must be set already. A string or []byte that did not change
// is left alone; anything else gets memory of its own, never the old one's, which copies of the value may share. Empty slices become
// nil. After an error what was read up to it is set.
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
	switch t.kind {
	case opString:
		s := *(*string)(at)
		if len(s) > t.max {
			return fmt.Errorf("string of %d bytes, bound %d: %w", len(s), t.max, ErrLength)
		}
		w.Bits(uint64(len(s)), t.lenBits)
		w.text(s)
	case opBytes:
		b := *(*[]byte)(at)
		if len(b) > t.max {
			return fmt.Errorf("%d bytes, bound %d: %w", len(b), t.max, ErrLength)
		}
		w.Bits(uint64(len(b)), t.lenBits)
		w.Bytes(b)
	default:
		s := (*sliceHeader)(at)
		if s.len > t.max {
			return fmt.Errorf("%d elements, bound %d: %w", s.len, t.max, ErrLength)
		}
		w.Bits(uint64(s.len), t.lenBits)
		for i := range s.len {
			if err := t.elem.Encode(w, unsafe.Add(s.data, uintptr(i)*t.elem.typ.Size())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tail) read(r *Reader, at unsafe.Pointer) {
	n := int(r.Bits(t.lenBits))
	if n > t.max {
		r.Fail(ErrLength)
	}
	if t.kind != opSlice {
		t.readText(r, at, n)
		return
	}
	if n*t.elem.minBits > r.Left() {
		r.Fail(ErrShort)
	}
	if r.err != nil {
		return
	}
	if n == 0 {
		t.reset(at)
		return
	}
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
	switch {
	case t.kind == opString:
		if s := (*string)(at); !next(r, *s, n) {
			*s = r.text(n)
		}
	case n == 0:
		*(*[]byte)(at) = nil
	default:
		if b := (*[]byte)(at); !next(r, *b, n) {
			*b = r.bytes(n)
		}
	}
}

// next takes n bytes if they are those of have, and takes nothing if not.
func next[T string | []byte](r *Reader, have T, n int) bool {
	if len(have) != n || n > r.Left()/8 {
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

// sliceHeader is how a slice of any type lies in memory.
type sliceHeader struct {
	data     unsafe.Pointer
	len, cap int
}
