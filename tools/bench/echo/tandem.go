package echo

import (
	"context"
	"errors"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// The channels of the bench.
const (
	chEcho uint8 = iota
	chInput
	chBulk
)

var channels = channel.Table{
	chEcho:  {Name: "echo", Kind: channel.Unreliable},
	chInput: {Name: "input", Kind: channel.Sequenced},
	chBulk:  {Name: "bulk", Kind: channel.Bulk},
}

// identity is everybody's: its private key is in this line. It is for measuring
// on one's own machine and proves nothing.
func identity() *secure.Identity {
	return secure.IdentityFromSeed([secure.KeySize]byte([]byte("tandem bench: this is no secret!")))
}

// maxClients is how many connections the servers of the bench take.
const maxClients = 32 << 10

// baseConfig is what both sides have in common.
func baseConfig() transport.Config {
	return transport.Config{Protocol: 0xec40, Channels: channels}
}

// listen opens the endpoint of a server.
func listen(addr string, change func(*transport.Config)) (*transport.Endpoint, error) {
	carrier, err := udp.Listen(addr, udp.Config{})
	if err != nil {
		return nil, err
	}
	cfg := baseConfig()
	cfg.Identity, cfg.MaxConns, cfg.MaxPending = identity(), maxClients, 1024
	cfg.HandshakeRate = 1 << 20
	if change != nil {
		change(&cfg)
	}
	e, err := transport.Listen(cfg, carrier)
	if err != nil {
		return nil, errors.Join(err, carrier.Close())
	}
	return e, nil
}

// pause is the longest time between two rounds of a server or client: timers of
// the connections are looked at this often when nothing arrives.
const pause = 10 * time.Millisecond

// serveTandem sends every message back on its channel.
func serveTandem(ctx context.Context, addr string, m *meter.Server, ready listening) error {
	e, err := listen(addr, nil)
	if err != nil {
		return err
	}
	ready(e.Addr())
	began := time.Now()
	for ctx.Err() == nil && e.Wait(context.Background(), pause) == nil {
		e.Poll(time.Since(began))
		for _, ok := e.Accept(); ok; _, ok = e.Accept() {
		}
		n := echoReady(e.Ready)
		e.Flush(time.Since(began))
		m.Echoed(n)
	}
	return goodbye(e, began)
}

// serveTicking echoes as a game's server would: it looks at the socket 60 times a second,
// and answers all that has come at once.
func serveTicking(ctx context.Context, addr string, m *meter.Server, ready listening) error {
	e, err := listen(addr, nil)
	if err != nil {
		return err
	}
	ready(e.Addr())
	began := time.Now()
	tick := time.NewTicker(time.Second / 60)
	defer tick.Stop()
	for ctx.Err() == nil && e.Err() == nil {
		<-tick.C
		e.Poll(time.Since(began))
		for _, ok := e.Accept(); ok; _, ok = e.Accept() {
		}
		n := echoReady(e.Ready)
		e.Flush(time.Since(began))
		m.Echoed(n)
	}
	return goodbye(e, began)
}

// goodbye ends an endpoint so that its clients hear of it.
func goodbye(e *transport.Endpoint, began time.Time) error {
	now := time.Since(began)
	e.Shutdown(now, transport.ShuttingDown, "the bench is over")
	for end := now + time.Second; !e.Done() && now < end; now = time.Since(began) {
		e.Poll(now)
		e.Flush(now)
		if err := e.Wait(context.Background(), pause); err != nil {
			break
		}
	}
	return errors.Join(e.Err(), e.Close())
}
