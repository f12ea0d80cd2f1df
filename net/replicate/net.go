package replicate

import "github.com/tandem-engine/tandem/input"

// ID names an entity for the whole life of a match, on every machine. Server
// spawned entities count up from 1; predicted spawns carry [PredictedID]s, so
// that client and server arrive at the same ID without asking each other.
// 0 means none yet.
//
// A field of type ID, in a component, is a reference. So is each element of an
// array of them, which is how a component refers to several entities.
type ID uint64

// predictedBit separates the IDs of predicted spawns from the server's counter.
const predictedBit = 1 << 63

// PredictedID is the ID of the ordinal-th spawn of one kind that the owner's
// systems made in one tick. kind is below 128.
func PredictedID(owner input.PlayerID, tick uint32, kind, ordinal uint8) ID {
	return ID(predictedBit | uint64(owner)<<47 | uint64(tick)<<15 | uint64(kind&127)<<8 | uint64(ordinal))
}

// Predicted reports whether the ID belongs to a predicted spawn.
func (id ID) Predicted() bool { return id&predictedBit != 0 }

// SpawnTick is the tick in which a predicted spawn was made, 0 for other IDs.
func (id ID) SpawnTick() uint32 {
	if !id.Predicted() {
		return 0
	}
	return uint32(id >> 15)
}

// SpawnOwner is the player for whom a predicted spawn was made, 0 for other IDs.
func (id ID) SpawnOwner() input.PlayerID {
	if !id.Predicted() {
		return 0
	}
	return input.PlayerID(id >> 47)
}

// SpawnKind is the kind of a predicted spawn, 0 for other IDs.
func (id ID) SpawnKind() uint8 {
	if !id.Predicted() {
		return 0
	}
	return uint8(id>>8) & 127
}

// Mode says who simulates an entity besides the server.
type Mode uint8

const (
	// Interpolated entities are shown by clients a little in the past.
	Interpolated Mode = iota
	// ByOwner entities are predicted by the client of their owner and
	// interpolated by all others.
	ByOwner
	// ByAll entities are predicted by every client.
	ByAll
	modes
)

// Net makes an entity networked. It is given at spawn; a server may change Owner
// and Mode later, and clients go over to predicting or interpolating it without a
// jump; its children go with it, see [Parent].
type Net struct {
	ID    ID             // 0: the server gives one before the next snapshot
	Owner input.PlayerID // the player whose commands it obeys; 0: nobody's
	Mode  Mode           // who predicts it; zero value: nobody
	Life  Life           // how long clients know it; zero value: while they see it
}

// Life says how long a client knows an entity that it has seen.
type Life uint8

const (
	// WhileSeen entities leave a client's world when they leave its sight.
	WhileSeen Life = iota
	// AfterSight entities stay, as they were last seen.
	AfterSight
	// Always entities are known wherever the player is.
	Always
)

// PredictedFor reports whether the client of player simulates the entity.
func (n Net) PredictedFor(player input.PlayerID) bool {
	return n.Mode == ByAll || n.Mode == ByOwner && n.Owner == player && player != 0
}
