package client

import (
	"math"

	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/render/sprite"
)

// The colours of everything that is not a pilot's own.
var (
	night   = sprite.Hex(0x070a16) // under panels
	edge    = sprite.Hex(0x5878b8) // around them
	ink     = sprite.Hex(0xe9effc) // text
	faint   = sprite.Hex(0x8fa3cc) // text that can wait
	accent  = sprite.Hex(0x59e0ff) // what is one's own
	good    = sprite.Hex(0x5ef2a0)
	warning = sprite.Hex(0xffc457)
	danger  = sprite.Hex(0xff5468)

	fire     = sprite.Hex(0xffa64d)
	ember    = sprite.Hex(0xe0401c)
	hot      = sprite.Hex(0xfff3d6)
	soot     = sprite.Hex(0x2a2a33)
	smog     = sprite.Hex(0x51535f)
	barrier  = sprite.Hex(0x3d7bff) // the fence
	overload = sprite.Hex(0xffb23e)
	repair   = sprite.Hex(0x5ef2a0)
)

// stoneDust are the colours of what breaks off a rock, by its shape; they follow the stones of package art.
var stoneDust = [4]sprite.Color{
	sprite.Hex(0x9c8672), sprite.Hex(0x8993a3), sprite.Hex(0x9a7a70), sprite.Hex(0x94968c),
}

// dustOf is the colour of what breaks off a rock.
func dustOf(r sim.Rock) sprite.Color {
	return stoneDust[int(r.Shape)%rockShapes[r.Size]%len(stoneDust)]
}

// pilotColor turns the hue of a pilot into a colour. All hues are equally bright and equally strong to the eye: the
// hue runs around the circle of OKLCH (Ottosson 2020, "A perceptual color space for image processing").
func pilotColor(hue uint8) sprite.Color {
	const lightness, chroma = 0.76, 0.165
	sin, cos := math.Sincos(float64(hue)/256*2*math.Pi + 3.7) // hue 0 is a cyan
	a, b := chroma*cos, chroma*sin
	l := cube(lightness + 0.3963377774*a + 0.2158037573*b)
	m := cube(lightness - 0.1055613458*a - 0.0638541728*b)
	s := cube(lightness - 0.0894841775*a - 1.2914855480*b)
	return sprite.Color{
		R: gamma(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		G: gamma(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		B: gamma(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		A: 1,
	}
}

func cube(v float64) float64 { return v * v * v }

// gamma is the transfer function of sRGB.
func gamma(v float64) float32 {
	switch {
	case v <= 0:
		return 0
	case v <= 0.0031308:
		return float32(12.92 * v)
	}
	return float32(min(1.055*math.Pow(v, 1/2.4)-0.055, 1))
}
