package client

import (
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/client/art"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/sprite"
	"github.com/tandem-engine/tandem/render/window"
)

// scene is what is to be seen in this frame, read once from the world: of everything that moves its replicate.View.
type scene struct {
	tick   uint32
	me     input.PlayerID
	ships  []ship
	rocks  []rock
	shots  []shot
	crates []crate
	pilots []pilot // best first
	match  sim.Match
	own    *ship  // of the local player, nil while there is none
	pilot  *pilot // the local player's, nil before there is one

	local        *session.Local
	shipReader   ecs.Reader4[replicate.View[sim.Position], replicate.View[sim.Velocity], replicate.View[sim.Heading], replicate.View[sim.Ship]]
	shipParts    ecs.ReadMap2[replicate.View[sim.Hull], replicate.View[sim.Gun]]
	rockReader   ecs.Reader3[replicate.View[sim.Position], replicate.View[sim.Velocity], sim.Rock]
	hulls        ecs.ReadMap1[replicate.View[sim.Hull]]
	shotReader   ecs.Reader3[replicate.View[sim.Position], replicate.View[sim.Velocity], sim.Bullet]
	crateReader  ecs.Reader2[replicate.View[sim.Position], sim.Crate]
	pilotReader  ecs.Reader1[sim.Pilot]
	matchReader  ecs.Reader1[sim.Match]
	nets         ecs.ReadMap1[replicate.Net]
	placeOfPilot map[input.PlayerID]int // index in pilots
}

// body is what all that flies about has.
type body struct {
	key          uint64 // the same for the whole life of the thing
	x, y, vx, vy float32
}

type ship struct {
	body
	pilot     input.PlayerID
	angle     float32
	burning   bool
	hull      float32
	hurt      uint32
	by        input.PlayerID
	safeUntil uint32
	energy    float32
	overload  uint32
	own       bool
	color     sprite.Color
	name      string
	design    int
}

type rock struct {
	body
	rock sim.Rock
	hull float32
	hurt uint32
	by   input.PlayerID
}

type shot struct {
	body
	pilot input.PlayerID
	dies  uint32
	own   bool
	color sprite.Color
}

type crate struct {
	body
	kind sim.CrateKind
	dies uint32
}

type pilot struct {
	sim.Pilot
	color sprite.Color
	own   bool
	alive bool
}

func (s *scene) init(to *ecs.Sim) {
	all := to.All()
	s.local = ecs.Resource[session.Local](to.World())
	s.shipReader = ecs.Read4[replicate.View[sim.Position], replicate.View[sim.Velocity], replicate.View[sim.Heading], replicate.View[sim.Ship]](all)
	s.shipParts = ecs.NewReadMap2[replicate.View[sim.Hull], replicate.View[sim.Gun]](all)
	s.rockReader = ecs.Read3[replicate.View[sim.Position], replicate.View[sim.Velocity], sim.Rock](all)
	s.hulls = ecs.NewReadMap1[replicate.View[sim.Hull]](all)
	s.shotReader = ecs.Read3[replicate.View[sim.Position], replicate.View[sim.Velocity], sim.Bullet](all)
	s.crateReader = ecs.Read2[replicate.View[sim.Position], sim.Crate](all)
	s.pilotReader = ecs.Read1[sim.Pilot](all)
	s.matchReader = ecs.Read1[sim.Match](all)
	s.nets = ecs.NewReadMap1[replicate.Net](all)
	s.placeOfPilot = map[input.PlayerID]int{}
}

// read takes the scene from the world.
func (s *scene) read(f engine.Frame) {
	s.tick, s.me = f.Tick, 0
	if s.local != nil {
		s.me = s.local.Player
	}
	s.readPilots()
	s.readShips()
	s.readRocks()
	s.readShots()
	s.readCrates()
	s.match = sim.Match{}
	q := s.matchReader.Query()
	for q.Next() {
		s.match = q.Get()
	}
}

