// Package rooms measures a server with many rooms.
//
//	go run ./tools/bench rooms -rooms 50 -players 8
//
// A server hosts that many rooms, each with its own goroutine, world and players,
// and with things that move by themselves. The players are in another process, over real
// sockets, and press buttons all the time; every second some are moved to another room.
// -whole of them keep a world, and predict; the others do not (session.Crowd), which the
// server cannot tell, so that few processors play many. The line of JSON that comes out is
// about the server's process. It fails when a room lost a tick or a packet, or a
// client its connection.
package rooms

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// Figures is what one run measures.
type Figures struct {
	Rooms    int     `json:"rooms"`
	Players  int     `json:"players"` // in all rooms
	Things   int     `json:"things"`  // that move by themselves, in each room
	Seconds  float64 `json:"seconds"` // measured
	CPU      float64 `json:"cpu"`     // seconds of CPU a second, of the server's process
	TickUS   float64 `json:"tick_us"` // CPU a tick of one room, everything included
	P50      float64 `json:"tick_p50_ms"`
	P99      float64 `json:"tick_p99_ms"` // of the room where it is greatest
	Max      float64 `json:"tick_max_ms"`
	RoomKiB  float64 `json:"room_kib"` // heap of a room without players
	RSS      float64 `json:"rss_mib"`  // with them
	Allocs   float64 `json:"allocs_per_tick"`
	Moves    int     `json:"moves"`
	Ticks    uint64  `json:"ticks"`
	Dropped  uint64  `json:"dropped_ticks"`
	Missed   uint64  `json:"missed_packets"` // that found a room's ring full
	Stray    uint64  `json:"stray_messages"` // of rooms that their sender had left
	Lost     int     `json:"lost_clients"`
	DownKBps float64 `json:"down_kb_per_client_s"`
}

// options are the flags.
type options struct {
	rooms, players, things, seconds, moves, whole int
}

// Main runs the measurement with the command line's arguments.
func Main(args []string) error {
	if len(args) == 5 && args[0] == "clients" {
		return clients(args[1], args[2], args[3], args[4])
	}
	return run(args, os.Stdout)
}

func run(args []string, out io.Writer) error {
	var o options
	f := flag.NewFlagSet("rooms", flag.ContinueOnError)
	f.IntVar(&o.rooms, "rooms", 50, "`rooms` that the server hosts")
	f.IntVar(&o.players, "players", 8, "`players` in each room")
	f.IntVar(&o.things, "things", 32, "`things` that move by themselves in each room")
	f.IntVar(&o.seconds, "seconds", 10, "`seconds` that are measured")
	f.IntVar(&o.moves, "moves", 10, "`players` that are moved to another room each second")
	f.IntVar(&o.whole, "whole", 8, "`clients` that keep a world")
	if err := f.Parse(args); err != nil {
		return err
	}
	if o.rooms < 1 || o.players < 1 || o.rooms*o.players > 10000 || o.things < 0 || o.seconds < 1 || o.moves < 0 || o.whole < 0 {
		return errors.New("rooms: give at least one room, player and second, and at most 10000 players in all")
	}
	figures, err := measure(o)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(figures); err != nil {
		return err
	}
	if figures.Dropped > 0 || figures.Missed > 0 || figures.Lost > 0 {
		return fmt.Errorf("rooms: %d ticks, %d packets and %d clients were lost: the machine is too slow for so many, or busy", figures.Dropped, figures.Missed, figures.Lost)
	}
	return nil
}

func measure(o options) (*Figures, error) {
	carrier, err := udp.Listen("127.0.0.1:0", udp.Config{})
	if err != nil {
		return nil, err
	}
	id, err := secure.NewIdentity(nil)
	if err != nil {
		return nil, err
	}
	before := heap()
	server, err := session.NewServer(game(o.things), session.ServerConfig{
		Identity: id, Carriers: []transport.Carrier{carrier}, Rooms: o.rooms,
		MaxPlayers: o.players + 2, // so that players can be moved
	})
	if err != nil {
		return nil, errors.Join(err, carrier.Close())
	}
	f := &Figures{Rooms: o.rooms, Things: o.things, RoomKiB: float64(heap()-before) / 1024 / float64(o.rooms)}
	ctx, cancel := context.WithCancel(context.Background())
	clock := engine.SystemClock()
	ran := make(chan error, 1)
	go func() { ran <- server.Run(ctx, clock) }()
	err = errors.Join(f.play(server, o, hex.EncodeToString(id.Public[:])))
	cancel()
	return f, errors.Join(err, <-ran)
}

