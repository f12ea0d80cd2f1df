package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/rewind"
	"github.com/tandem-engine/tandem/net/transport"
)

// ClientConfig configures a [Client].
type ClientConfig struct {
	Addr    netip.AddrPort    // of the server
	Pin     [32]byte          // the server's public key
	Carrier transport.Carrier // required: where packets leave; closed with the client
	Name    string            // of the player; see CleanName
	Resume  *Ticket           // takes the place of an earlier client back; nil: joins anew
	Delay   *predict.Delay    // of commands, as the player wants it; nil: the game's
	Plugins []engine.Plugin   // added after the game's own
	Log     *slog.Logger      // nil: discard
	Rand    io.Reader         // keys; nil: the system's generator. For tests
}

// Ticket lets a new client take the place of one whose connection was lost.
type Ticket struct {
	token  []byte
	secret [32]byte
}

// Client plays a game on a server. It is stepped by one goroutine.
type Client struct {
	game      Game
	log       *slog.Logger
	conn      *transport.Conn
	app       *engine.App
	replicas  *replicate.Client
	mail      *message.Client
	predictor *predict.Predictor
	clock     *predict.Clock
	delay     *predict.Delayer
	input     int // ticks that commands are delayed
	loop      *engine.Loop
	local     *Local
	state     State
	err       error
	now       time.Duration
	frameAt   time.Duration
	played    time.Duration // time of the last Advance in the game
	frames    uint64
	rates     rates
	course    course
	entered   *Entered // to be told to the next tick
	closes    *ServerCloses
	failure   error // of the message being handled
}

// NewClient makes a client and begins to connect. The game's plugins run now.
func NewClient(game Game, cfg ClientConfig) (*Client, error) {
	game = game.withDefaults()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	app := engine.New(engine.Config{TickRate: game.TickRate, Log: cfg.Log})
	c := &Client{
		game: game, log: cfg.Log, app: app,
		clock: predict.NewClock(game.TickRate), delay: predict.NewDelayer(game.Delay, game.TickRate),
		loop:  engine.NewLoop(game.TickRate, 0),
		local: &Local{Name: CleanName(cfg.Name)},
	}
	if cfg.Delay != nil {
		c.delay = predict.NewDelayer(*cfg.Delay, game.TickRate)
	}
	c.assemble(cfg.Plugins)
	dial := transport.DialConfig{
		Config: transport.Config{
			Protocol: game.protocol(),
			Version:  game.Version,
			Channels: channels,
			App:      game.definitions(app),
			Log:      cfg.Log,
			Rand:     cfg.Rand,
		},
		Addr: cfg.Addr,
		Pin:  cfg.Pin,
	}
	if cfg.Resume != nil {
		dial.Token, dial.TokenSecret = cfg.Resume.token, cfg.Resume.secret
	}
	conn, err := transport.Dial(dial, cfg.Carrier)
	if err != nil {
		return nil, err
	}
	c.conn = conn
	c.mail.Connect(outgoing{conn, &c.course})
	if err := app.Start(); err != nil {
		return nil, errors.Join(err, conn.Release())
	}
	return c, nil
}

// assemble puts the client's systems around those of the game.
func (c *Client) assemble(plugins []engine.Plugin) {
	predict.Limit(c.app)
	ecs.SetResource(c.app.World(), c.local)
	c.app.Receive(phaseFunc(c.receive))
	c.app.Input(phaseFunc(func(t engine.Tick) { c.predictor.Command(t) }))
	c.app.Replicate(phaseFunc(func(t engine.Tick) { c.predictor.Save(t) }))
	c.app.Send(phaseFunc(c.send))
	c.app.Present(presentFunc(func(f engine.Frame) {
		c.replicas.Present(f)
		c.predictor.Present(f)
	}))
	c.app.Add(c.game.Sim)
	if c.game.Client != nil {
		c.app.Add(c.game.Client)
	}
	c.app.Add(plugins...)
	c.predictor = predict.New(c.app)
	c.replicas = replicate.NewClient(c.app, replicate.ClientConfig{
		Predictor: c.predictor,
		TickRate:  c.game.TickRate,
		Interval:  c.game.interval(),
		Spread:    true,
	})
	if past := rewind.Of(c.app.World()); past != nil {
		past.Show(0) // who this is comes with the welcome
	}
	c.mail = message.NewClient(c.app, message.ClientConfig{Channels: messageChannels})
	c.app.Send(phaseFunc(c.mail.Flush))
}

