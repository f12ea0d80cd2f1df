package echo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// again runs this program as another process and returns what waits for its end.
func again(ctx context.Context, args ...string) (wait func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{"echo"}, args...)...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return cmd.Wait, nil
}

// program is how a kind's server and client are started: the words before
// "server" and "client".
type program []string

func (p program) command(ctx context.Context, args ...string) *exec.Cmd {
	all := append(append([]string(nil), p[1:]...), args...)
	return exec.CommandContext(ctx, p[0], all...)
}

// serverProcess is a server that listens.
type serverProcess struct {
	cmd *exec.Cmd
	out strings.Builder
}

// startServer runs a server on one processor or all and returns when it listens.
func (p program) startServer(ctx context.Context, addr string, seconds int, oneCore bool) (*serverProcess, error) {
	s := &serverProcess{cmd: p.command(ctx, "server", addr, fmt.Sprint(seconds))}
	s.cmd.Stdout = &s.out
	if oneCore {
		s.cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	}
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "listening") {
			go func() { _, _ = io.Copy(os.Stderr, stderr) }() // until the process ends
			return s, nil
		}
		fmt.Fprintln(os.Stderr, lines.Text())
	}
	return nil, fmt.Errorf("%s does not listen: %w", strings.Join(p, " "), s.cmd.Wait())
}
