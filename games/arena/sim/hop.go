package sim

// Hop is a pilot's wish to fly in another arena of the same server: in the emptiest that has space.
type Hop struct{}

// Hopped answers a [Hop] that comes to nothing. To one that succeeds the answer is the other arena.
type Hopped struct {
	Alone bool // there is no other arena; otherwise all are full
}
