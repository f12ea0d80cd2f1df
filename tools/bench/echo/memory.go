package echo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

// settle is how long idle clients are left alone before their memory is counted.
const settle = 6 * time.Second

// measureMemory connects clients of another process, lets them idle, and divides
// what this process holds more than without them.
func measureMemory(ctx context.Context, args []string, out io.Writer) error {
	n, err := numbersOr(args, 4000)
	if err != nil {
		return err
	}
	e, err := listen("127.0.0.1:0", nil)
	if err != nil {
		return err
	}
	heap, resident := held()
	clients, err := again(ctx, "idle-clients", e.Addr().String(), fmt.Sprint(n[0]))
	if err != nil {
		return errors.Join(err, e.Close())
	}
	began := time.Now()
	conns := make([]*transport.Conn, 0, n[0])
	for quiet := time.Duration(0); quiet == 0 || time.Since(began) < quiet+settle; {
		if err := errors.Join(ctx.Err(), e.Wait(context.Background(), pause)); err != nil {
			return errors.Join(err, e.Close())
		}
		e.Poll(time.Since(began))
		for c, ok := e.Accept(); ok; c, ok = e.Accept() {
			conns = append(conns, c)
		}
		e.Flush(time.Since(began))
		if quiet == 0 && len(conns) == n[0] {
			quiet = time.Since(began)
		}
		if quiet == 0 && time.Since(began) > 2*time.Minute {
			return errors.Join(fmt.Errorf("only %d of %d clients connected within two minutes", len(conns), n[0]), e.Close())
		}
	}
	heapNow, residentNow := held()
	alive := 0
	for _, c := range conns {
		if c.State() == transport.Connected {
			alive++
		}
	}
	fmt.Fprintf(out, "memory %d idle clients connected, %d alive after %v: heap %.1f KiB, resident %.1f KiB a client\n",
		len(conns), alive, settle, kib(heapNow-heap, n[0]), kib(residentNow-resident, n[0]))
	return errors.Join(goodbye(e, began), clients())
}

func kib(bytes, n int) float64 { return float64(bytes) / float64(n) / 1024 }

// held is what this process holds after a collection, in bytes: on its heap and
// its goroutines' stacks, and in RAM (0 where /proc does not tell).
func held() (heap, resident int) {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	heap = int(m.HeapAlloc + m.StackInuse)
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return heap, 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return heap, 0
	}
	pages, err := strconv.Atoi(fields[1])
	if err != nil {
		return heap, 0
	}
	return heap, pages * os.Getpagesize()
}

// stayConnected is the process of the clients: ADDR CLIENTS. It ends when the
// server says goodbye.
func stayConnected(ctx context.Context, args []string, _ io.Writer) error {
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
	gate := make(chan struct{}, dialers)
	var all sync.WaitGroup
	for range n[0] {
		all.Go(func() {
			gate <- struct{}{}
			conn, err := connect(ctx, addr, nil)
			<-gate
			if err != nil {
				fmt.Fprintln(os.Stderr, "idle client:", err)
				return
			}
			defer release(conn)
			for conn.State() != transport.Closed && ctx.Err() == nil {
				now := time.Since(epoch)
				conn.Poll(now)
				conn.Flush(now)
				_ = conn.Wait(context.Background(), time.Second/4) // a broken socket shows in Poll
			}
		})
	}
	all.Wait()
	return nil
}
