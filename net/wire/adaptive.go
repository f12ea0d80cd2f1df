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

// models is how many there are.
const models = 64

// priors are the models that every datagram starts with.
var priors = buildPriors()

func buildPriors() (out [models]table) {
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
	mixed  [models]table
	counts [models][alphabet]uint16
	uses   [models]uint16
	due    [models]uint16 // uses at which to mix; up to the first time the prior itself counts
}

const (
	priorWeight = 96 // uses that a prior counts for
	firstMix    = 32
	mostBetween = 256
)

func (a *adaptive) reset() {
	clear(a.counts[:])
	clear(a.uses[:])
	for m := range a.due {
		a.due[m] = firstMix
	}
}

func (a *adaptive) table(model uint8) *table {
	m := model & (models - 1)
	if a.due[m] == firstMix {
		return &priors[m]
	}
	return &a.mixed[m]
}

func (a *adaptive) learn(model, sym uint8) {
	m := model & (models - 1)
	a.counts[m][sym&(alphabet-1)]++
	a.uses[m]++
	if a.uses[m] == a.due[m] {
		a.mix(m)
	}
}

// mix makes a model from its prior and its counts. It is part of the protocol: integers only.
func (a *adaptive) mix(m uint8) {
	if a.uses[m] >= 1<<14 { // rather forget than overflow
		for s := range a.counts[m] {
			a.counts[m][s] /= 2
		}
		a.uses[m] /= 2
	}
	a.due[m] = a.uses[m] + min(a.uses[m], mostBetween)
	prior, out := &priors[m], &a.mixed[m]
	const share = total - alphabet // each symbol that the prior knows keeps at least one part
	weight := uint64(share) << 32 / (total * (priorWeight + uint64(a.uses[m])))
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
}
