package sim

// The arena.
const (
	Side = 4096     // length of the fence's sides, in units
	Half = Side / 2 // the fence stands at ±Half
)

// Flight.
const (
	ShipRadius = 16
	ShipMass   = 1
	ShipBounce = 0.5 // of what a ship runs into, the softer gives way

	ThrustPower = 620 // acceleration, in units/s²
	TopSpeed    = 430 // the thruster adds no speed beyond this
	Drag        = 0.4 // share of the speed lost in a second
	TurnRate    = 4.6 // radians a second
	TurnGrip    = 42  // how fast a turn builds up, in radians/s²: a tap turns half a degree
)

// SlideSpeed is how fast a ship is moved at most to where the server has it, in units a second: less than three pixels a frame on a
// screen of 720 lines.
const SlideSpeed = 160

// Weapons.
const (
	BulletSpeed   = 840  // on top of the ship's own, in units a second
	BulletTime    = 1.05 // seconds of flight
	BulletRadius  = 3
	BulletDamage  = 8
	BulletImpulse = 14   // momentum that a hit passes on, in ships × units/s
	ShotPause     = 0.14 // seconds between two shots
	ShotEnergy    = 8
	Recoil        = 5 // units a second
	FullEnergy    = 100
	EnergyRate    = 30   // a second
	FanAngle      = 0.11 // radians between the three shots of an overloaded gun
	OverloadTime  = 10   // seconds
)

// Hulls.
const (
	FullHull    = 100
	RepairWait  = 4    // seconds without a wound before a hull mends itself
	RepairRate  = 7    // points a second
	ShieldTime  = 2.5  // seconds of safety of a fresh ship
	CrashSpeed  = 150  // ramming slower than this leaves no mark, in units a second
	CrashDamage = 0.11 // points for each unit/s beyond, shared by mass
	BumpSpeed   = 50   // at which sparks fly, in units a second
	CreditTime  = 5    // seconds for which a wound counts as the cause of a wreck
)

// CrateRadius is how far from its middle a crate is touched, in units.
const CrateRadius = 18

// Scores.
const (
	KillScore = 100
	RockScore = 10
)

// RockKind is what the size of an asteroid decides.
type RockKind struct {
	Radius, Mass float32
	Hull         float32 // points
	Drift        float32 // speed that it settles to, in units a second
	Pieces       int     // asteroids of the next smaller size that it breaks into
}

// Rocks has the kind of each RockSize. Their mass grows with their area.
var Rocks = [3]RockKind{
	SmallRock:  {Radius: 20, Mass: 1.75, Hull: 18, Drift: 110},
	MiddleRock: {Radius: 40, Mass: 7, Hull: 45, Drift: 75, Pieces: 2},
	LargeRock:  {Radius: 72, Mass: 22.5, Hull: 100, Drift: 45, Pieces: 3},
}

// ticks is a span of seconds in ticks of dt, at least one.
func ticks(seconds, dt float32) uint32 {
	return uint32(max(1, seconds/dt+0.5))
}
