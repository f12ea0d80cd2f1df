package server

import "fmt"

// Rules of the arena. The zero value of each field chooses its default.
type Rules struct {
	Bots    int     // computer pilots; negative is an error
	Rocks   int     // asteroids to begin with; broken ones are replaced. 0: 56, negative: none
	Round   float32 // seconds that a round lasts. 0: 300
	Break   float32 // seconds between two rounds, in which nothing counts. 0: 10
	Respawn float32 // seconds without a ship after a wreck. 0: 3
}

// Bounds of the rules.
const (
	MaxBots  = 1000
	MaxRocks = 2000
)

func (r Rules) withDefaults() Rules {
	if r.Rocks == 0 {
		r.Rocks = 56
	}
	if r.Round == 0 {
		r.Round = 300
	}
	if r.Break == 0 {
		r.Break = 10
	}
	if r.Respawn == 0 {
		r.Respawn = 3
	}
	return r
}

// Validate says what is wrong with the rules, if anything.
func (r Rules) Validate() error {
	r = r.withDefaults()
	switch {
	case r.Bots < 0 || r.Bots > MaxBots:
		return fmt.Errorf("bots is %d: it must be from 0 to %d", r.Bots, MaxBots)
	case r.Rocks > MaxRocks:
		return fmt.Errorf("rocks is %d: it must be at most %d", r.Rocks, MaxRocks)
	case !(r.Round >= 10 && r.Round <= 86400):
		return fmt.Errorf("round is %v seconds: it must be from 10 to 86400", r.Round)
	case !(r.Break >= 0 && r.Break <= 600):
		return fmt.Errorf("break is %v seconds: it must be from 0 to 600", r.Break)
	case !(r.Respawn >= 0 && r.Respawn <= 60):
		return fmt.Errorf("respawn is %v seconds: it must be from 0 to 60", r.Respawn)
	}
	return nil
}
