// Package session runs a game over the network: it joins an engine.App on the
// server with those of its players' clients.
//
// A [Game] says what is played. A [Server] runs it in a [Room] and lets
// players join; a [Client] connects to one; a [Host] is both in one process,
// over memory, and may let others join over UDP. Client and Host are
// [Driver]s: whatever calls Advance often enough, a window or a test with a
// virtual clock, plays the game.
package session
