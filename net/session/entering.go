package session

import (
	"slices"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/rewind"
	"github.com/tandem-engine/tandem/net/transport"
)

// course is what a client knows of the rooms that it is led through: the
// counterpart of line.
type course struct {
	rooms      uint32            // welcomes taken
	structures uint32            // marks that have come on the channel of structure
	mails      uint32            // and on that of messages
	next       *welcome          // a welcome that has come and was not taken
	early      []channel.Message // for the next room
	earlyBytes int
	spare      []byte
}

// maxEarly and maxEarlyBytes bound the messages that may come before the welcome,
// which travels on another channel and may be late: ten seconds of snapshots.
const (
	maxEarly      = 2048
	maxEarlyBytes = 8 << 20
)

// pump hands on the messages that have come for the room where the client is,
// up to a welcome.
func (c *Client) pump() {
	for c.course.next == nil && c.failure == nil {
		m, ok := c.conn.Receive()
		if !ok {
			return
		}
		if m.Channel == chControl {
			c.failure = c.control(m.Data)
			continue
		}
		ahead, err := c.course.sort(&m)
		switch {
		case err != nil:
			c.failure = err
		case ahead == 0:
			c.take(m)
		case ahead > 0:
			c.failure = c.course.keep(m)
		}
	}
}

// keep keeps a message for the next room.
func (k *course) keep(m channel.Message) error {
	if k.earlyBytes += len(m.Data); len(k.early) == maxEarly || k.earlyBytes > maxEarlyBytes {
		return errMalformed
	}
	k.early = append(k.early, channel.Message{Channel: m.Channel, Data: slices.Clone(m.Data)})
	return nil
}

// sort says whether a message is for the room where the client is (0), for the
// next (1), or for one that it has left (-1; marks too).
func (k *course) sort(m *channel.Message) (ahead int, err error) {
	switch m.Channel {
	case chStructure:
		ahead = k.ordered(m, &k.structures)
	case chMessages:
		ahead = k.ordered(m, &k.mails)
	case chValues, chCommands, chEvents:
		room, err := takeRoom(m)
		if err != nil {
			return 0, err
		}
		switch (room - byte(k.rooms-1)) & roomMask {
		case 0:
		case 1:
			ahead = 1
		default:
			ahead = -1
		}
	}
	if ahead > 1 {
		return 0, errMalformed
	}
	return ahead, nil
}

// ordered is sort for an ordered channel, which counts its own marks.
func (k *course) ordered(m *channel.Message, marks *uint32) int {
	if len(m.Data) == 0 {
		*marks++
		return -1
	}
	return int(int32(*marks - (k.rooms - 1)))
}

// control takes a message of the control channel.
func (c *Client) control(data []byte) error {
	if kindOf(data) == msgCloses {
		m, err := parseCloses(data)
		c.closes = &m
		return err
	}
	w, err := parseWelcome(data)
	if kindOf(data) != msgWelcome || err != nil || w.rate != c.game.TickRate || w.interval != c.game.interval() {
		return errMalformed
	}
	c.course.next = &w
	return nil
}

// enter takes the welcome that has come: the client leaves the room where it
// was, if any, and begins anew in another. It aligns the clock: commands of the
// first tick should arrive just in time.
func (c *Client) enter(now time.Duration) {
	w := *c.course.next
	c.course.next = nil
	moved := c.course.rooms > 0
	c.course.rooms++
	if moved {
		c.predictor.Reset()
		c.replicas.Reset()
		c.clock = predict.NewClock(c.game.TickRate)
		c.clock.SetDelay(c.input)
		c.loop.SetScale(1)
	}
	c.local.Player, c.local.Room = w.player, w.room
	c.replicas.SetPlayer(w.player, w.tick)
	c.predictor.SetPlayer(w.player)
	c.mail.Reset(w.tick)
	if past := rewind.Of(c.app.World()); past != nil {
		past.Show(w.player)
	}
	c.app.SetSeed(w.seed)
	c.setDelay()
	c.app.SetTick(c.clock.Start(w.tick, c.conn.Stats().RTT.Seconds()))
	c.loop.Advance(now)
	c.replicas.Begin(now)
	c.played = now
	c.state, c.entered = Playing, &Entered{Player: w.player, Room: w.room, Moved: moved}
	// What cannot be sent ends the connection.
	_ = c.conn.Send(chControl, appendEntered(), sendOptions)
	if moved {
		_ = c.conn.Send(chMessages, nil, sendOptions)
	}
	c.log.Info("joined", "player", w.player, "room", w.room, "tick", w.tick)
}

// begin hands the first tick in a room what has come for it already.
func (c *Client) begin() {
	if c.entered == nil {
		return
	}
	ecs.EventsOf[Entered](c.app.World()).Emit(*c.entered)
	c.entered = nil
	early := c.course.early
	c.course.early, c.course.earlyBytes = nil, 0
	for _, m := range early {
		c.take(m)
	}
}

// outgoing is the client's side of the connection, for messages: what is
// unreliable gets the room's number.
type outgoing struct {
	conn   *transport.Conn
	course *course
}

// Send implements message.Conn.
func (o outgoing) Send(ch uint8, p []byte, so channel.SendOptions) error {
	if ch == chEvents {
		k := o.course
		k.spare = append(append(k.spare[:0], k.number()<<4), p...)
		p = k.spare
	}
	return o.conn.Send(ch, p, so)
}

// number is what travels of the number of the room where the client is.
func (k *course) number() byte { return byte(k.rooms-1) & roomMask }
