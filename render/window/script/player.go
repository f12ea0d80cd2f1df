package script

import (
	"time"

	"github.com/tandem-engine/tandem/input"
)

// Player plays a script into an input.State. Make one with NewPlayer.
type Player struct {
	// Shot is called for each screenshot that the script asks for; nil ignores them.
	Shot func(file string)
	// Quit is called when the script wants the program to end; nil ignores that.
	Quit func()

	script *Script
	next   int
	base   time.Duration // when this round of a repeating script began
}

// NewPlayer makes a player that is at the beginning of a script.
func NewPlayer(s *Script) *Player { return &Player{script: s} }

// Advance carries out what is due by now, the time since the game began, in the order of its times. now never runs
// backwards.
func (p *Player) Advance(now time.Duration, to *input.State) {
	for {
		for p.next < len(p.script.actions) {
			a := &p.script.actions[p.next]
			if a.at > now-p.base || p.script.repeat > 0 && a.at >= p.script.repeat {
				break
			}
			p.next++
			p.act(a, to)
		}
		if p.script.repeat == 0 || now-p.base < p.script.repeat {
			return
		}
		// What is held over the end of a round is let go of, so that all rounds begin alike.
		to.ReleaseAll()
		p.base += p.script.repeat
		p.next = 0
	}
}

// Done reports whether nothing will happen any more.
func (p *Player) Done() bool { return p.script.repeat == 0 && p.next == len(p.script.actions) }

func (p *Player) act(a *action, to *input.State) {
	switch a.verb {
	case press:
		to.SetKey(a.key, true)
	case release:
		to.SetKey(a.key, false)
	case stick:
		to.SetAxis(a.axis, a.x)
	case mouse:
		to.SetMouse(a.x, a.y)
	case shot:
		if p.Shot != nil {
			p.Shot(a.file)
		}
	case quit:
		if p.Quit != nil {
			p.Quit()
		}
	}
}
