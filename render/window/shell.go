package window

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/input/device"
	"github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/hud"
)

// shell is the window: an ebiten.Game that is in a menu, in a session, or at an error.
type shell struct {
	program Program
	options options
	out     io.Writer

	clock    engine.Clock
	now      time.Duration
	canvas   *hud.Canvas
	frameLog *frameLog // nil: none is wanted
	reader   device.Reader
	backdrop *backdrop
	menu     *menu // nil: closed
	playing  *playing
	settings settings
	signals  chan os.Signal
	hidden   bool // the mouse pointer is

	failure error // the last of them ends the program
	status  int
	since   time.Duration // of failure

	ending  bool   // the next frame is the last
	drawn   bool   // that frame has been drawn
	shot    string // where to write the next frame to
	toast   string
	toastAt time.Duration
}

func newShell(p Program, o options, out io.Writer) *shell {
	s := &shell{
		program: p, options: o, out: out, clock: engine.SystemClock(), settings: remember(p.Game.Name),
		signals: make(chan os.Signal, 1),
	}
	if o.name != "" {
		s.settings.Name = o.name
	}
	return s
}

// begin does what the flags say: a session or the menu.
func (s *shell) begin() {
	o := &s.options
	var j joined
	var err error
	if o.frameLog != "" {
		if s.frameLog, err = newFrameLog(o.frameLog); err != nil {
			s.fail(fmt.Errorf("-framelog: %w", err), statusFailed)
			return
		}
	}
	switch {
	case o.connect != "":
		j, err = s.join(o.connect, o.key)
	case o.solo:
		j, err = s.host("", o.bots)
	case o.host:
		j, err = s.host(o.listen, o.bots)
	default:
		s.menu = s.titleMenu()
		return
	}
	if err != nil {
		s.fail(err, statusFailed)
		return
	}
	s.enter(j)
}

