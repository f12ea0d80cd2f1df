package message

import (
	"math"
	"reflect"
	"time"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
)

// Caller is where a system asks requests of one type.
type Caller[Req, Rep any] struct{ calls *calls[Req, Rep] }

// Calls makes the caller of a request, to be kept by a system. It panics if the
// request and its reply are not registered.
func Calls[Req, Rep any](s *ecs.Sim) Caller[Req, Rep] {
	return Caller[Req, Rep]{find[*calls[Req, Rep]](hubIn(s, "Calls").table, reflect.TypeFor[Req](), "RegisterCall")}
}

// Ask asks the server (0) from a client, or a player from the server. Without an
// answer within timeout (0: [DefaultTimeout]), in time as ticks count it, the
// call times out. In a replayed tick nothing is asked and the Call is zero.
func (c Caller[Req, Rep]) Ask(to input.PlayerID, v Req, timeout time.Duration) Call {
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	h := c.calls.hub
	ticks := uint64(math.Ceil(timeout.Seconds() * float64(h.app.TickRate())))
	return c.calls.ask(to, v, h.steps+max(ticks, 1), nil)
}

// Poll says where a call stands; the reply is there when it is [Answered].
func (c Caller[Req, Rep]) Poll(call Call) (Rep, Status) {
	var none Rep
	if call == (Call{}) {
		return none, NoCall
	}
	for i := range c.calls.pending {
		if c.calls.pending[i].call == call {
			return none, Pending
		}
	}
	for i := range c.calls.done {
		if e := &c.calls.done[i]; e.Call == call {
			return e.Reply, e.Status
		}
	}
	return none, NoCall
}

// Read returns the calls that have ended since the last tick, in that order; in
// a replayed tick none. The slice is valid until the tick ends and must not be
// changed.
func (c Caller[Req, Rep]) Read(t engine.Tick) []Ended[Rep] {
	if t.Replay {
		return nil
	}
	return c.calls.ended
}

// Cancel ends a call that is pending, and reports whether it was. The other side
// is told and need not answer.
func (c Caller[Req, Rep]) Cancel(call Call) bool {
	var none Rep
	for i := range c.calls.pending {
		if k := &c.calls.pending[i]; k.call == call {
			c.calls.end(k.to, call.number, endCancelled)
			c.calls.finish(i, Cancelled, none)
			return true
		}
	}
	return false
}

// Answers is where a system answers requests of one type.
type Answers[Req, Rep any] struct{ calls *calls[Req, Rep] }

// Requests makes the place where a request is answered, to be kept by a system.
// On a side on which no system has made one, requests are refused. It panics if
// the request and its reply are not registered.
func Requests[Req, Rep any](s *ecs.Sim) Answers[Req, Rep] {
	c := find[*calls[Req, Rep]](hubIn(s, "Requests").table, reflect.TypeFor[Req](), "RegisterCall")
	c.handled = true
	return Answers[Req, Rep]{c}
}

// Read returns the questions that have come since the last tick, in that order;
// in a replayed tick none. They may be answered at any later time. The slice is
// valid until the tick ends and must not be changed.
func (a Answers[Req, Rep]) Read(t engine.Tick) []Question[Req] {
	if t.Replay {
		return nil
	}
	return a.calls.asked
}

// Waiting reports whether the asker of a question still waits.
func (a Answers[Req, Rep]) Waiting(t Ticket) bool {
	for i := range a.calls.open {
		if a.calls.open[i] == t {
			return true
		}
	}
	return false
}

// Reply answers a question, and reports whether its asker was still waiting.
func (a Answers[Req, Rep]) Reply(t Ticket, v Rep) bool {
	c := a.calls
	if c.hub.replaying() || !c.shut(t) {
		return false
	}
	c.reply.going = v
	c.hub.write(&c.spec, target{player: t.peer.player}, head{form: formReply, call: t.call}, c.spec.reply, unsafe.Pointer(&c.reply.going))
	return true
}

// Refuse ends a question without an answer, and reports whether its asker was
// still waiting.
func (a Answers[Req, Rep]) Refuse(t Ticket) bool {
	if a.calls.hub.replaying() || !a.calls.shut(t) {
		return false
	}
	a.calls.end(t.peer, t.call, endRefused)
	return true
}