func (s *scene) readPilots() {
	s.pilots = s.pilots[:0]
	q := s.pilotReader.Query()
	for q.Next() {
		p := q.Get()
		s.pilots = append(s.pilots, pilot{Pilot: p, color: pilotColor(p.Hue), own: p.ID == s.me && s.me != 0})
	}
	slices.SortFunc(s.pilots, func(a, b pilot) int {
		if a.Better(b.Pilot) {
			return -1
		}
		return 1
	})
	clear(s.placeOfPilot)
	s.pilot = nil
	for i := range s.pilots {
		s.placeOfPilot[s.pilots[i].ID] = i
		if s.pilots[i].own {
			s.pilot = &s.pilots[i]
		}
	}
}

// find returns a pilot, or nil.
func (s *scene) find(id input.PlayerID) *pilot {
	if i, ok := s.placeOfPilot[id]; ok {
		return &s.pilots[i]
	}
	return nil
}

// shipOf returns the ship of a pilot, or nil.
func (s *scene) shipOf(id input.PlayerID) *ship {
	for i := range s.ships {
		if s.ships[i].pilot == id && id != 0 {
			return &s.ships[i]
		}
	}
	return nil
}

// byKey returns the ship of a key, or nil.
func (s *scene) byKey(key uint64) *ship {
	for i := range s.ships {
		if s.ships[i].key == key {
			return &s.ships[i]
		}
	}
	return nil
}

func (s *scene) readShips() {
	s.ships, s.own = s.ships[:0], nil
	q := s.shipReader.Query()
	for q.Next() {
		p, v, h, sh := q.Get()
		hull, gun, _ := s.shipParts.Get(q.Entity())
		it := ship{
			body:  s.body(q.Entity(), p.Value, v.Value),
			pilot: sh.Value.Pilot, angle: h.Value.Angle, burning: sh.Value.Burning,
			hull: hull.Value.Points, hurt: hull.Value.Hurt, by: hull.Value.By, safeUntil: hull.Value.SafeUntil,
			energy: gun.Value.Energy, overload: gun.Value.Overload,
			own: sh.Value.Pilot == s.me && s.me != 0, color: pilotColor(0), design: int(sh.Value.Pilot) % art.Hulls,
		}
		if pilot := s.find(it.pilot); pilot != nil {
			it.color, it.name, pilot.alive = pilot.color, pilot.Name, true
		}
		s.ships = append(s.ships, it)
	}
	for i := range s.ships {
		if s.ships[i].own {
			s.own = &s.ships[i]
		}
	}
}

// tracks adds the ships as they are shown.
func (s *scene) tracks(to []window.Track) []window.Track {
	for i := range s.ships {
		it := &s.ships[i]
		to = append(to, window.Track{ID: it.key, Own: it.own, X: it.x, Y: it.y, VX: it.vx, VY: it.vy, Struck: it.hurt})
	}
	return to
}

func (s *scene) readRocks() {
	s.rocks = s.rocks[:0]
	q := s.rockReader.Query()
	for q.Next() {
		p, v, r := q.Get()
		hull, _ := s.hulls.Get(q.Entity())
		s.rocks = append(s.rocks, rock{
			s.body(q.Entity(), p.Value, v.Value), r, hull.Value.Points, hull.Value.Hurt, hull.Value.By,
		})
	}
}

func (s *scene) readShots() {
	s.shots = s.shots[:0]
	q := s.shotReader.Query()
	for q.Next() {
		p, v, b := q.Get()
		it := shot{
			body: s.body(q.Entity(), p.Value, v.Value), pilot: b.Pilot, dies: b.Dies,
			own: b.Pilot == s.me && s.me != 0, color: pilotColor(0),
		}
		if pilot := s.find(b.Pilot); pilot != nil {
			it.color = pilot.color
		}
		s.shots = append(s.shots, it)
	}
}

func (s *scene) readCrates() {
	s.crates = s.crates[:0]
	q := s.crateReader.Query()
	for q.Next() {
		p, c := q.Get()
		s.crates = append(s.crates, crate{s.body(q.Entity(), p.Value, sim.Velocity{}), c.Kind, c.Dies})
	}
}

// body gives a thing its key: its name on the network, which outlives the entity of a predicted spawn.
func (s *scene) body(e ecs.Entity, p sim.Position, v sim.Velocity) body {
	key := uint64(e.ID())<<32 | uint64(e.Generation()) | 1<<62
	if net, ok := s.nets.Get(e); ok && net.ID != 0 {
		key = uint64(net.ID)
	}
	return body{key, p.X, p.Y, v.X, v.Y}
}
