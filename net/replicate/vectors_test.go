package replicate_test

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

var updateVectors = flag.Bool("update", false, "write session.json and pieces.json under net/testdata/vectors anew")

// sessionFiles are the vectors: a session each, of a seed.
var sessionFiles = map[string]uint64{
	"session.json": 9,  // range-coded
	"pieces.json":  10, // in pieces
}

// sessionVector is a file of net/testdata/vectors: what a server sends to one client over a bad line, and what the client has at the end.
type sessionVector struct {
	Comment  string            `json:"comment"`
	Table    string            `json:"table"` // the components' part of the application table
	Player   input.PlayerID    `json:"player"`
	Tick     uint32            `json:"tick"`     // of the welcome
	Snapshot uint32            `json:"snapshot"` // ticks a snapshot
	Status   replicate.Status  `json:"status"`   // of the last own message
	Messages []sessionMessage  `json:"messages"`
	Entities map[string]entity `json:"entities"` // by id
}

// sessionMessage is a message in the order of arrival.
type sessionMessage struct {
	At      uint32 `json:"at"` // tick
	Channel uint8  `json:"channel"`
	Bytes   string `json:"bytes"`
}

// entity is the last state of an entity: lanes by component.
type entity struct {
	Owner     input.PlayerID      `json:"owner,omitempty"`
	Mode      replicate.Mode      `json:"mode,omitempty"`
	Quantised map[string][]uint32 `json:"quantised"`
	Exact     map[string][]uint32 `json:"exact,omitempty"`  // of what the client predicts
	Text      string              `json:"text,omitempty"`   // the label's
	Target    string              `json:"target,omitempty"` // the aim's, an id
}

func vectorPlugin(app *engine.App) {
	replicate.Component[position](app, replicate.Interpolate(replicate.Lerp), replicate.Predict())
	replicate.Component[heading](app, replicate.Interpolate(replicate.Lerp))
	replicate.Component[label](app)
	replicate.Component[burning](app)
	replicate.Component[aim](app)
}

// confirmations is a predictor that only reads.
type confirmations struct {
	table *replicate.Table
	exact map[replicate.ID]map[string][]uint32
}

func (*confirmations) Adopt(replicate.ID) (ecs.Entity, bool) { return ecs.Entity{}, false }
func (*confirmations) Spawned(*replicate.Replica)            {}
func (*confirmations) Despawned(*replicate.Replica)          {}
func (*confirmations) Taken(*replicate.Replica)              {}
func (*confirmations) Released(*replicate.Replica)           {}

func (c *confirmations) Confirm(_ uint32, own []*replicate.Replica, r *wire.Reader) error {
	c.exact = map[replicate.ID]map[string][]uint32{}
	for _, rep := range own {
		c.exact[rep.Net.ID] = map[string][]uint32{}
		for t, typ := range c.table.Types {
			if !typ.Predict || !rep.Mask.Has(t) {
				continue
			}
			p := typ.NewColumn().AppendZero()
			if err := rep.ReadExact(r, t, p); err != nil {
				return err
			}
			lanes := make([]uint32, typ.Exact.Lanes())
			typ.Exact.Quantise(lanes, p)
			c.exact[rep.Net.ID][typ.Name()] = lanes
		}
	}
	return r.Err()
}

// newVectorViewer is the client of the vector.
func newVectorViewer(tick uint32) (*viewer, *confirmations) {
	v := &viewer{app: engine.New(engine.Config{})}
	v.app.Add(vectorPlugin)
	c := &confirmations{table: replicate.TableOf(v.app)}
	v.client = replicate.NewClient(v.app, replicate.ClientConfig{Predictor: c, TickRate: 60, Interval: 3})
	v.client.SetPlayer(1, tick)
	v.app.Receive(v.client)
	return v, c
}

// entitiesOf is the state of an app's world. Of those in exact, the components there are left out of the quantised ones.
func entitiesOf(app *engine.App, exact map[replicate.ID]map[string][]uint32) map[string]entity {
	w, out := app.World(), map[string]entity{}
	nets := ecs.Query1[replicate.Net](ecs.NewSim(w))
	q := nets.Query()
	for q.Next() {
		n := q.Get()
		id := n.ID
		e := entity{Owner: n.Owner, Mode: n.Mode, Quantised: map[string][]uint32{}, Exact: exact[id]}
		for _, typ := range replicate.TableOf(app).Types {
			p := w.Pointer(q.Entity(), typ.Component.ID)
			if _, own := e.Exact[typ.Name()]; own || p == nil {
				continue
			}
			lanes := make([]uint32, typ.Quantised.Lanes())
			typ.Quantised.Quantise(lanes, p)
			e.Quantised[typ.Name()] = lanes
			if strings.HasSuffix(typ.Name(), "label") {
				e.Text = (*label)(p).Text
			}
			if strings.HasSuffix(typ.Name(), "aim") {
				e.Target = fmt.Sprint((*aim)(p).Target)
			}
		}
		out[fmt.Sprint(id)] = e
	}
	return out
}

