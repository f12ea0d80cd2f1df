package server

import (
	"cmp"
	"fmt"
)

// Rules of the arena. A zero field has the value that it has in [DefaultRules].
type Rules struct {
	Bots    int     // computer pilots
	Rocks   int     // asteroids to begin with; broken ones are replaced. Negative: none
	Round   float32 // seconds that a round lasts
	Break   float32 // seconds between two rounds, in which nothing counts. Negative: none
	Respawn float32 // seconds without a ship after a wreck. Negative: none
}

// Bounds of the rules.
const (
	MaxBots  = 1000
	MaxRocks = 2000
)

// DefaultRules are the rules of a server that is told nothing else.
var DefaultRules = Rules{Rocks: 56, Round: 300, Break: 10, Respawn: 3}

func (r Rules) withDefaults() Rules {
	r.Rocks = cmp.Or(r.Rocks, DefaultRules.Rocks)
	r.Round = cmp.Or(r.Round, DefaultRules.Round)
	r.Break = cmp.Or(r.Break, DefaultRules.Break)
	r.Respawn = cmp.Or(r.Respawn, DefaultRules.Respawn)
	return r
}

// Literal is for rules of which every field was chosen by somebody, as those of a file whose gaps were filled with [DefaultRules]
// before: it turns zeros, which would stand for defaults, into what means none.
func (r Rules) Literal() Rules {
	r.Rocks = cmp.Or(r.Rocks, -1)
	r.Round = cmp.Or(r.Round, -1)
	r.Break = cmp.Or(r.Break, -1)
	r.Respawn = cmp.Or(r.Respawn, -1)
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
		return fmt.Errorf("round is %v seconds: it must be from 10 to 86400", max(r.Round, 0))
	case !(r.Break <= 600):
		return fmt.Errorf("break is %v seconds: it must be at most 600", r.Break)
	case !(r.Respawn <= 60):
		return fmt.Errorf("respawn is %v seconds: it must be at most 60", r.Respawn)
	}
	return nil
}
