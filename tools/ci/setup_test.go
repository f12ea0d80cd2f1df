package ci

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// machine is a folder of programs that stands for a system. What setup installs
// is written to the file "log" in it.
type machine struct {
	t   *testing.T
	dir string
}

// packages that a Debian with everything has, as setup.sh names them.
var packages = strings.Fields(`libasound2-dev libgl1-mesa-dev libxcursor-dev libxi-dev libxinerama-dev
	libxrandr-dev libxxf86vm-dev pkg-config xvfb xauth libgl1-mesa-dri xdotool`)

func newMachine(t *testing.T, uname, uid, goVersion string) machine {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("setup.sh is for systems with a shell")
	}
	m := machine{t, t.TempDir()}
	// What the script itself is made of comes from this machine.
	for _, program := range []string{"bash", "env", "grep", "cat"} {
		path, err := exec.LookPath(program)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(m.dir, program)); err != nil {
			t.Fatal(err)
		}
	}
	m.program("uname", "echo "+uname)
	m.program("id", "echo "+uid)
	if goVersion != "" {
		m.program("go", "echo "+goVersion)
	}
	m.program("cc", "exit 0")
	return m
}

func (m machine) program(name, script string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// debian adds a dpkg with the given packages, and an apt-get that writes down
// what it is told and ends with the given status.
func (m machine) debian(installed []string, status int) {
	m.t.Helper()
	var db strings.Builder
	for _, p := range installed {
		fmt.Fprintf(&db, "ii %s\n", p)
	}
	db.WriteString("rc purged\n")
	if err := os.WriteFile(filepath.Join(m.dir, "db"), []byte(db.String()), 0o600); err != nil {
		m.t.Fatal(err)
	}
	// dpkg-query ends with status 1 when it does not know one of the names.
	m.program("dpkg-query", `cat "`+m.dir+`/db"; exit 1`)
	m.program("apt-get", fmt.Sprintf(`echo "$DEBIAN_FRONTEND $*" >>%q; exit %d`, filepath.Join(m.dir, "log"), status))
}

// setup runs the script and returns what it printed.
func (m machine) setup(env ...string) (out string, err error) {
	m.t.Helper()
	cmd := exec.Command("bash", "../setup.sh")
	cmd.Env = append([]string{"PATH=" + m.dir}, env...)
	data, err := cmd.CombinedOutput()
	return string(data), err
}

func (m machine) log() string {
	data, _ := os.ReadFile(filepath.Join(m.dir, "log"))
	return string(data)
}

func TestNothingMissing(t *testing.T) {
	m := newMachine(t, "Linux", "0", "go1.26.8")
	m.debian(packages, 9)
	least := time.Hour
	for range 10 { // a machine that was busy is asked again
		began := time.Now()
		out, err := m.setup()
		if err != nil || out != "" || m.log() != "" {
			t.Errorf("error %v, output %q, installed %q", err, out, m.log())
		}
		if least = min(least, time.Since(began)); least <= 2*time.Second {
			return
		}
	}
	t.Errorf("it took %v to find nothing missing", least)
}

func TestRootInstallsWhatIsMissing(t *testing.T) {
	m := newMachine(t, "Linux", "0", "go1.26")
	missing := []string{"libxi-dev", "xvfb"}
	m.debian(without(packages, missing), 0)
	out, err := m.setup()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(m.log()), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "noninteractive update") {
		t.Fatalf("apt-get was told %q", lines)
	}
	if !strings.HasPrefix(lines[1], "noninteractive install -y ") || !strings.HasSuffix(lines[1], " libxi-dev xvfb") {
		t.Errorf("apt-get was told %q; want only %v installed, asking nothing", lines[1], missing)
	}
}

func TestRootCannotInstall(t *testing.T) {
	m := newMachine(t, "Linux", "0", "go1.26.8")
	m.debian(nil, 100)
	out, err := m.setup()
	if err == nil || !strings.Contains(out, "apt-get could not install: libasound2-dev") {
		t.Errorf("error %v, output %q", err, out)
	}
}

func TestOthersAreToldTheCommand(t *testing.T) {
	m := newMachine(t, "Linux", "1000", "go1.26.8")
	m.debian(without(packages, []string{"xdotool"}), 0)
	out, err := m.setup()
	if err == nil || !strings.Contains(out, "run: sudo apt-get update && sudo apt-get install -y xdotool\n") {
		t.Errorf("error %v, output %q", err, out)
	}
	if m.log() != "" {
		t.Errorf("apt-get was run: %q", m.log())
	}
}

func TestCompilerIsMissing(t *testing.T) {
	m := newMachine(t, "Linux", "1000", "go1.26.8")
	m.debian(packages, 0)
	if err := os.Remove(filepath.Join(m.dir, "cc")); err != nil {
		t.Fatal(err)
	}
	out, err := m.setup()
	if err == nil || !strings.Contains(out, "install -y gcc libc6-dev") {
		t.Errorf("error %v, output %q", err, out)
	}
}

func TestGoVersions(t *testing.T) {
	for version, want := range map[string]string{
		"":               "Go is not installed",
		"go1.25.9":       "Go 1.25.9 is too old",
		"go1.9":          "Go 1.9 is too old",
		"go1.26":         "",
		"go1.26rc1":      "",
		"go1.27.1":       "",
		"go2.0":          "",
		"devel-go1.27-x": "",
	} {
		m := newMachine(t, "Linux", "0", version)
		m.debian(packages, 0)
		out, err := m.setup()
		if (err == nil) != (want == "") || !strings.Contains(out, want) {
			t.Errorf("%q: error %v, output %q, want %q", version, err, out, want)
		}
	}
}

func TestOtherSystems(t *testing.T) {
	for _, c := range []struct{ name, uname, release, want string }{
		{"Fedora", "Linux", "ID=fedora\n", "sudo dnf install gcc alsa-lib-devel"},
		{"Rocky", "Linux", "ID=rocky\nID_LIKE=\"rhel centos fedora\"\n", "sudo dnf install gcc alsa-lib-devel"},
		{"Arch", "Linux", "ID=arch\n", "sudo pacman -S --needed gcc alsa-lib"},
		{"Alpine", "Linux", "ID=alpine\n", "on Debian they are: libasound2-dev"},
		{"no os-release", "Linux", "", "on Debian they are: libasound2-dev"},
		{"macOS without tools", "Darwin", "", "xcode-select --install"},
		{"Windows", "MINGW64_NT", "", "needs no C compiler"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t, c.uname, "0", "go1.26.8")
			release := filepath.Join(m.dir, "os-release")
			if c.release != "" {
				if err := os.WriteFile(release, []byte(c.release), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			out, err := m.setup("TANDEM_OS_RELEASE=" + release)
			if err == nil || !strings.Contains(out, c.want) {
				t.Errorf("error %v, output %q, want %q", err, out, c.want)
			}
		})
	}
}

// TestOtherSystemsComplete: where everything is there, nothing is said.
func TestOtherSystemsComplete(t *testing.T) {
	fedora := newMachine(t, "Linux", "1000", "go1.26.8")
	for _, program := range []string{"pkg-config", "Xvfb", "xvfb-run", "xauth", "xdotool"} {
		fedora.program(program, "exit 0")
	}
	mac := newMachine(t, "Darwin", "501", "go1.26.8")
	mac.program("xcode-select", "exit 0")
	for name, m := range map[string]machine{"Fedora": fedora, "macOS": mac} {
		if out, err := m.setup(); err != nil || out != "" {
			t.Errorf("%s: error %v, output %q", name, err, out)
		}
	}
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(p string) bool { return slices.Contains(some, p) })
}
