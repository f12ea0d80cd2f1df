// Package session runs a game over the network: it joins an engine.App on the
// server with those of its players' clients.
//
// A [Game] says what is played. A [Server] runs it in a [Room] and lets
// players join; a [Client] connects to one; a [Host] is both in one process,
// over memory, and may let others join over UDP. Client and Host are
// [Driver]s: whatever calls Advance often enough, a window or a test with a
// virtual clock, plays the game.
//
// # Rooms
//
// A server hosts as many rooms as there are matches: worlds that know nothing of
// each other, each with a seed, a tick and players of its own. The ones of
// ServerConfig.Rooms are open from the start, [Server.Open] opens more,
// ServerConfig.Place says where a login leads to, and [Room.Move] sends a player
// on, who stays connected: its client sees [Entered] and everything networked of
// the room before is gone. What is still on its way between client and server
// then is never applied to the new room.
//
// [Server.Drain] ends a server as its matches end: for a new version of it that takes
// over.
//
// [Server.Run] gives each room a goroutine, and a second one for what it has to write
// once that is much. One more reads the sockets, answers
// handshakes and logins, and routes what comes for a room into its ring. Methods
// whose comment says so may be called from any goroutine, and from systems: they
// neither lock nor wait. A server that is stepped with [Server.Advance] does the
// same work in one goroutine, room by room, and repeats itself exactly for a seed.
package session
