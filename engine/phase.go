package engine

// Phase is one of the fixed stages of a tick, in the order in which they run.
type Phase uint8

// The phases of a tick; Initialise and Present are where systems run outside of one.
const (
	Receive    Phase = iota // network input: decode, deliver messages, apply snapshots
	Input                   // commands of this tick onto the entities they steer
	Simulate                // the game; on a client once more for each replayed tick
	Replicate               // state to clients: find changes, choose, encode
	Send                    // one batched flush
	Initialise              // Start: the systems' Init
	Present                 // once a frame: Render

	phases = Send + 1
)

// String returns the phase's name.
func (p Phase) String() string {
	names := [...]string{"Receive", "Input", "Simulate", "Replicate", "Send", "Initialise", "Present"}
	if int(p) < len(names) {
		return names[p]
	}
	return "Phase?"
}
