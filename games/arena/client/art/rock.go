package art

import (
	"image"
	"math"
)

// crater is a dent in a rock; lengths are in radii of the rock.
type crater struct{ x, y, radius, depth float64 }

// rock is the shape of an asteroid.
type rock struct {
	noise   noise
	craters []crater
	stone   [3]rgb // dark, middle, light
}

var stones = [][3]rgb{
	{hex(0x3a302b), hex(0x7c6a5c), hex(0xb8a48f)}, // warm brown
	{hex(0x2d3138), hex(0x687180), hex(0xa9b3c1)}, // slate
	{hex(0x38292c), hex(0x7a5a55), hex(0xbb9484)}, // rust
	{hex(0x2c2e2c), hex(0x6f716a), hex(0xb3b3a3)}, // ash
}

// Rock draws an asteroid whose mean radius is 0.86 of half the picture's size.
func Rock(size int, seed uint64) Lit {
	r := newRock(seed)
	relief := newRelief(size)
	inside := make([]float64, size*size)
	half := float64(size) / 2
	rows(size, func(j int) {
		for i := range size {
			x, y := (float64(i)+0.5-half)/half, (float64(j)+0.5-half)/half
			edge := r.edge(math.Atan2(y, x)) - math.Sqrt(x*x+y*y)
			inside[j*size+i] = clamp(edge*half + 0.5)
			relief.height[j*size+i] = r.height(x, y, edge) * half
		}
	})
	albedo := image.NewNRGBA(image.Rect(0, 0, size, size))
	rows(size, func(j int) {
		for i := range size {
			x, y := (float64(i)+0.5-half)/half, (float64(j)+0.5-half)/half
			shade := 1 - clamp(relief.hollow(i, j, max(size/24, 1))/half*9)
			put(albedo, i, j, r.color(x, y).scale(0.35+0.65*shade), inside[j*size+i])
		}
	})
	return Lit{albedo, relief.surface(func(int, int) float64 { return 0 })}
}

func newRock(seed uint64) *rock {
	d := dice(seed*7919 + 1)
	r := &rock{noise: noise{seed: mix(seed + 99)}, stone: stones[int(seed)%len(stones)]}
	for range 3 + int(d.unit()*3) {
		r.craters = append(r.craters, r.place(&d, d.in(0.16, 0.3)))
	}
	for range 14 {
		r.craters = append(r.craters, r.place(&d, d.in(0.035, 0.11)))
	}
	return r
}

func (r *rock) place(d *dice, radius float64) crater {
	sin, cos := math.Sincos(d.in(0, 2*math.Pi))
	out := math.Sqrt(d.unit()) * 0.72
	return crater{cos * out, sin * out, radius, radius * d.in(0.3, 0.5)}
}

// edge is the outline: the distance from the middle in a direction.
func (r *rock) edge(angle float64) float64 {
	sin, cos := math.Sincos(angle)
	return r.broad(angle) + r.noise.fractal(cos*3, sin*3, 7.7, 3, 0.55)*0.07
}

// broad is the outline without its small teeth.
func (r *rock) broad(angle float64) float64 {
	sin, cos := math.Sincos(angle)
	return 0.86 + r.noise.at(cos*1.1, sin*1.1, 3.3)*0.17
}

// height is the surface above the plane of the outline, in radii; edge is the distance to the outline.
func (r *rock) height(x, y, edge float64) float64 {
	if edge <= 0 {
		return 0
	}
	// The dome follows the broad outline: with the teeth it would have a ridge from each of them to the middle.
	out := clamp(math.Hypot(x, y) / (r.broad(math.Atan2(y, x)) + 0.1))
	h := math.Sqrt(1-out*out) * 0.82
	h += r.noise.fractal(x*2.2, y*2.2, 1.5, 5, 0.52) * 0.16
	h += (r.noise.ridged(x*1.6, y*1.6, 9.1, 3) - 0.6) * 0.12
	for _, c := range r.craters {
		h += c.dent(x, y)
	}
	return h*smooth(-0.02, 0.06, edge) + 0.1*smooth(0, 0.03, edge)
}

// dent is a bowl with a raised rim.
func (c crater) dent(x, y float64) float64 {
	d := math.Hypot(x-c.x, y-c.y) / c.radius
	if d > 1.6 {
		return 0
	}
	bowl := -c.depth * (1 - smooth(0.35, 1, d))
	rim := 0.3 * c.depth * smooth(0.7, 1, d) * smooth(1.6, 1, d)
	return bowl + rim
}

func (r *rock) color(x, y float64) rgb {
	v := 0.5 + 0.6*r.noise.fractal(x*1.7+5, y*1.7, 4.4, 4, 0.6)
	c := r.stone[0].mix(r.stone[1], v*2).mix(r.stone[2], v*2-1)
	for _, k := range r.craters {
		d := math.Hypot(x-k.x, y-k.y) / k.radius
		c = c.mix(r.stone[0], 0.45*smooth(1, 0.3, d))
		c = c.mix(r.stone[2], min(1.5*k.radius, 0.3)*smooth(0.75, 1, d)*smooth(1.3, 1, d))
	}
	grain := r.noise.at(x*38, y*38, 2.2)
	return c.scale(1 + 0.1*grain)
}
