package ecs_test

import (
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/tandem-engine/tandem/ecs"
)

// serial tells entities apart that the test cannot hold references to, because they are spawned later.
type serial struct{ N int }

// model is what a world should be: a table, written the simplest way.
type model struct {
	rows    map[int]*row
	waiting []func() // deferred changes, as they would be made to the table
	limited bool     // the scope is: owned, and not disabled
	next    int
}

type row struct {
	entity   ecs.Entity // as far as known
	position *position
	velocity *velocity
	label    *label
	owned    bool
	disabled bool
}

func (m *model) owns(n int) bool {
	r, ok := m.rows[n]
	return ok && (!m.limited || r.owned && !r.disabled)
}

// born adds a row, as something that a Sim spawns.
func (m *model) born(n int, r row) {
	r.owned = r.owned || m.limited
	m.rows[n] = &r
}

// machine runs the same steps on a world and on its model.
type machine struct {
	model
	world   *ecs.World
	sim     *ecs.Sim
	serials ecs.ReadMap1[serial]
	dead    []ecs.Entity

	plain    ecs.Map1[serial]
	placed   ecs.Map3[serial, position, label]
	moving   ecs.Map2[position, velocity]
	spawner  *ecs.Spawner3[serial, position, velocity]
	adder    *ecs.Adder2[velocity, label]
	disabler *ecs.Adder1[disabled]

	withPosition ecs.Filter2[serial, position]
	still        ecs.Filter1[serial]
	all          ecs.Reader2[serial, position]
}

func newMachine(limited bool) *machine {
	w := ecs.NewWorld(1)
	s := ecs.NewSim(w)
	if limited {
		s.Limit([]ecs.ID{ecs.ComponentID[owned](w)}, []ecs.ID{ecs.ComponentID[disabled](w)})
	}
	return &machine{
		model: model{rows: map[int]*row{}, limited: limited},
		world: w, sim: s, serials: ecs.NewReadMap1[serial](ecs.NewSim(w).All()),
		plain: ecs.NewMap1[serial](s), placed: ecs.NewMap3[serial, position, label](s),
		moving: ecs.NewMap2[position, velocity](s), spawner: ecs.NewSpawner3[serial, position, velocity](s),
		adder: ecs.NewAdder2[velocity, label](s), disabler: ecs.NewAdder1[disabled](s),
		withPosition: ecs.Query2[serial, position](s),
		still:        ecs.Query1[serial](s, ecs.With[position](), ecs.Without[velocity]()),
		all:          ecs.Read2[serial, position](s.All(), ecs.Without[label]()),
	}
}

// pick draws an entity: mostly a living one, sometimes one that has died.
func (m *machine) pick(t *rapid.T) (e ecs.Entity, n int) {
	if len(m.rows) == 0 || len(m.dead) > 0 && rapid.IntRange(0, 9).Draw(t, "dead") == 0 {
		if len(m.dead) == 0 {
			t.Skip("nobody is there")
		}
		return rapid.SampledFrom(m.dead).Draw(t, "corpse"), -1
	}
	n = rapid.SampledFrom(sortedKeys(m.rows)).Draw(t, "entity")
	return m.rows[n].entity, n
}

func sortedKeys(rows map[int]*row) []int { return slices.Sorted(maps.Keys(rows)) }

func (m *machine) draw(t *rapid.T) (n int, p position, v velocity, l label) {
	m.next++
	f := rapid.Float32Range(-9, 9)
	return m.next, position{f.Draw(t, "x"), 1}, velocity{f.Draw(t, "vx"), 2}, label{rapid.StringN(0, 4, -1).Draw(t, "label")}
}

// steps are what a test may do next; after each it checks.
func (m *machine) steps() map[string]func(*rapid.T) {
	steps := map[string]func(*rapid.T){
		"flush": func(*rapid.T) { m.flush() },
		"":      m.check,
	}
	maps.Copy(steps, m.births())
	maps.Copy(steps, m.deaths())
	maps.Copy(steps, m.changes())
	return steps
}

