package wire

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// refCoder is the reference for Encoder: one big number and no carries. It narrows the interval exactly as the Encoder does, whose
// span is kept to 64 bits by dropping what a multiplication leaves over.
type refCoder struct {
	low   big.Int
	span  uint64
	moved uint // settled bits: low counts in units of 2^-(64+moved)
	model adaptive
}

func (r *refCoder) narrow(from, span uint64) {
	r.low.Add(&r.low, new(big.Int).SetUint64(from))
	r.span = span
	if r.span < settled {
		r.low.Lsh(&r.low, 32)
		r.span <<= 32
		r.moved += 32
	}
}

func (r *refCoder) raw(v uint64, n uint) {
	part := r.span / (1 << n)
	r.narrow(v*part, part)
}

func (r *refCoder) symbol(model, sym uint8) {
	t := r.model.at[model]
	part := r.span / total
	r.narrow(part*uint64(t[sym]), part*uint64(t[sym+1]-t[sym]))
	r.model.learn(model, sym)
}

// finish returns the shortest number in the interval that has all settled bytes.
func (r *refCoder) finish() []byte {
	whole := 64 + r.moved
	high := new(big.Int).Add(&r.low, new(big.Int).SetUint64(r.span))
	for n := r.moved; ; n += 8 {
		below := whole - min(n, whole)
		v := new(big.Int).Add(&r.low, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), below), big.NewInt(1)))
		v.Rsh(v, below)
		if new(big.Int).Lsh(v, below).Cmp(high) < 0 {
			return v.FillBytes(make([]byte, n/8))
		}
	}
}

// step is something to code: a symbol of a model, or raw bits.
type step struct {
	model, sym uint8
	raw        uint64
	bits       uint // > 0: raw
}

func drawCoding(t *rapid.T) (steps []step) {
	n := rapid.IntRange(0, 600).Draw(t, "steps")
	seed := rapid.Uint64().Draw(t, "seed")
	skew := rapid.IntRange(0, 3).Draw(t, "skew")
	for range n {
		seed = seed*6364136223846793005 + 1442695040888963407
		v := seed >> 33
		if v%5 == 0 {
			bits := 1 + uint(v/5%16)
			steps = append(steps, step{bits: bits, raw: seed >> 20 & (1<<bits - 1)})
			continue
		}
		s := step{model: uint8(v / 5 % numModels)}
		if skew == 0 {
			s.model = 3
		}
		for { // a symbol that the model has
			seed = seed*6364136223846793005 + 1442695040888963407
			s.sym = uint8(seed >> 40 % alphabet)
			if priors[s.model][s.sym+1] > priors[s.model][s.sym] {
				break
			}
		}
		steps = append(steps, s)
	}
	return steps
}

func TestEncoderIsTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := drawCoding(t)
		var e Encoder
		e.Reset(nil)
		ref := refCoder{span: wholeSpan}
		ref.model.reset()
		for _, s := range steps {
			require.GreaterOrEqual(t, e.Len(), len(e.buf))
			if s.bits > 0 {
				e.Bits(s.raw, s.bits)
				ref.raw(s.raw, s.bits)
			} else {
				e.symbol(s.model, s.sym)
				ref.symbol(s.model, s.sym)
			}
		}
		most := e.Len()
		data := e.Finish()
		require.LessOrEqual(t, len(data), most)
		require.Equal(t, ref.finish(), append([]byte{}, data...))
		var d Decoder
		d.Reset(data)
		for i, s := range steps {
			if s.bits > 0 {
				require.Equal(t, s.raw, d.Bits(s.bits), "step %d", i)
			} else {
				require.Equal(t, s.sym, d.symbol(s.model), "step %d", i)
			}
		}
		require.NoError(t, d.Done())
	})
}

func TestCarryRunsThroughWhatWasWritten(t *testing.T) {
	var e Encoder
	e.Reset(nil)
	e.buf, e.low, e.span = []byte{7, 0xff, 0xff}, wholeSpan, settled
	e.narrow(5)
	require.Equal(t, []byte{8, 0, 0}, e.buf)
	require.EqualValues(t, 4, e.low)
}

func TestRawValuesTravel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOf(rapid.Uint64()).Draw(t, "values")
		n := rapid.UintRange(0, 64).Draw(t, "bits")
		b := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		var e Encoder
		e.Reset(make([]byte, 3, 9))
		for _, x := range v {
			e.Bits(x, n)
			e.Uvarint(x)
		}
		e.Bytes(b)
		var d Decoder
		d.Reset(e.Finish())
		for _, x := range v {
			if n < 64 {
				require.Equal(t, x&(1<<n-1), d.Bits(n))
			} else {
				require.Equal(t, x, d.Bits(n))
			}
			require.Equal(t, x, d.Uvarint())
		}
		got := make([]byte, len(b))
		d.Bytes(got)
		require.Equal(t, b, got)
		require.NoError(t, d.Done())
	})
}

func TestDecoderEnds(t *testing.T) {
	var e Encoder
	e.Reset(nil)
	for i := range 40 {
		e.Bits(uint64(i)*0x9e3779b9, 32)
	}
	data := e.Finish()
	var d Decoder
	d.Reset(append(append([]byte{}, data...), 1, 2, 3, 4, 5, 6, 7, 8, 9))
	for range 40 {
		d.Bits(32)
	}
	require.ErrorIs(t, d.Done(), ErrTrailing)
	d.Reset(data[:50])
	for range 40 {
		d.Bits(32)
	}
	require.ErrorIs(t, d.Err(), ErrShort)
	require.Zero(t, d.Bits(9))
	d.Reset([]byte{0x80, 0, 0})
	require.Zero(t, d.Uvarint())
	require.ErrorIs(t, d.Err(), ErrVarint)
	require.Panics(t, func() { e.Bits(0, 65) })
	require.Panics(t, func() { d.Bits(65) })
}

func TestModelsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a adaptive
		a.reset()
		for _, s := range drawCoding(t) {
			if s.bits == 0 {
				a.learn(s.model, s.sym)
			}
		}
		for m, now := range a.at {
			require.Zero(t, now[0])
			require.EqualValues(t, total, now[alphabet])
			for s := range alphabet {
				require.Equal(t, priors[m][s+1] > priors[m][s], now[s+1] > now[s], "model %d, symbol %d", m, s)
			}
		}
	})
}

func TestAModelLearnsAndForgets(t *testing.T) {
	var a adaptive
	a.reset()
	for range 1 << 17 {
		a.learn(1, 4)
	}
	p := a.at[1][5] - a.at[1][4]
	require.Greater(t, p, uint16(total*98/100))
	for range 1 << 17 {
		a.learn(1, 6)
	}
	require.Greater(t, a.at[1][7]-a.at[1][6], uint16(total*9/10))
}

func TestFindIsASearch(t *testing.T) {
	for m := range priors {
		s := 0
		for v := range uint16(total) {
			for v >= priors[m][s+1] {
				s++
			}
			require.EqualValues(t, s, priors[m].find(v))
		}
	}
}
