package ci

import (
	"os/exec"
	"strings"
	"testing"
)

// TestDisplay: a screen that is there is used; without one the command gets a
// virtual one; and where there is none to be had it fails, naming the cure.
func TestDisplay(t *testing.T) {
	for _, c := range []struct {
		name, uname, display string
		xvfb                 bool
		want                 string
		fails                bool
	}{
		{"a screen", "Linux", ":7", true, "on :7", false},
		{"no screen", "Linux", "", true, "virtual sh", false},
		{"no screen to be had", "Linux", "", false, "run tools/setup.sh", true},
		{"macOS has its own", "Darwin", "", false, "on ", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t, c.uname, "0", "")
			if c.xvfb {
				m.program("xvfb-run", `while [ "$1" != sh ]; do shift; done; echo virtual $1`)
			}
			cmd := exec.Command("bash", "display", "sh", "-c", `echo "on $DISPLAY"`)
			cmd.Env = []string{"PATH=" + m.dir + ":/bin:/usr/bin", "DISPLAY=" + c.display}
			if !c.xvfb {
				cmd.Env[0] = "PATH=" + m.dir
				m.program("sh", `echo "on $DISPLAY"`)
			}
			out, err := cmd.CombinedOutput()
			if (err != nil) != c.fails || !strings.Contains(string(out), c.want) {
				t.Errorf("error %v, output %q, want %q", err, out, c.want)
			}
		})
	}
}
