package session

import (
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/predict"
)

// State is where a client is on its way into a game.
type State uint8

const (
	Connecting State = iota // handshake
	LoggingIn               // connected, waiting for the welcome
	Playing                 // in the room
	Ended                   // see Err
)

// String is the state's name.
func (s State) String() string {
	return [...]string{"connecting", "logging in", "playing", "ended"}[min(s, Ended)]
}

// Stats describes a driver or server at one moment.
type Stats struct {
	State    State
	Tick     uint32  // newest tick simulated
	Ticks    uint64  // ticks run
	Dropped  uint64  // ticks lost because the machine was too slow
	Players  int     // servers and hosts: players in the room
	Entities int     // networked entities
	Progress float64 // clients: how much they know of the world that they should, 0..1
	RTT      time.Duration
	Jitter   time.Duration
	Loss     float64 // share of packets that were lost, 0..1
	DownRate float64 // bytes a second received, headers of UDP and IP not counted
	UpRate   float64 // bytes a second sent
	Delay    float64 // ticks that interpolated entities are shown behind
	Ahead    int     // ticks that are predicted: from the newest snapshot to Tick
	Input    int     // ticks that commands are delayed; see predict.Delay
	Shown    float64 // moment of the server's past that they show, in ticks
	Newest   uint32  // tick of the newest snapshot; before Shown they have to guess
	Margin   float64 // ticks that commands arrive early
	Late     uint32  // ticks for which the server had no command
	Predict  predict.Stats
	Commands predict.CommandCounts // ticks by what became of their commands, as the server says; see Client.CommandLog
}

// Driver plays a game: a [Client] or a [Host]. The caller advances it often,
// at best once a frame; the driver runs the ticks that are due.
type Driver interface {
	// Advance does what is due by now. An error ends the driver; it says in one
	// line what happened and what to do.
	Advance(now time.Duration) error
	// Frame describes the moment now for drawing.
	Frame(now time.Duration) engine.Frame
	// App is the app to draw.
	App() *engine.App
	Stats() Stats
	State() State
	// Close says goodbye, waiting a moment for it to leave, and releases
	// everything.
	Close() error
}

// rates turns counters into rates a second, over the last whole second.
type rates struct {
	at            time.Duration
	in, out       uint64
	perIn, perOut float64
	started       bool
}

// due reports whether a second has passed since the last reading.
func (r *rates) due(now time.Duration) bool { return !r.started || now-r.at >= time.Second }

func (r *rates) note(now time.Duration, in, out uint64) {
	if !r.started {
		r.started, r.at, r.in, r.out = true, now, in, out
	}
	if d := now - r.at; d >= time.Second {
		r.perIn, r.perOut = float64(in-r.in)/d.Seconds(), float64(out-r.out)/d.Seconds()
		r.at, r.in, r.out = now, in, out
	}
}
