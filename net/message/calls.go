package message

import (
	"math"
	"slices"
	"time"
	"unsafe"

	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/wire"
)

// DefaultTimeout is how long a call waits for its answer if [Caller.Ask] is
// told nothing.
const DefaultTimeout = 5 * time.Second

// endedCalls is how many calls that have ended can still be polled, of one
// type.
const endedCalls = 256

// Call is a request that was asked. The zero Call is none.
type Call struct{ number uint32 }

// Status is where a call stands.
type Status uint8

const (
	// NoCall is the status of the zero Call, and of one that ended so long ago
	// that 256 others of its type have since.
	NoCall    Status = iota
	Pending          // no answer yet
	Answered         // the reply is there
	Refused          // the other side does not answer, or too many calls are open
	TimedOut         // no answer came in time
	Cancelled        // by [Caller.Cancel] or its context
	Lost             // there is no such player or server, or no more
)

// String is the status in one word.
func (s Status) String() string {
	return [...]string{"no call", "pending", "answered", "refused", "timed out", "cancelled", "lost"}[min(s, Lost)]
}

// Ended is a call that ended in this tick.
type Ended[Rep any] struct {
	Call   Call
	To     input.PlayerID // who was asked; 0: the server
	Status Status         // Answered, or why there is no answer
	Reply  Rep            // if Answered
}

// Question is a request that wants an answer.
type Question[Req any] struct {
	From   input.PlayerID // who asks; 0: the server
	Value  Req
	Ticket Ticket
}

// Ticket names a question until it is answered. It is comparable, and good for
// as long as the asker waits.
type Ticket struct {
	peer *Peer
	call uint32
}

// calls is a request and its reply: both ends of it.
type calls[Req, Rep any] struct {
	hub  *hub
	spec spec

	last    uint32
	pending []pending[Rep]
	ended   []Ended[Rep] // readable in this tick
	ending  []Ended[Rep] // since the last delivery
	done    [endedCalls]Ended[Rep]
	doneAt  int

	handled bool // there is a system that answers
	asked   []Question[Req]
	arrived []Question[Req] // since the last delivery
	open    []Ticket        // asked and not answered

	request struct{ coming, going Req }
	reply   struct{ coming, going Rep }
	outside outside[Req, Rep]
}

// pending is a call without an answer.
type pending[Rep any] struct {
	call   Call
	to     *Peer
	until  uint64 // step
	waiter *waiter[Rep]
}

func (c *calls[Req, Rep]) about() *spec { return &c.spec }

// take reads a message of one of the three forms.
func (c *calls[Req, Rep]) take(r *wire.Reader, p *Peer, form uint64) verdict {
	n := r.Uvarint()
	if n == 0 || n > math.MaxUint32 {
		return malformed
	}
	switch number := uint32(n); form {
	case formRequest:
		return c.takeRequest(r, p, number)
	case formReply:
		return c.takeReply(r, p, number)
	case formEnd:
		return c.takeEnd(p, number, r.Bits(8))
	default:
		return malformed
	}
}

func (c *calls[Req, Rep]) takeRequest(r *wire.Reader, p *Peer, number uint32) verdict {
	if !p.maySend(c.spec.origin) {
		return unknown
	}
	if c.spec.codec.Decode(r, unsafe.Pointer(&c.request.coming)) != nil {
		return malformed
	}
	c.spec.stats.Received++
	p.stats.Received++
	t := Ticket{p, number}
	if slices.Contains(c.open, t) {
		return malformed
	}
	if allowed := p.allowed(&c.spec); !allowed || p.asked >= c.hub.limits.Calls {
		c.end(p, number, endRefused)
		return excessive
	}
	if !c.handled {
		c.end(p, number, endRefused)
		return fine
	}
	p.asked++
	c.open = append(c.open, t)
	c.arrived = append(c.arrived, Question[Req]{From: p.player, Value: c.request.coming, Ticket: t})
	return fine
}

func (c *calls[Req, Rep]) takeReply(r *wire.Reader, p *Peer, number uint32) verdict {
	if c.spec.reply.Decode(r, unsafe.Pointer(&c.reply.coming)) != nil {
		return malformed
	}
	c.spec.stats.Received++
	p.stats.Received++
	return c.settle(p, number, Answered, c.reply.coming)
}

