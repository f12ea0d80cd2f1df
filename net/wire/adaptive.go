package wire

// table is a model: symbol s has the probabilities from t[s] up to t[s+1], of total.
type table [alphabet + 1]uint16

// find returns the symbol that holds v, below total.
func (t *table) find(v uint16) uint8 {
	s := 0
	for step := alphabet / 2; step > 0; step /= 2 {
		if t[(s+step)&(alphabet-1)] <= v {
			s += step
		}
	}
	return uint8(s)
}

// numModels is how many there are.
const numModels = 64

// priors are the models that every datagram starts with.
var priors = buildPriors()

func buildPriors() (out [numModels]table) {
	for m := range out {
		sum := uint16(0)
		for s, f := range priorCounts[m] {
			out[m][s] = sum
			sum += f
		}
		out[m][alphabet] = sum
	}
	return out
}

// adaptive are the models of one datagram. A model is the prior until it has been used often enough, then the prior mixed with what it
// was used for, and remixed each time that its uses have doubled: so most symbols cost no more than with static models.
type adaptive struct {
	at     [numModels]*table // the present tables: priors or mixed
	left   [numModels]uint16 // uses until the next mix
	uses   [numModels]uint16 // those that the next mix will have seen
	counts [numModels][alphabet]uint16
	mixed  [numModels]table
}

const (
	priorWeight = 64 // uses that a prior counts for
	firstMix    = 32
	mostBetween = 256
)

// fresh is how the models of a datagram begin.
var fresh = func() (a struct {
	at   [numModels]*table
	left [numModels]uint16
},
) {
	for m := range priors {
		a.at[m], a.left[m] = &priors[m], firstMix
	}
	return a
}()

func (a *adaptive) reset() {
	a.at, a.left, a.uses = fresh.at, fresh.left, fresh.left
	clear(a.counts[:])
}

// learn counts a use.
func (a *adaptive) learn(m, sym uint8) {
	a.counts[m&(numModels-1)][sym&(alphabet-1)]++
	a.left[m&(numModels-1)]--
	if a.left[m&(numModels-1)] == 0 {
		a.mix(m & (numModels - 1))
	}
}

// mix makes a model from its prior and its counts. It is part of the protocol: integers only.
func (a *adaptive) mix(m uint8) {
	prior, out := &priors[m], &a.mixed[m]
	a.at[m] = out
	const share = total - alphabet // each symbol that the prior knows keeps at least one part
	uses := uint64(a.uses[m])
	weight := uint64(share) << 32 / (total * (priorWeight + uses))
	sum, most := uint16(0), 0
	var parts [alphabet]uint16
	for s := range parts {
		p := uint64(prior[s+1] - prior[s])
		if p == 0 {
			continue
		}
		parts[s] = 1 + uint16((p*priorWeight+uint64(a.counts[m][s])*total)*weight>>32)
		sum += parts[s]
		if parts[s] > parts[most] {
			most = s
		}
	}
	parts[most] += total - sum
	sum = 0
	for s, p := range parts {
		out[s] = sum
		sum += p
	}
	out[alphabet] = sum
	if uses >= 1<<14 { // rather forget than overflow
		for s := range a.counts[m] {
			a.counts[m][s] /= 2
		}
		uses /= 2
	}
	a.left[m] = uint16(min(uses, mostBetween))
	a.uses[m] = uint16(uses) + a.left[m]
}
