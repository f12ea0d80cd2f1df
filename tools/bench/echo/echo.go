// Package echo measures net/transport by echoing: against bare UDP sockets and
// other libraries in one run, and by itself.
//
//	bench echo [FLAGS]                              all kinds in turn, a table and JSON lines   compare.go
//	bench echo [-of KIND] server ADDR SECONDS       an echo server, counted                     tandem.go bare_linux.go plain.go
//	bench echo [-of KIND] client ADDR CLIENTS RATE SECONDS   its clients; RATE 0: as fast as they can   clients.go
//	bench echo handshakes [SECONDS]                 handshakes a second of a core               handshakes.go
//	bench echo memory [CLIENTS]                     memory of a connected idle client           memory.go
//	bench echo bulk [MEBIBYTES]                     a stream over loopback                      bulk.go
//	bench echo line                                 a stream beside 60 Hz play on a bad line    line.go
//	bench echo shards [SECONDS]                     one socket and two, each with its goroutine   shards.go
//	bench echo acks [RATE] [SECONDS]                datagrams of one client, each acknowledged  acks.go
//
// KIND is tandem, ticking (Tandem, answering 60 times a second instead of at once), bare or blocking (recvmmsg and sendmmsg, in the runtime's poller or
// asleep in the call; Linux), or net (package net).
package echo

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// listening is told where a server listens, once it does.
type listening func(addr netip.AddrPort)

// kind is something that echoes.
type kind struct {
	serve func(ctx context.Context, addr string, m *meter.Server, ready listening) error
	load  func(c *meter.Client, addr string, l meter.Load) error
}

var kinds = map[string]kind{
	"tandem":   {serveTandem, loadTandem},
	"ticking":  {serveTicking, loadTandem},
	"bare":     {serveBare, loadPlain},
	"blocking": {serveBlocking, loadPlain},
	"net":      {servePlain, loadPlain},
}

// measures are the programs of one figure.
var measures = map[string]func(ctx context.Context, args []string, out io.Writer) error{
	"handshakes":        measureHandshakes,
	"handshake-clients": dialAgainAndAgain,
	"memory":            measureMemory,
	"idle-clients":      stayConnected,
	"acks":              measureAcks,
	"shards":            measureShards,
	"bulk":              measureBulk,
	"bulk-client":       sendBulk,
	"line":              measureLine,
}

var errUsage = errors.New("usage: echo [FLAGS] | [-of KIND] server ADDR SECONDS | [-of KIND] client ADDR CLIENTS RATE SECONDS | " +
	"handshakes [SECONDS] | memory [CLIENTS] | bulk [MEBIBYTES] | line | shards [SECONDS] | acks [RATE] [SECONDS]")

// Main runs the command with the arguments that follow "echo".
func Main(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	flags := flag.NewFlagSet("echo", flag.ContinueOnError)
	o.register(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	stopProfile, err := o.profileCPU()
	if err != nil {
		return err
	}
	defer stopProfile()
	args = flags.Args()
	if len(args) == 0 {
		return compare(ctx, &o, os.Stdout)
	}
	if f, ok := measures[args[0]]; ok {
		return f(ctx, args[1:], os.Stdout)
	}
	k, ok := kinds[o.of]
	if !ok {
		return fmt.Errorf("%q is no kind of echo: tandem, ticking, bare, blocking or net", o.of)
	}
	switch {
	case args[0] == "server" && len(args) == 3:
		return server(ctx, o.of, k, args[1:])
	case args[0] == "client" && len(args) == 5:
		return client(k, args[1:])
	}
	return errUsage
}

// server echoes until it has been counted.
func server(ctx context.Context, name string, k kind, args []string) error {
	n, err := numbers(args[1:])
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var m meter.Server
	counted := make(chan error, 1)
	go func() {
		r, err := m.Count(ctx, time.Duration(n[0])*time.Second)
		if err == nil {
			fmt.Println(name, r)
			fmt.Printf("%s server allocated %.3f objects/msg\n", name, r.Allocations())
			time.Sleep(2 * meter.Grace) // for the clients' last messages
		}
		stop()
		counted <- err
	}()
	if err := k.serve(ctx, args[0], &m, announce); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return <-counted
}

func client(k kind, args []string) error {
	n, err := numbers(args[1:])
	if err != nil {
		return err
	}
	c := meter.NewClient()
	l := meter.Load{Clients: n[0], Rate: n[1], Length: time.Duration(n[2]) * time.Second}
	if l.Clients < 1 {
		return errUsage
	}
	if err := k.load(c, args[0], l); err != nil {
		return err
	}
	fmt.Println(c)
	return nil
}

// numbers reads whole numbers that are not negative.
func numbers(args []string) ([]int, error) {
	n := make([]int, len(args))
	for i, a := range args {
		v, err := strconv.Atoi(a)
		if err != nil || v < 0 {
			return nil, fmt.Errorf("%q is not a number: %w", a, errUsage)
		}
		n[i] = v
	}
	return n, nil
}

// announce tells whoever started this process that its server listens.
func announce(addr netip.AddrPort) { fmt.Fprintln(os.Stderr, "listening on", addr) }
