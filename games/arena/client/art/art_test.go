package art_test

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/games/arena/client/art"
)

// save writes a picture into the directory that SCREENSHOTS names, for a person to look at.
func save(t *testing.T, img image.Image) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, filepath.Base(t.Name())+".png"))
	require.NoError(t, err)
	require.NoError(t, png.Encode(f, img))
	require.NoError(t, f.Close())
}

func lits() map[string]func(size int) art.Lit {
	all := map[string]func(size int) art.Lit{}
	for hull := range art.Hulls {
		all[fmt.Sprint("ship", hull)] = func(size int) art.Lit { return art.Ship(size, hull) }
	}
	for seed := range uint64(4) {
		all[fmt.Sprint("rock", seed)] = func(size int) art.Lit { return art.Rock(size, seed) }
	}
	for kind := range 2 {
		all[fmt.Sprint("crate", kind)] = func(size int) art.Lit { return art.Crate(size, kind) }
	}
	return all
}

// Lit pictures are free at their borders, full in their middle, and their normals are unit vectors that look about.
func TestLitPictures(t *testing.T) {
	for name, draw := range lits() {
		t.Run(name, func(t *testing.T) {
			const size = 96
			l := draw(size)
			save(t, l.Albedo)
			require.Equal(t, l.Albedo.Rect, l.Surface.Rect)
			require.Equal(t, image.Rect(0, 0, size, size), l.Albedo.Rect)
			var left, right int
			covered := 0
			for y := range size {
				for x := range size {
					a := l.Albedo.NRGBAAt(x, y)
					s := l.Surface.NRGBAAt(x, y)
					require.Equal(t, uint8(255), s.A)
					if x == 0 || y == 0 || x == size-1 || y == size-1 {
						require.Less(t, a.A, uint8(128), "border at %d,%d", x, y)
					}
					if a.A < 128 {
						continue
					}
					covered++
					nx, ny := float64(s.R)/127.5-1, float64(s.G)/127.5-1
					require.LessOrEqual(t, math.Hypot(nx, ny), 1.02, "normal at %d,%d", x, y)
					if nx < -0.2 {
						left++
					}
					if nx > 0.2 {
						right++
					}
				}
			}
			require.Equal(t, uint8(255), l.Albedo.NRGBAAt(size/2, size/2).A)
			require.Greater(t, covered, size*size/6)
			require.Greater(t, left, size, "something faces left")
			require.Greater(t, right, size, "something faces right")
		})
	}
}

// The middle of a rock's outline is the circle that the simulation collides with.
func TestRocksAreAsLargeAsTheirCircle(t *testing.T) {
	for seed := range uint64(12) {
		const size = 128
		l := art.Rock(size, seed)
		area := 0.0
		for y := range size {
			for x := range size {
				area += float64(l.Albedo.NRGBAAt(x, y).A) / 255
			}
		}
		radius := math.Sqrt(area/math.Pi) / (size / 2)
		require.InDelta(t, 0.86, radius, 0.07, "rock %d", seed)
	}
}

// The parts that take a player's colour are many enough to tell players apart, and not all of the ship.
func TestShipsShowTheirColour(t *testing.T) {
	for hull := range art.Hulls {
		l := art.Ship(96, hull)
		team, all := 0.0, 0.0
		for i := 0; i < len(l.Albedo.Pix); i += 4 {
			cover := float64(l.Albedo.Pix[i+3]) / 255
			all += cover
			team += cover * float64(l.Surface.Pix[i+2]) / 255
		}
		require.Greater(t, team/all, 0.2, "hull %d", hull)
		require.Less(t, team/all, 0.8, "hull %d", hull)
	}
}

func TestShipsPointRightAndAreSymmetric(t *testing.T) {
	for hull := range art.Hulls {
		const size = 96
		l := art.Ship(size, hull)
		for y := range size / 2 {
			for x := range size {
				a, b := l.Albedo.NRGBAAt(x, y).A, l.Albedo.NRGBAAt(x, size-1-y).A
				require.InDelta(t, a, b, 2, "hull %d at %d,%d", hull, x, y)
			}
		}
	}
}

