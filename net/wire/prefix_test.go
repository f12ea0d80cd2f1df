package wire

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// codeLengths finds how many bits each symbol takes: none if its weight is 0, at least one otherwise.
//
// It packs coins (package-merge: Larmore and Hirschberg 1990): a symbol has one of each size 2^-1 … 2^-maxWord, worth its weight. From the smallest size on, coins and packages are
// paired into packages of the next size; of the cheapest that make up one less than the symbols, each coin is a bit of its symbol.
func codeLengths(weights *[alphabet]uint16) (lengths [alphabet]uint8) {
	type pack struct {
		weight int
		coins  [alphabet]uint8
	}
	var coins []pack
	for s, w := range weights {
		if w > 0 {
			p := pack{weight: int(w)}
			p.coins[s] = 1
			coins = append(coins, p)
		}
	}
	cheaper := func(a, b pack) int { return cmp.Compare(a.weight, b.weight) }
	slices.SortStableFunc(coins, cheaper)
	if len(coins) < 2 {
		for _, p := range coins {
			return p.coins
		}
		return lengths
	}
	packs := slices.Clone(coins)
	for range maxWord - 1 {
		merged := slices.Clone(coins)
		for i := 1; i < len(packs); i += 2 {
			p := pack{weight: packs[i-1].weight + packs[i].weight}
			for s := range p.coins {
				p.coins[s] = packs[i-1].coins[s] + packs[i].coins[s]
			}
			merged = append(merged, p)
		}
		slices.SortStableFunc(merged, cheaper)
		packs = merged
	}
	for _, p := range packs[:2*len(coins)-2] {
		for s, n := range p.coins {
			lengths[s] += n
		}
	}
	return lengths
}

// huffman is the plain algorithm without a bound (Huffman 1952): what the shortest code costs, in weight times bits, and its longest word.
func huffman(weights []int) (cost, depth int) {
	var h knots
	for _, w := range weights {
		heap.Push(&h, knot{w, 0})
	}
	for h.Len() > 1 {
		a, b := heap.Pop(&h).(knot), heap.Pop(&h).(knot)
		cost += a.weight + b.weight
		heap.Push(&h, knot{a.weight + b.weight, max(a.depth, b.depth) + 1})
	}
	return cost, h[0].depth
}

type knot struct{ weight, depth int }

type knots []knot

func (h knots) Len() int           { return len(h) }
func (h knots) Less(i, k int) bool { return h[i].weight < h[k].weight }
func (h knots) Swap(i, k int)      { h[i], h[k] = h[k], h[i] }
func (h *knots) Push(x any)        { *h = append(*h, x.(knot)) }
func (h *knots) Pop() any {
	k := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return k
}

// TestCodesAreShortest holds package-merge against Huffman's algorithm, and checks that no word begins another.
func TestCodesAreShortest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all [alphabet]uint16
		var weights []int
		for s := range all {
			all[s] = uint16(rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 20), rapid.IntRange(1, total)).Draw(t, "weight"))
			if all[s] > 0 {
				weights = append(weights, int(all[s]))
			}
		}
		lengths := codeLengths(&all)
		c := newPrefixCode(&lengths)
		cost, kraft := 0, 0
		for s, w := range c.words {
			require.Equal(t, all[s] > 0, w.n > 0)
			require.LessOrEqual(t, w.n, uint8(maxWord))
			if w.n == 0 {
				continue
			}
			cost += int(all[s]) * int(w.n)
			kraft += 1 << (maxWord - w.n)
			for o, other := range c.words {
				if o != s && other.n >= w.n {
					require.NotEqual(t, w.bits, other.bits&(1<<w.n-1), "word of %d begins that of %d", s, o)
				}
			}
		}
		if len(weights) < 2 {
			require.LessOrEqual(t, cost, slices.Max(append(weights, 0)), "one bit")
			return
		}
		require.Equal(t, 1<<maxWord, kraft, "no word is left over")
		shortest, depth := huffman(weights)
		require.GreaterOrEqual(t, cost, shortest)
		if depth <= maxWord {
			require.Equal(t, shortest, cost)
		}
	})
}

// TestWordsOfPriors: the codes in use are complete, and cost little more than the entropy of their priors.
func TestWordsOfPriors(t *testing.T) {
	for m := range prefixCodes {
		require.Equal(t, codeLengths(&priorCounts[m]), wordLengths[m], "priors.go: -run TestPriors -train FILE -write")
		entropy, cost, used := 0.0, 0.0, 0
		for s, p := range priorCounts[m] {
			if p > 0 {
				used++
				entropy -= float64(p) / total * math.Log2(float64(p)/total)
				cost += float64(p) / total * float64(prefixCodes[m].words[s].n)
			}
		}
		if used > 1 {
			require.GreaterOrEqual(t, cost, entropy-1e-9)
			require.Less(t, cost, entropy+1)
		}
	}
}

