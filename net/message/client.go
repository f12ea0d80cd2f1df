package message

import "github.com/tandem-engine/tandem/engine"

// ClientConfig configures a [Client]. The zero value works.
type ClientConfig struct {
	// Channels that carry messages.
	Channels Channels
	// Limits on the server.
	Limits Limits
}

// Client is a client's end of an app's messages. It is owned by the app's
// goroutine.
type Client struct {
	hub  *hub
	peer *Peer
}

// NewClient makes the client of an app whose plugins have all been added. The
// caller runs [Client.Deliver] in the Receive phase, after the messages that
// have come and after interpolated entities are where they are shown, and
// before a rollback; and [Client.Flush] in the Send phase.
func NewClient(app *engine.App, cfg ClientConfig) *Client {
	h := hubOf(app)
	h.attach(playing, cfg.Limits.withDefaults(serverLimits), cfg.Channels)
	return &Client{hub: h, peer: h.add(0, nil)}
}

// Connect gives the connection to the server; before the first tick.
func (c *Client) Connect(conn Conn) { c.peer.conn = conn }

// Reset begins anew with the same connection: the server's end of it has become
// another one, which is at the given tick. Calls are lost, and what has come and
// was not delivered is dropped.
func (c *Client) Reset(tick uint32) {
	conn := c.peer.conn
	c.hub.remove(c.peer)
	c.peer = c.hub.add(0, conn)
	c.hub.tick = tick
}

// Receive takes one message of the channels of [Channels]. An error means that
// the connection should end.
func (c *Client) Receive(data []byte) error { return c.peer.Receive(data) }

// Deliver makes what is due readable in this tick. playhead is the moment of
// the server's past that is shown, in ticks.
func (c *Client) Deliver(t engine.Tick, playhead float64) { c.hub.deliver(t.Number, playhead) }

// Flush sends what systems have sent.
func (c *Client) Flush(engine.Tick) { c.hub.flush() }

// Err says that the connection should end; see [Peer.Err].
func (c *Client) Err() error { return c.peer.err }

// Close ends all calls: the connection is over.
func (c *Client) Close() { c.hub.remove(c.peer) }

// Stats counts the messages of the connection.
func (c *Client) Stats() Stats { return c.hub.stats() }
