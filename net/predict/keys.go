package predict

import (
	"fmt"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Keys gives entities that are spawned by systems of both sides the same ID
// on both: it is made of the owner, the tick, the kind of spawn, and its
// ordinal among the spawns of that kind and owner in that tick.
type Keys struct {
	tick   uint32
	counts []keyCount
}

type keyCount struct {
	owner input.PlayerID
	kind  uint8
	n     uint8
}

// NewKeys returns the world's keys. All systems share them, so two kinds of
// spawn must differ in kind.
func NewKeys(s *ecs.Sim) *Keys { return keysOf(s.World()) }

func keysOf(w *ecs.World) *Keys {
	k := ecs.Resource[Keys](w)
	if k == nil {
		k = &Keys{}
		ecs.SetResource(w, k)
	}
	return k
}

// Next is the identity of the owner's next spawn of a kind (below 128) in this
// tick, predicted by its owner.
func (k *Keys) Next(t engine.Tick, owner input.PlayerID, kind uint8) replicate.Net {
	if kind > 127 {
		panic(fmt.Sprintf("predict: spawn kind %d: use numbers below 128", kind))
	}
	if t.Number != k.tick {
		k.restart(t.Number)
	}
	return replicate.Net{ID: replicate.PredictedID(owner, t.Number, kind, k.ordinal(owner, kind)), Owner: owner, Mode: replicate.ByOwner}
}

func (k *Keys) ordinal(owner input.PlayerID, kind uint8) uint8 {
	for i := range k.counts {
		if c := &k.counts[i]; c.owner == owner && c.kind == kind {
			if c.n++; c.n == 0 {
				panic(fmt.Sprintf("predict: more than 256 spawns of kind %d by player %d in one tick: use more kinds", kind, owner))
			}
			return c.n
		}
	}
	k.counts = append(k.counts, keyCount{owner: owner, kind: kind})
	return 0
}

// restart begins a tick, also one that is run again.
func (k *Keys) restart(tick uint32) { k.tick, k.counts = tick, k.counts[:0] }