// heap is what is in use after a collection, in bytes. The rings of packets grow
// with use and are not in it.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// play starts the clients and measures while they play.
func (f *Figures) play(server *session.Server, o options, key string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	crowd := exec.Command(self, "rooms", "clients", server.Addr().String(), key, fmt.Sprint(o.rooms*o.players), fmt.Sprint(o.whole))
	crowd.Stderr = os.Stderr
	quit, err := crowd.StdinPipe() // its end is the clients'
	if err != nil {
		return err
	}
	if err := crowd.Start(); err != nil {
		return err
	}
	defer func() {
		quit.Close()
		_ = crowd.Wait() // killed or not, it has been measured
	}()
	beat := time.NewTicker(100 * time.Millisecond)
	defer beat.Stop()
	for deadline := time.Now().Add(time.Minute); total(server).Players < o.rooms*o.players; <-beat.C {
		if time.Now().After(deadline) {
			return fmt.Errorf("rooms: only %d clients have joined in a minute", total(server).Players)
		}
	}
	for range 20 { // until all have what was there before them
		<-beat.C
	}
	f.count(server, o, beat)
	return nil
}

func (f *Figures) count(server *session.Server, o options, beat *time.Ticker) {
	start, cpu, objects, first := time.Now(), meter.Usage(), meter.Objects(), total(server)
	m := mover{server: server}
	for n := 1; n <= 10*o.seconds; n++ {
		<-beat.C
		for range o.moves*n/10 - o.moves*(n-1)/10 {
			m.move()
		}
	}
	last := total(server)
	f.Seconds = time.Since(start).Seconds()
	used := meter.Usage() - cpu
	objects = meter.Objects() - objects
	for n := 0; n < 10 || n < 100 && total(server).Players < o.rooms*o.players; n++ { // until nobody is on the way
		<-beat.C
	}
	last.Players = total(server).Players
	f.Players, f.Moves, f.Ticks = last.Players, m.moved, last.Ticks-first.Ticks
	f.CPU = used.Seconds() / f.Seconds
	f.TickUS = float64(used.Microseconds()) / float64(f.Ticks)
	f.Allocs = float64(objects) / float64(f.Ticks)
	f.Dropped, f.Missed, f.Stray = last.Dropped-first.Dropped, last.Missed, last.Stray
	f.Lost = o.rooms*o.players - last.Players
	f.DownKBps = float64(last.BytesOut-first.BytesOut) / f.Seconds / float64(last.Players) / 1000
	f.RSS = resident()
	var p50 []float64
	for _, r := range server.Rooms() {
		s := r.Stats()
		p50 = append(p50, milliseconds(s.TickP50))
		f.P99, f.Max = max(f.P99, milliseconds(s.TickP99)), max(f.Max, milliseconds(s.TickMax))
	}
	slices.Sort(p50)
	f.P50 = p50[len(p50)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// total adds up the rooms.
func total(server *session.Server) (t session.RoomStats) {
	for _, r := range server.Rooms() {
		s := r.Stats()
		t.Players += s.Players
		t.Ticks += s.Ticks
		t.Dropped += s.Dropped
		t.Missed += s.Missed
		t.Stray += s.Stray
		t.BytesOut += s.BytesOut
	}
	return t
}

// mover moves players to the next room, and others back in their place.
type mover struct {
	server *session.Server
	turn   int
	player input.PlayerID
	moved  int
}

func (m *mover) move() {
	rooms := m.server.Rooms()
	from, to := rooms[m.turn%len(rooms)], rooms[(m.turn+1)%len(rooms)]
	if m.turn++; m.turn%len(rooms) == 0 {
		m.player++
	}
	before := from.Stats().Seats
	if before > 0 && from != to && from.Move(1+m.player, to) == nil { // of who is not there nothing comes
		m.moved++
	}
}
