package transport_test

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

var echoChannels = channel.Table{{Name: "echo", Kind: channel.Ordered}}

// echoServer sends every message back until ctx ends.
func echoServer(ctx context.Context, e *transport.Endpoint) error {
	began := time.Now()
	var conns []*transport.Conn
	for e.Wait(ctx, 10*time.Millisecond) == nil {
		e.Poll(time.Since(began))
		for c, ok := e.Accept(); ok; c, ok = e.Accept() {
			conns = append(conns, c)
		}
		for _, c := range conns {
			for m, ok := c.Receive(); ok; m, ok = c.Receive() {
				_ = c.Send(m.Channel, m.Data, channel.SendOptions{})
			}
		}
		e.Flush(time.Since(began))
	}
	return e.Close()
}

// echoClient sends one message and returns the answer.
func echoClient(ctx context.Context, addr netip.AddrPort, key [32]byte, text string) (string, error) {
	carrier, err := udp.Dial(addr, udp.Config{})
	if err != nil {
		return "", err
	}
	conn, err := transport.Dial(transport.DialConfig{
		Config: transport.Config{Channels: echoChannels}, Addr: addr, Pin: key,
	}, carrier)
	if err != nil {
		return "", err
	}
	defer conn.Release()
	began, sent := time.Now(), false
	for conn.State() != transport.Closed {
		conn.Poll(time.Since(began))
		if conn.State() == transport.Connected && !sent {
			sent = conn.Send(0, []byte(text), channel.SendOptions{}) == nil
		}
		if m, ok := conn.Receive(); ok {
			return string(m.Data), nil
		}
		conn.Flush(time.Since(began))
		if err := conn.Wait(ctx, 5*time.Millisecond); err != nil {
			return "", err
		}
	}
	return "", conn.Err()
}

// An encrypted echo server and its client over UDP.
func Example() {
	id, err := secure.NewIdentity(nil) // servers that stay: secure.LoadOrCreate(path)
	if err != nil {
		panic(err)
	}
	carrier, err := udp.Listen("127.0.0.1:0", udp.Config{})
	if err != nil {
		panic(err)
	}
	e, err := transport.Listen(transport.Config{Identity: id, Channels: echoChannels}, carrier)
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	done := make(chan error, 1)
	go func() { done <- echoServer(ctx, e) }()

	answer, err := echoClient(ctx, e.Addr(), id.Public, "hello, tandem")
	cancel()
	fmt.Println(answer, err, <-done)
	// Output: hello, tandem <nil> <nil>
}
