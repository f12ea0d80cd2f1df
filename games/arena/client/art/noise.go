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
	jx, jy := ix+1, iy+1
	if n.period > 0 {
		ix, iy, jx, jy = wrap(ix, n.period), wrap(iy, n.period), wrap(jx, n.period), wrap(jy, n.period)
	}
	seed := uint32(n.seed*0x9e3779b97f4a7c15>>32) + uint32(iz)*latticeZ
	a, b := uint32(ix)*latticeX+seed, uint32(jx)*latticeX+seed
	c, d := uint32(iy)*latticeY, uint32(jy)*latticeY
	u, v, w := fade(x), fade(y), fade(z)
	return lerp(w,
		lerp(v,
			lerp(u, slope(a^c, x, y, z), slope(b^c, x-1, y, z)),
			lerp(u, slope(a^d, x, y-1, z), slope(b^d, x-1, y-1, z))),
		lerp(v,
			lerp(u, slope(a^c+latticeZ, x, y, z-1), slope(b^c+latticeZ, x-1, y, z-1)),
			lerp(u, slope(a^d+latticeZ, x, y-1, z-1), slope(b^d+latticeZ, x-1, y-1, z-1))))
}

// Odd numbers without a pattern, from xxHash32 (Collet), that tell the lattice points of noise apart.
const (
	latticeX uint32 = 0x9e3779b1
	latticeY uint32 = 0x85ebca77
	latticeZ uint32 = 0xc2b2ae3d
)

// slope is the contribution of one lattice point: its gradient, one of the twelve edges of a cube, times the distance.
func slope(h uint32, x, y, z float64) float64 {
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	u, v := x, y
	if h&8 != 0 {
		u, v = y, z
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
