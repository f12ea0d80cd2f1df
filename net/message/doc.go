// Package message carries what is not state: chat, effects, orders, purchases,
// the start of a round. Messages are typed, travel in either direction, and
// are read by systems as queues.
//
// One line in a plugin that both sides share puts a type on the wire, with the
// codec of its net tags:
//
//	message.Register[Shout](app)
//	message.Register[Flash](app, message.Unreliable(), message.AtPlayhead())
//	message.RegisterCall[Buy, Receipt](app)
//
// A system sends through an [Outbox] and reads an [Inbox], both made in Init:
//
//	s.out, s.in = message.To[Shout](sim), message.From[Shout](sim)
//
//	for _, m := range s.in.Read(t) { // Receive, Input and Simulate phases
//		s.out.Except(m.From, m.Value) // any phase; leaves in Send
//	}
//
// The same system may run on both sides: what only a server can do (All,
// Player, Seeing) does nothing on a client, and [Outbox.Server] does nothing on
// a server. Ticks that a rollback replays send nothing.
//
// What a message may rely on:
//
//   - Delivery is reliable and in order (the default), [Unreliable] or
//     [Sequenced].
//   - A message whose type has a field of type [replicate.ID] waits until the
//     receiver has that entity, within bounds, and holds up later messages of
//     its type and sender meanwhile, so that order is kept.
//   - Types registered with [AtTick] or [AtPlayhead] wait for their tick.
//
// A request ([RegisterCall]) is asked through a [Caller] and answered through
// [Requests]: by polling, by reading what has ended in the tick, or with a
// context from other goroutines ([Caller.Do]).
//
// Everything that a peer sends is bounded by [Limits]. What is unknown,
// malformed or too much is counted and dropped, and gives the sender strikes;
// with too many the session ends the connection. Honest peers get none.
package message