func (c *calls[Req, Rep]) takeEnd(p *Peer, number uint32, reason uint64) verdict {
	switch reason {
	case endCancelled:
		if !c.shut(Ticket{p, number}) {
			return stray
		}
		return fine
	case endRefused:
		var none Rep
		return c.settle(p, number, Refused, none)
	default:
		return malformed
	}
}

// settle ends the call that a peer has answered.
func (c *calls[Req, Rep]) settle(p *Peer, number uint32, s Status, reply Rep) verdict {
	for i := range c.pending {
		if k := &c.pending[i]; k.call.number == number && k.to == p {
			c.finish(i, s, reply)
			return fine
		}
	}
	if int32(number-c.last) > 0 {
		return malformed // it was never asked
	}
	return stray
}

// finish ends pending call i.
func (c *calls[Req, Rep]) finish(i int, s Status, reply Rep) {
	k := c.pending[i]
	c.pending = slices.Delete(c.pending, i, i+1)
	k.to.open--
	c.record(Ended[Rep]{Call: k.call, To: k.to.player, Status: s, Reply: reply})
	if k.waiter != nil {
		k.waiter.give(s, reply)
	}
}

// record keeps an ended call for those who poll and those who read.
func (c *calls[Req, Rep]) record(e Ended[Rep]) {
	c.ending = append(c.ending, e)
	c.done[c.doneAt%endedCalls] = e
	c.doneAt++
}

// end tells a peer that a call is over.
func (c *calls[Req, Rep]) end(p *Peer, number uint32, reason uint32) {
	c.hub.write(&c.spec, target{player: p.player}, head{form: formEnd, call: number, tick: reason}, nil, nil)
}

// shut forgets a question and reports whether it was open.
func (c *calls[Req, Rep]) shut(t Ticket) bool {
	i := slices.Index(c.open, t)
	if i < 0 {
		return false
	}
	c.open = slices.Delete(c.open, i, i+1)
	t.peer.asked--
	return true
}

// ask begins a call. until is the step at which it times out.
func (c *calls[Req, Rep]) ask(to input.PlayerID, v Req, until uint64, w *waiter[Rep]) Call {
	h := c.hub
	if h.replaying() {
		return Call{}
	}
	if c.last++; c.last == 0 {
		c.last = 1
	}
	call := Call{c.last}
	failed := Lost
	if p := h.peer(to); p != nil && h.open(&c.spec, target{player: to}) {
		if p.open < h.limits.Calls {
			p.open++
			c.pending = append(c.pending, pending[Rep]{call: call, to: p, until: until, waiter: w})
			c.request.going = v
			h.write(&c.spec, target{player: to}, head{form: formRequest, call: call.number}, c.spec.codec, unsafe.Pointer(&c.request.going))
			return call
		}
		failed = Refused
	}
	var none Rep
	c.record(Ended[Rep]{Call: call, To: to, Status: failed})
	if w != nil {
		w.give(failed, none)
	}
	return call
}

// deliver ends what has waited too long and makes the rest readable.
func (c *calls[Req, Rep]) deliver(now moment) {
	c.fromOutside()
	var none Rep
	for i := 0; i < len(c.pending); {
		k := &c.pending[i]
		status := Pending
		if now.step >= k.until {
			status = TimedOut
		}
		if k.waiter != nil && k.waiter.cancelled.Load() {
			status = Cancelled
		}
		if status == Pending {
			i++
			continue
		}
		c.end(k.to, k.call.number, endCancelled)
		c.finish(i, status, none)
	}
	c.ended, c.ending = swap(c.ended, c.ending)
	c.asked, c.arrived = swap(c.asked, c.arrived)
	c.asked = slices.DeleteFunc(c.asked, func(q Question[Req]) bool { return !slices.Contains(c.open, q.Ticket) })
}

// swap returns fresh and an empty list that has the memory of old.
func swap[T any](old, fresh []T) (now, next []T) {
	clear(old)
	return fresh, old[:0]
}

// forget ends everything with a peer that is gone.
func (c *calls[Req, Rep]) forget(p *Peer) {
	var none Rep
	for i := 0; i < len(c.pending); {
		if c.pending[i].to == p {
			c.finish(i, Lost, none)
			continue
		}
		i++
	}
	c.open = slices.DeleteFunc(c.open, func(t Ticket) bool { return t.peer == p })
}
