package window

import (
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/window/script"
)

// playing is a session that the window drives.
type playing struct {
	joined
	fromMenu bool
	began    bool // the player is, or was, in the game
	loaded   bool // and there is all to see: since then time counts
	since    time.Duration
	advanced time.Duration // the session's own time
	script   *script.Player
	held     [len(watched)]bool // by the script
	graph    graph
	report   report
}

// enter makes a session the window's own.
func (s *shell) enter(j joined) {
	p := &playing{joined: j, fromMenu: s.menu != nil, advanced: s.now}
	if s.options.script != nil {
		p.script = script.NewPlayer(s.options.script)
		p.script.Shot = func(file string) { s.shot = file }
		p.script.Quit = func() { s.ending = true }
	}
	s.menu, s.backdrop, s.playing = nil, nil, p
	if j.invite != "" {
		fmt.Fprintf(s.out, "others join with: %s -connect %s\n", s.program.Game.Name, joinFlags(j.invite))
	}
}

// play lets the session go on until now.
func (s *shell) play() error {
	p := s.playing
	if keys := keys(p.driver.App()); keys != nil {
		switch {
		case p.script != nil:
			s.playScript(keys)
		case s.menu != nil:
			keys.ReleaseAll()
		default:
			s.reader.Poll(keys)
		}
	}
	if err := s.advance(); err != nil {
		return err
	}
	p.began = p.began || p.driver.State() == session.Playing && p.driver.Stats().Progress == 1
	if !p.began {
		return nil
	}
	if !p.loaded {
		p.loaded, p.since = loaded(p.driver.App()), s.now
	}
	p.report.note(s.now, p)
	p.graph.note(s.now, p.driver.Stats())
	if s.options.length > 0 && s.now-p.since >= s.options.length {
		s.ending = true
	}
	return nil
}

// longestCatchUp is how much time a slow frame makes up for; the session loses what is beyond it.
const longestCatchUp = 250 * time.Millisecond

// advance brings the session up to now, in steps of a tick: so a window that draws slowly neither loses ticks nor makes
// a hosted game slower than one on a server.
func (s *shell) advance() error {
	p := s.playing
	step := time.Second / time.Duration(p.driver.App().TickRate())
	p.advanced = max(p.advanced, s.now-longestCatchUp)
	for p.advanced += step; p.advanced < s.now; p.advanced += step {
		if err := p.driver.Advance(p.advanced); err != nil {
			return err
		}
	}
	p.advanced = s.now
	return p.driver.Advance(s.now)
}

// playScript plays what is due of the script, with the keys that are not the game's own.
func (s *shell) playScript(keys *input.State) {
	p := s.playing
	if !p.loaded {
		return
	}
	p.script.Advance(s.now-p.since, keys)
	for i, k := range watched {
		down := keys.KeyDown(k.means)
		if down && !p.held[i] {
			s.hotkey(k.means)
		}
		p.held[i] = down
	}
}
