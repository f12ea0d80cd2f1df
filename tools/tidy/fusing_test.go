package tidy

import (
	"fmt"
	"strings"
	"testing"
)

// TestFusing gives one body a line: those marked "bad" have an addition that an
// arm64 compiler fuses.
func TestFusing(t *testing.T) {
	for _, c := range []struct {
		bad  bool
		body string
	}{
		{true, "func f(p, v, dt float32) float32 { return p + v*dt }"},
		{true, "func f(p, v, dt float64) float64 { return v*dt - p }"},
		{true, "func f(p *T, v, dt float32) { p.X += v * dt }"},
		{true, "func f(p *T, v, dt float32) { p.X -= (-(v * dt)) }"},
		{true, "func f(p, v, dt float32) float32 { d := v * dt; return p + d }"},
		{true, "func f(p, v, dt float32) float32 { var d = v * dt; return p + d }"},
		{true, "func f(p, v, dt float32) float32 { v *= dt; return p + v }"},
		{true, "func f(p *T, v, dt float32) float32 { p.X = v * dt; return p.X + 1 }"},
		{true, "func g(v, dt float32) float32 { return v * dt }\nfunc f(p, v, dt float32) float32 { return p + g(v, dt) }"},
		{true, "func g(p, d float32) float32 { return p + d }\nfunc f(p, v, dt float32) float32 { return g(p, v*dt) }"},
		{true, "type F float32\nfunc f(p, v, dt F) F { return p + v*dt }"},
		{true, "func f[F ~float32 | ~float64](p, v, dt F) F { return p + v*dt }"},
		{true, "func f(p, v, dt float32) func() float32 { return func() float32 { return p + v*dt } }"},
		{false, "func f(p, v, dt float32) float32 { return p + float32(v*dt) }"},
		{false, "func f(p *T, v, dt float32) { p.X += float32(v * dt) }"},
		{false, "func f(p, v, dt float32) float32 { d := float32(v * dt); return p + d }"},
		{false, "type F float32\nfunc f(p, v, dt F) F { return p + F(v*dt) }"},
		{false, "func f(p, v, dt int) int { return p + v*dt }"},
		{false, "func f(a, b, c float32) bool { return a*b < c*a*b }"},
		{false, "func f(a, b, c float32) float32 { return a*b/c + 1 }"},
		{false, "const k = 2.0 * 3\nvar x float32 = 1 + k*2"},
		{false, "func f(p *T, v float32) { p.X += v; p.X *= v }"},
		{false, "func g(p *T, v float32) { p.X = v * v }\nfunc f(p *T) float32 { return p.X + 1 }"},
	} {
		r := simFile("", "type T struct{ X float32 }\n"+c.body).repo(t)
		if broken, err := checkSimulations(r); err != nil || len(broken) > 0 {
			t.Fatalf("%s: %v %v", c.body, broken, err)
		}
		found, err := checkFusing(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(found) > 0; got != c.bad {
			t.Errorf("%s\n\tfindings: %v, want some: %v", c.body, found, c.bad)
		}
		for _, f := range found {
			if f.Line == 0 || !strings.Contains(f.Text, "unrounded product") {
				t.Errorf("the finding does not tell where and what: %s", fmt.Sprint(f))
			}
		}
	}
}
