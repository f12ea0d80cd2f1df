package predict

import "math"

// window is the last numbers of a series, as many as it has room for, and the two
// least and the two greatest of them. They are looked for again only when one of them
// falls out.
type window struct {
	ring     []float64
	added    int
	least    [2]float64 // the least first; +Inf: there are not so many
	greatest [2]float64 // the greatest first; -Inf likewise
}

func newWindow(size int) window {
	w := window{ring: make([]float64, size)}
	w.clear()
	return w
}

// clear forgets all.
func (w *window) clear() {
	w.added = 0
	w.least = [2]float64{math.Inf(1), math.Inf(1)}
	w.greatest = [2]float64{math.Inf(-1), math.Inf(-1)}
}

// add takes a number in, in place of the oldest if there is no room.
func (w *window) add(v float64) {
	at := &w.ring[w.added%len(w.ring)]
	old, full := *at, w.added >= len(w.ring)
	*at = v
	w.added++
	if full && (old <= w.least[1] || old >= w.greatest[1]) {
		added := w.added
		w.clear()
		w.added = added
		for _, v := range w.ring {
			w.note(v)
		}
		return
	}
	w.note(v)
}

// note lets a number be among the extremes.
func (w *window) note(v float64) {
	if v < w.least[0] {
		w.least[0], w.least[1] = v, w.least[0]
	} else {
		w.least[1] = min(w.least[1], v)
	}
	if v > w.greatest[0] {
		w.greatest[0], w.greatest[1] = v, w.greatest[0]
	} else {
		w.greatest[1] = max(w.greatest[1], v)
	}
}
