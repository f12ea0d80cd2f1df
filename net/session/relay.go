package session

import (
	"slices"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/wire"
)

// relayBytes bounds one message of others' commands.
const relayBytes = 1000

// relay tells each player, with a snapshot, the commands of those whose things
// its client predicts. What is lost is not sent again: the next snapshot's is
// better.
func (r *Room) relay(t engine.Tick) {
	if r.input == nil || t.Number%r.game.interval() != 0 {
		return
	}
	for _, p := range r.players {
		if p.peer == nil {
			continue
		}
		r.foreign = p.peer.Foreign(r.foreign[:0])
		if len(r.foreign) > 0 {
			r.relayTo(p, t.Number)
		}
	}
}

func (r *Room) relayTo(p *player, tick uint32) {
	w := &r.relayed
	w.Reset(w.Finish()[:0])
	predict.RelayHead(w, tick)
	// Where not all fit, others come first the next time.
	first := int(tick / r.game.interval() % uint32(len(r.foreign)))
	for k := range r.foreign {
		id := r.foreign[(first+k)%len(r.foreign)]
		if o := r.playerOf(id); o != nil && o.buffer != nil {
			o.buffer.Relay(w, id, tick, relayBytes)
		}
	}
	w.Bool(false)
	_ = p.line.Send(chCommands, w.Finish(), sendOptions)
}

// playerOf is the player of a number, nil without.
func (r *Room) playerOf(id input.PlayerID) *player {
	at, ok := slices.BinarySearchFunc(r.players, id, func(p *player, id input.PlayerID) int { return int(p.id) - int(id) })
	if !ok {
		return nil
	}
	return r.players[at]
}

// relaying is what a room keeps for that.
type relaying struct {
	foreign []input.PlayerID
	relayed wire.Writer
}
