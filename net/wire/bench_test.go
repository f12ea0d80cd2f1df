package wire

import (
	"math/rand/v2"
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

// BenchmarkUpdate moves one update of six lanes: making its symbols, writing them into a datagram, reading them.
func BenchmarkUpdate(b *testing.B) {
	type body struct {
		Place [3]float32 `net:"min=-512,max=512,step=0.01"`
		Speed [3]float32 `net:"min=-64,max=64,step=0.01"`
	}
	benchmarkUpdate(b, "vectors", mustCompile[body](b, Quantised), []uint32{51200, 51300, 60000, 6400, 6300, 6500}, []int{13, -7, 30, 2, -3, 1})
	benchmarkUpdate(b, "cube", mustCompile[sceneCube](b, Quantised), []uint32{1, 131000, 131072, 132000, 2, 100, 200, 300}, []int{0, 12, -5, 30, 0, 3, -6, 2})
}

func benchmarkUpdate(b *testing.B, name string, c *Codec, base []uint32, step []int) {
	n := len(base)
	past := Past{Base: base, Older: make([]uint32, n), Oldest: make([]uint32, n), Age: 6, Gap: 6, OldestGap: 6}
	cur, out := make([]uint32, n), make([]uint32, n)
	for i := range base {
		past.Older[i] = base[i] - uint32(step[i])
		past.Oldest[i] = base[i] - uint32(step[i]*2)
		cur[i] = base[i] + uint32(step[i]+i%3-1)
	}
	cur[0] = base[0]
	buf, symbols := make([]byte, 0, 2000), make([]Symbol, 0, 32)
	u, _ := c.Update(symbols, &past, cur, FirstOfEntity)
	const perDatagram = 200
	var e Encoder
	write := func() []byte {
		e.Reset(buf)
		for range perDatagram {
			e.Update(u)
		}
		return e.Finish()
	}
	data := write()
	b.Logf("%d symbols, %.2f bytes", len(u), float64(len(data))/perDatagram)
	b.Run(name+"/symbols", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			u, _ = c.Update(symbols, &past, cur, FirstOfEntity)
		}
	})
	b.Run(name+"/write", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; i < b.N; i += perDatagram {
			write()
		}
	})
	b.Run(name+"/read", func(b *testing.B) {
		b.ReportAllocs()
		var d Decoder
		for i := range b.N {
			if i%perDatagram == 0 {
				d.Reset(data)
			}
			d.Entity()
			if err := c.ReadUpdate(&d, &past, out); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkEntropy writes 1200 symbols drawn from the priors themselves, in updates of six, into one datagram.
func BenchmarkEntropy(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	var contextOf [numModels]uint16
	for c, m := range contextModel {
		contextOf[m] = uint16(c)
	}
	var updates [][]Symbol
	for range 200 {
		var u []Symbol
		for range 6 {
			m := rng.IntN(rowLargest / scaleRows * 10)
			u = append(u, Symbol{ctx: contextOf[m], sym: priors[m].find(uint16(rng.IntN(total)))})
		}
		updates = append(updates, u)
	}
	var e Encoder
	buf := make([]byte, 0, 2000)
	b.ReportAllocs()
	for i := range b.N { // one operation is one update
		if i%len(updates) == 0 {
			e.Finish()
			e.Reset(buf)
		}
		e.Update(updates[i%len(updates)])
	}
}
