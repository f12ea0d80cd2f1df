package art

import (
	"image"
	"math"
)

// Nebula draws clouds of gas that repeat in both directions. It is opaque and dark enough to play on.
func Nebula(size int, seed uint64) *image.NRGBA {
	const cells = 3
	warp := noise{seed: seed, period: cells}
	gas := noise{seed: seed + 50, period: cells}
	hue := noise{seed: seed + 90, period: cells}
	dust := noise{seed: seed + 130, period: cells}
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	rows(size, func(j int) {
		for i := range size {
			x, y := float64(i)*cells/float64(size), float64(j)*cells/float64(size)
			wx := warp.fractal(x, y, 0, 4, 0.5)
			wy := warp.fractal(x, y, 40, 4, 0.5)
			density := 0.5 + 0.62*gas.fractal(x+0.55*wx, y+0.55*wy, 7, 6, 0.55)
			crest := gas.ridged(x+0.4*wy, y+0.4*wx, 3, 5)
			shade := smooth(0.05, 0.6, 0.3+0.8*dust.fractal(x+0.3*wx, y+0.3*wy, 21, 5, 0.6))
			tone := smooth(-0.45, 0.45, hue.fractal(x+0.2*wx, y, 17, 2, 0.5))
			put(img, i, j, gasColor(density, crest, tone, shade), 1)
		}
	})
	return img
}

var (
	void    = hex(0x05060f)
	indigo  = hex(0x111338)
	teal    = hex(0x0f5c70)
	violet  = hex(0x5a2a80)
	rose    = hex(0xa8406f)
	seafoam = hex(0x3fb9b0)
)

func gasColor(density, crest, tone, shade float64) rgb {
	c := void.mix(indigo, smooth(0.2, 0.75, density))
	cloud := teal.mix(violet, tone)
	c = c.plus(cloud.scale(0.78 * math.Pow(smooth(0.38, 1.0, density), 1.4)))
	hot := seafoam.mix(rose, tone)
	c = c.plus(hot.scale(0.8 * smooth(0.55, 1.0, density) * math.Pow(crest, 3)))
	return c.mix(void, 0.72*(1-shade))
}

// Planet draws a distant world lit from the upper left, with its air around it. The globe has the radius 0.8.
func Planet(size int, seed uint64) *image.NRGBA {
	const radius = 0.8
	n := noise{seed: seed}
	lx, ly, lz := -0.62, -0.55, 0.56
	return paint(size, size, func(x, y float64) (rgb, float64) {
		d := math.Hypot(x, y) / radius
		if d >= 1 {
			toLight := clamp(0.45 - (x*0.62+y*0.55)/radius*0.6)
			air := math.Exp(-(d-1)*22) * toLight * smooth(1.25, 1.1, d)
			return hex(0x6fb4ff), 0.6 * air
		}
		px, py := x/radius, y/radius
		pz := math.Sqrt(1 - d*d)
		light := max(0, px*lx+py*ly+pz*lz)
		c := bands(n, px, py, pz)
		c = c.scale(0.015 + 1.0*math.Pow(light, 0.85))
		rim := math.Pow(1-pz, 2.5) * smooth(0, 0.5, light)
		c = c.plus(hex(0x6fb4ff).scale(0.75 * rim))
		return c, clamp((1-d)*radius*float64(size)/2 + 0.5)
	})
}

// bands are the clouds of a gas giant at a place on its globe.
func bands(n noise, x, y, z float64) rgb {
	x, y = x*0.94-y*0.34, x*0.34+y*0.94 // its axis is tilted
	swirl := n.fractal(x*2.2, y*5, z*2.2, 5, 0.55)
	lat := y*3.1 + 0.32*swirl + 0.1*n.fractal(x*6, y*14, z*6, 3, 0.5)
	v := 0.5 + 0.5*n.fractal(0.3, lat*1.7, 0.7, 3, 0.6)*1.6
	c := hex(0x24405f).mix(hex(0x6f8fa8), v*1.6).mix(hex(0xd9c7a8), v*1.9-0.95)
	storm := math.Hypot((x-0.35)*1.0, (y-0.28)*2.4)
	return c.mix(hex(0xe0a070), 0.8*smooth(0.22, 0.12, storm))
}