func TestSameSeedSamePicture(t *testing.T) {
	require.Equal(t, art.Rock(64, 5), art.Rock(64, 5))
	require.NotEqual(t, art.Rock(64, 5), art.Rock(64, 6))
	require.Equal(t, art.Nebula(64, 1), art.Nebula(64, 1))
	require.NotEqual(t, art.Nebula(64, 1), art.Nebula(64, 2))
}

// The nebula repeats without a seam, and it is dark enough for what is played on it to stand out.
func TestNebulaTilesAndIsDark(t *testing.T) {
	const size = 128
	n := art.Nebula(size, 1)
	save(t, n)
	step := func(a, b color.NRGBA) float64 {
		d := func(x, y uint8) float64 { return math.Abs(float64(x) - float64(y)) }
		return d(a.R, b.R) + d(a.G, b.G) + d(a.B, b.B)
	}
	seam, inside, sum := 0.0, 0.0, 0.0
	for i := range size {
		seam += step(n.NRGBAAt(i, 0), n.NRGBAAt(i, size-1)) + step(n.NRGBAAt(0, i), n.NRGBAAt(size-1, i))
		inside += step(n.NRGBAAt(i, 40), n.NRGBAAt(i, 41)) + step(n.NRGBAAt(40, i), n.NRGBAAt(41, i))
		for j := range size {
			c := n.NRGBAAt(i, j)
			sum += float64(c.R) + float64(c.G) + float64(c.B)
		}
	}
	require.Less(t, seam, 3*inside)
	require.Less(t, sum/size/size/3, 60.0)
	require.Greater(t, sum/size/size/3, 8.0)
}

// White pictures are bright where they should be, and nothing reaches their border, where it would be cut off.
func TestGlowsFadeBeforeTheirBorder(t *testing.T) {
	for name, img := range map[string]*image.NRGBA{
		"glow": art.Glow(64), "haze": art.Haze(64), "shock": art.Shock(128), "spark": art.Spark(64, 16), "flare": art.Flare(64),
		"star": art.Star(32), "smoke": art.Smoke(64, 1), "bolt": art.Bolt(64, 16), "shard": art.Shard(32, 1),
		"shield": art.Shield(128), "arrow": art.Arrow(48), "circle": art.Circle(64, 0.1), "disc": art.Disc(64),
	} {
		t.Run(name, func(t *testing.T) {
			save(t, img)
			b, brightest := img.Bounds(), uint8(0)
			for y := range b.Dy() {
				for x := range b.Dx() {
					a := img.NRGBAAt(x, y).A
					brightest = max(brightest, a)
					if x == 0 || y == 0 || x == b.Dx()-1 || y == b.Dy()-1 {
						require.Less(t, a, uint8(90), "at %d,%d", x, y)
					}
				}
			}
			require.Greater(t, brightest, uint8(120))
		})
	}
}

func TestPlanetHasADarkSide(t *testing.T) {
	p := art.Planet(128, 1)
	save(t, p)
	lit, dark := p.NRGBAAt(44, 46), p.NRGBAAt(96, 92)
	require.Equal(t, uint8(255), dark.A)
	require.Greater(t, int(lit.R)+int(lit.G)+int(lit.B), 3*(int(dark.R)+int(dark.G)+int(dark.B)))
	require.Zero(t, p.NRGBAAt(0, 127).A)
}

func Example() {
	rock := art.Rock(64, 7)
	fmt.Println(rock.Albedo.Rect.Size(), rock.Surface.Rect.Size())
	fmt.Println("middle is solid:", rock.Albedo.NRGBAAt(32, 32).A == 255, "corner is free:", rock.Albedo.NRGBAAt(0, 0).A == 0)
	// Output:
	// (64,64) (64,64)
	// middle is solid: true corner is free: true
}
