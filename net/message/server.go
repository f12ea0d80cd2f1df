package message

import (
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
)

// ServerConfig configures a [Server]. The zero value works.
type ServerConfig struct {
	// Channels that carry messages.
	Channels Channels
	// Limits on each client.
	Limits Limits
	// Audience of [Outbox.Seeing]. nil: everybody.
	Audience Audience
}

// Server is the server's end of an app's messages. It is owned by the app's
// goroutine.
type Server struct{ hub *hub }

// NewServer makes the server of an app whose plugins have all been added. The
// caller runs [Server.Deliver] in the Receive phase, after the messages that
// have come, and [Server.Flush] in the Send phase, before the connections'.
func NewServer(app *engine.App, cfg ServerConfig) *Server {
	h := hubOf(app)
	h.attach(serving, cfg.Limits.withDefaults(clientLimits), cfg.Channels)
	h.audience = cfg.Audience
	return &Server{h}
}

// Add lets a player send and receive. It panics if the player is here already,
// and for player 0.
func (s *Server) Add(player input.PlayerID, conn Conn) *Peer {
	if player == 0 {
		panic("message: Server.Add of player 0, which is the server itself")
	}
	return s.hub.add(player, conn)
}

// Remove forgets a peer: what it has sent and was not delivered is dropped, its
// calls are lost.
func (s *Server) Remove(p *Peer) { s.hub.remove(p) }

// Deliver makes what is due readable in this tick.
func (s *Server) Deliver(t engine.Tick) { s.hub.deliver(t.Number, float64(t.Number)) }

// Flush sends what systems have sent.
func (s *Server) Flush(engine.Tick) { s.hub.flush() }

// Stats counts the messages of all peers, those that have left too.
func (s *Server) Stats() Stats { return s.hub.stats() }
