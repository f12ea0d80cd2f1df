package client

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/session"
)

// feed is the list of who was lost to whom, as the server says: it is the same for everybody. It is a system of the Receive phase.
type feed struct {
	news   message.Inbox[sim.Wreck]
	local  *session.Local
	lines  []feedLine // oldest first
	killed string     // name of whom the local player has just shot down
	since  float32    // seconds since then
}

// feedLine is one line of the feed.
type feedLine struct {
	sim.Wreck
	age float32
	own bool // the local player takes part
}

const (
	feedLines = 5
	feedTime  = 7 // seconds that a line stays
)

func newFeed() *feed { return &feed{since: 99} }

// Init implements engine.Initer.
func (f *feed) Init(s *ecs.Sim) {
	f.news = message.From[sim.Wreck](s)
	f.local = ecs.MustResource[session.Local](s.World())
}

// Update implements engine.System.
func (f *feed) Update(t engine.Tick) {
	for _, m := range f.news.Read(t) {
		f.add(m.Value)
	}
}

func (f *feed) add(w sim.Wreck) {
	me := f.local.Player
	if w.By.ID == me && me != nobody {
		f.killed, f.since = w.Victim.Name, 0
	}
	if len(f.lines) == feedLines {
		f.lines = f.lines[:copy(f.lines, f.lines[1:])]
	}
	f.lines = append(f.lines, feedLine{Wreck: w, own: me != nobody && (w.By.ID == me || w.Victim.ID == me)})
}

// step lets dt seconds pass.
func (f *feed) step(dt float32) {
	f.since += dt
	for i := range f.lines {
		f.lines[i].age += dt
	}
	f.lines = keep(f.lines, func(l *feedLine) bool { return l.age < feedTime })
}

// clear forgets everything.
func (f *feed) clear() { f.lines, f.killed, f.since = f.lines[:0], "", 99 }
