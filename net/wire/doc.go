// Package wire turns Go values into few bits and back.
//
// Three layers, each usable alone,
//
//	Writer, Reader   append and take bits, varints, strings         writer.go reader.go varint.go
//	Codec            a struct type compiled once into a program     compile.go codec.go
//	lanes            the fixed part of a value as []uint32          lanes.go delta.go
//
// and above the lanes the small form in which values travel again and again:
//
//	Past, Symbol     a value against earlier ones, as symbols        past.go update.go read.go
//	Encoder, Decoder symbols, ids and raw bits of one datagram       coder.go adaptive.go roster.go
//
// A Codec is compiled from a type's `net:"..."` tags:
//
//	min=, max=   range of a number; values outside it clamp
//	step=        greatest distance between two float values that the wire tells apart
//	bits=        instead of step: 2^bits values across the range; alone on an integer: its width
//	enum=N       an integer 0..N-1
//	angle        a float in radians that wraps at 2π; takes bits
//	quat         four floats ([4]float32 or a struct of them) that are a rotation: the three smallest components, bits each
//	color        a channel of a colour: a uint8, or a float 0..1 in bits (8 if not given)
//	entity       a reference to an entity, see below
//	len=N        the most bytes of a string or []byte, the most elements of a slice; given once a nesting, outermost first
//	-            not on the wire, never touched
//
// A tag on an array, slice or struct applies to everything beneath it that has no tag of its own, so a vector needs one tag:
//
//	type Body struct {
//		Position [2]float32 `net:"min=-512,max=512,step=0.01"`
//		Heading  float32    `net:"angle,bits=10"`
//		Health   uint8      `net:"max=100"`
//		Name     string     `net:"len=16"`
//	}
//
// What has a fixed size is quantised into lanes: unsigned integers of 1 to 32 bits, one a number, two for a 64-bit one. Lanes are
// what replication keeps as baselines and compares; they never drift, because Quantise(Dequantise(lanes)) gives the same lanes.
// Strings, []byte and slices follow as the tail.
//
// An entity reference does not travel in the value, where it could name what the receiver does not have: its lane has no bits, Dequantise
// clears the field, and who carries references another way sets it again. Fields tells where. See CompileReferring.
//
// A quaternion whose two largest components are less than a step apart has two wire forms; both are read.
//
// Supported kinds: bool, all sized integers, float32 and float64, structs, arrays, string, []byte, slices, Optional. int and uint
// have another size on other machines, so they need a range. Maps, pointers, channels, functions, interfaces, complex numbers and
// uintptr are refused when compiling, and so are unexported fields without `net:"-"`: state that silently stays behind is worse.
//
// # Updates
//
// An update is what a value is against a Past: up to three earlier values that both sides know. It is a list of symbols that depends on
// nothing else but the updates of the same entity before it, so it is made once and written into the datagrams of all clients that have
// that past. An Encoder runs the symbols of one datagram through an adaptive range coder; or they are made into a piece, bits of prefix
// codes, which is copied into each datagram: larger by a tenth, and faster by as much as it is shared. Each datagram is decodable by
// itself. To read one, a Decoder needs for each update the same Past, spans included, and the updates of one entity in the order in which
// they were written; for ids, the Roster's same list of expected ones; for types, the same sets. Which past an update has is the caller's
// to say, in a header or by rule.
//
// Movement is continued: base, plus the step from older to base, plus half the change of that step, in proportion to the spans; rotations
// turn on about their axis. What is then left is coded by how wrong the last such guess was, how fast the value moves, and how wrong the
// guesses before it in the same entity were: the context, which leads to one of 64 models. Flags, enums and references are coded by
// whether they changed last time. The models' priors, priors.go, were learned from recorded physics and simulated ships by TestPriors; they
// are part of the wire format.
//
// Reading is safe on hostile bytes: a Reader keeps its first error and then reads zeros, ranges and lengths are checked, memory is
// taken only for elements that the remaining bits can hold. Nothing panics but the caller's own mistakes.
package wire
