package wire

import (
	"math"
	"math/bits"
)

// CostOfBits is what each bit of a piece costs: costs are counted in 1/64 bit.
const CostOfBits = costUnit

const costUnit = 64

// priorCosts are what symbols cost in a datagram whose models have not learned
// anything, in 1/64 bit.
var priorCosts = buildPriorCosts()

func buildPriorCosts() (out [numModels][alphabet]uint16) {
	for m := range priors {
		for s := range out[m] {
			if p := priors[m][s+1] - priors[m][s]; p > 0 {
				out[m][s] = uint16(math.Round((totalBits - math.Log2(float64(p))) * costUnit))
			}
		}
	}
	return out
}

// Cost is what symbols of an update cost in a datagram whose models have not
// learned anything yet, in 1/64 bit: a little more than in any other.
func Cost(symbols []Symbol) (cost uint32) {
	for i := range symbols {
		s := &symbols[i]
		cost += uint32(s.bits) * costUnit
		if s.ctx != rawOnly {
			cost += uint32(priorCosts[contextModel[s.ctx]][s.sym])
		}
	}
	return cost
}

// Spent is how much the encoder has written, in 1/64 bit.
func (e *Encoder) Spent() uint64 {
	if e.pieces {
		return uint64(e.bits.BitLen()) * costUnit
	}
	whole := bits.LeadingZeros64(e.span)
	part := math.Log2(float64(e.span<<whole) / (1 << 63))
	return uint64((float64(len(e.buf)*8+whole+1) - part) * costUnit)
}
