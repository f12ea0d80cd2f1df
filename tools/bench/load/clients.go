package load

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

const (
	// drivers is how many goroutines drive the clients.
	drivers = 2
	// frame is how often each client is advanced: as one is that draws.
	frame = time.Second / 60
	// parts is into how many the clients of a driver fall, which take turns within a
	// frame: packets of players who know nothing of each other come at any time.
	parts = 16
)

// client is one of either kind.
type client interface {
	Advance(now time.Duration) error
	State() session.State
	Leave()
}

// clients are all that play.
type clients struct {
	o      options
	clock  engine.Clock
	addr   netip.AddrPort
	key    [32]byte
	all    []client
	extras []*session.Extra
	whole  []*session.Client
	crowds []*session.Crowd // one a driver
	turns  [drivers]int     // of parts

	buffers [drivers]udp.Buffers // of the sockets that a driver reads
	letGo   atomic.Bool
}

func newClients(o options, s *remote) (*clients, error) {
	c := &clients{o: o, clock: engine.SystemClock()}
	var err error
	if c.addr, err = netip.ParseAddrPort(s.Addr); err != nil {
		return nil, err
	}
	if _, err := hex.Decode(c.key[:], []byte(s.Key)); err != nil {
		return nil, err
	}
	for i := range drivers {
		c.crowds = append(c.crowds, session.NewCrowd(game(o), pilot(o.seed+uint64(i), &c.letGo)))
	}
	return c, nil
}

// add makes the next client, which begins to join.
func (c *clients) add() error {
	i := len(c.all)
	carrier, err := udp.Listen(netip.AddrPortFrom(c.addr.Addr(), 0).String(), udp.Config{Buffers: &c.buffers[i%drivers]})
	if err != nil {
		return err
	}
	cfg := session.ClientConfig{Addr: c.addr, Pin: c.key, Carrier: carrier, Name: fmt.Sprint("load ", i)}
	if i < c.o.whole {
		cfg.Plugins = []engine.Plugin{pilot(c.o.seed+uint64(drivers+i), &c.letGo)}
		w, err := session.NewClient(game(c.o), cfg)
		if err != nil {
			return err
		}
		c.all, c.whole = append(c.all, w), append(c.whole, w)
		return nil
	}
	x, err := c.crowds[i%drivers].Join(cfg)
	if err != nil {
		return err
	}
	c.all, c.extras = append(c.all, x), append(c.extras, x)
	return nil
}

// run drives all clients for a while.
func (c *clients) run(d time.Duration) {
	end := c.clock.Now() + d
	var wg sync.WaitGroup
	for k := range drivers {
		wg.Go(func() { c.drive(k, end) })
	}
	wg.Wait()
}

// drive drives the clients of one driver, part after part. A driver that is late makes
// frames longer, as a machine does that is too slow; it leaves nobody out.
func (c *clients) drive(driver int, end time.Duration) {
	now := c.clock.Now()
	for due := now; now < end; now = c.clock.Now() {
		part := c.turns[driver] % parts
		c.turns[driver]++
		for i := driver + part*drivers; i < len(c.all); i += parts * drivers {
			// Who has ended is counted afterwards.
			_ = c.all[i].Advance(c.clock.Now())
		}
		due = max(due+frame/parts, now-frame)
		time.Sleep(due - c.clock.Now())
	}
}

// join lets everybody join, some a second.
func (c *clients) join() error {
	const part = 10 // of a second
	for len(c.all) < c.o.clients {
		for range min(max(c.o.joins/part, 1), c.o.clients-len(c.all)) {
			if err := c.add(); err != nil {
				return err
			}
		}
		c.run(time.Second / part)
	}
	for range 30 * part {
		if c.playing() == len(c.all) {
			return nil
		}
		c.run(time.Second / part)
	}
	return fmt.Errorf("load: only %d of %d clients play after half a minute", c.playing(), len(c.all))
}

// playing counts who plays.
func (c *clients) playing() (n int) {
	for _, x := range c.all {
		if x.State() == session.Playing {
			n++
		}
	}
	return n
}

// leave ends everybody.
func (c *clients) leave() error {
	for _, x := range c.all {
		x.Leave()
	}
	c.run(300 * time.Millisecond)
	var errs []error
	for _, x := range c.extras {
		errs = append(errs, x.Release())
	}
	for _, w := range c.whole {
		errs = append(errs, w.Close())
	}
	return errors.Join(errs...)
}

// compare compares the worlds of the whole clients with the server's.
func (c *clients) compare(server map[replicate.ID]string) (compared int, err error) {
	for _, w := range c.whole {
		for id, text := range replicate.Describe(w.App()) {
			if server[id] != text {
				return 0, fmt.Errorf("load: client of player %d has entity %d as %q, the server as %q", w.Player().Player, id, text, server[id])
			}
			compared++
		}
	}
	return compared, nil
}
