package replicate_test

import (
	"errors"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// told is what a client's systems know who believe in events alone.
type told struct {
	sees map[replicate.ID]ecs.Entity // in sight
	kept map[replicate.ID]ecs.Entity // in the world, and out of sight
}

func newTold() told {
	return told{sees: map[replicate.ID]ecs.Entity{}, kept: map[replicate.ID]ecs.Entity{}}
}

var errEvents = errors.New("events that are not what is shown")

// hear follows the events of a tick, at its end. Who counts what appears and
// vanishes knows exactly what is in the world, and why.
func (j *judge) hear(engine.Tick) {
	if j.err != nil || !j.settle() {
		return
	}
	w := j.app.World()
	came, went := map[replicate.ID][]replicate.Appeared{}, map[replicate.ID][]replicate.Vanished{}
	for _, e := range ecs.EventsOf[replicate.Appeared](w).Read() {
		came[e.ID] = append(came[e.ID], e)
		j.events++
	}
	for _, e := range ecs.EventsOf[replicate.Vanished](w).Read() {
		went[e.ID] = append(went[e.ID], e)
		j.events++
	}
	for id := range j.lives {
		j.follow(id, came[id], went[id])
		delete(came, id)
		delete(went, id)
	}
	for id := range came { // predicted spawns
		j.follow(id, came[id], went[id])
		delete(went, id)
	}
	for id := range went {
		j.follow(id, nil, went[id])
	}
	j.present()
}

// follow takes an entity's events of a tick, by turns.
func (j *judge) follow(id replicate.ID, came []replicate.Appeared, went []replicate.Vanished) {
	for len(came)+len(went) > 0 {
		_, sees := j.told.sees[id]
		_, kept := j.told.kept[id]
		switch {
		case sees && len(went) == 0:
			j.wrong("%w: entity %d appears twice", errEvents, id)
			return
		case sees || kept && len(came) == 0:
			j.vanished(went[0], sees)
			went = went[1:]
		case len(came) == 0:
			j.wrong("%w: entity %d vanishes and was not there", errEvents, id)
			return
		default:
			j.appeared(came[0], kept)
			came = came[1:]
		}
	}
}

func (j *judge) appeared(e replicate.Appeared, back bool) {
	right := back && !e.Spawned || e.ID.Predicted() && e.Spawned
	for _, l := range j.lives[e.ID] {
		if back || right || l.appeared || l.carried || !l.own && !l.turned && float64(l.from) > j.shown {
			continue
		}
		// A life that ended before its moment came has never appeared.
		l.appeared, right = true, j.begins(l) == e.Spawned
	}
	if !right {
		j.wrong("%w: %+v, kept %t", errEvents, e, back)
	}
	delete(j.told.kept, e.ID)
	j.told.sees[e.ID] = e.Entity
}

// begins reports whether an entity came into being as the client was told of it.
func (j *judge) begins(l *life) bool {
	before := j.truth.moments[l.from-j.truth.interval]
	return before == nil || before.facts[l.id] == nil
}

func (j *judge) vanished(e replicate.Vanished, saw bool) {
	ended := len(j.lives[e.ID]) == 0 && e.Despawned // a predicted spawn that was a mistake
	for _, l := range j.lives[e.ID] {
		ended = ended || l.to != 0 && !l.turned && l.left == !e.Despawned
	}
	switch alive := j.app.World().Alive(e.Entity); {
	case e.Kept && e.Despawned, !e.Kept && alive:
		j.wrong("%w: %+v, alive %t", errEvents, e, alive)
	case !saw && !e.Despawned:
		j.wrong("%w: entity %d vanishes twice", errEvents, e.ID)
	case !e.Kept && !ended:
		j.wrong("%w: %+v, of which nobody told", errEvents, e)
	}
	delete(j.told.sees, e.ID)
	delete(j.told.kept, e.ID)
	if e.Kept {
		j.told.kept[e.ID] = e.Entity
	}
}

// present compares what events have told with what is in the world.
func (j *judge) present() {
	found := map[replicate.ID]bool{}
	q := j.every.Query()
	for q.Next() {
		id, e := q.Get().ID, q.Entity()
		if id == 0 || id.World() {
			continue
		}
		found[id] = true
		at, sees := j.told.sees[id]
		was, kept := j.told.kept[id]
		switch {
		case sees == kept:
			j.wrong("%w: entity %d is there, seen %t, kept %t", errEvents, id, sees, kept)
		case sees && at != e && !id.Predicted(), kept && was != e:
			j.wrong("%w: entity %d is another one than what appeared", errEvents, id)
		}
	}
	for id := range j.told.kept { // what is out of sight goes without a word
		if l := j.at(id, j.shown); l == nil || l.early {
			if _, ok := replicate.EntitiesOf(j.app.World()).Lookup(id); !ok {
				delete(j.told.kept, id)
			}
		}
	}
	for _, told := range []map[replicate.ID]ecs.Entity{j.told.sees, j.told.kept} {
		for id := range told {
			if !found[id] {
				j.wrong("%w: entity %d is not there any more", errEvents, id)
			}
		}
	}
}
