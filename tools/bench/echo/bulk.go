package echo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// measureBulk receives a stream that another process sends over loopback.
func measureBulk(ctx context.Context, args []string, out io.Writer) error {
	n, err := numbersOr(args, 512)
	if err != nil {
		return err
	}
	sink := &sink{}
	e, err := listen("127.0.0.1:0", func(c *transport.Config) {
		c.OnBulk = func(*transport.Conn, uint8, channel.Progress) io.Writer { return sink }
	})
	if err != nil {
		return err
	}
	sender, err := again(ctx, "bulk-client", e.Addr().String(), fmt.Sprint(n[0]))
	if err != nil {
		return errors.Join(err, e.Close())
	}
	began, cpu := time.Now(), time.Duration(0)
	for size := int64(n[0]) << 20; sink.got < size; {
		if err := errors.Join(ctx.Err(), e.Wait(context.Background(), pause)); err != nil {
			return errors.Join(err, e.Close())
		}
		e.Poll(time.Since(began))
		for _, ok := e.Accept(); ok; _, ok = e.Accept() {
			began, cpu = time.Now(), meter.Usage()
		}
		e.Flush(time.Since(began))
		if sink.got == 0 && time.Since(began) > time.Minute {
			return errors.Join(errors.New("no stream came within a minute"), e.Close())
		}
	}
	took, cpu := time.Since(began), meter.Usage()-cpu
	bits := 8 * float64(sink.got)
	fmt.Fprintf(out, "bulk %d MiB in %.2fs: %.2f Gbit/s by the clock, %.2f Gbit a second of the receiver's CPU\n",
		sink.got>>20, took.Seconds(), bits/took.Seconds()/1e9, bits/cpu.Seconds()/1e9)
	return errors.Join(goodbye(e, began), sender())
}

// sink counts what is written to it.
type sink struct{ got int64 }

// Write implements io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	s.got += int64(len(p))
	return len(p), nil
}

// zeros is a stream of zeros: encryption makes them as good as any other bytes.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// sendBulk is the process that sends: ADDR MEBIBYTES.
func sendBulk(ctx context.Context, args []string, _ io.Writer) error {
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
	conn, err := connect(ctx, addr, nil)
	if err != nil {
		return err
	}
	defer release(conn)
	size := int64(n[0]) << 20
	if err := conn.SendBulk(chBulk, io.LimitReader(zeros{}, size), size, 1); err != nil {
		return err
	}
	for conn.State() == transport.Connected {
		now := time.Since(epoch)
		conn.Poll(now)
		conn.Flush(now)
		if err := conn.Wait(ctx, min(max(conn.NextTimer()-now, 0), pause)); err != nil {
			return err
		}
	}
	return nil
}
