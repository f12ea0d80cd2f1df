package message_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/message"
)

// shop answers what is bought, when it is told to.
type shop struct {
	desk  message.Answers[buy, receipt]
	asked []message.Question[buy]
	open  bool
}

func newShop(e *end, open bool) *shop {
	s := &shop{open: open, desk: message.Requests[buy, receipt](e.sim)}
	e.update = func(t engine.Tick) {
		s.asked = append(s.asked, s.desk.Read(t)...)
		if s.open {
			for _, q := range s.asked {
				s.desk.Reply(q.Ticket, receipt{uint32(q.Value.Item) * 10})
			}
			s.asked = nil
		}
	}
	return s
}

func TestCall(t *testing.T) {
	p := newPair(t, message.Limits{})
	shop := newShop(p.server, true)
	call := p.client.buys.Ask(0, buy{Item: 4, Note: "please"}, time.Second)
	_, status := p.client.buys.Poll(call)
	require.Equal(t, message.Pending, status)
	var ended []message.Ended[receipt]
	p.client.update = func(t engine.Tick) { ended = append(ended, p.client.buys.Read(t)...) }
	p.step(3)
	reply, status := p.client.buys.Poll(call)
	require.Equal(t, message.Answered, status)
	require.Equal(t, receipt{40}, reply)
	require.Equal(t, []message.Ended[receipt]{{Call: call, Status: message.Answered, Reply: receipt{40}}}, ended)
	require.Empty(t, shop.asked)
	require.False(t, p.client.buys.Cancel(call), "it is over")

	_, status = p.client.buys.Poll(message.Call{})
	require.Equal(t, message.NoCall, status)
	require.Equal(t, "answered", message.Answered.String())
}

// The server can ask a client as well.
func TestServerAsks(t *testing.T) {
	p := newPair(t, message.Limits{})
	newShop(p.client, true)
	call := p.server.buys.Ask(1, buy{Item: 2}, 0)
	nobody := p.server.buys.Ask(2, buy{Item: 2}, 0)
	_, status := p.server.buys.Poll(nobody)
	require.Equal(t, message.Lost, status)
	p.step(3)
	reply, status := p.server.buys.Poll(call)
	require.Equal(t, message.Answered, status)
	require.Equal(t, receipt{20}, reply)
}

func TestRefused(t *testing.T) {
	p := newPair(t, message.Limits{})
	call := p.client.buys.Ask(0, buy{}, 0) // nobody answers there
	p.step(3)
	_, status := p.client.buys.Poll(call)
	require.Equal(t, message.Refused, status)

	shop := newShop(p.server, false)
	call = p.client.buys.Ask(0, buy{}, 0)
	p.step(2)
	require.True(t, shop.desk.Refuse(shop.asked[0].Ticket))
	require.False(t, shop.desk.Reply(shop.asked[0].Ticket, receipt{}))
	p.step(2)
	_, status = p.client.buys.Poll(call)
	require.Equal(t, message.Refused, status)
}

func TestTimeoutAndCancel(t *testing.T) {
	p := newPair(t, message.Limits{})
	shop := newShop(p.server, false)
	late := p.client.buys.Ask(0, buy{Item: 1}, time.Second)
	never := p.client.buys.Ask(0, buy{Item: 2}, time.Hour)
	p.step(30)
	require.Len(t, shop.asked, 2)
	require.True(t, shop.desk.Waiting(shop.asked[1].Ticket))
	require.True(t, p.client.buys.Cancel(never))
	_, status := p.client.buys.Poll(never)
	require.Equal(t, message.Cancelled, status)
	p.step(2)
	require.False(t, shop.desk.Waiting(shop.asked[1].Ticket), "the other side is told")
	p.step(27)
	_, status = p.client.buys.Poll(late)
	require.Equal(t, message.Pending, status)
	p.step(2)
	_, status = p.client.buys.Poll(late)
	require.Equal(t, message.TimedOut, status)

	// An answer that crosses the end of its call is no offence.
	crossing := p.client.buys.Ask(0, buy{Item: 3}, time.Hour)
	p.step(1) // the question is on its way
	require.NoError(t, p.server.app.Step())
	require.True(t, shop.desk.Reply(shop.asked[2].Ticket, receipt{1}))
	p.client.buys.Cancel(crossing)
	p.step(2)
	require.EqualValues(t, 1, p.guest.Stats().Stray)
	require.EqualValues(t, 1, p.peer.Stats().Stray)
	require.NoError(t, p.guest.Err())
}

