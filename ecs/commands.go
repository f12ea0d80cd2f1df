package ecs

// commands are the changes that wait for Flush, in the order in which they were given.
type commands struct {
	list      []command
	queues    []queue // those that hold something
	despawns  despawns
	onDespawn func(Entity) bool
	onSpawn   func(Entity)
	born      []Entity // since the last Flush, if there is somebody to tell
}

// command is one deferred change: entry index of a queue.
type command struct {
	queue queue
	index int
}

// queue holds the arguments of deferred changes of one kind.
type queue interface {
	apply(index int)
	reset()
}

// push records that entry index of a queue is to be applied next.
func (c *commands) push(q queue, index int) {
	if index == 0 {
		c.queues = append(c.queues, q)
	}
	c.list = append(c.list, command{q, index})
}

// Flush applies the deferred commands in the order in which they were given. A command on an entity that is dead or
// outside the scope by then does nothing. It panics while a query is open. The App calls it after each system.
func (s *Sim) Flush() {
	c := &s.commands
	if s.world.arche.IsLocked() {
		panic("ecs: a query is still open at the end of the system: a loop over it was left early; Close it there")
	}
	for i := 0; i < len(c.list); i++ { // an OnDespawn hook may add to the list
		c.list[i].queue.apply(c.list[i].index)
	}
	for _, q := range c.queues {
		q.reset()
	}
	c.list, c.queues = c.list[:0], c.queues[:0]
	for i := 0; i < len(c.born); i++ { // an OnSpawn hook may make more
		if e := c.born[i]; s.world.Alive(e) {
			c.onSpawn(e)
		}
	}
	c.born = c.born[:0]
}

// Despawn removes an entity at the next Flush. It does nothing if the entity is dead or outside the scope by then.
func (s *Sim) Despawn(e Entity) {
	d := &s.commands.despawns
	d.list = append(d.list, e)
	s.commands.push(d, len(d.list)-1)
}

// OnDespawn sets a hook that Flush asks before it removes an entity. If it returns true, the hook has taken care of the
// entity, and it stays; commands that it gives join the same Flush. There is one hook; nil removes it.
func (s *Sim) OnDespawn(hook func(Entity) bool) { s.commands.onDespawn = hook }

// OnSpawn sets a hook that Flush calls, at its end, with each entity that was made inside the scope since the last Flush
// and lives: before the next system sees it. The hook may change or despawn it. There is one hook; nil removes it.
func (s *Sim) OnSpawn(hook func(Entity)) { s.commands.onSpawn, s.commands.born = hook, nil }

type despawns struct {
	sim  *Sim
	list []Entity
}

func (d *despawns) apply(i int) {
	e, hook := d.list[i], d.sim.commands.onDespawn
	if !d.sim.Owns(e) || hook != nil && hook(e) {
		return
	}
	d.sim.world.Despawn(e)
}

func (d *despawns) reset() { d.list = d.list[:0] }
