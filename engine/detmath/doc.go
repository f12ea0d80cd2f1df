// Package detmath is arithmetic for simulations whose results are the same, bit for bit, on every processor that Go
// compiles for.
//
// Go lets a compiler fuse a product and a sum into one instruction that rounds once instead of twice: arm64 and
// GOAMD64=v3 do, amd64 and wasm do not. An explicit conversion, float32(a*b) + c, forbids it. Functions of package math
// fuse, and some are assembly on some machines; sine and its family are therefore here, and so is what a NaN looks like:
// every NaN that this package returns has the same bits.
//
// The functions compute in float64 and round once at the end, so the results are within one unit in the last place.
package detmath
