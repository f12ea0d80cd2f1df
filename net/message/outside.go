package message

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync/atomic"

	"github.com/tandem-engine/tandem/input"
)

// Errors of [Caller.Do], beside those of its context.
var (
	ErrRefused = errors.New("message: the call was refused")
	ErrLost    = errors.New("message: there is nobody to ask, or no longer")
)

// outside takes requests from other goroutines. The tick neither locks nor
// waits: it takes the whole list at once.
type outside[Req, Rep any] struct {
	list    atomic.Pointer[asking[Req, Rep]] // newest first
	stopped atomic.Bool
}

// asking is a request that another goroutine waits for.
type asking[Req, Rep any] struct {
	next   *asking[Req, Rep]
	to     input.PlayerID
	value  Req
	waiter waiter[Rep]
}

// waiter is what the tick knows of a goroutine that waits.
type waiter[Rep any] struct {
	cancelled atomic.Bool
	outcome   chan outcome[Rep] // room for the one that comes
}

type outcome[Rep any] struct {
	status Status
	reply  Rep
}

// give wakes the goroutine. It is called once.
func (w *waiter[Rep]) give(s Status, reply Rep) { w.outcome <- outcome[Rep]{s, reply} }

// Do asks as [Caller.Ask] does and waits for the answer: for goroutines outside
// the tick, such as an admin's request or a shop's backend. It must not be
// called from a system, which would wait for itself. The call lasts as long as
// ctx; when that ends the other side is told. The error is the context's,
// [ErrRefused] or [ErrLost].
func (c Caller[Req, Rep]) Do(ctx context.Context, to input.PlayerID, v Req) (Rep, error) {
	var none Rep
	if err := ctx.Err(); err != nil {
		return none, err
	}
	a := &asking[Req, Rep]{to: to, value: v}
	a.waiter.outcome = make(chan outcome[Rep], 1)
	out := &c.calls.outside
	for {
		a.next = out.list.Load()
		if out.list.CompareAndSwap(a.next, a) {
			break
		}
	}
	if out.stopped.Load() {
		out.refuse() // the tick that would take it does not come
	}
	select {
	case <-ctx.Done():
		a.waiter.cancelled.Store(true)
		return none, ctx.Err()
	case o := <-a.waiter.outcome:
		switch o.status {
		case Answered:
			return o.reply, nil
		case Refused:
			return none, ErrRefused
		default:
			return none, ErrLost
		}
	}
}

// refuse ends everything on the list.
func (o *outside[Req, Rep]) refuse() {
	var none Rep
	for a := o.list.Swap(nil); a != nil; a = a.next {
		a.waiter.give(Lost, none)
	}
}

// fromOutside asks what other goroutines want to know, in their order.
func (c *calls[Req, Rep]) fromOutside() {
	var list []*asking[Req, Rep]
	for a := c.outside.list.Swap(nil); a != nil; a = a.next {
		list = append(list, a)
	}
	for _, a := range slices.Backward(list) {
		if a.waiter.cancelled.Load() {
			continue // nobody waits any more
		}
		c.ask(a.to, a.value, math.MaxUint64, &a.waiter)
	}
}

// stop lets no goroutine wait for an app that has ended.
func (c *calls[Req, Rep]) stop() {
	c.outside.stopped.Store(true)
	c.outside.refuse()
	var none Rep
	for len(c.pending) > 0 {
		c.finish(len(c.pending)-1, Lost, none)
	}
}
