package wire_test

import (
	"fmt"
	"unsafe"

	"github.com/tandem-engine/tandem/net/wire"
)

// A value becomes bits and comes back rounded to its step.
func Example() {
	type Ship struct {
		Position [2]float32 `net:"min=-512,max=512,step=0.01"`
		Heading  float32    `net:"angle,bits=8"`
		Shields  uint8      `net:"max=100"`
		Pilot    string     `net:"len=15"`
	}
	codec, err := wire.Of[Ship](wire.Quantised)
	if err != nil {
		panic(err)
	}
	in := Ship{Position: [2]float32{12.3456, -7}, Heading: 1, Shields: 80, Pilot: "Ada"}
	var w wire.Writer
	if err := codec.Encode(&w, unsafe.Pointer(&in)); err != nil {
		panic(err)
	}
	packet := w.Finish()

	var out Ship
	var r wire.Reader
	r.Reset(packet)
	if err := codec.Decode(&r, unsafe.Pointer(&out)); err != nil {
		panic(err)
	}
	fmt.Println(len(packet), "bytes:", out.Position, out.Shields, out.Pilot)
	fmt.Print(codec.Schema())
	// Output:
	// 10 bytes: [12.35 -7] 80 Ada
	// Position[2] float -512..512 in 102400 steps
	// Heading angle 8 bits
	// Shields int 0..100
	// Pilot string len 15
}

// Replication keeps the last acknowledged lanes and sends what differs from them.
func ExampleCodec_WriteDelta() {
	type Position struct {
		X, Y float32 `net:"min=-512,max=512,step=0.01"`
	}
	codec, err := wire.Of[Position](wire.Quantised)
	if err != nil {
		panic(err)
	}
	lanes := func(p Position) []uint32 {
		l := make([]uint32, codec.Lanes())
		codec.Quantise(l, unsafe.Pointer(&p))
		return l
	}
	acked := lanes(Position{100, 20})
	for _, now := range []Position{{100, 20}, {100.1, 20}, {-300, 20}} {
		var w wire.Writer
		codec.WriteDelta(&w, acked, lanes(now))
		fmt.Println(w.BitLen(), "bits")
	}
	// Output:
	// 1 bits
	// 10 bits
	// 22 bits
}

func ExampleCodec_Update() {
	type Position struct {
		X, Y float32 `net:"min=-512,max=512,step=0.01"`
	}
	codec, err := wire.Of[Position](wire.Quantised)
	if err != nil {
		panic(err)
	}
	lanes := func(x, y float32) []uint32 {
		l := make([]uint32, codec.Lanes())
		codec.Quantise(l, unsafe.Pointer(&Position{x, y}))
		return l
	}
	// Both sides know where the ship was six ticks ago, and three ticks before that.
	past := wire.Past{Base: lanes(10, 20), Older: lanes(9.5, 20), Age: 6, Gap: 3}

	// The server makes the symbols once, for all clients with this past.
	update, _ := codec.Update(nil, &past, lanes(11.02, 20), wire.FirstOfEntity)

	var e wire.Encoder
	e.Reset(nil)
	var ships wire.Roster
	ships.Reset([]uint32{7, 8, 12}) // those in the datagram that the client acknowledged
	ships.Put(&e, 8)
	e.Update(update)
	ships.End(&e)
	datagram := e.Finish()

	var d wire.Decoder
	d.Reset(datagram)
	ships.Reset([]uint32{7, 8, 12})
	id, _ := ships.Next(&d, 1000)
	now := make([]uint32, codec.Lanes())
	if err := codec.ReadUpdate(&d, &past, now); err != nil {
		panic(err)
	}
	_, more := ships.Next(&d, 1000)
	var p Position
	codec.Dequantise(unsafe.Pointer(&p), now)
	fmt.Println(len(datagram), "bytes: ship", id, "is at", p, more, d.Done())
	// Output: 4 bytes: ship 8 is at {11.02 20} false <nil>
}
