package predict

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/net/replicate"
)

// places gives each entity that is predicted here a small number, by which
// frames and visible errors are kept. An entity that a replay spawns again has
// the place of the one before it.
type places struct {
	of   map[replicate.ID]uint32
	list []place
	free []uint32
}

// place is one entity that is predicted here, or none: id 0.
type place struct {
	id      replicate.ID
	entity  ecs.Entity         // zero while it is parked: see restore
	replica *replicate.Replica // nil: the server has not told of it
}

func newPlaces() places { return places{of: map[replicate.ID]uint32{}} }

// find is the place of an entity; false without.
func (p *places) find(id replicate.ID) (*place, bool) {
	i, ok := p.of[id]
	if !ok {
		return nil, false
	}
	return &p.list[i], true
}

// take is the place of an entity, a new one if it has none.
func (p *places) take(id replicate.ID) uint32 {
	if i, ok := p.of[id]; ok {
		return i
	}
	var i uint32
	if n := len(p.free); n > 0 {
		i, p.free = p.free[n-1], p.free[:n-1]
	} else {
		i = uint32(len(p.list))
		p.list = append(p.list, place{})
	}
	p.of[id], p.list[i] = i, place{id: id}
	return i
}

// leave gives the place of an entity back.
func (p *places) leave(i uint32) {
	delete(p.of, p.list[i].id)
	p.list[i] = place{}
	p.free = append(p.free, i)
}