type presentFunc func(engine.Frame)

func (f presentFunc) Present(fr engine.Frame) { f(fr) }

// App is the client's app.
func (c *Client) App() *engine.App { return c.app }

// State is where the client is on its way into the game.
func (c *Client) State() State { return c.state }

// Err is why the client has ended, nil before.
func (c *Client) Err() error { return c.err }

// Player is the local player, 0 before the welcome.
func (c *Client) Player() Local { return *c.local }

// Advance does what is due by now. Once the connection has ended it returns
// why.
func (c *Client) Advance(now time.Duration) error {
	if c.state == Ended {
		return c.err
	}
	c.now = now
	c.conn.Poll(now)
	switch c.state {
	case Connecting:
		c.login()
	case LoggingIn:
		c.awaitWelcome(now)
	case Playing:
		if err := c.play(now); err != nil {
			return c.end(err)
		}
	}
	c.conn.Flush(now)
	if c.rates.due(now) {
		n := c.conn.Stats()
		c.rates.note(now, n.BytesIn, n.BytesOut)
	}
	if c.conn.State() == transport.Closed {
		return c.end(c.conn.Err())
	}
	return nil
}

// end is the end of the client, once.
func (c *Client) end(err error) error {
	c.state, c.err = Ended, err
	c.mail.Close()
	c.log.Info("session ended", "reason", err)
	return err
}

func (c *Client) login() {
	if c.conn.State() != transport.Connected {
		return
	}
	if err := c.conn.Send(chControl, appendLogin(c.local.Name), sendOptions); err == nil {
		c.state = LoggingIn
	}
}

// awaitWelcome takes the server's answer to the login.
func (c *Client) awaitWelcome(now time.Duration) {
	c.pump()
	switch {
	case c.failure != nil:
		c.conn.Close(transport.ProtocolError, "the server's welcome makes no sense")
	case c.course.next != nil:
		c.enter(now)
	}
}

// play runs the ticks that are due.
func (c *Client) play(now time.Duration) error {
	c.replicas.Begin(now)
	c.clock.Frame((now - c.played).Seconds() * float64(c.game.TickRate))
	c.played = now
	dropped := c.loop.Stats().Dropped
	due := c.loop.Advance(now)
	c.clock.Lost(int(c.loop.Stats().Dropped - dropped))
	for i := range due {
		if c.course.next != nil {
			c.enter(now) // not before: no frame shows the world without Entered having been told
		}
		c.steer(float64(due-1-i) + float64(c.loop.Alpha()))
		if err := c.app.Step(); err != nil {
			return err
		}
		if c.failure != nil {
			c.conn.Close(transport.ProtocolError, c.failure.Error())
			return fmt.Errorf("session: the server sent what no server of this version sends: %w", c.failure)
		}
	}
	return nil
}

// steer keeps the client's tick, which is run so many ticks late, ahead of the
// server's by just enough.
func (c *Client) steer(late float64) {
	c.setDelay()
	// Commands that are delayed may be in time although the tick is over.
	if next, server := c.app.Tick()+1, c.replicas.Newest(); server >= next+uint32(c.input) {
		c.jump(c.clock.Behind(next, server, c.conn.Stats().RTT.Seconds()))
	}
	status, _ := c.replicas.Status()
	scale, jump := c.clock.Steer(c.app.Tick()+1, late, status)
	c.loop.SetScale(scale)
	if jump != 0 {
		c.jump(jump)
	}
}

// setDelay lets the delay of commands follow the line.
func (c *Client) setDelay() {
	c.input = c.delay.Next(c.app.Tick()+1, c.conn.Stats().RTT.Seconds(), c.clock.Margin())
	c.clock.SetDelay(c.input)
	c.predictor.SetDelay(c.input)
}

func (c *Client) jump(ticks int) {
	c.log.Info("clock jumps", "ticks", ticks)
	c.app.SetTick(uint32(int64(c.app.Tick()) + int64(ticks)))
	c.predictor.Invalidate()
}

