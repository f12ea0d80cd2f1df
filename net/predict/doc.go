// Package predict lets a client simulate ahead of the server what its player
// steers, and sets it right when the server says otherwise.
//
// The client runs its ticks so far ahead that each command reaches the server
// just before the tick it is for ([Clock] on the client, [CommandBuffer] on
// the server). Every tick, the predicted components of what it simulates are
// copied into a ring of frames. A snapshot that confirms tick T brings the
// exact state of the same entities; where it differs from the ring's frame T,
// the [Predictor] restores T and replays the ticks since, with the commands
// they had (client-side prediction and server reconciliation; Y. W. Bernier,
// "Latency Compensating Methods", 2001; G. Fiedler, "Networked Physics").
// What is drawn slides from the wrong place to the right one; the simulation
// itself is never smoothed.
//
// Entities that systems spawn on both sides get their identity from [Keys].
// What is shown once and is no state is an [Event]. A [Delay] trades prediction
// for delay. A [SyncTest] finds what makes replays come to something else.
package predict
