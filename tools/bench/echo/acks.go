package echo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// measureAcks sends datagrams on one connection at a steady rate, each with one
// message, and counts the messages that are said to have arrived.
func measureAcks(ctx context.Context, args []string, out io.Writer) error {
	n, err := numbersOr(args, 2000, 5)
	if err != nil {
		return err
	}
	e, err := listen("127.0.0.1:0", nil)
	if err != nil {
		return err
	}
	over, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan uint64, 1)
	go func() { served <- swallow(over, e) }()
	conn, err := connect(ctx, e.Addr(), nil)
	if err != nil {
		return err
	}
	defer release(conn)
	a := acker{conn: conn, interval: time.Second / time.Duration(max(n[0], 1)), length: time.Duration(n[1]) * time.Second}
	if err := a.run(ctx); err != nil {
		return err
	}
	leave(conn)
	stop()
	fmt.Fprintf(out, "acks sent %d in %d datagrams, %.0f/s: %d acknowledged, %d lost, %d without a fate; %d arrived\n",
		a.sent, conn.Stats().PacketsOut, ratio(float64(a.sent), a.length.Seconds()), a.acked, a.lost, a.sent-a.acked-a.lost, <-served)
	return nil
}

// swallow receives until ctx ends and says how many messages there were.
func swallow(ctx context.Context, e *transport.Endpoint) uint64 {
	began := time.Now()
	var conns []*transport.Conn
	n := uint64(0)
	for ctx.Err() == nil && e.Wait(context.Background(), pause) == nil {
		e.Poll(time.Since(began))
		for c, ok := e.Accept(); ok; c, ok = e.Accept() {
			conns = append(conns, c)
		}
		for _, c := range conns {
			for _, ok := c.Receive(); ok; _, ok = c.Receive() {
				n++
			}
		}
		e.Flush(time.Since(began))
	}
	_ = goodbye(e, began)
	return n
}

// acker is the sending side.
type acker struct {
	conn              *transport.Conn
	interval, length  time.Duration
	sent, acked, lost uint64
}

var errEnded = errors.New("the connection ended")

func (a *acker) run(ctx context.Context) error {
	p := make([]byte, meter.MessageSize)
	began := time.Since(epoch)
	for next := began; ; {
		now := time.Since(epoch)
		a.conn.Poll(now)
		for next <= now && next < began+a.length {
			if err := a.conn.Send(chEcho, p, channel.SendOptions{Token: a.sent + 1}); err != nil {
				return err
			}
			a.sent++
			next += a.interval
			a.conn.Flush(now) // a datagram of its own
		}
		a.conn.Flush(now)
		for f, ok := a.conn.Fate(); ok; f, ok = a.conn.Fate() {
			if f.Acked {
				a.acked++
			} else {
				a.lost++
			}
		}
		if now >= began+a.length && (a.sent == a.acked+a.lost || now >= began+a.length+2*time.Second) {
			return ctx.Err()
		}
		if a.conn.State() != transport.Connected {
			return errors.Join(errEnded, a.conn.Err())
		}
		if err := a.conn.Wait(ctx, max(min(next-now, pause), 100*time.Microsecond)); err != nil {
			return err
		}
	}
}
