package client

import (
	"math"

	"github.com/tandem-engine/tandem/render/particle"
	"github.com/tandem-engine/tandem/render/sprite"
)

var span = func(low, high float32) particle.Range { return particle.Range{Min: low, Max: high} }

// fading is a ramp from one colour to the same without light.
func fading(from sprite.Color, stops ...sprite.Color) sprite.Ramp {
	ramp := sprite.Ramp{{At: 0, Color: from}}
	for i, c := range stops {
		ramp = append(ramp, sprite.Stop{At: float32(i+1) / float32(len(stops)+1), Color: c})
	}
	last := ramp[len(ramp)-1].Color
	return append(ramp, sprite.Stop{At: 1, Color: last.Fade(0)})
}

// The kinds of particles. Those that say white take their colour from the source's tint.
var (
	exhaust = particle.Kind{
		Sprite: "haze", Life: span(0.2, 0.5), Speed: span(110, 200), Spread: 0.13, Inherit: 0.85, Drag: 2.5, Scatter: 2,
		Size: span(11, 17), Grow: 0.7, Ramp: fading(hot.Fade(0.7), sprite.White.Fade(0.55), sprite.White.Fade(0.22)), Glow: 1,
	}
	tracer = particle.Kind{
		Sprite: "haze", Life: span(0.1, 0.24), Speed: span(0, 14), Spread: math.Pi, Size: span(5, 8), Grow: 0.1,
		Ramp: fading(sprite.White.Fade(0.5)), Glow: 1,
	}
	damageSmoke = particle.Kind{
		Sprite: "smoke0", Life: span(0.7, 1.4), Speed: span(5, 25), Spread: math.Pi, Inherit: 0.25, Drag: 1, Scatter: 4,
		Spin: span(-1, 1), Size: span(13, 20), Grow: 2.4, Ramp: fading(smog.Fade(0.6), smog.Fade(0.42)),
	}
	spark = particle.Kind{
		Sprite: "spark", Life: span(0.15, 0.45), Speed: span(90, 330), Spread: 0.9, Inherit: 0.35, Drag: 3.5,
		Size: span(2, 3.4), Grow: 0.3, Stretch: 0.05, Ramp: fading(hot, sprite.White), Glow: 1, Aligned: true,
	}
	flash = particle.Kind{
		Sprite: "flare", Life: span(0.09, 0.13), Size: span(46, 60), Grow: 0.5, Inherit: 1,
		Ramp: fading(hot, sprite.White), Glow: 1,
	}
	muzzle = particle.Kind{
		Sprite: "glow", Life: span(0.05, 0.08), Size: span(26, 34), Grow: 0.6, Inherit: 1, Ramp: fading(hot, sprite.White),
		Glow: 1,
	}
	chip = particle.Kind{
		Sprite: "shard0", Life: span(0.35, 0.9), Speed: span(40, 170), Spread: 1.1, Inherit: 0.6, Drag: 1, Spin: span(-9, 9),
		Size: span(2.5, 5.5), Grow: 0.5, Ramp: fading(sprite.White, sprite.White, sprite.White.Fade(0.8)),
	}
	rubble = particle.Kind{
		Sprite: "shard1", Life: span(0.7, 1.7), Speed: span(20, 190), Spread: math.Pi, Inherit: 0.8, Drag: 0.7, Scatter: 30,
		Spin: span(-7, 7), Size: span(4, 13), Grow: 0.4, Ramp: fading(sprite.White, sprite.White, sprite.White.Fade(0.8)),
	}
	dust = particle.Kind{
		Sprite: "smoke1", Life: span(0.6, 1.5), Speed: span(8, 70), Spread: math.Pi, Inherit: 0.7, Drag: 1.6, Scatter: 26,
		Spin: span(-0.8, 0.8), Size: span(26, 52), Grow: 1.9,
		Ramp: fading(sprite.White.Fade(0.34), sprite.White.Fade(0.22)),
	}
	fireball = particle.Kind{
		Sprite: "glow", Life: span(0.25, 0.75), Speed: span(10, 150), Spread: math.Pi, Inherit: 0.4, Drag: 3, Scatter: 9,
		Size: span(24, 60), Grow: 0.5, Ramp: fading(hot, fire, ember.Fade(0.8), ember.Scale(0.5).Fade(0.4)), Glow: 1,
	}
	blastSpark = particle.Kind{
		Sprite: "spark", Life: span(0.3, 1.0), Speed: span(120, 620), Spread: math.Pi, Inherit: 0.4, Drag: 2.6,
		Size: span(2.2, 4), Grow: 0.2, Stretch: 0.06, Ramp: fading(hot, fire, ember), Glow: 1, Aligned: true,
	}
	blastSmoke = particle.Kind{
		Sprite: "smoke1", Life: span(0.9, 2.1), Speed: span(12, 75), Spread: math.Pi, Inherit: 0.4, Drag: 1.4, Scatter: 12,
		Spin: span(-1, 1), Size: span(26, 50), Grow: 2.2, Ramp: fading(soot.Fade(0), soot.Fade(0.5), soot.Fade(0.28)),
	}
	wreckage = particle.Kind{
		Sprite: "shard2", Life: span(1, 2.4), Speed: span(30, 230), Spread: math.Pi, Inherit: 0.7, Drag: 0.6, Spin: span(-11, 11),
		Size: span(5, 12), Grow: 0.6, Ramp: fading(sprite.White, sprite.White, sprite.White.Fade(0.9)),
	}
	bigFlash = particle.Kind{
		Sprite: "flare", Life: span(0.24, 0.3), Size: span(330, 380), Grow: 0.35, Ramp: fading(hot, fire.Fade(0.8)), Glow: 1,
	}
	shockRing = particle.Kind{
		Sprite: "shock", Life: span(0.5, 0.6), Size: span(30, 36), Grow: 9, Inherit: 0.3,
		Ramp: fading(hot.Fade(0.9), sprite.White.Fade(0.55), sprite.White.Fade(0.18)), Glow: 1,
	}
	warpRing = particle.Kind{
		Sprite: "shock", Life: span(0.4, 0.45), Size: span(150, 160), Grow: 0.12, Inherit: 1,
		Ramp: sprite.Ramp{{At: 0, Color: sprite.White.Fade(0)}, {At: 0.7, Color: sprite.White}, {At: 1, Color: sprite.White.Fade(0)}}, Glow: 1,
	}
	sparkle = particle.Kind{
		Sprite: "flare", Life: span(0.3, 0.8), Speed: span(20, 110), Spread: math.Pi, Drag: 2, Scatter: 14, Spin: span(-3, 3),
		Size: span(9, 18), Grow: 0.2, Ramp: fading(sprite.White, sprite.White), Glow: 1,
	}
	puff = particle.Kind{
		Sprite: "glow", Life: span(0.14, 0.2), Size: span(20, 26), Grow: 1.7, Inherit: 0.2, Ramp: fading(sprite.White.Fade(0.5)), Glow: 1,
	}
)
