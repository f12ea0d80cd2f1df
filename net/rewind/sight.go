package rewind

import (
	"cmp"
	"slices"
	"time"

	"github.com/tandem-engine/tandem/input"
)

// Sight is what a client says it shows, and what the server knows about that.
type Sight struct {
	// Tick is the tick that is about to be simulated.
	Tick uint32
	// Playhead is the moment that the client says it showed when it gave its
	// command for the tick, in ticks.
	Playhead float64
	// RTT and Jitter of the line to the client.
	RTT, Jitter time.Duration
	// Margin is how early its commands arrive, in ticks.
	Margin float64
	// Acked is the tick of the newest snapshot that it is known to have. 0:
	// unknown.
	Acked uint32
}

// SightStats says what became of a player's claims.
type SightStats struct {
	Playhead float64       // the moment granted last, in ticks
	Behind   time.Duration // how far before the tick that is
	Claims   uint64
	Clamped  uint64 // claims that were not believed
}

type sight struct {
	player   input.PlayerID
	playhead float64
	stats    SightStats
}

const (
	// frameTicks is what the frames of a slow display add to a claim, in ticks.
	frameTicks = 3
	// spreadFactor is how many mean deviations of arrival a client's
	// interpolation covers, and jitterFactor what is believed on top of that.
	spreadFactor, jitterFactor = 3, 4
	// maxMargin is the margin that is believed, in seconds. Commands that are
	// earlier than that do not make a view older.
	maxMargin = 0.25
)

// See takes what a client says about its screen and returns the moment that it
// is granted. That is not older than [Config.Max], nor than what the line to the
// client explains, nor newer than the newest snapshot.
//
// An honest client shows P = tick - margin - RTT - delay: its command is that
// much ahead of the server, the snapshots on its screen were that long on their
// way, and it plays them back behind the newest by a delay of two snapshots, or
// one and its allowance for jitter. Newer claims win a liar nothing that the
// server's own state would not give.
func (p *Past) See(player input.PlayerID, s Sight) float64 {
	low, high := p.bounds(s)
	granted := s.Playhead
	if !(granted >= low) { // no number, too
		granted = low
	}
	granted = min(granted, high)
	i, ok := p.find(player)
	if !ok {
		p.sights = slices.Insert(p.sights, i, sight{player: player})
	}
	k := &p.sights[i]
	k.playhead = granted
	k.stats.Claims++
	if granted != s.Playhead {
		k.stats.Clamped++
	}
	k.stats.Playhead = granted
	k.stats.Behind = time.Duration((float64(s.Tick) - granted) / float64(p.app.TickRate()) * float64(time.Second))
	return granted
}

// bounds are the oldest and the newest moment that a claim may be about.
func (p *Past) bounds(s Sight) (low, high float64) {
	rate, interval, tick := float64(p.app.TickRate()), float64(p.interval), float64(s.Tick)
	jitter := s.Jitter.Seconds() * rate
	margin := min(max(s.Margin, 0), maxMargin*rate)
	delay := max(2*interval, interval+float64(spreadFactor*jitter))
	doubt := interval + float64(jitterFactor*jitter) + frameTicks
	low = max(tick-p.reach, tick-margin-float64(s.RTT.Seconds()*rate)-delay-doubt)
	if s.Acked != 0 {
		// It had this snapshot when it acknowledged it, at most margin ago.
		low = max(low, float64(s.Acked)-margin-interval-delay-doubt)
	}
	if p.newest != nil {
		high = float64(p.newest.tick)
	}
	return max(min(low, high), 0), high
}

// Forget ends a player's sight: it sees the present from now on.
func (p *Past) Forget(player input.PlayerID) {
	if i, ok := p.find(player); ok {
		p.sights = slices.Delete(p.sights, i, i+1)
	}
}

// Stats says what became of a player's claims; zero without any.
func (p *Past) Stats(player input.PlayerID) SightStats {
	if i, ok := p.find(player); ok {
		return p.sights[i].stats
	}
	return SightStats{}
}

// find is a player's place among the sights, and whether it is there.
func (p *Past) find(player input.PlayerID) (int, bool) {
	return slices.BinarySearchFunc(p.sights, player, func(s sight, id input.PlayerID) int { return cmp.Compare(s.player, id) })
}
