package art

import "image"

// part is one piece of a model, seen from above. Later parts lie on earlier ones.
type part struct {
	outline shape
	color   rgb
	team    float64 // how much of a player's colour it takes, 0..1
	height  float64 // of its top, in half pictures
	bevel   float64 // width of the slope at its border, in half pictures; 0: a flat mark on what lies beneath
	dome    bool    // rounded all over rather than flat on top
	rim     float64 // how dark its border line is, 0..1
}

// model turns parts into a picture of size × size pixels. Coordinates run over -1..1.
func model(size int, seed uint64, parts []part) Lit {
	half := float64(size) / 2
	relief := newRelief(size)
	albedo := image.NewNRGBA(image.Rect(0, 0, size, size))
	team := make([]float64, size*size)
	grain := noise{seed: seed}
	rows(size, func(j int) {
		for i := range size {
			x, y := (float64(i)+0.5-half)/half, (float64(j)+0.5-half)/half
			var color rgb
			alpha, height, mask := 0.0, 0.0, 0.0
			for k := range parts {
				p := &parts[k]
				d := p.outline(x, y)
				cover := clamp(0.5 - d*half)
				if cover == 0 {
					continue
				}
				c := p.color.scale(1 - p.rim*smooth(-2.5/half, 0, d))
				color, alpha = color.mix(c, cover/max(alpha+cover-alpha*cover, 1e-9)), alpha+cover-alpha*cover
				mask = lerp(cover, mask, p.team)
				if p.bevel > 0 {
					height = lerp(cover, height, p.profile(d))
				}
			}
			o := j*size + i
			color = color.scale(1 + 0.05*grain.fractal(x*14, y*14, 0, 2, 0.5))
			put(albedo, i, j, color, alpha)
			relief.height[o], team[o] = height*half, mask
		}
	})
	return Lit{albedo, relief.surface(func(i, j int) float64 { return team[j*size+i] })}
}

// profile is the height at a distance from the outline.
func (p *part) profile(d float64) float64 {
	t := clamp(-d / p.bevel)
	if p.dome {
		return p.height * (1 - (1-t)*(1-t))
	}
	return p.height * smooth(0, 1, t)
}
