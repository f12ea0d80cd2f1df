// Package engine runs a game: it owns a world and a schedule of systems, and steps them in ticks of fixed length. It
// knows neither sockets nor screens; networking and rendering reach it as plugins.
//
//   - make an app, add plugins: [New], [App.Add], [Plugin]
//   - write a system: [System], [Initer], [Tick]; something that draws: [Presenter], [Frame]
//   - choose when it runs: [App.Receive], [App.Input], [App.Simulate], [App.Replicate], [App.Send], [App.Present]
//   - run ticks: [App.Step], [Loop]; without a screen, until told to stop: [Run]
//   - time as a value: [Clock], [SystemClock], [ManualClock]
//   - random numbers that a replay repeats: [Tick.Random]
//
// One goroutine owns an App. Nothing in a tick looks at a clock or at shared random state: tick number, length and seed
// come in as values, so the same inputs give the same world, and a tick can be run again.
package engine
