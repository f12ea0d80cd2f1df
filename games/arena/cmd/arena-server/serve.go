package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

// serve runs the server until signals end it.
func serve(signals <-chan os.Signal, o Options, out io.Writer, log *slog.Logger) error {
	if o.Seed == 0 {
		o.Seed = drawSeed()
	}
	carrier, err := udp.Listen(o.Addr, udp.Config{})
	if err != nil {
		return fmt.Errorf("%w; -addr says where to listen", err)
	}
	server, key, err := start(o, carrier, log)
	if err != nil {
		return errors.Join(err, carrier.Close())
	}
	addr := reachable(server.Addr())
	if o.Ready != "" {
		if err := writeReady(o.Ready, fmt.Sprintf("%v %s\n", addr, key)); err != nil {
			return errors.Join(err, server.Close())
		}
	}
	log.Info("the arena is open", "addr", server.Addr(), "key", key, "seed", o.Seed, "rooms", o.Rooms, "bots", o.Rules.Bots, "players", o.Players)
	fmt.Fprintf(out, "join with: arena -connect %v -key %s\n", addr, key)
	ctx, end := context.WithCancel(context.Background())
	defer end()
	go heed(ctx, end, signals, server, o.Drain)
	err = server.Run(ctx, engine.SystemClock())
	stats := server.Stats()
	log.Info("the arena is closed", "ticks", stats.Ticks, "dropped", stats.Dropped)
	var bug *engine.SystemPanic
	if errors.As(err, &bug) {
		log.Error("a system panicked", "system", bug.System, "tick", bug.Tick, "seed", o.Seed, "stack", string(bug.Stack))
	}
	return err
}

// closing is what players read when the server drains.
const closing = "the server closes"

// heed waits for signals until ctx ends: the first drains the server, if it is given time for that; the next ends it; any further one
// has its usual effect.
func heed(ctx context.Context, end context.CancelFunc, signals <-chan os.Signal, server *session.Server, drain time.Duration) {
	if drain > 0 {
		select {
		case <-signals:
			server.Drain(drain, closing)
		case <-ctx.Done():
			return
		}
	}
	select {
	case <-signals:
		signal.Reset(os.Interrupt, syscall.SIGTERM)
		end()
	case <-ctx.Done():
	}
}

// start makes the server and its identity.
func start(o Options, carrier transport.Carrier, log *slog.Logger) (*session.Server, string, error) {
	identity, err := secure.LoadOrCreate(o.Identity)
	switch {
	case errors.Is(err, fs.ErrNotExist): // a missing file is made, a missing folder is not
		return nil, "", fmt.Errorf("no identity: %w; make the folder %s, or name another file with -identity", err, filepath.Dir(o.Identity))
	case err != nil:
		return nil, "", fmt.Errorf("no identity: %w; -identity names the file", err)
	}
	server, err := session.NewServer(arena.With(o.Rules), session.ServerConfig{
		Identity:   identity,
		Carriers:   []transport.Carrier{carrier},
		Rooms:      o.Rooms,
		MaxPlayers: o.Players,
		Seed:       o.Seed,
		Log:        log,
	})
	return server, identity.String(), err
}

// drawSeed returns a seed that nobody can foresee and that is not 0.
func drawSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return binary.LittleEndian.Uint64(b[:]) | 1
}

// reachable is an address at which this machine reaches a server that may listen on all of its addresses.
func reachable(addr netip.AddrPort) netip.AddrPort {
	if !addr.Addr().IsUnspecified() {
		return addr
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), addr.Port())
}

// writeReady writes a file whole or not at all, so that who waits for it never reads half of it.
func writeReady(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".ready-*")
	if err != nil {
		return fmt.Errorf("ready file %s: %w; -ready names it", path, err)
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error says more
		return fmt.Errorf("ready file %s: %w; -ready names it", path, err)
	}
	return nil
}
