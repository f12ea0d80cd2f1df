package echo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// shardClients is how many clients keep a server busy.
const shardClients = 16

// measureShards compares three ways to echo on two processors: one goroutine; one that
// reads and another that owns half of the connections; and two that read a socket each.
func measureShards(ctx context.Context, args []string, out io.Writer) error {
	n, err := numbersOr(args, 5)
	if err != nil {
		return err
	}
	for _, way := range []string{"alone", "routed", "shards"} {
		if err := shards(ctx, way, n[0], out); err != nil {
			return fmt.Errorf("%s: %w", way, err)
		}
	}
	return nil
}

func shards(ctx context.Context, way string, seconds int, out io.Writer) error {
	sockets := 1
	if way == "shards" {
		sockets = 2
	}
	carriers, err := udp.ListenShards("127.0.0.1:0", sockets, udp.Config{})
	if err != nil {
		return err
	}
	cfg := baseConfig()
	cfg.Identity = identity()
	e, err := transport.Listen(cfg, carriers...)
	if err != nil {
		return err
	}
	over, stop := context.WithCancel(ctx)
	defer stop()
	var m meter.Server
	began := time.Now()
	var all sync.WaitGroup
	half := e.NewGroup
	if e.Shards() > 1 {
		half = func(size int) *transport.Group { return e.NewShardGroup(1, size) }
	}
	var group *transport.Group
	if way != "alone" {
		group = half(0)
		all.Go(func() {
			for over.Err() == nil && group.Wait(context.Background(), pause) == nil {
				group.Poll(time.Since(began))
				m.Echoed(echoReady(group.Ready))
				group.Flush(time.Since(began))
			}
		})
	}
	all.Go(func() {
		for count := 0; over.Err() == nil && e.Wait(context.Background(), pause) == nil; {
			e.Poll(time.Since(began))
			for c, ok := e.Accept(); ok; c, ok = e.Accept() {
				if count++; group != nil && (c.Shard() == 1 || e.Shards() == 1 && count%2 == 0) {
					for !e.Move(c, group) {
					}
				}
			}
			m.Echoed(echoReady(e.Ready))
			e.Flush(time.Since(began))
		}
	})
	clients, err := again(ctx, "client", e.Addr().String(), fmt.Sprint(shardClients), "0", fmt.Sprint(seconds+2))
	if err == nil {
		var r meter.Report
		if r, err = m.Count(over, time.Duration(seconds)*time.Second); err == nil {
			_, err = fmt.Fprintf(out, "%s: %d sockets, %.0f messages/s by the clock, %.2f us of CPU each\n", way, e.Shards(), r.Rate(), r.PerMessage())
		}
		err = errors.Join(err, clients())
	}
	stop()
	all.Wait()
	return errors.Join(err, e.Close())
}

// echoReady echoes what has come to the connections that ready names.
func echoReady(ready func() (*transport.Conn, bool)) (n int) {
	for c, ok := ready(); ok; c, ok = ready() {
		for msg, ok := c.Receive(); ok; msg, ok = c.Receive() {
			if c.Send(msg.Channel, msg.Data, channel.SendOptions{}) == nil {
				n++
			}
		}
	}
	return n
}
