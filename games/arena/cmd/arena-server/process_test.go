package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena"
	"github.com/tandem-engine/tandem/games/arena/bots"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

// patience bounds every wait for a process. Nothing waits that long unless it is broken.
const patience = 2 * time.Minute

// build compiles the server as it is released: static.
func build(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and starts the real program: not in -short")
	}
	bin := filepath.Join(t.TempDir(), "arena-server")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", bin, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, string(text))
	return bin
}

// process is a running server.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	errs bytes.Buffer
	addr string
	key  string
}

// launch starts a server and waits until it says how to join.
func launch(t *testing.T, bin string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	p := &process{t: t, cmd: exec.CommandContext(ctx, bin, args...)}
	p.cmd.Stderr = &p.errs
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "it ended before it listened: %s", &p.errs)
	_, err = fmt.Sscanf(line, "join with: arena -connect %s -key %s\n", &p.addr, &p.key)
	require.NoError(t, err, line)
	return p
}

// status waits for the end of the process.
func (p *process) status() int {
	var exit *exec.ExitError
	err := p.cmd.Wait()
	if err != nil {
		require.ErrorAs(p.t, err, &exit)
	}
	return p.cmd.ProcessState.ExitCode()
}

// fail runs a server that must not start.
func fail(t *testing.T, bin string, args ...string) (status int, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var errs bytes.Buffer
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Stderr = &errs
	require.Error(t, cmd.Run())
	return cmd.ProcessState.ExitCode(), strings.TrimSpace(errs.String())
}

func TestServerProcess(t *testing.T) {
	bin, dir := build(t), t.TempDir()
	identity, ready := filepath.Join(dir, "key"), filepath.Join(dir, "ready")
	p := launch(t, bin, "-addr", "127.0.0.1:0", "-bots", "3", "-identity", identity, "-ready", ready)
	text, err := os.ReadFile(ready)
	require.NoError(t, err)
	require.Equal(t, p.addr+" "+p.key+"\n", string(text))
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	require.NoError(t, err)
	require.Empty(t, left, "no temporary files stay behind")
	if runtime.GOOS != "windows" {
		info, err := os.Stat(identity)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}

	t.Run("port in use", func(t *testing.T) {
		other := filepath.Join(dir, "other")
		status, text := fail(t, bin, "-addr", p.addr, "-identity", other)
		require.Equal(t, 1, status)
		require.Contains(t, text, p.addr+" is in use")
		require.Contains(t, text, "choose another port")
		require.NotContains(t, text, "\n")
		require.NoFileExists(t, other)
	})

	client := dial(t, p)
	play(t, client, func() bool { return client.State() == session.Playing && client.Stats().Entities > 40 })
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM to send")
	}
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	play(t, client, func() bool { return client.State() == session.Ended })
	var bye *transport.CloseError
	require.ErrorAs(t, client.Err(), &bye)
	require.Equal(t, transport.ShuttingDown, bye.Reason, "it says goodbye")
	require.Zero(t, p.status(), p.errs.String())

	again := launch(t, bin, "-addr", "127.0.0.1:0", "-identity", identity)
	require.Equal(t, p.key, again.key, "the identity stays")
	require.NoError(t, again.cmd.Process.Signal(os.Interrupt))
	require.Zero(t, again.status(), again.errs.String())
}

// dial connects a client on autopilot to a server.
func dial(t *testing.T, p *process, plugins ...engine.Plugin) *session.Client {
	t.Helper()
	addr, err := udp.Resolve(p.addr)
	require.NoError(t, err)
	pin, err := secure.ParseKey(p.key)
	require.NoError(t, err)
	carrier, err := udp.Dial(addr, udp.Config{})
	require.NoError(t, err)
	client, err := session.NewClient(arena.Game, session.ClientConfig{
		Addr: addr, Pin: pin, Carrier: carrier, Name: "tester", Plugins: append(plugins, bots.Autopilot(1)),
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// play advances a client in real time until something is so.
func play(t *testing.T, client *session.Client, until func() bool) {
	t.Helper()
	clock := engine.SystemClock()
	start := clock.Now()
	for !until() {
		require.Less(t, clock.Now()-start, patience, "state %v, %+v", client.State(), client.Stats())
		_ = client.Advance(clock.Now()) // its end is what some wait for
		require.NoError(t, clock.WaitUntil(context.Background(), clock.Now()+4*time.Millisecond))
	}
}

func TestServerRefusesToStart(t *testing.T) {
	bin, dir := build(t), t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), mode))
		return path
	}
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"unknown flag":     {[]string{"-prot", "1"}, 2, "arena-server: flag provided but not defined: -prot; arena-server -help"},
		"bad config":       {[]string{"-config", write("bad.toml", "bots = 3", 0o600)}, 2, `there is no option "bots"`},
		"missing config":   {[]string{"-config", filepath.Join(dir, "none")}, 2, "-config names it"},
		"bad address":      {[]string{"-addr", "127.0.0.1"}, 2, "host:port"},
		"foreign address":  {[]string{"-addr", "192.0.2.1:4077"}, 1, "192.0.2.1:4077"},
		"broken identity":  {[]string{"-addr", "127.0.0.1:0", "-identity", write("broken", "nonsense", 0o600)}, 1, "damaged"},
		"loose identity":   {[]string{"-addr", "127.0.0.1:0", "-identity", write("loose", "x", 0o644)}, 1, "chmod 600"},
		"no identity dir":  {[]string{"-addr", "127.0.0.1:0", "-identity", filepath.Join(dir, "no", "key")}, 1, "make the folder " + filepath.Join(dir, "no")},
		"unwritable ready": {[]string{"-addr", "127.0.0.1:0", "-identity", filepath.Join(dir, "key"), "-ready", filepath.Join(dir, "no", "ready")}, 1, "ready file"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "loose identity" && runtime.GOOS == "windows" {
				t.Skip("Windows has no mode bits")
			}
			status, text := fail(t, bin, c.args...)
			require.Equal(t, c.status, status, text)
			require.Contains(t, text, c.want)
			require.NotContains(t, text, "\n", "one line")
		})
	}
}

func TestUsedPortInProcess(t *testing.T) {
	taken, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer taken.Close()
	var out, errs bytes.Buffer
	status := run(nil, []string{"-addr", taken.LocalAddr().String()}, &out, &errs)
	require.Equal(t, 1, status)
	require.Equal(t, 1, strings.Count(errs.String(), "\n"), errs.String())
	require.Contains(t, errs.String(), "in use")
	require.Empty(t, out.String())
}
