package session

import (
	"log/slog"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/transport"
)

// Crowd is many clients of one game whose worlds nobody looks at: they connect,
// log in, give commands in time and acknowledge what they are told, as every
// client does, but keep no world. A server cannot tell them from others. They are
// for tests of load.
type Crowd struct {
	game  Game
	app   *engine.App
	table transport.AppTable
}

// NewCrowd prepares a crowd. The game's plugins run now, and then the given ones,
// which may set where commands come from by [input.Sample].
func NewCrowd(game Game, plugins ...engine.Plugin) *Crowd {
	game = game.withDefaults()
	app := engine.New(engine.Config{TickRate: game.TickRate})
	predict.Limit(app)
	app.Add(game.Sim)
	if game.Client != nil {
		app.Add(game.Client)
	}
	app.Add(plugins...)
	return &Crowd{game: game, app: app, table: game.definitions(app)}
}

// Extra is one client of a crowd. It is stepped by one goroutine, and so are all
// extras of a crowd.
type Extra struct {
	crowd    *Crowd
	conn     *transport.Conn
	name     string
	state    State
	err      error
	rooms    uint32 // welcomes taken
	player   input.PlayerID
	clock    *predict.Clock
	loop     *engine.Loop
	played   time.Duration // time of the last frame in the room; 0: none
	commands *predict.Commands
	tick     uint32
	status   replicate.Status
	newest   uint32 // snapshot
	stats    ExtraStats
}

// ExtraStats is what a client of a crowd has seen.
type ExtraStats struct {
	Player    input.PlayerID
	Snapshots uint64 // that came, newer than those before
	LongestS  float64
	Late      uint32 // ticks for which the server had no command
	RTT       time.Duration
	BytesIn   uint64 // UDP payload
	BytesOut  uint64
	seen      time.Duration
}

// Join makes a client and begins to connect. Of the configuration it takes Addr,
// Pin, Carrier, Name, Log and Rand.
func (c *Crowd) Join(cfg ClientConfig) (*Extra, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	conn, err := transport.Dial(transport.DialConfig{
		Config: transport.Config{
			Protocol: c.game.protocol(), Version: c.game.Version, Channels: channels, App: c.table, Log: cfg.Log, Rand: cfg.Rand,
		},
		Addr: cfg.Addr, Pin: cfg.Pin,
	}, cfg.Carrier)
	if err != nil {
		return nil, err
	}
	return &Extra{
		crowd: c, conn: conn, name: CleanName(cfg.Name),
		clock: predict.NewClock(c.game.TickRate), loop: engine.NewLoop(c.game.TickRate, 0),
		commands: predict.NewCommands(c.app),
	}, nil
}

// State is where the client is on its way into the game.
func (x *Extra) State() State { return x.state }

// Err is why the client has ended, nil before.
func (x *Extra) Err() error { return x.err }

// Stats describes the client.
func (x *Extra) Stats() ExtraStats {
	s, n := x.stats, x.conn.Stats()
	s.Player, s.Late, s.RTT, s.BytesIn, s.BytesOut = x.player, x.status.Late, n.RTT, n.BytesIn, n.BytesOut
	return s
}

// Restart counts snapshots, and the longest wait for one, from now on.
func (x *Extra) Restart() { x.stats = ExtraStats{seen: x.stats.seen} }

// Advance does what is due by now. Once the connection has ended it returns
// why.
func (x *Extra) Advance(now time.Duration) error {
	if x.state == Ended {
		return x.err
	}
	x.conn.Poll(now)
	if x.state == Connecting && x.conn.State() == transport.Connected && x.conn.Send(chControl, appendLogin(x.name), sendOptions) == nil {
		x.state = LoggingIn
	}
	if err := x.listen(now); err != nil {
		x.conn.Close(transport.ProtocolError, err.Error())
	}
	if x.state == Playing {
		x.play(now)
	}
	x.conn.Flush(now)
	if x.conn.State() == transport.Closed {
		x.state, x.err = Ended, x.conn.Err()
	}
	return x.err
}

// listen takes in what has come.
func (x *Extra) listen(now time.Duration) error {
	for {
		m, ok := x.conn.Receive()
		if !ok {
			return nil
		}
		switch m.Channel {
		case chControl:
			if kindOf(m.Data) == msgCloses {
				continue
			}
			w, err := parseWelcome(m.Data)
			if kindOf(m.Data) != msgWelcome || err != nil {
				return errMalformed
			}
			x.enter(w, now)
		case chValues:
			x.hear(m, now)
		}
	}
}

// enter begins in a room.
func (x *Extra) enter(w welcome, now time.Duration) {
	moved := x.rooms > 0
	x.rooms++
	x.player, x.newest, x.state = w.player, w.tick, Playing
	x.status = replicate.Status{}
	x.clock = predict.NewClock(x.crowd.game.TickRate)
	x.tick = x.clock.Start(w.tick, x.conn.Stats().RTT.Seconds())
	x.commands.Jump()
	x.loop.SetScale(1)
	x.loop.Advance(now)
	// What cannot be sent ends the connection.
	_ = x.conn.Send(chControl, appendEntered(), sendOptions)
	if moved {
		_ = x.conn.Send(chMessages, nil, sendOptions)
	}
}

// hear takes a message of the values channel: what the server says of commands.
func (x *Extra) hear(m channel.Message, now time.Duration) {
	room, err := takeRoom(&m)
	if err != nil || room != byte(x.rooms-1)&roomMask {
		return
	}
	status, tick, ok := replicate.ReadStatus(m.Data, x.newest)
	if !ok || int32(tick-x.newest) <= 0 {
		return
	}
	if x.stats.Snapshots++; x.stats.seen > 0 {
		x.stats.LongestS = max(x.stats.LongestS, (now - x.stats.seen).Seconds())
	}
	x.status, x.newest, x.stats.seen = status, tick, now
}

// play gives the commands of the ticks that are due.
func (x *Extra) play(now time.Duration) {
	if x.played != 0 {
		x.clock.Frame((now - x.played).Seconds() * float64(x.crowd.game.TickRate))
	}
	x.played = now
	dropped := x.loop.Stats().Dropped
	due := x.loop.Advance(now)
	x.clock.Lost(int(x.loop.Stats().Dropped - dropped))
	game := &x.crowd.game
	for i := range due {
		if next := x.tick + 1; x.newest >= next {
			x.jump(x.clock.Behind(next, x.newest, x.conn.Stats().RTT.Seconds()))
		}
		scale, jump := x.clock.Steer(x.tick+1, float64(due-1-i)+float64(x.loop.Alpha()), x.status)
		x.loop.SetScale(scale)
		x.jump(jump)
		x.tick++
		x.commands.Give(engine.Tick{Number: x.tick, Dt: float32(1 / float64(game.TickRate))})
		if x.tick%game.commandInterval() != 0 {
			continue
		}
		if m := x.commands.Message(x.status.Command, 0); m != nil {
			m[roomAt[chCommands]] |= byte(x.rooms-1) & roomMask << 4
			// Lost or refused, they go again with the next.
			_ = x.conn.Send(chCommands, m, sendOptions)
		}
	}
}

func (x *Extra) jump(ticks int) {
	if ticks != 0 {
		x.tick = uint32(int64(x.tick) + int64(ticks))
		x.commands.Jump()
	}
}

// Leave begins to say goodbye; Advance goes on until it returns an error.
func (x *Extra) Leave() { x.conn.Close(transport.Normal, "") }

// Release closes the carrier, without a word if Leave has not been heard.
func (x *Extra) Release() error { return x.conn.Release() }
