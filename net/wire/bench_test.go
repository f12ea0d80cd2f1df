package wire

import (
	"testing"
	"unsafe"
)

func BenchmarkBits(b *testing.B) {
	buf := make([]byte, 1200)
	var w Writer
	b.Run("write", func(b *testing.B) {
		for i := range b.N {
			if i%700 == 0 {
				w.Reset(buf)
			}
			w.Bits(uint64(i), 13)
		}
	})
	b.Run("read", func(b *testing.B) {
		var r Reader
		for i := range b.N {
			if i%700 == 0 {
				r.Reset(buf)
			}
			r.Bits(13)
		}
	})
}

// BenchmarkComponent moves one game component of 9 lanes.
func BenchmarkComponent(b *testing.B) {
	c := mustCompile[component](b, Quantised)
	v := component{Place: vec2{100, -30}, Speed: vec2{10, 0.5}, Heading: 1, Health: 50, Target: Some(uint32(4))}
	moved := v
	moved.Place.X += 0.5
	moved.Place.Y += 0.1
	base, cur, out := quantised(c, v), quantised(c, moved), make([]uint32, c.Lanes())
	buf := make([]byte, 1200)
	var w Writer
	var r Reader
	c.WriteLanes(&w, base)
	whole := w.Finish()
	w = Writer{}
	c.WriteDelta(&w, base, cur)
	diff := w.Finish()
	b.Logf("whole %d bytes, difference %d bytes", len(whole), len(diff))

	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				f()
			}
		})
	}
	run("quantise", func() { c.Quantise(out, unsafe.Pointer(&v)) })
	run("dequantise", func() { c.Dequantise(unsafe.Pointer(&moved), base) })
	run("write", func() { w.Reset(buf); c.WriteLanes(&w, base) })
	run("read", func() { r.Reset(whole); _ = c.ReadLanes(&r, out) })
	run("write-unchanged", func() { w.Reset(buf); c.WriteDelta(&w, base, base) })
	run("write-delta", func() { w.Reset(buf); c.WriteDelta(&w, base, cur) })
	run("read-delta", func() { r.Reset(diff); _ = c.ReadDelta(&r, base, out) })
	run("encode", func() { w.Reset(buf); _ = c.Encode(&w, unsafe.Pointer(&v)) })
	run("decode", func() { r.Reset(whole); _ = c.Decode(&r, unsafe.Pointer(&moved)) })
}