func (m *machine) births() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"new plain": func(t *rapid.T) {
			n, _, _, _ := m.draw(t)
			e := m.plain.NewEntity(serial{n})
			m.born(n, row{entity: e})
		},
		"new placed": func(t *rapid.T) {
			n, p, _, l := m.draw(t)
			e := m.placed.NewEntity(serial{n}, p, l)
			m.born(n, row{entity: e, position: &p, label: &l})
		},
		"new outside": func(t *rapid.T) {
			n, _, _, _ := m.draw(t)
			e := m.world.NewEntity(ecs.ComponentID[serial](m.world))
			*(*serial)(m.world.Pointer(e, ecs.ComponentID[serial](m.world))) = serial{n}
			m.rows[n] = &row{entity: e}
		},
		"spawn later": func(t *rapid.T) {
			n, p, v, _ := m.draw(t)
			m.spawner.Spawn(serial{n}, p, v)
			m.waiting = append(m.waiting, func() { m.born(n, row{position: &p, velocity: &v}) })
		},
	}
}

func (m *machine) deaths() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"despawn now": func(t *rapid.T) {
			e, n := m.pick(t)
			if n < 0 {
				t.Skip("dead")
			}
			m.world.Despawn(e)
			m.bury(n, e)
		},
		"despawn later": func(t *rapid.T) {
			e, n := m.pick(t)
			m.sim.Despawn(e)
			m.waiting = append(m.waiting, func() {
				if m.owns(n) {
					m.bury(n, e)
				}
			})
		},
	}
}

func (m *machine) changes() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"add now": func(t *rapid.T) {
			e, n := m.pick(t)
			_, p, v, _ := m.draw(t)
			m.moving.Add(e, p, v)
			if m.owns(n) {
				m.rows[n].position, m.rows[n].velocity = &p, &v
			}
		},
		"remove now": func(t *rapid.T) {
			e, n := m.pick(t)
			m.moving.Remove(e)
			if m.owns(n) {
				m.rows[n].position, m.rows[n].velocity = nil, nil
			}
		},
		"add later": func(t *rapid.T) {
			e, n := m.pick(t)
			_, _, v, l := m.draw(t)
			m.adder.Add(e, v, l)
			m.waiting = append(m.waiting, func() {
				if m.owns(n) {
					m.rows[n].velocity, m.rows[n].label = &v, &l
				}
			})
		},
		"remove later": func(t *rapid.T) {
			e, n := m.pick(t)
			m.adder.Remove(e)
			m.waiting = append(m.waiting, func() {
				if m.owns(n) {
					m.rows[n].velocity, m.rows[n].label = nil, nil
				}
			})
		},
		"disable later": func(t *rapid.T) {
			e, n := m.pick(t)
			m.disabler.Add(e, disabled{})
			m.waiting = append(m.waiting, func() {
				if m.owns(n) {
					m.rows[n].disabled = true
				}
			})
		},
		"exchange by id": func(t *rapid.T) {
			e, n := m.pick(t)
			if n < 0 {
				t.Skip("dead")
			}
			m.exchange(e, m.rows[n])
		},
	}
}

func (m *machine) bury(n int, e ecs.Entity) {
	delete(m.rows, n)
	m.dead = append(m.dead, e)
}

// exchange turns the tags of an entity round.
func (m *machine) exchange(e ecs.Entity, r *row) {
	var add, remove []ecs.ID
	flip := func(id ecs.ID, has *bool) {
		if *has {
			remove = append(remove, id)
		} else {
			add = append(add, id)
		}
		*has = !*has
	}
	flip(ecs.ComponentID[owned](m.world), &r.owned)
	flip(ecs.ComponentID[disabled](m.world), &r.disabled)
	m.world.Exchange(e, add, remove)
}

func (m *machine) flush() {
	m.sim.Flush()
	for _, change := range m.waiting {
		change()
	}
	m.waiting = nil
	// Learn which entities the spawner made.
	find := ecs.Read1[serial](ecs.NewSim(m.world).All())
	q := find.Query()
	for q.Next() {
		if r := m.rows[q.Get().N]; r != nil {
			r.entity = q.Entity()
		}
	}
}
