package art

import (
	"image"
	"math"
)

// ShipSpan is the part of a ship picture's width that the ship takes, nose to tail.
const ShipSpan = 0.92

// Hulls is the number of ship designs.
const Hulls = 3

var (
	steel  = hex(0x97a3b8)
	plate  = hex(0x76829a)
	dark   = hex(0x3d475c)
	black  = hex(0x12151d)
	glass  = hex(0x18324f)
	sheen  = hex(0x9fe3ff)
	bright = hex(0xf2f5fb)
)

// Ship draws a fighter that points along +X.
func Ship(size, hull int) Lit {
	parts := [Hulls]func() []part{dart, manta, fork}[hull%Hulls]()
	return model(size, uint64(hull), parts)
}

// dart is slim, with swept wings.
func dart() []part {
	wing := polygon(0.30, 0.10, 0.02, 0.34, -0.48, 0.80, -0.86, 0.88, -0.70, 0.52, -0.62, 0.10).mirrored()
	return append([]part{
		{outline: box(-0.30, 0.80, 0.34, 0.030).round(0.012).mirrored(), color: dark, height: 0.10, bevel: 0.05, rim: 0.5},
		{outline: wing.round(0.012), color: bright, team: 1, height: 0.16, bevel: 0.10, rim: 0.7},
		{outline: polygon(-0.02, 0.30, -0.50, 0.72, -0.62, 0.72, -0.30, 0.30).mirrored(), color: dark, team: 0.15},
		{outline: polygon(-0.52, 0.50, -0.80, 0.80, -0.84, 0.80, -0.66, 0.44).mirrored(), color: bright, team: 0.55},
	}, fuselage(0.92)...)
}

// manta is broad: one flying wing.
func manta() []part {
	body := polygon(0.62, 0, 0.46, 0.22, 0.05, 0.62, -0.30, 0.92, -0.52, 0.88, -0.44, 0.56, -0.80, 0.30, -0.66, 0).mirrored()
	return append([]part{
		{outline: box(0.18, 0.50, 0.26, 0.028).round(0.012).mirrored(), color: dark, height: 0.10, bevel: 0.05, rim: 0.5},
		{outline: body.round(0.015), color: bright, team: 1, height: 0.2, bevel: 0.16, rim: 0.7},
		{outline: polygon(0.34, 0.22, -0.02, 0.56, -0.16, 0.62, -0.02, 0.24).mirrored(), color: dark, team: 0.15},
		{outline: polygon(-0.26, 0.74, -0.34, 0.88, -0.48, 0.84, -0.42, 0.62).mirrored(), color: bright, team: 0.5},
	}, fuselage(0.74)...)
}

// fork has two prongs before its wings.
func fork() []part {
	prong := polygon(0.86, 0.36, 0.78, 0.46, 0.10, 0.56, -0.50, 0.60, -0.74, 0.48, -0.70, 0.34, 0.05, 0.30).mirrored()
	wing := polygon(0.08, 0.50, -0.18, 0.92, -0.66, 0.96, -0.52, 0.52).mirrored()
	bridge := polygon(0.26, 0, 0.14, 0.34, -0.52, 0.38, -0.60, 0).mirrored()
	return append([]part{
		{outline: bridge, color: plate, height: 0.14, bevel: 0.08, rim: 0.6},
		{outline: wing.round(0.012), color: plate, height: 0.12, bevel: 0.08, rim: 0.7},
		{outline: polygon(-0.02, 0.62, -0.22, 0.90, -0.36, 0.90, -0.20, 0.60).mirrored(), color: bright, team: 1},
		{outline: prong.round(0.012), color: bright, team: 1, height: 0.22, bevel: 0.11, rim: 0.7},
		{outline: box(0.22, 0.44, 0.22, 0.022).mirrored(), color: dark, team: 0.1},
		{outline: polygon(0.84, 0.37, 0.78, 0.44, 0.60, 0.46, 0.60, 0.36).mirrored(), color: bright},
	}, fuselage(0.50)...)
}

// fuselage is what all designs share: the body with its nose at x, engines, cockpit.
func fuselage(nose float64) []part {
	body := polygon(nose, 0.02, nose-0.22, 0.10, 0.16, 0.20, -0.30, 0.23, -0.70, 0.16, -0.74, 0).mirrored()
	engine := polygon(-0.30, 0.18, -0.34, 0.40, -0.80, 0.38, -0.84, 0.20).mirrored()
	return []part{
		{outline: box(-0.83, 0.29, 0.07, 0.085).mirrored(), color: black, height: 0.08, bevel: 0.04},
		{outline: engine.round(0.012), color: plate, height: 0.26, bevel: 0.12, dome: true, rim: 0.6},
		{outline: box(-0.50, 0.29, 0.015, 0.10).mirrored(), color: dark},
		{outline: body.round(0.012), color: steel, height: 0.34, bevel: 0.17, dome: true, rim: 0.6},
		{outline: polygon(nose, 0.02, nose-0.22, 0.10, nose-0.30, 0.11, nose-0.30, 0).mirrored().round(0.008), color: bright, team: 0.9},
		{outline: box(-0.36, 0, 0.26, 0.05), color: dark},
		{outline: box(-0.36, 0, 0.23, 0.028), color: bright, team: 1},
		{outline: ellipse(0.20, 0, 0.235, 0.115), color: black, height: 0.36, bevel: 0.1},
		{outline: ellipse(0.20, 0, 0.20, 0.088), color: glass, height: 0.46, bevel: 0.09, dome: true},
		{outline: ellipse(0.26, -0.035, 0.09, 0.022), color: sheen},
	}
}

// Icon is a ship in a colour on a dark disc, lit from the upper left.
func Icon(size int, r, g, b uint8) *image.NRGBA {
	ship, team := Ship(size, 0), rgb{float64(r) / 255, float64(g) / 255, float64(b) / 255}
	out := paint(size, size, func(x, y float64) (rgb, float64) {
		return indigo.mix(void, math.Hypot(x, y)), clamp((0.99 - math.Hypot(x, y)) * float64(size) / 2)
	})
	for i := 0; i < len(out.Pix); i += 4 {
		a, s := ship.Albedo.Pix[i:i+4], ship.Surface.Pix[i:i+4]
		nx, ny := float64(s[0])/127.5-1, float64(s[1])/127.5-1
		light := 0.45 + max(0, -0.55*nx-0.6*ny+0.58*math.Sqrt(max(0, 1-nx*nx-ny*ny)))
		mask := float64(s[2]) / 255
		for c, t := range [3]float64{team.r, team.g, team.b} {
			v := float64(a[c]) / 255 * lerp(mask, 1, t) * light
			out.Pix[i+c] = byte8(lerp(float64(a[3])/255, float64(out.Pix[i+c])/255, v))
		}
		out.Pix[i+3] = max(out.Pix[i+3], a[3])
	}
	return out
}
