// Package rewind answers what a player aimed at: lag compensation.
//
// A client shows what it does not predict a little in the past: the server's
// snapshots are half a round trip old when they come, and are played back
// behind that. A shot that hits there has missed where the target is on the
// server. So the server keeps the shapes of the last moments, each client's
// commands say which moment was on its screen, and [Past.View] gives the world
// as it was there, interpolated between two snapshots as the client does it (Y.
// W. Bernier, "Latency Compensating Methods in Client/Server In-game Protocol
// Design and Optimization", 2001).
//
// A plugin that both sides share names what can be hit, and systems ask:
//
//	rewind.Record(app, rewind.Config{World: arena, Cell: 160}, &Outlines{})
//
//	view := h.past.View(t, bullet.Pilot)
//	h.hits = view.Along(h.hits[:0], way, BulletRadius)
//
// The same system runs on a client, where View is what that client shows in
// the tick, also while a rollback replays it. Players without a client of their
// own, and apps without a session, see the present: the beginning of the tick.
// What a player predicts itself is in no view of its own.
//
// What a client says about its screen is not trusted: [Sight] bounds it by what
// the server knows of the line, and by [Config.Max].
package rewind