// recordSession plays the match of the vector.
func recordSession(t *testing.T, seed uint64) sessionVector {
	m := newMatchOf(t, seed, vectorPlugin)
	own := m.bodies.NewEntity(replicate.Net{Owner: 1, Mode: replicate.ByOwner}, position{}, heading{})
	m.bodies.NewEntity(replicate.Net{Owner: 1, Mode: replicate.ByOwner}, position{X: 7.3}, heading{}) // stays as it is told
	for range 10 {
		m.step(true)
	}
	v, c := newVectorViewer(m.tick)
	v.line = &line{rng: m.rng, loss: 0.25, tick: m.tick}
	v.peer = m.server.Add(1, v.line)
	m.clients = append(m.clients, v)
	s := sessionVector{
		Comment: "PROTOCOL.md, sections 13 to 15: the structure (1) and values (2) messages that reach one client, in order, and what it has then.",
		Table:   string(replicate.TableOf(m.app).Text()), Player: 1, Tick: m.tick, Snapshot: 3,
	}
	for i := range 210 {
		busy := i < 150
		if busy && i%4 == 0 {
			aimAtRandom(m, ecs.NewMap1[aim](m.app.Sim()))
		}
		if !busy {
			v.line.loss = 0
		}
		if busy && i%10 == 0 {
			turnAtRandom(m)
		}
		_, p, h := m.bodies.Get(own)
		p.X, h.Angle = p.X+0.123, h.Angle-0.05
		v.peer.Status = replicate.Status{Command: m.tick + 4, Margin: 300 - 7*int32(i), Late: uint32(i / 20)}
		for _, k := range v.line.queue {
			if k.due <= m.tick+1 {
				s.Messages = append(s.Messages, sessionMessage{m.tick + 1, k.ch + 1, hex.EncodeToString(k.data)})
			}
		}
		v.line.tick = m.tick + 1 // so that nothing arrives in the tick that sends it
		m.step(busy)
	}
	s.Status, _ = v.client.Status()
	for range 60 { // what is shown arrives at what has come
		v.client.Begin(time.Duration(m.tick) * time.Second / 60)
		require.NoError(t, v.app.Step())
		m.tick++
	}
	s.Entities = entitiesOf(v.app, c.exact)
	return s
}

// aimAtRandom lets an entity aim at another, now and then at none.
func aimAtRandom(m *match, aims ecs.Map1[aim]) {
	from, to := m.alive[m.rng.IntN(len(m.alive))], m.alive[m.rng.IntN(len(m.alive))]
	n, _, _ := m.bodies.Get(to)
	aims.Add(from, aim{Shots: uint8(m.tick), Target: n.ID * replicate.ID(min(m.rng.IntN(4), 1))})
}

// turnAtRandom gives an entity another owner, or another mode.
func turnAtRandom(m *match) {
	n, _, _ := m.bodies.Get(m.alive[m.rng.IntN(len(m.alive))])
	if n.Owner, n.Mode = input.PlayerID(m.rng.IntN(3)), replicate.Mode(m.rng.IntN(3)); n.Owner == 0 {
		n.Mode = replicate.Interpolated
	}
}

// TestSessionVectors reads the sessions of net/testdata/vectors as a client.
func TestSessionVectors(t *testing.T) {
	for name, seed := range sessionFiles {
		t.Run(name, func(t *testing.T) {
			path := "../testdata/vectors/" + name
			if *updateVectors {
				text, err := json.Marshal(recordSession(t, seed))
				require.NoError(t, err)
				text = []byte(strings.NewReplacer("},{", "},\n{", "},\"", "},\n\"", ":[{", ":[\n{").Replace(string(text)) + "\n")
				require.NoError(t, os.WriteFile(path, text, 0o644))
			}
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			var s sessionVector
			require.NoError(t, json.Unmarshal(text, &s))
			replaySession(t, &s)
		})
	}
}

func replaySession(t *testing.T, s *sessionVector) {
	v, c := newVectorViewer(s.Tick)
	require.Equal(t, s.Table, string(c.table.Text()))
	require.NotEmpty(t, s.Messages)
	last := s.Messages[len(s.Messages)-1].At
	for tick := s.Tick; tick < last+60; tick++ {
		v.client.Begin(time.Duration(tick) * time.Second / 60)
		for len(s.Messages) > 0 && s.Messages[0].At <= tick {
			m := s.Messages[0]
			s.Messages = s.Messages[1:]
			data, err := hex.DecodeString(m.Bytes)
			require.NoError(t, err)
			if m.Channel == 1 {
				require.NoError(t, v.client.Structure(data))
			} else {
				require.NoError(t, v.client.Values(data))
			}
		}
		require.NoError(t, v.app.Step())
	}
	status, _ := v.client.Status()
	require.Equal(t, s.Status, status)
	require.Equal(t, s.Entities, entitiesOf(v.app, c.exact))
}
