// Command demo plays the arena on this machine: it builds the server and the
// client, starts the server on a free port of the loopback with an identity of
// its own and some bots, and joins it with the server's key pinned.
//
// With a display it plays until the window is closed. Without one the same
// client runs under Xvfb with the script of a player for DEMO_SECONDS (default
// 20), leaves out/demo/arena.png, and a summary is printed. Either way nothing
// is left running, and whatever went wrong is said with the server's last words
// and an exit status that is not 0.
//
// From the server it needs -addr, -bots, -identity and -ready, from the client
// -connect, -key and -name, and for a run without a display -script,
// -seconds, -screenshot and -summary.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// Demo is one run.
type Demo struct {
	// Server and Client are the command lines to which flags are added.
	Server, Client []string
	// Bots is how many computer pilots the server gets.
	Bots int
	// Display is the X display to play on; empty: a virtual one, with the script
	// of a player.
	Display string
	// Seconds is how long the script plays.
	Seconds int
	// Dir is where the screenshot, the summary and the server's log are written.
	Dir string
	// Grace is how long the server may take to end when it is asked to; then it
	// is killed, and the run has failed. 0: 5 s.
	Grace time.Duration
	// Out gets the progress and the summary.
	Out io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := play(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func play(ctx context.Context) error {
	seconds, err := secondsFrom(os.Getenv("DEMO_SECONDS"))
	if err != nil {
		return err
	}
	display, note := displayFrom(runtime.GOOS, os.Getenv)
	if note != "" {
		fmt.Println(note)
	}
	fmt.Println("building the arena (the first time takes a minute) ...")
	bin, err := build(ctx, "bin")
	if err != nil {
		return err
	}
	return Demo{
		Server:  []string{filepath.Join(bin, "arena-server"+exe)},
		Client:  []string{filepath.Join(bin, "arena"+exe)},
		Bots:    6,
		Display: display,
		Seconds: seconds,
		Dir:     filepath.Join("out", "demo"),
		Out:     os.Stdout,
	}.Run(ctx)
}

// displayFrom is the display to play on, "" for none, and what to tell a player
// who has one that cannot be used: on Linux Ebiten opens X11 windows only, on
// Wayland by way of Xwayland, which sets DISPLAY.
func displayFrom(system string, getenv func(string) string) (display, note string) {
	if system != "linux" {
		return "the system's own", ""
	}
	display = getenv("DISPLAY")
	if wayland := getenv("WAYLAND_DISPLAY"); display == "" && wayland != "" {
		note = fmt.Sprintf("WAYLAND_DISPLAY is %s and DISPLAY is not set: the window needs X11; start Xwayland and set DISPLAY to play on this screen", wayland)
	}
	return display, note
}

func secondsFrom(env string) (int, error) {
	if env == "" {
		return 20, nil
	}
	n, err := strconv.Atoi(env)
	if err != nil || n < 1 || n > 3600 {
		return 0, fmt.Errorf("DEMO_SECONDS is %q: it must be a number of seconds from 1 to 3600", env)
	}
	return n, nil
}

// build puts both programs into dir and returns its absolute path.
func build(ctx context.Context, dir string) (string, error) {
	bin, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for program, env := range map[string]string{"arena-server": "CGO_ENABLED=0", "arena": ""} {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(bin, program+exe), "./games/arena/cmd/"+program)
		cmd.Env = os.Environ()
		if env != "" {
			cmd.Env = append(cmd.Env, env)
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building %s: %w\n%s", program, err, out)
		}
	}
	return bin, nil
}

// exe is what the system's programs end in.
var exe = map[bool]string{true: ".exe"}[runtime.GOOS == "windows"]

// Run plays until the client leaves, and returns why that was not as it should
// be.
func (d Demo) Run(ctx context.Context) (err error) {
	if err := os.MkdirAll(d.Dir, 0o755); err != nil {
		return err
	}
	private, err := os.MkdirTemp("", "tandem-demo")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(private) }()

	server, addr, key, err := d.startServer(ctx, private)
	if err != nil {
		return err
	}
	defer func() {
		stopped := server.Stop(cmp.Or(d.Grace, 5*time.Second))
		if err == nil && stopped != nil {
			err = fmt.Errorf("the server did not end well: %w", stopped)
		}
		if err != nil {
			err = fmt.Errorf("%w%s", err, server.LastWords("server"))
		}
	}()
	fmt.Fprintf(d.Out, "server %s with %d bots, key %s\n", addr, d.Bots, key)

	join := append(d.Client[1:len(d.Client):len(d.Client)], "-connect", addr, "-key", key, "-name", "You")
	if d.Display != "" {
		fmt.Fprintln(d.Out, "the game is on; close the window to end it")
		return d.join(ctx, server, join, nil, 0)
	}
	return d.playScript(ctx, server, join)
}

// startServer returns once the server says that it listens.
func (d Demo) startServer(ctx context.Context, private string) (p *Process, addr, key string, err error) {
	ready := filepath.Join(private, "ready")
	args := append(d.Server[1:len(d.Server):len(d.Server)],
		"-addr", "127.0.0.1:0", "-bots", strconv.Itoa(d.Bots), "-identity", filepath.Join(private, "identity"), "-ready", ready)
	p, err = Start(exec.Command(d.Server[0], args...), filepath.Join(d.Dir, "server.log"))
	if err != nil {
		return nil, "", "", err
	}
	addr, key, err = awaitReady(ctx, p, ready)
	if err != nil {
		_ = p.Stop(time.Second)
		return nil, "", "", fmt.Errorf("%w%s", err, p.LastWords("server"))
	}
	return p, addr, key, nil
}

// awaitReady reads the file in which the server says where it listens.
func awaitReady(ctx context.Context, p *Process, ready string) (addr, key string, err error) {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for deadline := time.After(20 * time.Second); ; {
		if line, err := os.ReadFile(ready); err == nil {
			if _, err := fmt.Sscan(string(line), &addr, &key); err != nil {
				return "", "", fmt.Errorf("the server's ready file says %q instead of an address and a key", line)
			}
			return addr, key, nil
		}
		select {
		case <-again.C:
		case <-p.Done():
			return "", "", fmt.Errorf("the server ended before it listened: %w", cause(p.Err()))
		case <-deadline:
			return "", "", fmt.Errorf("the server does not listen after 20 s")
		case <-ctx.Done():
			return "", "", fmt.Errorf("interrupted: %w", context.Cause(ctx))
		}
	}
}

// join runs the client until it leaves by itself. A limit other than 0 is the
// longest that may take.
func (d Demo) join(ctx context.Context, server *Process, args, env []string, limit time.Duration) error {
	cmd := exec.Command(d.Client[0], args...)
	cmd.Env = append(os.Environ(), env...)
	client, err := Start(cmd, filepath.Join(d.Dir, "client.log"))
	if err != nil {
		return err
	}
	defer func() { _ = client.Stop(3 * time.Second) }()
	var late <-chan time.Time
	if limit > 0 {
		late = time.After(limit)
	}
	select {
	case <-client.Done():
		if err := client.Err(); err != nil {
			return fmt.Errorf("the client ended with %w%s", err, client.LastWords("client"))
		}
		return nil
	case <-server.Done():
		return fmt.Errorf("the server ended while the game was on: %w", cause(server.Err()))
	case <-late:
		return fmt.Errorf("the client is not done after %v%s", limit, client.LastWords("client"))
	case <-ctx.Done():
		return nil // the player wants it to end: that is no failure
	}
}
