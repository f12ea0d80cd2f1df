// Command peers is the other libraries that tools/bench compares Tandem with, in
// a module of its own so that the game engine does not depend on them:
//
//	peers KIND server ADDR SECONDS
//	peers KIND client ADDR CLIENTS RATE SECONDS
//
// KIND is quic (QUIC datagrams by quic-go), kcp (kcp-go, AES) or dtls (DTLS 1.2 by
// pion). Each is set up as its documentation shows for small and frequent
// messages, and echoes with a goroutine a connection.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// peer is a library that echoes.
type peer struct {
	serve func(ctx context.Context, addr string, m *meter.Server) error
	dial  func(addr string) (meter.Session, error)
}

var peers = map[string]peer{
	"quic": {serveQUIC, dialQUIC},
	"kcp":  {serveKCP, dialKCP},
	"dtls": {serveDTLS, dialDTLS},
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: peers quic|kcp|dtls server ADDR SECONDS | client ADDR CLIENTS RATE SECONDS")

func run(args []string) error {
	if len(args) < 3 {
		return errUsage
	}
	p, ok := peers[args[0]]
	if !ok {
		return errUsage
	}
	n := make([]int, len(args)-3)
	for i, a := range args[3:] {
		v, err := strconv.Atoi(a)
		if err != nil || v < 0 {
			return fmt.Errorf("%q is not a number: %w", a, errUsage)
		}
		n[i] = v
	}
	switch {
	case args[1] == "server" && len(n) == 1:
		return server(args[0], p, args[2], time.Duration(n[0])*time.Second)
	case args[1] == "client" && len(n) == 3:
		c := meter.NewClient()
		l := meter.Load{Clients: n[0], Rate: n[1], Length: time.Duration(n[2]) * time.Second}
		err := meter.Drive(c, l, func() (meter.Session, error) { return p.dial(args[2]) })
		if err == nil {
			fmt.Println(c)
		}
		return err
	}
	return errUsage
}

// server echoes until it has been counted.
func server(name string, p peer, addr string, length time.Duration) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var m meter.Server
	counted := make(chan error, 1)
	go func() {
		r, err := m.Count(ctx, length)
		if err == nil {
			fmt.Println(name, r)
			fmt.Printf("%s server allocated %.3f objects/msg\n", name, r.Allocations())
			time.Sleep(2 * meter.Grace) // for the clients' last messages
		}
		stop()
		counted <- err
	}()
	if err := p.serve(ctx, addr, &m); err != nil && ctx.Err() == nil {
		return err
	}
	return <-counted
}

// ready tells whoever started this server that it listens.
func ready(addr any) { fmt.Fprintln(os.Stderr, "listening on", addr) }

// late makes the library's timeout the one that meter knows.
func late(err error) error {
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return os.ErrDeadlineExceeded
	}
	return err
}
