package art

import "math"

// noise is gradient noise in three dimensions after Perlin 2002 ("Improving Noise"), with hashed gradients, about
// -1..1. A period > 0 makes it repeat after that many cells along x and y.
type noise struct {
	seed   uint64
	period int
}

func (n noise) at(x, y, z float64) float64 {
	fx, fy, fz := math.Floor(x), math.Floor(y), math.Floor(z)
	ix, iy, iz := int(fx), int(fy), int(fz)
	x, y, z = x-fx, y-fy, z-fz
	u, v, w := fade(x), fade(y), fade(z)
	return lerp(w,
		lerp(v,
			lerp(u, n.corner(ix, iy, iz, x, y, z), n.corner(ix+1, iy, iz, x-1, y, z)),
			lerp(u, n.corner(ix, iy+1, iz, x, y-1, z), n.corner(ix+1, iy+1, iz, x-1, y-1, z))),
		lerp(v,
			lerp(u, n.corner(ix, iy, iz+1, x, y, z-1), n.corner(ix+1, iy, iz+1, x-1, y, z-1)),
			lerp(u, n.corner(ix, iy+1, iz+1, x, y-1, z-1), n.corner(ix+1, iy+1, iz+1, x-1, y-1, z-1))))
}

// corner is the contribution of one lattice point: its gradient, one of the twelve edges of a cube, times the distance.
func (n noise) corner(ix, iy, iz int, x, y, z float64) float64 {
	if n.period > 0 {
		ix, iy = wrap(ix, n.period), wrap(iy, n.period)
	}
	h := mix(n.seed ^ uint64(uint32(ix))*0x9e3779b97f4a7c15 ^ uint64(uint32(iy))*0xc2b2ae3d27d4eb4f ^ uint64(uint32(iz))*0x165667b19e3779f9)
	u, v := x, y
	if h&8 != 0 {
		u = y
		v = z
	} else if h&4 != 0 {
		v = z
	}
	if h&1 != 0 {
		u = -u
	}
	if h&2 != 0 {
		v = -v
	}
	return u + v
}

// fractal sums octaves of noise, each twice as fine and `gain` as strong as the one before; about -1..1.
func (n noise) fractal(x, y, z float64, octaves int, gain float64) float64 {
	sum, size, total := 0.0, 1.0, 0.0
	for range octaves {
		sum += n.at(x, y, z) * size
		total += size
		size *= gain
		x, y, z = x*2, y*2, z*2+11.7
		n.seed++
		n.period *= 2
	}
	return sum / total * 1.4
}

// ridged is fractal noise folded at zero, which gives thin bright crests; 0..1.
func (n noise) ridged(x, y, z float64, octaves int) float64 {
	sum, size, total := 0.0, 1.0, 0.0
	for range octaves {
		crest := 1 - math.Abs(n.at(x, y, z))
		sum += crest * crest * size
		total += size
		size *= 0.5
		x, y, z = x*2, y*2, z*2+5.3
		n.seed++
		n.period *= 2
	}
	return sum / total
}

func wrap(i, period int) int { return ((i % period) + period) % period }

func fade(t float64) float64 { return t * t * t * (t*(t*6-15) + 10) }

func lerp(t, a, b float64) float64 { return a + (b-a)*t }

func clamp(v float64) float64 { return min(max(v, 0), 1) }

// smooth is 0 below a, 1 above b, with a soft passage between; a > b falls instead of rising.
func smooth(a, b, v float64) float64 {
	t := clamp((v - a) / (b - a))
	return t * t * (3 - 2*t)
}

// mix is the finisher of SplitMix64 (Steele, Lea, Flood 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// dice is a stream of random numbers.
type dice uint64

func (d *dice) unit() float64 {
	*d += 0x9e3779b97f4a7c15
	return float64(mix(uint64(*d))>>11) / (1 << 53)
}

func (d *dice) in(low, high float64) float64 { return low + (high-low)*d.unit() }
