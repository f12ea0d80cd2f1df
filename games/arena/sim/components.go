package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/input"
)

// A moment that lies ahead or behind (the end of a shield, the last wound) is kept as a tick number instead of a countdown:
// it changes once, so that it costs nothing on the wire while it passes.

// Controls is what a pilot does in one tick: the game's command, put on the ship by the input phase.
type Controls struct {
	Turn   int8 `net:"min=-7,max=7"` // -FullTurn is hard to the left, FullTurn hard to the right
	Thrust bool
	Fire   bool        // the trigger is held
	Tap    input.Press // it was pulled, however briefly
}

// Firing says whether the pilot wants to shoot in this tick.
func (c *Controls) Firing() bool { return c.Fire || c.Tap.Pressed() }

// FullTurn is the Turn of a key held down. A stick may give less.
const FullTurn = 7

// Position is the centre of a thing, in units from the middle of the arena.
type Position struct {
	X, Y float32 `net:"min=-2048,max=2047,step=0.0625"`
}

// Velocity is in units a second.
type Velocity struct {
	X, Y float32 `net:"min=-1408,max=1408,step=0.25"`
}

// Heading is where a ship points, in radians from +X towards +Y, within ±π.
type Heading struct {
	Angle float32 `net:"angle,bits=10"`
}

// Body makes a thing solid: a circle that collides with the other bodies and stays inside the fence.
type Body struct {
	Radius float32 `net:"min=0,max=128,step=0.5"`
	Mass   float32 `net:"min=0,max=128,step=0.125"`
	Bounce float32 `net:"min=0,max=1,step=0.125"` // how much speed a collision gives back: 1 is elastic
}

// Ship is what a pilot flies. It lasts one life.
type Ship struct {
	Pilot   input.PlayerID // whose ship it is; also the owner of what it fires
	Burning bool           // the thruster is on
	Spin    float32        `net:"min=-8,max=8,step=0.0625"` // rate of turn, in radians a second
}

// Hull is how much a ship or a rock can still take.
type Hull struct {
	Points    float32        `net:"min=0,max=127.5,step=0.5"`
	Hurt      uint32         // the tick of the last wound
	SafeUntil uint32         // before this tick nothing hurts: a fresh ship's shield
	By        input.PlayerID // who gave the last wound; 0 is nobody
}

// Gun is the weapon of a ship.
type Gun struct {
	Energy   float32 `net:"min=0,max=127.5,step=0.5"` // each shot takes ShotEnergy
	Ready    uint32  // the first tick that may fire again
	Overload uint32  // before this tick every shot is a fan of three
}

// Bullet is a shot in flight.
type Bullet struct {
	Pilot input.PlayerID // who fired it; it flies through that pilot's ship
	Dies  uint32         // the tick at which it is spent
}

// Rock is an asteroid. Its outline is a matter of looks, drawn from Shape and Spin: to the simulation a rock is a circle.
type Rock struct {
	Size  RockSize `net:"enum=3"`
	Shape uint8    // seed of the outline
	Spin  float32  `net:"min=-2,max=2,step=0.0625"` // radians a second
}

// RockSize is one of the three sizes of an asteroid. A broken one falls apart into the next smaller size.
type RockSize uint8

// The sizes of asteroids.
const (
	SmallRock RockSize = iota
	MiddleRock
	LargeRock
)

// Crate floats about until a ship picks it up.
type Crate struct {
	Kind CrateKind `net:"enum=2"`
	Dies uint32    // the tick at which it fades
}

// CrateKind says what a crate does to the ship that picks it up.
type CrateKind uint8

// The kinds of crates.
const (
	RepairCrate   CrateKind = iota // mends the hull
	OverloadCrate                  // shots come in fans of three for OverloadTime
)

// Pilot is a line of the scoreboard, there from joining until leaving, whether the pilot has a ship at the moment or not.
type Pilot struct {
	ID     input.PlayerID // bots count from FirstBot
	Name   string         `net:"len=32"`
	Hue    uint8          // colour of the ship, 256 for the full circle
	Kills  uint16         // ships of others shot down
	Deaths uint16
	Rocks  uint16 // asteroids broken
	Back   uint32 // without a ship: the tick at which there will be a new one; 0 is never

	Foresees bool // see Foresight
}

// FirstBot is the first pilot number of bots. Players are numbered below it.
const FirstBot input.PlayerID = 1 << 15

// Score is what the scoreboard sorts by.
func (p Pilot) Score() int { return KillScore*int(p.Kills) + RockScore*int(p.Rocks) }

// Better says whether the pilot stands above other on the scoreboard. No two pilots are equal.
func (p Pilot) Better(other Pilot) bool {
	switch {
	case p.Score() != other.Score():
		return p.Score() > other.Score()
	case p.Deaths != other.Deaths:
		return p.Deaths < other.Deaths
	}
	return p.ID < other.ID
}

// Match is the round that is being played: one entity.
type Match struct {
	Round  uint16
	Ends   uint32         // the tick at which the round is decided
	Next   uint32         // the tick at which the next round starts; from Ends until then nothing counts
	Winner input.PlayerID // who won the last round that ended; 0 is nobody
}

// Over says whether the round is decided and the next has not begun.
func (m Match) Over(tick uint32) bool { return tick >= m.Ends && tick < m.Next }

// Damage is an event: something hurts Target. Who simulates Target applies it.
type Damage struct {
	Target ecs.Entity
	Source input.PlayerID // the pilot whose doing it is; 0 is nobody
	Amount float32        // in hull points
}
