package window

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

// joined is a session that was begun.
type joined struct {
	driver session.Driver
	what   string // what is being done, for the screen: "connecting to …"
	invite string // address and key for guests, if others can join
}

// join begins a session on a server.
func (s *shell) join(address, key string) (joined, error) {
	pin, err := secure.ParseKey(key)
	if err != nil {
		return joined{}, err
	}
	server, err := udp.Resolve(address)
	if err != nil {
		return joined{}, err
	}
	carrier, err := udp.Dial(server, udp.Config{})
	if err != nil {
		return joined{}, err
	}
	client, err := session.NewClient(s.program.Game, session.ClientConfig{
		Addr: server, Pin: pin, Carrier: carrier, Name: s.settings.Name, Plugins: []engine.Plugin{s.program.Client},
		Delay: s.delay(), Log: s.options.log,
	})
	if err != nil {
		carrier.Close()
		return joined{}, err
	}
	return joined{driver: client, what: "connecting to " + address}, nil
}

// delay is how the player wants the line to be covered; nil: as the game does.
func (s *shell) delay() *predict.Delay {
	first := s.options.delay
	if first < 0 {
		first = time.Duration(s.settings.Delay) * time.Millisecond
	}
	switch {
	case first < 0:
		return nil
	case first == 0:
		return &predict.Delay{} // nothing is delayed, however long the line
	}
	d := s.program.Game.Delay
	d.First = first
	return &d
}

// host begins a session in this process. With an address to listen on others may join.
func (s *shell) host(listen string, bots int) (joined, error) {
	game := s.program.Game
	if s.program.Bots != nil {
		game = s.program.Bots(bots)
	}
	seed := s.options.seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	cfg := session.HostConfig{
		Name: s.settings.Name, Seed: seed, Client: []engine.Plugin{s.program.Client}, Log: s.options.log,
	}
	if listen == "" {
		host, err := session.NewHost(game, cfg)
		if err != nil {
			return joined{}, err
		}
		return joined{driver: host, what: "starting"}, nil
	}
	carrier, err := udp.Listen(listen, udp.Config{})
	if err != nil {
		return joined{}, err
	}
	cfg.Carriers = []transport.Carrier{carrier}
	if cfg.Identity, err = s.settings.identity(); err != nil {
		carrier.Close()
		return joined{}, err
	}
	host, err := session.NewHost(game, cfg)
	if err != nil {
		carrier.Close()
		return joined{}, err
	}
	return joined{
		driver: host, what: "opening the game",
		invite: fmt.Sprintf("%s %s", reachable(carrier.LocalAddr()), secure.FormatKey(host.Key())),
	}, nil
}
