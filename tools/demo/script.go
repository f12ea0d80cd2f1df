package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Summary is what the client writes when it leaves. All rates are means over
// the time that it had joined.
type Summary struct {
	Players           int     `json:"players"`  // on the scoreboard, bots and this one included
	Entities          int     `json:"entities"` // that the client knows
	Ticks             int     `json:"ticks"`    // that the client simulated
	RTTMilliseconds   float64 `json:"rtt_ms"`
	InBytesPerSecond  float64 `json:"in_bytes_per_second"`
	OutBytesPerSecond float64 `json:"out_bytes_per_second"`
	Mispredictions    int     `json:"mispredictions"`
}

// playScript plays without a screen, and looks at what came of it.
func (d Demo) playScript(ctx context.Context, server *Process, join []string) error {
	screen, name, err := startScreen(ctx, d.Dir)
	if err != nil {
		return err
	}
	defer func() { _ = screen.Stop(3 * time.Second) }()

	shot, summary := filepath.Join(d.Dir, "arena.png"), filepath.Join(d.Dir, "summary.json")
	for _, old := range []string{shot, summary} {
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	fmt.Fprintf(d.Out, "no display: the script of a player plays for %d s on %s\n", d.Seconds, name)
	args := append(join, "-script", "demo", "-seconds", strconv.Itoa(d.Seconds), "-screenshot", shot, "-summary", summary)
	env := []string{"DISPLAY=" + name, "LIBGL_ALWAYS_SOFTWARE=1"}
	if err := d.join(ctx, server, args, env, time.Duration(d.Seconds)*time.Second+time.Minute); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted: %w", context.Cause(ctx))
	}
	s, err := readSummary(summary)
	if err != nil {
		return err
	}
	size, err := checkShot(shot)
	if err != nil {
		return err
	}
	s.print(d, shot, size)
	return s.check(d)
}

// startScreen starts Xvfb on a display number that it chooses itself.
func startScreen(ctx context.Context, dir string) (*Process, string, error) {
	xvfb, err := exec.LookPath("Xvfb")
	if err != nil {
		return nil, "", fmt.Errorf("there is no display, and no Xvfb to make one: run tools/setup.sh (%w)", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = read.Close() }()
	cmd := exec.Command(xvfb, "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{write}
	p, err := Start(cmd, filepath.Join(dir, "xvfb.log"))
	_ = write.Close()
	if err != nil {
		return nil, "", err
	}
	number := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(read).ReadString('\n') // ends when Xvfb does
		number <- strings.TrimSpace(line)
	}()
	select {
	case n := <-number:
		if n != "" {
			return p, ":" + n, nil
		}
	case <-time.After(20 * time.Second):
	case <-ctx.Done():
	}
	stopped := p.Stop(time.Second)
	return nil, "", fmt.Errorf("no display from Xvfb: %w%s", cause(stopped), p.LastWords("Xvfb"))
}

func readSummary(path string) (Summary, error) {
	var s Summary
	data, err := os.ReadFile(path)
	if err != nil {
		return s, fmt.Errorf("the client left no summary: %w", err)
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("the client's summary: %w", err)
	}
	return s, nil
}

// checkShot opens the screenshot: a picture of one colour shows no game.
func checkShot(path string) (image.Point, error) {
	f, err := os.Open(path)
	if err != nil {
		return image.Point{}, fmt.Errorf("the client left no screenshot: %w", err)
	}
	defer func() { _ = f.Close() }()
	img, err := png.Decode(f)
	if err != nil {
		return image.Point{}, fmt.Errorf("%s: %w", path, err)
	}
	b := img.Bounds()
	first := img.At(b.Min.X, b.Min.Y)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if img.At(x, y) != first {
				return b.Size(), nil
			}
		}
	}
	return b.Size(), fmt.Errorf("%s has one colour all over: nothing was drawn", path)
}

func (s Summary) print(d Demo, shot string, size image.Point) {
	fmt.Fprintf(d.Out, `players        %d
entities       %d
ticks          %d
rtt            %.1f ms
received       %.0f bytes/s
sent           %.0f bytes/s
mispredictions %d
screenshot     %s (%dx%d)
`, s.Players, s.Entities, s.Ticks, s.RTTMilliseconds, s.InBytesPerSecond, s.OutBytesPerSecond, s.Mispredictions, shot, size.X, size.Y)
}

// check says what in the summary cannot be of a game that was played.
func (s Summary) check(d Demo) error {
	switch {
	case s.Players < d.Bots+1:
		return fmt.Errorf("the client saw %d players; there were %d bots and itself", s.Players, d.Bots)
	case s.Entities < s.Players:
		return fmt.Errorf("the client saw %d entities for %d players", s.Entities, s.Players)
	case s.Ticks < 30*d.Seconds: // half of the 60 a second: a slow machine may fall behind, a working one not by more
		return fmt.Errorf("the client simulated %d ticks in %d s", s.Ticks, d.Seconds)
	case s.InBytesPerSecond <= 0 || s.OutBytesPerSecond <= 0:
		return errors.New("nothing went over the wire")
	}
	return nil
}
