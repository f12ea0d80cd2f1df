package proxy

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/tandem-engine/tandem/net/netsim"
)

// Conditions returns what new datagrams meet.
func (p *Proxy) Conditions() netsim.Conditions {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cond
}

// SetConditions changes the lines of all clients, for datagrams from now on. It panics if a profile is not valid.
func (p *Proxy) SetConditions(c netsim.Conditions) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cond = c
	for _, k := range p.clients {
		k.up.SetProfile(c.Up)
		k.down.SetProfile(c.Down)
	}
}

// Blackout loses everything that is sent in the next d.
func (p *Proxy) Blackout(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dark = p.now() + d
	for _, c := range p.clients {
		c.up.Blackout(p.dark)
		c.down.Blackout(p.dark)
	}
}

// Rebind gives every client another port toward the server, as a NAT that forgot its mappings does. What the server has under way to the
// old ports is lost. A client for which no port can be had keeps its own, and the error says so.
func (p *Proxy) Rebind() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return net.ErrClosed
	}
	for _, c := range p.clients {
		back, err := net.DialUDP("udp", nil, p.to)
		if err != nil {
			return fmt.Errorf("no other port for %v: %w", c.addr, err)
		}
		c.back.Close()
		c.back = back
		p.listen(c)
	}
	return nil
}

// Totals returns what happened so far to all clients together.
func (p *Proxy) Totals() Totals {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.gone
	for _, c := range p.clients {
		t.add(c)
	}
	return t
}

func (t *Totals) add(c *client) {
	t.Up = t.Up.Plus(c.up.Counters())
	t.Down = t.Down.Plus(c.down.Counters())
}

// commandHelp lists what Command understands.
const commandHelp = "preset NAME, SETTING VALUE, up.SETTING VALUE, down.SETTING VALUE, blackout TIME, rebind, show, stats"

// Command does what a line of text says and returns an answer of one or two lines. The error says what to write instead.
//
//	preset 3g             other conditions altogether
//	loss 10%              one setting, both directions
//	up.rate 200kbit       one setting, one direction
//	blackout 2s           nothing passes for a while
//	rebind                other ports toward the server
//	show                  the conditions
//	stats                 what happened so far
func (p *Proxy) Command(line string) (string, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	rest = strings.TrimSpace(rest)
	c := p.Conditions()
	var err error
	switch word {
	case "", "help":
		return commandHelp, nil
	case "stats":
		t := p.Totals()
		return "up   " + text(t.Up) + "\ndown " + text(t.Down), nil
	case "rebind":
		return "rebound", p.Rebind()
	case "blackout":
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return "", fmt.Errorf("blackout %s: want a time such as 2s", rest)
		}
		p.Blackout(d)
		return fmt.Sprintf("blackout for %v", d), nil
	case "show":
	case "preset":
		c, err = netsim.Preset(rest)
	default:
		if rest == "" {
			return "", fmt.Errorf("cannot do %q; there are %s", word, commandHelp)
		}
		err = c.Set(word, rest)
	}
	if err != nil {
		return "", err
	}
	p.SetConditions(c)
	return fmt.Sprintf("up   %v\ndown %v", c.Up, c.Down), nil
}

func text(c netsim.Counters) string {
	return fmt.Sprintf("sent %d, passed %d, lost %d, overflowed %d, oversized %d, blackout %d, corrupted %d, reordered %d, duplicated %d",
		c.Sent, c.Passed, c.Lost, c.Overflowed, c.Oversized, c.Blackout, c.Corrupted, c.Reordered, c.Duplicated)
}
