// Package input turns what players do into commands that a simulation understands. It is pure: no device, no screen.
//
//   - say what a player can order in one tick: [Command]; where the local player's orders come from: [Sample]
//   - name a player: [PlayerID]
//   - say which keys, buttons and sticks mean what: [Action], [Source], [Bindings]
//   - ask what is held, pressed or pushed: [State]
//   - handle commands without knowing their type, as networking does: [Commands]
//
// Devices are read by package input/device, or by a script, into a State.
package input