// open runs the window until it is to close.
func (s *shell) open() error {
	signal.Notify(s.signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(s.signals)
	ebiten.SetWindowTitle(s.program.Title)
	ebiten.SetWindowSize(s.options.windowSize())
	ebiten.SetWindowResizingMode(ebiten.WindowResizingModeEnabled)
	ebiten.SetWindowSizeLimits(minSize, minSize, -1, -1)
	ebiten.SetWindowClosingHandled(true)
	ebiten.SetFullscreen(s.options.fullscreen)
	ebiten.SetRunnableOnUnfocused(true) // the session goes on
	ebiten.SetTPS(ebiten.SyncWithFPS)   // the session keeps its own tick rate
	if len(s.program.Icons) > 0 {
		ebiten.SetWindowIcon(s.program.Icons)
	}
	return ebiten.RunGameWithOptions(s, &ebiten.RunGameOptions{X11ClassName: "tandem", X11InstanceName: s.program.Game.Name})
}

// windowSize is what the flags say, or the usual size as far as the screen has room for it.
func (o *options) windowSize() (w, h int) {
	if o.width > 0 {
		return o.width, o.height
	}
	w, h = 1280, 720
	if m := ebiten.Monitor(); m != nil {
		if mw, mh := m.Size(); mw >= minSize && mh >= minSize {
			w, h = min(w, mw), min(h, mh)
		}
	}
	return w, h
}

// Layout implements ebiten.Game: the screen has all the pixels that the display has.
func (s *shell) Layout(w, h int) (int, int) {
	scale := float64(draw.Scale())
	return max(int(float64(w)*scale), 1), max(int(float64(h)*scale), 1)
}

// Update implements ebiten.Game.
func (s *shell) Update() error {
	if s.drawn {
		return ebiten.Termination
	}
	s.now = s.clock.Now()
	select {
	case <-s.signals:
		s.ending = true
	default:
	}
	if ebiten.IsWindowBeingClosed() {
		s.ending = true
	}
	s.hotkeys()
	s.pointer()
	switch {
	case s.failure != nil && s.status != 0:
		s.mourn()
	case s.menu != nil:
		s.menu.update(s)
	}
	if s.playing != nil && s.failure == nil {
		if err := s.play(); err != nil {
			s.lost(err)
		}
	}
	return nil
}

// pointer hides the mouse pointer over a game, where it would lie on the picture.
func (s *shell) pointer() {
	hide := s.playing != nil && s.playing.began && s.menu == nil && s.failure == nil
	switch {
	case hide && !s.hidden:
		ebiten.SetCursorMode(ebiten.CursorModeHidden)
	case !hide && s.hidden:
		ebiten.SetCursorMode(ebiten.CursorModeVisible)
	}
	s.hidden = hide
}

// keys is the state that the game's client plugin wants its keys in, or nil.
func keys(app *engine.App) *input.State { return ecs.Resource[input.State](app.World()) }

// Draw implements ebiten.Game.
func (s *shell) Draw(screen *ebiten.Image) {
	if s.canvas == nil {
		s.canvas = hud.NewCanvas()
	}
	s.drawBehind(screen)
	s.canvas.Begin(screen)
	if s.playing != nil {
		s.drawStatus()
	}
	if s.menu != nil && s.failure == nil {
		s.menu.draw(s)
	}
	if s.failure != nil {
		s.drawFailure()
	}
	s.drawToast()
	s.canvas.Flush()
	s.capture(screen)
}

// drawBehind draws the game, or what stands in for it.
func (s *shell) drawBehind(screen *ebiten.Image) {
	if s.playing == nil {
		if s.backdrop == nil {
			s.backdrop = newBackdrop(s.program)
		}
		s.backdrop.draw(screen, s.now)
		return
	}
	f := s.playing.driver.Frame(s.now)
	app := s.playing.driver.App()
	if s.failure == nil {
		if err := app.Render(f); err != nil {
			s.lost(err)
			return
		}
	}
	if s.frameLog != nil && s.playing.loaded {
		s.frameLog.note(app, f)
	}
	draw.Run(app, screen, f)
}

// capture writes the frame where it is wanted.
func (s *shell) capture(screen *ebiten.Image) {
	if s.ending {
		s.drawn = true
		if s.options.screenshot != "" {
			s.shot = s.options.screenshot
		}
	}
	if s.shot == "" {
		return
	}
	path := s.shot
	s.shot = ""
	if err := writeScreenshot(path, screen); err != nil {
		err = fmt.Errorf("the screenshot cannot be written: %w", err)
		if s.ending && s.failure == nil {
			s.failure, s.status = err, statusFailed
			return
		}
		s.say(err.Error())
		return
	}
	s.say("saved " + path)
}

// fail ends the program with an error, which is shown first.
func (s *shell) fail(err error, status int) {
	if s.failure != nil {
		return
	}
	s.failure, s.status, s.since = err, status, s.clock.Now()
	var panicked *engine.SystemPanic
	if s.options.log != nil && errors.As(err, &panicked) {
		s.options.log.Error("a system panicked", "system", panicked.System, "stack", string(panicked.Stack))
	}
}

// lost is the end of a session by an error. One that was begun in the menu leads back there.
func (s *shell) lost(err error) {
	if s.playing == nil || !s.playing.fromMenu {
		s.fail(err, statusFailed)
		return
	}
	s.leave()
	s.menu = s.titleMenu()
	s.menu.problem = oneLine(err)
}

// Times that an error stays on the screen.
const (
	mournAttended   = 8 * time.Second // or until a key is pressed
	mournUnattended = 500 * time.Millisecond
)

// mourn waits until the error has been seen.
func (s *shell) mourn() {
	shown := s.now - s.since
	if shown > mournAttended || !s.options.attended() && shown > mournUnattended || shown > time.Second && anyKey() {
		s.ending = true
	}
}

// end leaves the session and writes the summary. It is the last thing that is done.
func (s *shell) end() {
	p := s.playing
	if p != nil {
		s.leave()
	}
	if s.frameLog != nil {
		if err := s.frameLog.close(); err != nil {
			s.fail(fmt.Errorf("the frame log cannot be written: %w", err), statusFailed)
		}
	}
	if o := &s.options; o.connect == "" && !o.host && !o.solo && s.status != statusUsage { // the menu was used
		if err := s.settings.save(); err != nil {
			fmt.Fprintf(s.out, "the settings cannot be kept: %v\n", err)
		}
	}
	if p == nil || !p.began {
		return
	}
	p.report.print(s.out)
	if s.options.summary == "" {
		return
	}
	if err := p.report.write(s.options.summary); err != nil {
		s.fail(fmt.Errorf("the summary cannot be written: %w", err), statusFailed)
	}
}

// leave says goodbye and releases the session.
func (s *shell) leave() {
	p := s.playing
	p.report.finish(s, p)
	s.playing = nil
	if err := p.driver.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		s.say(oneLine(err))
	}
}

func (s *shell) say(text string) { s.toast, s.toastAt = text, s.now }
