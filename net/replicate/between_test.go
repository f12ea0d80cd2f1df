package replicate_test

import (
	"fmt"
	"math"
)

// between says what is wrong with the value shown at a moment, "" for nothing:
// it must be the last received value, or on the way from that to the next.
func between(v any, list []valueAt, x float64) string {
	n := 0
	for n < len(list) && float64(list[n].tick) <= x {
		n++
	}
	if n == 0 {
		return fmt.Sprintf("%+v, and nothing was received", v)
	}
	from := list[n-1].value
	if same(v, from) {
		return ""
	}
	if n == len(list) {
		if n > 1 && guessed(v, list[n-2], list[n-1], x) {
			return ""
		}
		return fmt.Sprintf("%+v, and the last received is %+v of tick %d", v, from, list[n-1].tick)
	}
	to := list[n].value
	a, b, c := numbers(from), numbers(v), numbers(to)
	for i := range a {
		whole, part := c[i]-a[i], b[i]-a[i]
		if _, turns := v.(facing); turns {
			whole, part = math.Remainder(whole, 2*math.Pi), math.Remainder(part, 2*math.Pi)
		}
		if part*whole < -hair || math.Abs(part) > math.Abs(whole)+hair {
			return fmt.Sprintf("%+v is not between %+v of tick %d and %+v of tick %d", v, from, list[n-1].tick, to, list[n].tick)
		}
	}
	if len(a) == 0 {
		return fmt.Sprintf("%+v, and %+v was received for tick %d", v, from, list[n-1].tick)
	}
	return ""
}

// guessed reports whether a value goes on from the last two received, for as long
// as two snapshots at most: what is shown while the next is missing.
func guessed(v any, before, last valueAt, x float64) bool {
	gap := float64(last.tick - before.tick)
	a, b, c := numbers(before.value), numbers(last.value), numbers(v)
	if gap > 12 || len(a) == 0 {
		return false
	}
	ahead := min(x-float64(last.tick), 6) / gap
	for i := range a {
		off := b[i] + (b[i]-a[i])*ahead - c[i]
		if _, turns := v.(facing); turns {
			off = math.Remainder(b[i]+math.Remainder(b[i]-a[i], 2*math.Pi)*ahead-c[i], 2*math.Pi)
		}
		if math.Abs(off) > hair {
			return false
		}
	}
	return true
}

// numbers are the parts of a value that move.
func numbers(v any) []float64 {
	switch v := v.(type) {
	case spot:
		return []float64{float64(v.X), float64(v.Y)}
	case facing:
		return []float64{float64(v.Angle)}
	case weather:
		return []float64{float64(v.Wind)}
	}
	return nil
}
