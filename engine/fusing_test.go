package engine_test

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNoFusedProducts compiles the packages whose floating point results must be the same everywhere for processors that
// fuse products with sums, and looks for such instructions. Where it finds one, a product wants rounding:
// float32(a*b) + c.
func TestNoFusedProducts(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for other processors: not with -short")
	}
	for _, machine := range []struct {
		name  string
		env   []string
		fused *regexp.Regexp
	}{
		{"arm64", []string{"GOARCH=arm64"}, regexp.MustCompile(`.*\sFN?M(ADD|SUB)[SD]\s.*`)},
		{"amd64 v3", []string{"GOARCH=amd64", "GOAMD64=v3"}, regexp.MustCompile(`.*\sVFN?M(ADD|SUB)\w+\s.*`)},
	} {
		for _, pkg := range []string{".", "./detmath", "./physics"} {
			t.Run(machine.name+" "+pkg, func(t *testing.T) {
				build := exec.Command("go", "build", "-gcflags=-S", "-o", os.DevNull, pkg)
				build.Env = append(os.Environ(), append(machine.env, "CGO_ENABLED=0")...)
				listing, err := build.CombinedOutput()
				require.NoError(t, err, "%s", listing)
				require.Contains(t, string(listing), "TEXT", "the listing shows the code")
				require.Empty(t, machine.fused.FindAllString(string(listing), -1))
			})
		}
	}
}
