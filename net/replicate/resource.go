package replicate

import (
	"fmt"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

// Resources are world-wide values. Each travels as a component of an entity
// that every client knows and that no system sees to: the server copies the
// resource into the component before it looks for changes, a client copies the
// component into the resource once it has been told. One entity has those that
// clients predict, another the rest. So resources have whatever components have:
// deltas, rates, interpolation, and a place in the frames of prediction.

// worldID is the ID of the entity that has the resources which nobody
// predicts, worldID+1 that of the others.
const worldID ID = 1 << 62

// World reports whether the ID belongs to an entity that only carries
// resources.
func (id ID) World() bool { return id == worldID || id == worldID+1 }

// Resource puts the world's value of type T on the wire, which systems of both
// sides read with [ecs.Resource]: a score, the wind, the phase of a match. The
// world gets a zero one if it has none yet. Every client is told of it, wherever
// its player is. With [Predict], clients simulate it as the server does, and it is
// rolled back, compared and replayed with everything else; it travels whole and
// exact in each snapshot then, so keep it small. Otherwise a client's systems
// only read it, and it changes when what is shown reaches the change.
func Resource[T any](app *engine.App, opts ...Option) {
	t := register[T](app, "Resource", opts)
	if t.ownerOnly {
		panic(fmt.Sprintf("replicate: Resource[%s] with OwnerOnly: nobody owns the world; make it a component of what the player owns", t.Name()))
	}
	w := app.World()
	if ecs.Resource[T](w) == nil {
		ecs.SetResource(w, new(T))
	}
	t.view = nil
	t.resource = func() unsafe.Pointer { return unsafe.Pointer(ecs.Resource[T](w)) }
}

// WorldValues copies resources to the entities that carry them, and back.
type WorldValues struct {
	world    *ecs.World
	types    []*Type
	entities *Entities
	netID    ecs.ID
}

// WorldValuesOf is the resources of an app whose plugins have all been added.
func WorldValuesOf(app *engine.App) *WorldValues {
	w := app.World()
	v := &WorldValues{world: w, entities: EntitiesOf(w), netID: ecs.ComponentID[Net](w)}
	for _, t := range TableOf(app).Types {
		if t.resource != nil {
			v.types = append(v.types, t)
		}
	}
	return v
}

// spawn makes the entities of a server that are missing.
func (v *WorldValues) spawn() {
	for _, t := range v.types {
		e, ok := v.entities.Lookup(t.carrier())
		if !ok {
			e = v.world.NewEntity(v.netID)
			n := Net{ID: t.carrier(), Life: Always}
			if t.Predict {
				n.Mode = ByAll
			}
			*(*Net)(v.world.Pointer(e, v.netID)) = n
		}
		if !v.world.Has(e, t.Component.ID) {
			v.world.AddIDs(e, t.Component.ID)
		}
	}
}

// carrier is the ID of the entity that a resource travels with.
func (t *Type) carrier() ID {
	if t.Predict {
		return worldID + 1
	}
	return worldID
}

// gather copies all resources to their entities: the server's are the truth.
func (v *WorldValues) gather() {
	for _, t := range v.types {
		if r, c := v.both(t); c != nil {
			t.copy(c, r)
		}
	}
}

// Gather copies the resources that a client predicts to their entity, at the
// end of a tick.
func (v *WorldValues) Gather() {
	for _, t := range v.types {
		if r, c := v.both(t); t.Predict && c != nil {
			t.copy(c, r)
		}
	}
}

// Scatter copies all resources from their entities, before a tick.
func (v *WorldValues) Scatter() {
	for _, t := range v.types {
		if r, c := v.both(t); c != nil {
			t.copy(r, c)
		}
	}
}

// clear makes all resources zero: another world follows, and they are not known
// yet.
func (v *WorldValues) clear() {
	for _, t := range v.types {
		if r := t.resource(); r != nil {
			t.copy(r, t.NewColumn().AppendZero())
		}
	}
}

// both are a resource and its component, nil and nil unless there are both.
func (v *WorldValues) both(t *Type) (resource, component unsafe.Pointer) {
	e, ok := v.entities.Lookup(t.carrier())
	if !ok {
		return nil, nil
	}
	resource, component = t.resource(), v.world.Pointer(e, t.Component.ID)
	if resource == nil || component == nil {
		return nil, nil
	}
	return resource, component
}
