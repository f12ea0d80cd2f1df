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
			o.tell(w, tick)
		}
	}
	w.Bool(false)
	_ = p.line.Send(chCommands, w.Finish(), sendOptions)
}

// saying is a player's part of others' messages, encoded once for all of them.
type saying struct {
	wire.Writer
	tick uint32 // as of which
	bits int    // 0: there is nothing to tell
}

// tell adds the player's commands to a message, unless it would become too large.
func (p *player) tell(w *wire.Writer, tick uint32) {
	s := &p.said
	if s.tick != tick {
		s.Reset(s.Finish()[:0])
		p.buffer.Relay(&s.Writer, p.id, tick, relayBytes)
		s.tick, s.bits = tick, s.BitLen()
	}
	if w.BitLen()+s.bits > (relayBytes-1)*8 {
		return
	}
	text := s.Finish()
	w.Bytes(text[:s.bits/8])
	if rest := s.bits % 8; rest > 0 {
		w.Bits(uint64(text[s.bits/8]), uint(rest))
	}
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