func TestLost(t *testing.T) {
	p := newPair(t, message.Limits{})
	shop := newShop(p.server, false)
	newShop(p.client, false)
	question := p.client.buys.Ask(0, buy{}, time.Hour)
	call := p.server.buys.Ask(1, buy{}, time.Hour)
	p.step(3)
	require.Len(t, shop.asked, 1)
	p.host.Remove(p.peer)
	_, status := p.server.buys.Poll(call)
	require.Equal(t, message.Lost, status)
	require.False(t, shop.desk.Reply(shop.asked[0].Ticket, receipt{}), "whoever asked is gone")
	again := p.host.Add(1, &p.down)
	require.False(t, shop.desk.Waiting(shop.asked[0].Ticket), "whoever has the number now did not ask")
	require.NotNil(t, again)
	p.guest.Close()
	_, status = p.client.buys.Poll(question)
	require.Equal(t, message.Lost, status)
}

// Calls are bounded on both ends.
func TestTooManyCalls(t *testing.T) {
	p := newPair(t, message.Limits{Calls: 8})
	shop := newShop(p.server, false)
	var calls []message.Call
	for range 40 {
		calls = append(calls, p.client.buys.Ask(0, buy{}, time.Hour))
	}
	_, status := p.client.buys.Poll(calls[31])
	require.Equal(t, message.Pending, status)
	_, status = p.client.buys.Poll(calls[32])
	require.Equal(t, message.Refused, status, "of its own accord")
	p.step(4)
	require.Len(t, shop.asked, 8)
	_, status = p.client.buys.Poll(calls[8])
	require.Equal(t, message.Refused, status, "by the server")
	require.EqualValues(t, 24, p.peer.Stats().Excessive)
	shop.open = true
	p.step(3)
	reply, status := p.client.buys.Poll(calls[7])
	require.Equal(t, message.Answered, status)
	require.Zero(t, reply.Price)
	calls = append(calls, p.client.buys.Ask(0, buy{Item: 1}, 0))
	p.step(3)
	_, status = p.client.buys.Poll(calls[40])
	require.Equal(t, message.Answered, status, "there is room again")
}

// The same call number twice is no client of ours.
func TestCallNumbersAreUsedOnce(t *testing.T) {
	p := newPair(t, message.Limits{})
	newShop(p.server, false)
	request := []byte{numberBuy<<2 | 1, 1, 7, 0, 0}
	require.NoError(t, p.peer.Receive(request))
	require.NoError(t, p.peer.Receive(request))
	require.EqualValues(t, 1, p.peer.Stats().Malformed)
}

// outcome is what a goroutine got from Do.
type outcome struct {
	reply receipt
	err   error
}

// do asks from another goroutine.
func do(ctx context.Context, c message.Caller[buy, receipt], v buy) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		r, err := c.Do(ctx, 0, v)
		done <- outcome{r, err}
	}()
	return done
}

// stepUntil steps until a goroutine has its outcome.
func (p *pair) stepUntil(done <-chan outcome) outcome {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		p.step(1)
		select {
		case o := <-done:
			return o
		default:
		}
	}
	p.t.Fatal("no outcome")
	return outcome{}
}

func TestDo(t *testing.T) {
	p := newPair(t, message.Limits{BytesPerSecond: 1 << 20})
	shop := newShop(p.server, true)
	o := p.stepUntil(do(t.Context(), p.client.buys, buy{Item: 5}))
	require.NoError(t, o.err)
	require.Equal(t, receipt{50}, o.reply)

	var many []<-chan outcome
	for i := range 20 {
		many = append(many, do(t.Context(), p.client.buys, buy{Item: uint16(i)}))
	}
	for i, done := range many {
		o := p.stepUntil(done)
		require.NoError(t, o.err)
		require.EqualValues(t, i*10, o.reply.Price)
	}

	shop.open = false
	ctx, cancel := context.WithCancel(t.Context())
	done := do(ctx, p.client.buys, buy{Item: 6})
	for len(shop.asked) == 0 {
		p.step(1)
	}
	cancel()
	require.ErrorIs(t, (<-done).err, context.Canceled)
	for shop.desk.Waiting(shop.asked[0].Ticket) {
		p.step(1) // until the server has heard of it
	}

	done = do(t.Context(), p.client.buys, buy{})
	for len(shop.asked) == 1 {
		p.step(1)
	}
	shop.desk.Refuse(shop.asked[1].Ticket)
	require.ErrorIs(t, p.stepUntil(done).err, message.ErrRefused)

	done = do(t.Context(), p.client.buys, buy{})
	for len(shop.asked) == 2 {
		p.step(1)
	}
	p.client.app.Stop()
	require.ErrorIs(t, (<-done).err, message.ErrLost)
	_, err := p.client.buys.Do(t.Context(), 0, buy{})
	require.ErrorIs(t, err, message.ErrLost, "the app has ended")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.client.buys.Do(ended, 0, buy{})
	require.True(t, errors.Is(err, context.Canceled))
}
