package echo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// dialers is how many clients of the bench shake hands at a time.
const dialers = 48

// measureHandshakes serves clients that do nothing but connect and leave, and
// divides them by the CPU time of this process, system calls included.
func measureHandshakes(ctx context.Context, args []string, out io.Writer) error {
	n, err := numbersOr(args, 5)
	if err != nil {
		return err
	}
	for _, quantum := range []bool{true, false} {
		if err := handshakes(ctx, time.Duration(n[0])*time.Second, quantum, out); err != nil {
			return err
		}
	}
	return nil
}

func handshakes(ctx context.Context, length time.Duration, quantum bool, out io.Writer) error {
	e, err := listen("127.0.0.1:0", func(c *transport.Config) { c.NoPostQuantum = !quantum })
	if err != nil {
		return err
	}
	clients, err := again(ctx, "handshake-clients", e.Addr().String(), fmt.Sprint(int(length.Seconds())+2))
	if err != nil {
		return errors.Join(err, e.Close())
	}
	began := time.Now()
	var m meter.Server
	counted := make(chan error, 1)
	over, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		r, err := m.Count(over, length)
		if err == nil {
			_, err = fmt.Fprintf(out, "handshakes post-quantum %t: %d in %.2fs of CPU, %.0f a second of a core, %.0f/s by the clock\n",
				quantum, r.Echoed, r.CPU.Seconds(), ratio(float64(r.Echoed), r.CPU.Seconds()), r.Rate())
		}
		counted <- err
		stop()
	}()
	for over.Err() == nil && e.Wait(context.Background(), pause) == nil {
		e.Poll(time.Since(began))
		for _, ok := e.Accept(); ok; _, ok = e.Accept() {
			m.Echoed(1)
		}
		e.Flush(time.Since(began))
	}
	return errors.Join(<-counted, clients(), e.Close())
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// dialAgainAndAgain is the process of the clients: ADDR SECONDS.
func dialAgainAndAgain(ctx context.Context, args []string, _ io.Writer) error {
	if len(args) != 2 {
		return errUsage
	}
	n, err := numbers(args[1:])
	if err != nil {
		return err
	}
	addr, err := udp.Resolve(args[0])
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, time.Duration(n[0])*time.Second)
	defer stop()
	var all sync.WaitGroup
	for range dialers {
		all.Go(func() {
			for ctx.Err() == nil {
				conn, err := connect(ctx, addr, nil)
				if err != nil {
					continue // the server is busy, or the time is over
				}
				leave(conn)
				release(conn)
			}
		})
	}
	all.Wait()
	return nil
}

// numbersOr is numbers with defaults for what is left out.
func numbersOr(args []string, defaults ...int) ([]int, error) {
	if len(args) > len(defaults) {
		return nil, errUsage
	}
	n, err := numbers(args)
	return append(n, defaults[len(n):]...), err
}
