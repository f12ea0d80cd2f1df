package art

import "math"

// Crate draws what floats about to be picked up: 0 is repair, 1 is overload.
func Crate(size, kind int) Lit {
	body := box(0, 0, 0.56, 0.56).round(0.08)
	parts := []part{
		{outline: body, color: dark, height: 0.5, bevel: 0.12, rim: 0.5},
		{outline: box(0, 0, 0.44, 0.44).round(0.04), color: plate, height: 0.46, bevel: 0.05, rim: 0.4},
	}
	for k := range 4 {
		sin, cos := math.Sincos(float64(k)*math.Pi/2 + math.Pi/4)
		parts = append(parts, part{outline: ellipse(cos*0.68, sin*0.68, 0.09, 0.09), color: steel, height: 0.54, bevel: 0.08, dome: true, rim: 0.5})
	}
	if kind == 0 {
		cross := box(0, 0, 0.36, 0.12).join(box(0, 0, 0.12, 0.36))
		return model(size, 3, append(parts, part{outline: cross.round(0.02), color: bright, team: 1, height: 0.52, bevel: 0.05, rim: 0.2}))
	}
	bolt := polygon(0.12, -0.44, -0.26, 0.08, -0.04, 0.08, -0.12, 0.44, 0.26, -0.08, 0.04, -0.08)
	return model(size, 4, append(parts, part{outline: bolt.round(0.02), color: bright, team: 1, height: 0.52, bevel: 0.05, rim: 0.2}))
}
