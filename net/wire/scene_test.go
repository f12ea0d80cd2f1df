package wire

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"unsafe"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// scene is a recorded world to learn priors from and to try updates on: entities with one or more components, at every frame.
type scene struct {
	codecs   []*Codec
	lanes    [][]uint32 // a component, then frame by frame all entities
	entities int
	frames   int
}

// at returns the lanes of component c of entity i in frame f.
func (s *scene) at(c, f, i int) []uint32 {
	n := s.codecs[c].Lanes()
	at := (f*s.entities + i) * n
	return s.lanes[c][at : at+n]
}

// spans say which frames an update is coded against: age frames back, gap before that, oldest before that.
type spans struct{ age, gap, oldest int }

func (s *scene) past(c, f, i int, b spans) Past {
	p := Past{Base: s.at(c, f-b.age, i), Age: uint32(b.age), Gap: uint32(b.gap), OldestGap: uint32(b.oldest)}
	if f -= b.age + b.gap; f >= 0 {
		p.Older = s.at(c, f, i)
	}
	if f -= b.oldest; f >= 0 {
		p.Oldest = s.at(c, f, i)
	}
	return p
}

// changed returns the components of entity i that frame f has to tell.
func (s *scene) changed(f, i int, b spans) (types uint64) {
	for c := range s.codecs {
		if f >= b.age && !equalLanes(s.at(c, f, i), s.at(c, f-b.age, i)) {
			types |= 1 << c
		}
	}
	return types
}

// expected returns the entities that the base frame of f told about.
func (s *scene) expected(f int, b spans) (ids []uint32) {
	for i := range s.entities {
		if s.changed(f-b.age, i, b) != 0 {
			ids = append(ids, uint32(i))
		}
	}
	return ids
}

func (s *scene) possible() uint64 { return 1<<len(s.codecs) - 1 }

// write encodes frame f as one datagram.
func (s *scene) write(e *Encoder, f int, b spans) {
	var r Roster
	r.Reset(s.expected(f, b))
	var buf []Symbol
	for i := range s.entities {
		types := s.changed(f, i, b)
		if types == 0 {
			continue
		}
		r.Put(e, uint32(i))
		e.Types(types, s.possible(), s.changed(f-b.age, i, b))
		surprise := FirstOfEntity
		for c, codec := range s.codecs {
			if types>>c&1 != 0 {
				p := s.past(c, f, i, b)
				buf, surprise = codec.Update(buf[:0], &p, s.at(c, f, i), surprise)
				e.Update(buf)
			}
		}
	}
	r.End(e)
}

// read decodes frame f and compares it with what was recorded.
func (s *scene) read(t testing.TB, data []byte, f int, b spans) {
	var d Decoder
	d.Reset(data)
	var r Roster
	r.Reset(s.expected(f, b))
	told := make([]uint64, s.entities)
	for {
		id, ok := r.Next(&d, uint32(s.entities))
		if !ok {
			break
		}
		told[id] = d.Types(s.possible(), s.changed(f-b.age, int(id), b))
		for c, codec := range s.codecs {
			if told[id]>>c&1 != 0 {
				p := s.past(c, f, int(id), b)
				got := make([]uint32, codec.Lanes())
				require.NoError(t, codec.ReadUpdate(&d, &p, got))
				require.Equal(t, s.at(c, f, int(id)), got, "frame %d, entity %d", f, id)
			}
		}
	}
	require.NoError(t, d.Done())
	for i, types := range told {
		require.Equal(t, s.changed(f, i, b), types, "frame %d, entity %d", f, i)
	}
}

type sceneCube struct {
	Interacting bool
	Position    [3]float32 `net:"min=-256,max=256,step=0.001953125"`
	Rotation    [4]float32 `net:"quat,bits=9"`
}

