package sim

import "github.com/tandem-engine/tandem/input"

// What is seen and heard for a moment and is no state is a predicted event. Who simulates its source emits it: so a client shows at
// once what it foresees, and the rest when that is to be seen.

// Fired is the event of a ship, its source, that has fired.
type Fired struct{}

// Struck is the event of a bullet, its source, that has met something.
type Struck struct {
	X, Y  float32        `net:"min=-2048,max=2047.5,step=0.5"` // where
	Angle float32        `net:"angle,bits=6"`                  // in which direction it flew
	By    input.PlayerID // who fired it
}

// Bumped is the event of a ship, its source, that has run into something.
type Bumped struct {
	Angle float32 `net:"angle,bits=6"`          // from what it ran into to the ship
	Speed float32 `net:"min=0,max=1020,step=4"` // at which they met, in units a second
}

// Who is a pilot in a message: as it was then, whether it is still there or not.
type Who struct {
	ID   input.PlayerID // 0: nobody
	Name string         `net:"len=32"`
	Hue  uint8
}

// Wreck is the server's message that a ship was lost. Clients read it when that is to be seen.
type Wreck struct {
	Victim Who
	By     Who // whose doing it was
}

// Foresight is a pilot's wish that clients predict the ships of others, where they are now, instead of showing where they were.
type Foresight struct{ Wanted bool }
