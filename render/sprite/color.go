package sprite

// Color is a colour with straight (not premultiplied) alpha, each part 0..1. The zero value is fully transparent.
type Color struct{ R, G, B, A float32 }

// White leaves what it tints as it is.
var White = Color{1, 1, 1, 1}

// Hex makes an opaque colour from 0xRRGGBB.
func Hex(rgb uint32) Color {
	return Color{
		R: float32(rgb>>16&0xff) / 255,
		G: float32(rgb>>8&0xff) / 255,
		B: float32(rgb&0xff) / 255,
		A: 1,
	}
}

// Fade returns c with its alpha multiplied by a.
func (c Color) Fade(a float32) Color {
	c.A *= a
	return c
}

// Mix returns the colour at t of the way from c to d; t is clamped to 0..1.
func (c Color) Mix(d Color, t float32) Color {
	t = min(max(t, 0), 1)
	return Color{c.R + (d.R-c.R)*t, c.G + (d.G-c.G)*t, c.B + (d.B-c.B)*t, c.A + (d.A-c.A)*t}
}

// Scale multiplies red, green and blue by s and leaves alpha; parts above 1 are legal and show as over-bright.
func (c Color) Scale(s float32) Color {
	return Color{c.R * s, c.G * s, c.B * s, c.A}
}

// Times multiplies part by part.
func (c Color) Times(d Color) Color {
	return Color{c.R * d.R, c.G * d.G, c.B * d.B, c.A * d.A}
}

// NRGBA gives the colour as four bytes with straight alpha; parts out of range are clamped.
func (c Color) NRGBA() (r, g, b, a uint8) {
	return channel(c.R), channel(c.G), channel(c.B), channel(c.A)
}

// RGBA implements color.Color: premultiplied, 16 bits a part.
func (c Color) RGBA() (r, g, b, a uint32) {
	alpha := min(max(c.A, 0), 1)
	part := func(v float32) uint32 { return uint32(min(max(v, 0), 1)*alpha*0xffff + 0.5) }
	return part(c.R), part(c.G), part(c.B), uint32(alpha*0xffff + 0.5)
}

func channel(v float32) uint8 { return uint8(min(max(v, 0), 1)*255 + 0.5) }

// Stop is one colour of a Ramp, at a position 0..1.
type Stop struct {
	At    float32
	Color Color
}

// Ramp is a list of colours over 0..1, sorted by At. The zero value is white everywhere.
type Ramp []Stop

// At returns the colour at t, linearly between the two stops around it, and the end colours outside of them.
func (r Ramp) At(t float32) Color {
	if len(r) == 0 {
		return White
	}
	if t <= r[0].At {
		return r[0].Color
	}
	for i := 1; i < len(r); i++ {
		if t <= r[i].At {
			return r[i-1].Color.Mix(r[i].Color, (t-r[i-1].At)/(r[i].At-r[i-1].At))
		}
	}
	return r[len(r)-1].Color
}
