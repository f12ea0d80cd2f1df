package art

import (
	"image"
	"math"
)

// The pictures in this file are white and are given their colour while they are drawn.

// Glow is a soft round light: bright in the middle, nothing at the border.
func Glow(size int) *image.NRGBA {
	return paint(size, size, func(x, y float64) (rgb, float64) {
		d := 1 - clamp(math.Hypot(x, y))
		return white, 0.75*d*d*d + 0.25*math.Pow(d, 8)
	})
}

// Haze is a soft round light without a bright middle: many of them make a cloud.
func Haze(size int) *image.NRGBA {
	return paint(size, size, func(x, y float64) (rgb, float64) {
		d := 1 - clamp(x*x+y*y)
		return white, 0.6 * d * d
	})
}

// Disc is a full circle that touches the border.
func Disc(size int) *image.NRGBA {
	return paint(size, size, func(x, y float64) (rgb, float64) {
		return white, clamp((0.96-math.Hypot(x, y))*float64(size)/2 + 0.5)
	})
}

// Circle is a thin line around.
func Circle(size int, width float64) *image.NRGBA {
	return paint(size, size, func(x, y float64) (rgb, float64) {
		return white, clamp((width/2-math.Abs(math.Hypot(x, y)-0.96+width/2))*float64(size)/2 + 0.5)
	})
}

// Shock is the ring of a blast: a sharp outer front with a soft wake inside.
func Shock(size int) *image.NRGBA {
	n := noise{seed: 5}
	return paint(size, size, func(x, y float64) (rgb, float64) {
		d := math.Hypot(x, y)
		angle := math.Atan2(y, x)
		sin, cos := math.Sincos(angle)
		front := smooth(0.98, 0.93, d) * smooth(0.55, 0.93, d)
		streak := 0.75 + 0.5*n.fractal(cos*5, sin*5, d*0.8, 3, 0.6)
		return white, front * front * streak
	})
}

// Spark is a streak along x: a hot core with soft ends.
func Spark(w, h int) *image.NRGBA {
	aspect := float64(w) / float64(h)
	return paint(w, h, func(x, y float64) (rgb, float64) {
		across := math.Abs(y) * aspect
		along := 1 - math.Abs(x)
		if along <= 0 {
			return white, 0
		}
		across /= math.Sqrt(along)
		d := clamp(1 - across)
		return white, (d*d*0.8 + 0.2*smooth(0.5, 0.9, d)) * smooth(0, 0.5, along)
	})
}

// Flare is a star with four rays.
func Flare(size int) *image.NRGBA {
	return paint(size, size, func(x, y float64) (rgb, float64) {
		d := math.Hypot(x, y)
		fall := clamp(1 - d)
		ray := func(along, across float64) float64 {
			return math.Exp(-math.Abs(across)*60) * math.Pow(clamp(1-math.Abs(along)), 3)
		}
		return white, clamp(0.9*math.Exp(-d*d*90) + 0.35*math.Pow(fall, 5) + 0.7*ray(x, y) + 0.7*ray(y, x))
	})
}

// Star is a point of light.
func Star(size int) *image.NRGBA {
	return paint(size, size, func(x, y float64) (rgb, float64) {
		d := math.Hypot(x, y)
		return white, clamp(math.Exp(-d*d*14)) * smooth(1, 0.7, d)
	})
}

// Smoke is a puff with a ragged border.
func Smoke(size int, seed uint64) *image.NRGBA {
	n := noise{seed: seed + 31}
	return paint(size, size, func(x, y float64) (rgb, float64) {
		d := math.Hypot(x, y) + 0.28*n.fractal(x*1.8, y*1.8, 0.5, 4, 0.55)
		v := 0.78 + 0.35*n.fractal(x*2.5, y*2.5, 8, 3, 0.5)
		return rgb{v, v, v}, smooth(0.8, 0.15, d) * smooth(1, 0.8, math.Hypot(x, y))
	})
}