// drawSymbols draws what Update and AppendBytes can make.
func drawSymbols(t *rapid.T) (out []Symbol) {
	for range rapid.IntRange(0, 12).Draw(t, "symbols") {
		if rapid.Bool().Draw(t, "raw") {
			n := rapid.IntRange(1, 32).Draw(t, "bits")
			out = append(out, Symbol{ctx: rawOnly, bits: uint8(n), extra: rapid.Uint32().Draw(t, "extra") & uint32(1<<n-1)})
			continue
		}
		s := Symbol{ctx: uint16(rapid.IntRange(0, len(contextModel)-1).Draw(t, "context"))}
		for s.sym = uint8(rapid.IntRange(0, alphabet-1).Draw(t, "symbol")); priorCounts[contextModel[s.ctx]][s.sym] == 0; s.sym = (s.sym + 1) % alphabet {
		}
		n := rapid.IntRange(0, 16).Draw(t, "bits")
		s.bits, s.extra = uint8(n), rapid.Uint32().Draw(t, "extra")&uint32(1<<n-1)
		out = append(out, s)
	}
	return out
}

// TestPiecesRoundTrip: a piece is what the symbols are one by one, wherever it lands, and reads as what it was.
func TestPiecesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var one, other Encoder
		one.ResetPieces(nil)
		other.ResetPieces(nil)
		var words []uint64
		var all []Symbol
		for range rapid.IntRange(0, 8).Draw(t, "pieces") {
			from, size := len(words), uint32(0)
			for range rapid.IntRange(0, 3).Draw(t, "updates") {
				symbols := drawSymbols(t)
				words, size = AppendPiece(words, size, symbols)
				one.Update(symbols)
				all = append(all, symbols...)
			}
			require.Len(t, words, from+int(size+63)/64)
			other.Piece(words[from:], size)
			require.Equal(t, one.Spent(), other.Spent())
			require.LessOrEqual(t, int(one.Spent()), one.Len()*8*costUnit)
		}
		data := one.Finish()
		require.Equal(t, data, other.Finish())
		var d Decoder
		d.ResetPieces(data)
		for _, s := range all {
			if s.ctx != rawOnly {
				require.Equal(t, s.sym, d.symbol(contextModel[s.ctx]))
			}
			require.EqualValues(t, s.extra, d.Bits(uint(s.bits)))
		}
		require.NoError(t, d.Done())
	})
}

// TestRecordsRoundTrip reads ids and types back, range-coded and in pieces.
func TestRecordsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expected, ids := drawIDs(t, "expected"), drawIDs(t, "ids")
		possible := rapid.Uint64Range(1, 255).Draw(t, "possible")
		draw := func(label string) uint64 {
			return rapid.OneOf(rapid.Just(possible), rapid.Uint64()).Draw(t, label) & possible
		}
		present, likely := make([]uint64, len(ids)), make([]uint64, len(ids))
		for i := range ids {
			present[i], likely[i] = max(draw("present"), possible&-possible), draw("likely")
		}
		for _, pieces := range []bool{false, true} {
			e, r, d := new(Encoder), new(Roster), new(Decoder)
			if e.Reset(nil); pieces {
				e.ResetPieces(nil)
			}
			r.Reset(expected)
			for i, id := range ids {
				r.Record(e, id, present[i], possible, likely[i])
			}
			r.End(e)
			data := e.Finish()
			if d.Reset(data); pieces {
				d.ResetPieces(data)
			}
			r.Reset(expected)
			for i, id := range ids {
				got, ok := r.Next(d, 1<<21)
				require.True(t, ok)
				require.Equal(t, id, got)
				require.Equal(t, present[i], d.Types(possible, likely[i]))
			}
			_, ok := r.Next(d, 1<<21)
			require.False(t, ok)
			require.NoError(t, d.Done())
		}
	})
}

// A record that was expected costs one bit.
func TestExpectedRecordsInPieces(t *testing.T) {
	var e Encoder
	var r Roster
	e.ResetPieces(nil)
	r.Reset([]uint32{1, 2, 3, 4, 5, 6, 7, 8})
	for id := range uint32(8) {
		r.Record(&e, id+1, 3, 7, 3)
	}
	require.EqualValues(t, 8*costUnit, e.Spent())
}
