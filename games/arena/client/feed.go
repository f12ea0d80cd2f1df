package client

import "github.com/tandem-engine/tandem/input"

// feed is the list of who was lost to whom. A death is known as soon as a ship is gone; whose doing it was follows from
// whose count of kills goes up, which may arrive later.
type feed struct {
	lines   []feedLine // oldest first
	kills   map[input.PlayerID]uint16
	waiting []death
	killed  string // name of whom the local player has just shot down
	since   float32
}

// feedLine is one line of the feed.
type feedLine struct {
	killer, victim           string
	killerColor, victimColor int // hues, -1 for nobody
	age                      float32
	own                      bool // the local player takes part
}

// death waits for the killer's count to go up.
type death struct {
	victim, by input.PlayerID
	age        float32
}

const (
	feedLines = 5
	feedTime  = 7   // seconds that a line stays
	feedWait  = 0.7 // seconds that a death waits for its killer
)

func newFeed() feed { return feed{kills: map[input.PlayerID]uint16{}, since: 99} }

// died notes a loss; by is who gave the last wound that is known.
func (f *feed) died(victim, by input.PlayerID) {
	f.waiting = append(f.waiting, death{victim: victim, by: by})
}

func (f *feed) look(s *scene, dt float32) {
	f.since += dt
	for i := range f.lines {
		f.lines[i].age += dt
	}
	f.lines = keep(f.lines, func(l *feedLine) bool { return l.age < feedTime })
	for i := range f.waiting {
		f.waiting[i].age += dt
	}
	for i := range s.pilots {
		p := &s.pilots[i]
		before, known := f.kills[p.ID]
		f.kills[p.ID] = p.Kills
		for n := before; known && n < p.Kills; n++ {
			f.credit(s, p.ID)
		}
	}
	for len(f.waiting) > 0 && f.waiting[0].age > feedWait {
		d := f.waiting[0]
		f.waiting = f.waiting[:copy(f.waiting, f.waiting[1:])]
		f.add(s, d.by, d.victim)
	}
}

// credit gives a kill to the death that it most likely belongs to.
func (f *feed) credit(s *scene, killer input.PlayerID) {
	best := -1
	for i, d := range f.waiting {
		if d.victim != killer && (best < 0 || d.by == killer && f.waiting[best].by != killer) {
			best = i
		}
	}
	if best < 0 {
		return
	}
	f.add(s, killer, f.waiting[best].victim)
	f.waiting = append(f.waiting[:best], f.waiting[best+1:]...)
}

func (f *feed) add(s *scene, killer, victim input.PlayerID) {
	v := s.find(victim)
	if v == nil {
		return
	}
	line := feedLine{victim: v.Name, victimColor: int(v.Hue), killerColor: -1, own: v.own}
	if k := s.find(killer); k != nil && killer != victim {
		line.killer, line.killerColor = k.Name, int(k.Hue)
		line.own = line.own || k.own
		if k.own {
			f.killed, f.since = v.Name, 0
		}
	}
	if len(f.lines) == feedLines {
		f.lines = f.lines[:copy(f.lines, f.lines[1:])]
	}
	f.lines = append(f.lines, line)
}