// receive hands the server's messages on, then moves the world to where the
// server says it is.
func (c *Client) receive(t engine.Tick) {
	c.begin()
	c.pump()
	if c.closes != nil {
		ecs.EventsOf[ServerCloses](c.app.World()).Emit(*c.closes)
		c.closes = nil
	}
	if c.replicas.WantsRefresh() {
		// If it cannot be sent the connection is ending.
		_ = c.conn.Send(chControl, appendRefresh(), sendOptions)
	}
	c.replicas.Update(t)
	c.mail.Deliver(t, c.replicas.Playhead())
	if status, tick := c.replicas.Status(); tick != 0 {
		c.predictor.Told(tick, status)
	}
	c.predictor.Reconcile(t)
}

// take hands one message on. After a failure nothing is: the connection ends.
func (c *Client) take(m channel.Message) {
	switch {
	case c.failure != nil:
	case m.Channel == chStructure:
		c.failure = c.replicas.Structure(m.Data)
	case m.Channel == chValues:
		c.failure = c.replicas.Values(m.Data)
	case m.Channel == chCommands:
		c.failure = c.predictor.Relayed(m.Data, c.replicas.Newest())
	case m.Channel == chMessages || m.Channel == chEvents:
		if err := c.mail.Receive(m.Data); c.conn.State() == transport.Connected {
			c.failure = err
		}
	default:
		c.failure = errMalformed
	}
}

// send sends the commands that the server has not confirmed.
func (c *Client) send(t engine.Tick) {
	if t.Number%c.game.commandInterval() != 0 {
		return
	}
	status, _ := c.replicas.Status()
	shown := c.replicas.Playhead()
	if shown > 0 {
		shown += float64(c.input) // when the newest command takes effect here
	}
	if m := c.predictor.Commands().Message(status.Command, shown); m != nil {
		m[roomAt[chCommands]] |= c.course.number() << 4
		// Lost or refused, they go again with the next tick's.
		_ = c.conn.Send(chCommands, m, sendOptions)
	}
}

// Frame describes the moment now for drawing.
func (c *Client) Frame(now time.Duration) engine.Frame {
	f := engine.Frame{
		Number: c.frames,
		Dt:     float32(min(max((now-c.frameAt).Seconds(), 0), maxFrame)),
		Alpha:  c.loop.Alpha(),
		Tick:   c.app.Tick(),
		Now:    now,
	}
	c.frames++
	c.frameAt = now
	return f
}

// maxFrame bounds the time of one frame, in seconds: a window that was
// suspended does not make up for it.
const maxFrame = 0.25

// CommandLog is what became of the local player's commands, tick by tick, as
// the server says.
func (c *Client) CommandLog() *predict.TickLog { return c.predictor.Commands().Log() }

// Stats describes the client.
func (c *Client) Stats() Stats {
	n := c.conn.Stats()
	status, _ := c.replicas.Status()
	s := Stats{
		State: c.state, Tick: c.app.Tick(),
		Ticks: c.loop.Stats().Ticks, Dropped: c.loop.Stats().Dropped,
		Entities: c.replicas.Entities(), Progress: c.replicas.Progress(),
		RTT: n.RTT, Jitter: n.Jitter, Loss: n.Loss,
		Delay: c.replicas.Delay(), Shown: c.replicas.Playhead(), Newest: c.replicas.Newest(),
		Ahead: int(int32(c.app.Tick() - c.replicas.Newest())), Input: c.input, Margin: float64(status.Margin) / 256, Late: status.Late,
		Predict: c.predictor.Stats(), Commands: c.predictor.Commands().Log().Counts(),
	}
	s.DownRate, s.UpRate = c.rates.perIn, c.rates.perOut
	return s
}

// Ticket is what another client needs to take this one's place after the
// connection was lost; nil when the server gave none. It works once.
func (c *Client) Ticket() *Ticket {
	token, secret, ok := c.conn.ResumeToken()
	if !ok {
		return nil
	}
	return &Ticket{token: slices.Clone(token), secret: secret}
}

// Leave begins to say goodbye; Advance goes on until it returns an error.
func (c *Client) Leave() { c.conn.Close(transport.Normal, "") }

// Close says goodbye, waiting up to a moment for it to leave, and releases the
// carrier.
func (c *Client) Close() error {
	c.app.Stop()
	c.conn.Close(transport.Normal, "")
	clock := engine.SystemClock()
	start, begun := clock.Now(), c.now
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	for c.conn.State() != transport.Closed && ctx.Err() == nil {
		now := begun + clock.Now() - start
		c.conn.Poll(now)
		c.conn.Flush(now)
		_ = c.conn.Wait(ctx, 10*time.Millisecond)
	}
	return c.conn.Release()
}
