package echo

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/transport"
)

// A stream from a server to a client over a simulated line of 100 Mbit/s, 50 ms
// round trip and 1 % loss, beside a sequenced channel at 60 Hz, in virtual time:
// the same on every machine.
const (
	lineSeed  = 1
	lineAlone = 10 * time.Second // play without a stream, for comparison
	lineTime  = 20 * time.Second // with it
	lineStep  = time.Millisecond
	lineTick  = time.Second / 60
)

var lineProfile = netsim.Profile{Rate: 100_000_000, Delay: 25 * time.Millisecond, Loss: 0.01}

// line is the simulation.
type line struct {
	net    *netsim.Network
	server *transport.Endpoint
	client *transport.Conn
	player *transport.Conn // the client as the server has it
	now    time.Duration
	tick   time.Duration // when the next message of play is due
	delays []time.Duration
	sink   sink
}

func measureLine(_ context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		return errUsage
	}
	l, err := newLine()
	if err != nil {
		return err
	}
	for l.player == nil && l.now < 5*time.Second {
		l.step()
	}
	if l.player == nil {
		return errors.Join(errEnded, l.client.Err())
	}
	before := l.play(lineAlone)
	const forever = 1 << 40
	if err := l.player.SendBulk(chBulk, io.LimitReader(zeros{}, forever), forever, 0); err != nil {
		return err
	}
	beside := l.play(lineTime)
	if l.client.State() != transport.Connected {
		return errors.Join(errEnded, l.client.Err())
	}
	fmt.Fprintf(out, "line %v, seed %d: %.1f Mbit/s of a stream for %v; delay of a 60 Hz sequenced channel p50 %v p99 %v, without the stream p50 %v p99 %v\n",
		lineProfile, lineSeed, 8*float64(l.sink.got)/lineTime.Seconds()/1e6, lineTime, beside(0.50), beside(0.99), before(0.50), before(0.99))
	return nil
}

func newLine() (*line, error) {
	l := &line{net: netsim.NewNetwork(lineSeed)}
	l.net.SetDefault(lineProfile)
	at, from := netip.MustParseAddrPort("10.0.0.1:7777"), netip.MustParseAddrPort("10.0.0.2:7777")
	cfg := baseConfig()
	cfg.OnBulk = func(*transport.Conn, uint8, channel.Progress) io.Writer { return &l.sink }
	server := cfg
	server.Identity = identity()
	var err error
	if l.server, err = transport.Listen(server, l.net.Carrier(at)); err != nil {
		return nil, err
	}
	l.client, err = transport.Dial(transport.DialConfig{Config: cfg, Addr: at, Pin: identity().Public}, l.net.Carrier(from))
	return l, err
}

// step is a millisecond of both sides.
func (l *line) step() {
	l.now += lineStep
	l.net.Advance(l.now)
	l.server.Poll(l.now)
	if c, ok := l.server.Accept(); ok {
		l.player = c
	}
	if l.player != nil && l.now >= l.tick {
		l.tick = l.now + lineTick
		p := binary.LittleEndian.AppendUint64(make([]byte, 0, 64), uint64(l.now))
		_ = l.player.Send(chInput, p[:64], channel.SendOptions{}) // what is not sent is lost
	}
	l.server.Flush(l.now)
	l.client.Poll(l.now)
	for m, ok := l.client.Receive(); ok; m, ok = l.client.Receive() {
		l.delays = append(l.delays, l.now-time.Duration(binary.LittleEndian.Uint64(m.Data)))
	}
	l.client.Flush(l.now)
}

// play runs for d and returns the percentiles of the delays seen.
func (l *line) play(d time.Duration) func(p float64) time.Duration {
	l.delays = l.delays[:0]
	for end := l.now + d; l.now < end; {
		l.step()
	}
	seen := slices.Sorted(slices.Values(l.delays))
	return func(p float64) time.Duration {
		if len(seen) == 0 {
			return 0
		}
		return seen[int(p*float64(len(seen)-1))]
	}
}
