package wire

import "math"

// histogram is how often each symbol was met in a context.
type histogram [alphabet]float64

func (h *histogram) total() (n float64) {
	for _, c := range h {
		n += c
	}
	return n
}

func (h *histogram) add(o *histogram, times float64) {
	for s, c := range o {
		h[s] += c * times
	}
}

// cost returns the bits of coding a by the probabilities of model.
func (h *histogram) cost(logs *histogram) (sum float64) {
	for s, c := range h {
		if c > 0 {
			sum += c * logs[s]
		}
	}
	return sum
}

// bitsOf returns what each of the first n symbols costs in a model learned from h.
func (h *histogram) bitsOf(n int) (logs histogram) {
	sum := h.total() + 0.05*float64(n)
	for s := range n {
		logs[s] = -math.Log2((h[s] + 0.05) / sum)
	}
	return logs
}

// cluster shares k models among contexts whose symbols, n of them, are distributed alike: Lloyd's algorithm with relative entropy as the
// distance, each next model started from what the models so far describe worst.
func cluster(contexts []histogram, n, k int) (of []int, models []histogram) {
	of = make([]int, len(contexts))
	models = make([]histogram, 1)
	own := make([]float64, len(contexts))
	for i := range contexts {
		models[0].add(&contexts[i], 1)
		logs := contexts[i].bitsOf(n)
		own[i] = contexts[i].cost(&logs)
	}
	for {
		for range 12 {
			reassign(contexts, n, of, models)
		}
		if len(models) == k {
			break
		}
		worst, loss := 0, -1.0
		for i := range contexts {
			logs := models[of[i]].bitsOf(n)
			if l := contexts[i].cost(&logs) - own[i]; l > loss {
				worst, loss = i, l
			}
		}
		models = append(models, contexts[worst])
	}
	for range 40 {
		reassign(contexts, n, of, models)
	}
	return of, models
}

func reassign(contexts []histogram, n int, of []int, models []histogram) {
	logs := make([]histogram, len(models))
	for m := range models {
		logs[m] = models[m].bitsOf(n)
	}
	clear(models)
	for i := range contexts {
		best := math.Inf(1)
		for m := range logs {
			if c := contexts[i].cost(&logs[m]); c < best {
				best, of[i] = c, m
			}
		}
		models[of[i]].add(&contexts[i], 1)
	}
}

// diffuse lends contexts that were seldom met what their neighbours know, until none is empty. rows of width contexts each.
func diffuse(contexts []histogram, width int) {
	for range 40 {
		before := append([]histogram{}, contexts...)
		for i := range contexts {
			n := before[i].total()
			if n >= 50 {
				continue
			}
			var near histogram
			for _, at := range []int{i - width, i + width, i - 1, i + 1} {
				if at < 0 || at >= len(before) || (at/width != i/width && at%width != i%width) {
					continue
				}
				if t := before[at].total(); t > 0 {
					near.add(&before[at], min(t, 10)/t)
				}
			}
			if t := near.total(); t > 0 {
				contexts[i].add(&near, min(3, 50-n)/t)
			}
		}
	}
}
