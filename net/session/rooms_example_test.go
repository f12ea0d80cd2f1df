package session_test

import (
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/mem"
)

// Card is what a player holds in a match.
type Card struct{ Value uint8 }

// Reception is the system of the room where everybody arrives: it opens a room
// for each two players and sends them there.
type Reception struct {
	room    *session.Room
	joined  *ecs.Events[session.Joined]
	waiting []session.Joined
}

func (r *Reception) Init(s *ecs.Sim) {
	r.room = session.RoomOf(s.World())
	r.joined = ecs.EventsOf[session.Joined](s.World())
}

func (r *Reception) Update(engine.Tick) {
	r.waiting = append(r.waiting, r.joined.Read()...)
	for len(r.waiting) >= 2 && r.send(r.waiting[0], r.waiting[1]) {
		r.waiting = r.waiting[2:]
	}
}

// send opens a room for two players.
func (r *Reception) send(players ...session.Joined) bool {
	match, err := r.room.Server().Open(session.RoomConfig{
		Name: "match", MaxPlayers: 2,
		Idle:    time.Minute, // it closes when both have left
		Plugins: []engine.Plugin{func(app *engine.App) { app.Simulate(&Dealer{}) }},
	})
	if err != nil {
		return false // it is tried again in the next tick
	}
	for _, p := range players {
		if err := r.room.Move(p.Player, match); err != nil {
			fmt.Println(p.Name, "stays:", err)
		}
	}
	return true
}

// Dealer is the system of a match.
type Dealer struct {
	joined *ecs.Events[session.Joined]
	cards  ecs.Map2[replicate.Net, Card]
}

func (d *Dealer) Init(s *ecs.Sim) {
	d.joined = ecs.EventsOf[session.Joined](s.World())
	d.cards = ecs.NewMap2[replicate.Net, Card](s)
}

func (d *Dealer) Update(engine.Tick) {
	for _, p := range d.joined.Read() {
		d.cards.NewEntity(replicate.Net{Owner: p.Player}, Card{Value: uint8(p.Player)})
	}
}

// A server has a lobby, where players arrive, and a room for each match. The
// rooms are worlds of their own; a client goes from one to the other on the same
// connection and sees only where it is.
func Example_rooms() {
	cards := session.Game{Name: "cards", Sim: func(app *engine.App) { replicate.Component[Card](app) }}
	network := mem.NewNetwork()
	carrier, identity := network.Carrier(), secure.IdentityFromSeed([32]byte{1})
	server, err := session.NewServer(cards, session.ServerConfig{
		Identity: identity, Carriers: []transport.Carrier{carrier},
		Rooms: -1, MaxClients: 100,
	})
	if err != nil {
		panic(err)
	}
	lobby, err := server.Open(session.RoomConfig{
		Name:    "lobby",
		Plugins: []engine.Plugin{func(app *engine.App) { app.Simulate(&Reception{}) }},
	})
	if err != nil {
		panic(err)
	}
	var clients []*session.Client
	for _, name := range []string{"Ada", "Bob", "Cyd"} {
		client, err := session.NewClient(cards, session.ClientConfig{
			Addr: carrier.LocalAddr(), Pin: identity.Public, Carrier: network.Carrier(), Name: name,
			Plugins: []engine.Plugin{func(app *engine.App) {
				app.Input(systemFunc(func(engine.Tick) {
					for _, e := range ecs.EventsOf[session.Entered](app.World()).Read() {
						fmt.Printf("%s is in the %s\n", name, e.Room)
					}
				}))
			}},
		})
		if err != nil {
			panic(err)
		}
		clients = append(clients, client)
	}
	// A server process would call server.Run, which gives each room a goroutine.
	for now := time.Duration(0); now < 2*time.Second; now += time.Second / 60 {
		if err := server.Advance(now); err != nil {
			panic(err)
		}
		for _, client := range clients {
			if err := client.Advance(now); err != nil {
				panic(err)
			}
		}
	}
	fmt.Println(lobby.Players(), "in the lobby,", server.Rooms()[1].Players(), "in the match")
	fmt.Println("Ada sees", clients[0].Stats().Entities, "cards, Cyd", clients[2].Stats().Entities)
	// Output:
	// Ada is in the lobby
	// Bob is in the lobby
	// Cyd is in the lobby
	// Ada is in the match
	// Bob is in the match
	// 1 in the lobby, 2 in the match
	// Ada sees 2 cards, Cyd 0
}