// loadCubes reads a recorded physics scene: 901 cubes, 8 int32 each, see tools/bench/cubes.
func loadCubes(t testing.TB, path string) *scene {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	z, err := zstd.NewReader(f)
	require.NoError(t, err)
	defer z.Close()
	s := &scene{codecs: []*Codec{mustCompile[sceneCube](t, Quantised)}, lanes: make([][]uint32, 1), entities: 901}
	var record [8]int32
	for {
		err := binary.Read(z, binary.LittleEndian, &record)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		const half = 256 * 512
		v := []uint32{uint32(record[7]), uint32(record[4] + half), uint32(record[5] + half), uint32(record[6] + half)}
		for _, q := range record[:4] {
			v = append(v, uint32(q))
		}
		s.lanes[0] = append(s.lanes[0], v...)
	}
	s.frames = len(s.lanes[0]) / (8 * s.entities)
	return s
}

type moverPlace struct {
	X, Y float32 `net:"min=-512,max=512,step=0.01"`
}

type moverSpeed struct {
	X, Y float32 `net:"min=-64,max=64,step=0.01"`
}

type moverState struct {
	Heading float32 `net:"angle,bits=10"`
	Health  uint8   `net:"max=100"`
	Weapon  uint8   `net:"enum=5"`
	Firing  bool
	Ammo    uint16
}

// newMovers simulates ships that thrust, turn, coast, are hit and fire, at 60 frames a second.
func newMovers(t testing.TB, entities, frames int, seed uint64) *scene {
	s := &scene{
		codecs:   []*Codec{mustCompile[moverPlace](t, Quantised), mustCompile[moverSpeed](t, Quantised), mustCompile[moverState](t, Quantised)},
		lanes:    make([][]uint32, 3),
		entities: entities, frames: frames,
	}
	type mover struct {
		moverPlace
		speed moverSpeed
		moverState
		spin   float64
		thrust bool
		still  bool
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	movers := make([]mover, entities)
	for i := range movers {
		m := &movers[i]
		m.X, m.Y = float32(rng.Float64()*1000-500), float32(rng.Float64()*1000-500)
		m.Heading, m.Health, m.Ammo, m.still = float32(rng.Float64()*6), 100, 500, i%4 == 0
	}
	for range frames {
		for i := range movers {
			m := &movers[i]
			if !m.still {
				stepMover(rng, &m.moverPlace, &m.speed, &m.moverState, &m.spin, &m.thrust)
			}
			for c, p := range []unsafe.Pointer{unsafe.Pointer(&m.moverPlace), unsafe.Pointer(&m.speed), unsafe.Pointer(&m.moverState)} {
				n := s.codecs[c].Lanes()
				s.lanes[c] = slices.Grow(s.lanes[c], n)[:len(s.lanes[c])+n]
				s.codecs[c].Quantise(s.lanes[c][len(s.lanes[c])-n:], p)
			}
		}
	}
	return s
}

func stepMover(rng *rand.Rand, at *moverPlace, v *moverSpeed, st *moverState, spin *float64, thrust *bool) {
	const dt = 1.0 / 60
	if rng.IntN(30) == 0 {
		*spin, *thrust = rng.Float64()*6-3, rng.IntN(10) < 6
	}
	st.Heading += float32(*spin * dt)
	if *thrust {
		v.X += float32(10 * dt * math.Cos(float64(st.Heading)))
		v.Y += float32(10 * dt * math.Sin(float64(st.Heading)))
	}
	if speed := math.Hypot(float64(v.X), float64(v.Y)); speed > 30 {
		v.X, v.Y = v.X*float32(30/speed), v.Y*float32(30/speed)
	}
	at.X += v.X * dt
	at.Y += v.Y * dt
	if at.X < -512 || at.X > 512 {
		v.X = -v.X
	}
	if at.Y < -512 || at.Y > 512 {
		v.Y = -v.Y
	}
	switch {
	case rng.IntN(200) == 0:
		st.Health = uint8(rng.IntN(101))
	case rng.IntN(300) == 0:
		st.Weapon = uint8(rng.IntN(5))
	case rng.IntN(40) == 0:
		st.Firing = !st.Firing
	case st.Firing && rng.IntN(6) == 0:
		st.Ammo--
	}
}
