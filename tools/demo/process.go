package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Process is a program that runs beside this one, with what it last printed.
type Process struct {
	cmd  *exec.Cmd
	log  *tail
	done chan struct{}
	err  error // set before done is closed
}

// Start runs a command. What it prints goes to the file logPath, and the end of
// it is kept.
func Start(cmd *exec.Cmd, logPath string) (*Process, error) {
	file, err := os.Create(logPath)
	if err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, log: &tail{file: file}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	if err := cmd.Start(); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	go func() {
		p.err = cmd.Wait()
		_ = file.Close()
		close(p.done)
	}()
	return p, nil
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is how the program ended; nil for status 0. Only after Done.
func (p *Process) Err() error { return p.err }

// Stop asks the program to end, kills it when it has not after grace, and
// returns once it is gone: nil if it ended with status 0.
func (p *Process) Stop(grace time.Duration) error {
	if err := p.cmd.Process.Signal(endSignal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		_ = p.cmd.Process.Kill() // Windows knows no such signal
	}
	select {
	case <-p.done:
		return p.err
	case <-time.After(grace):
	}
	_ = p.cmd.Process.Kill()
	<-p.done
	return fmt.Errorf("it had to be killed, %v after it was asked to end", grace)
}

// LastWords are the last lines that the program printed, to stand behind an
// error; empty if it printed none.
func (p *Process) LastWords(name string) string {
	lines := p.log.Lines()
	if len(lines) == 0 {
		return ""
	}
	return fmt.Sprintf("\n--- last lines of the %s:\n%s", name, strings.Join(lines, "\n"))
}

// cause names an end with status 0 where that is the wrong end.
func cause(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

const tailLines = 12

// tail writes to a file and keeps the last lines. The zero value keeps lines
// and writes nowhere.
type tail struct {
	mu   sync.Mutex
	file *os.File
	end  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file != nil {
		// A full disk must not end the game; the lines below are still kept.
		_, _ = t.file.Write(b)
	}
	t.end = append(t.end, b...)
	if extra := bytes.Count(t.end, []byte("\n")) - tailLines; extra > 0 {
		for range extra {
			t.end = t.end[bytes.IndexByte(t.end, '\n')+1:]
		}
		t.end = bytes.Clone(t.end)
	}
	return len(b), nil
}

// Lines returns at most tailLines lines.
func (t *tail) Lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimRight(string(t.end), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