// Flame is the jet of a thruster; it begins at the right border and tapers to the left.
func Flame(w, h int) *image.NRGBA {
	aspect := float64(w) / float64(h)
	return paint(w, h, func(x, y float64) (rgb, float64) {
		t := (1 - x) / 2 // 0 at the nozzle, 1 at the tip
		width := 0.15 + 0.8*math.Sqrt(clamp(t*7))*(1-t)
		across := clamp(1 - math.Abs(y)*aspect/width)
		body := across * across * (1 - t) * smooth(0, 0.06, t)
		return white, clamp(body * 1.6)
	})
}

// Bolt is a shot that flies along +X: a thick head with a long tail.
func Bolt(w, h int) *image.NRGBA {
	aspect := float64(w) / float64(h)
	return paint(w, h, func(x, y float64) (rgb, float64) {
		head := 0.72
		var d float64
		if x > head {
			d = math.Hypot((x-head)*aspect, y*aspect)
		} else {
			d = math.Abs(y) * aspect / (0.25 + 0.75*smooth(-1, head, x))
		}
		core := clamp(1 - d)
		return white, core * core * smooth(-1, head, x) * (0.6 + 0.4*smooth(-0.2, head, x))
	})
}

// Shard is a splinter of a broken thing.
func Shard(size int, seed uint64) *image.NRGBA {
	d := dice(seed*31 + 7)
	var points []float64
	corners := 4 + int(d.unit()*3)
	for k := range corners {
		sin, cos := math.Sincos((float64(k) + d.in(-0.3, 0.3)) * 2 * math.Pi / float64(corners))
		out := d.in(0.35, 0.92)
		points = append(points, cos*out, sin*out*0.8)
	}
	outline := polygon(points...)
	return paint(size, size, func(x, y float64) (rgb, float64) {
		dist := outline(x, y)
		v := 0.5 + 0.5*smooth(0.25, -0.3, y+x) - 0.25*smooth(-0.12, 0, dist)
		return rgb{v, v, v}, clamp(0.5 - dist*float64(size)/2)
	})
}

// Shield is a bubble of hexagons, brighter towards its rim.
func Shield(size int) *image.NRGBA {
	return paint(size, size, func(x, y float64) (rgb, float64) {
		d := math.Hypot(x, y)
		if d > 1 {
			return white, 0
		}
		bulge := 1 + 0.6*d*d
		grid := smooth(0.10, 0.0, hexagons(x*bulge*3.4, y*bulge*3.4))
		rim := smooth(0.55, 0.95, d) * smooth(1, 0.95, d)
		return white, clamp(0.06 + 0.75*rim*rim + grid*(0.10+0.4*rim)*smooth(1, 0.9, d))
	})
}

// hexagons is the distance to the nearest border of a honeycomb whose cells are one wide.
func hexagons(x, y float64) float64 {
	const high = 1.7320508075688772 // between rows of the same parity
	ax, ay := x-math.Round(x), y-high*math.Round(y/high)
	bx, by := x-0.5-math.Round(x-0.5), y-high/2-high*math.Round(y/high-0.5)
	if bx*bx+by*by < ax*ax+ay*ay {
		ax, ay = bx, by
	}
	ax, ay = math.Abs(ax), math.Abs(ay)
	return 0.5 - max(ax, ax/2+ay*high/2)
}

// Arrow points along +X.
func Arrow(size int) *image.NRGBA {
	outline := polygon(0.85, 0, -0.6, 0.7, -0.25, 0, -0.6, -0.7).round(0.05)
	return paint(size, size, func(x, y float64) (rgb, float64) {
		return white, clamp(0.5 - outline(x, y)*float64(size)/2)
	})
}

// Beam is a bar of light along x that fades to both sides.
func Beam(w, h int) *image.NRGBA {
	return paint(w, h, func(_, y float64) (rgb, float64) {
		y *= float64(w) / float64(h)
		d := 1 - clamp(math.Abs(y))
		return white, 0.55*d*d + 0.45*math.Pow(d, 10)
	})
}

// Edge fades from full at its left border to nothing at its right.
func Edge(w, h int) *image.NRGBA {
	return paint(w, h, func(x, _ float64) (rgb, float64) {
		t := clamp((1 - x) / 2)
		return white, t * t
	})
}
