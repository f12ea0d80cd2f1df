package window

import (
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"strings"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/session"
	_ "github.com/tandem-engine/tandem/render/window/display" // says that there is no screen before Ebitengine panics
)

// Program is a game with what its window needs beside it. Game and Client are required.
type Program struct {
	Game   session.Game
	Client engine.Plugin // what needs a screen; added after Game.Client

	// Title is the name of the game for people; empty: that of Game.
	Title string
	// Bots returns the game with n computer players on its server, for solo and hosted games; nil: there are none.
	Bots func(n int) session.Game
	// Players counts the players that a client's world knows, for the summary; nil: what the session knows.
	Players func(app *engine.App) int
	// Scripts are the scripts that -script knows by name; see package script.
	Scripts map[string]string
	// Icons are pictures for the window's frame and the task bar, in several sizes.
	Icons []image.Image
}

// Main is the main function of a game's client that needs nothing more than the game and its client plugin.
func Main(game session.Game, client engine.Plugin) { Program{Game: game, Client: client}.Main() }

// Main runs the program with the command line of this process, and ends the process: with status 0, with 2 after a
// mistake in the flags, and with 1 after any other failure.
func (p Program) Main() { os.Exit(p.run(os.Args[1:], os.Stdout, os.Stderr)) }

func (p Program) run(args []string, out, errs io.Writer) int {
	if p.Title == "" {
		p.Title = p.Game.Name
	}
	o, err := p.parse(args)
	if errors.Is(err, errHelp) {
		p.help(out)
		return 0
	}
	s := newShell(p, o, out)
	if err != nil {
		s.options.length = scripted(args)
		s.fail(fmt.Errorf("%w (%s -help lists the flags)", err, p.Game.Name), statusUsage)
	} else {
		s.begin()
	}
	if err := s.open(); err != nil {
		s.fail(fmt.Errorf("the window cannot be opened: %w", err), statusFailed)
	}
	s.end()
	if s.failure != nil {
		fmt.Fprintf(errs, "%s: %s\n", p.Game.Name, oneLine(s.failure))
	}
	return s.status
}

// scripted tells from a command line that was not understood whether a person may be watching: not if it limits the
// time or plays a script.
func scripted(args []string) time.Duration {
	for _, a := range args {
		name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if name == "seconds" || name == "script" {
			return 1
		}
	}
	return 0
}

// Exit statuses.
const (
	statusFailed = 1
	statusUsage  = 2
)
