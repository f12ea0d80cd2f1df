package window

import (
	"fmt"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/hud"
	"github.com/tandem-engine/tandem/render/sprite"
)

// graph shows the network: a small line, and opened a panel with the last seconds.
type graph struct {
	open    bool
	samples [graphSamples]sample
	next    int
	filled  int
	last    time.Duration
	before  session.Stats
	line    string
	lineAt  time.Duration
	texts   []string
	fitted  bool // texts are cut to the width of the panel
}

// sample is what one column of the graph shows.
type sample struct {
	rtt, down, up, frame float32 // ms, bytes/s, bytes/s, ms
	mispredicted, late   bool
}

const (
	graphSamples  = 240
	graphInterval = 50 * time.Millisecond
	textInterval  = 500 * time.Millisecond
)

// note takes a sample when one is due.
func (g *graph) note(now time.Duration, st session.Stats) {
	if now-g.lineAt >= textInterval || g.line == "" {
		g.lineAt = now
		g.write(st)
	}
	if now-g.last < graphInterval {
		return
	}
	g.last = now
	frame := float32(0)
	if fps := ebiten.ActualFPS(); fps > 0 {
		frame = float32(1000 / fps)
	}
	g.samples[g.next] = sample{
		rtt: float32(st.RTT.Seconds() * 1000), down: float32(st.DownRate), up: float32(st.UpRate), frame: frame,
		mispredicted: st.Predict.Mispredictions > g.before.Predict.Mispredictions,
		late:         st.Late > g.before.Late,
	}
	g.next = (g.next + 1) % graphSamples
	g.filled = min(g.filled+1, graphSamples)
	g.before = st
}

// write makes the texts anew.
func (g *graph) write(st session.Stats) {
	g.line = fmt.Sprintf("%.0f ms   loss %.1f %%   down %s   up %s", st.RTT.Seconds()*1000, st.Loss*100, rate(st.DownRate), rate(st.UpRate))
	if !g.open {
		return
	}
	g.fitted = false
	g.texts = append(g.texts[:0],
		fmt.Sprintf("round trip  %.1f ms  jitter %.1f ms  loss %.1f %%", st.RTT.Seconds()*1000, st.Jitter.Seconds()*1000, st.Loss*100),
		fmt.Sprintf("received    %s   sent %s", rate(st.DownRate), rate(st.UpRate)),
		fmt.Sprintf("frames      %.0f a second", ebiten.ActualFPS()),
		fmt.Sprintf("tick        %d   dropped %d   entities %d", st.Tick, st.Dropped, st.Entities),
		fmt.Sprintf("shown       %.1f ticks behind", st.Delay),
		fmt.Sprintf("commands    %+.1f ticks early   %d late   %d repeated   %d missing", st.Margin, st.Commands.Late, st.Commands.Repeated, st.Commands.Missing),
		fmt.Sprintf("predicted   %d ticks   commands delayed by %d", st.Ahead, st.Input),
		fmt.Sprintf("rollbacks   %d of %d snapshots, deepest %d", st.Predict.Mispredictions, st.Predict.Confirmed, st.Predict.DepthMax),
		"last        "+st.Predict.Last.String(),
	)
}

// rate writes bytes a second.
func rate(v float64) string {
	if v < 1000 {
		return fmt.Sprintf("%.0f B/s", v)
	}
	return fmt.Sprintf("%.1f kB/s", v/1000)
}

func (g *graph) draw(c *hud.Canvas, st session.Stats) {
	r := c.Bounds().Place(hud.BottomLeft, 300, 20, 12)
	light := good
	switch {
	case st.Loss > 0.05 || st.RTT > 250*time.Millisecond:
		light = danger
	case st.Loss > 0.01 || st.RTT > 120*time.Millisecond:
		light = amber
	}
	t := hud.Text{Font: hud.Medium, Size: 11.5, Color: faint, Shadow: 0.6}
	c.Disc(r.X+5, r.Y+10, 3.2, light)
	c.Text(r.X+15, r.Y+10, g.line, t)
	if g.open {
		g.drawPanel(c)
	}
}

func (g *graph) drawPanel(c *hud.Canvas) {
	const w, plot = 330, 46
	r := c.Bounds().Place(hud.BottomLeft, w+24, 3*(plot+10)+float32(len(g.texts))*16+18, 38)
	r.X = 12
	c.Panel(r, night.Fade(0.82), edge.Fade(0.5))
	area := r.Inset(10)
	for i := range g.texts {
		var strip hud.Rect
		strip, area = area.Top(16)
		if !g.fitted {
			g.texts[i] = c.Fit(g.texts[i], mono(11, ink), strip.W)
		}
		c.Text(strip.X, strip.Y+8, g.texts[i], mono(11, ink))
	}
	g.fitted = true
	g.plot(c, hud.Rect{X: area.X, Y: area.Y + 4, W: area.W, H: plot}, "round trip, ms", accent, 50, func(s *sample) float32 { return s.rtt })
	g.plot(c, hud.Rect{X: area.X, Y: area.Y + plot + 14, W: area.W, H: plot}, "received, kB/s", good, 10, func(s *sample) float32 { return s.down / 1000 })
	g.plot(c, hud.Rect{X: area.X, Y: area.Y + 2*plot + 24, W: area.W, H: plot}, "frame, ms", amber, 33, func(s *sample) float32 { return s.frame })
}

// plot draws one value over time, and marks rollbacks and late commands. Its scale grows from least with the values.
func (g *graph) plot(c *hud.Canvas, r hud.Rect, name string, color sprite.Color, least float32, value func(*sample) float32) {
	c.Fill(r, edge.Fade(0.12))
	top := least
	for i := range g.filled {
		top = max(top, value(&g.samples[i]))
	}
	step := r.W / graphSamples
	for i := range g.filled {
		s := &g.samples[(g.next+graphSamples-g.filled+i)%graphSamples]
		x := r.X + r.W - float32(g.filled-i)*step
		h := r.H * min(value(s)/top, 1)
		c.Fill(hud.Rect{X: x, Y: r.Y + r.H - h, W: step, H: max(h, 1)}, color.Fade(0.75))
		if s.mispredicted {
			c.Fill(hud.Rect{X: x, Y: r.Y, W: step, H: 4}, danger)
		}
		if s.late {
			c.Fill(hud.Rect{X: x, Y: r.Y + 5, W: step, H: 4}, amber)
		}
	}
	c.Text(r.X+5, r.Y+9, name, hud.Text{Font: hud.Bold, Size: 10, Color: ink, Shadow: 0.7})
}
