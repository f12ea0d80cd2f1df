package cubes

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"unsafe"

	"github.com/klauspost/compress/zstd"
	"github.com/tandem-engine/tandem/net/wire"
)

// Cube is the component that travels, declared as any game would.
type Cube struct {
	Interacting bool
	Position    [3]float32 `net:"min=-256,max=256,step=0.001953125"`
	Rotation    [4]float32 `net:"quat,bits=9"`
}

const (
	recordInts   = 8         // a cube in the file: int32 little-endian
	halfRange    = 256 * 512 // of a position, in steps
	rotationStep = 511       // greatest number of a small component
)

// scene is the recording as the component's lanes: frame by frame, cube by cube.
type scene struct {
	codec  *wire.Codec
	cubes  int
	frames int
	lanes  []uint32
	// otherForm counts rotations which the codec would have sent in their other
	// form: the two largest components are less than a step apart. The recording's
	// form is sent, so that what arrives can be compared with it.
	otherForm int
}

// at returns the lanes of a cube in a frame.
func (s *scene) at(frame, cube int) []uint32 {
	n := s.codec.Lanes()
	at := (frame*s.cubes + cube) * n
	return s.lanes[at : at+n]
}

// load reads a recording, packed by zstd or plain.
func load(path string, cubes int) (*scene, error) {
	codec, err := wire.Of[Cube](wire.Quantised)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in, err := unpacked(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s := &scene{codec: codec, cubes: cubes}
	var raw [recordInts * 4]byte
	records := 0
	for ; ; records++ {
		if _, err := io.ReadFull(in, raw[:]); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("%s: cube %d of frame %d: %w", path, records%cubes, records/cubes, err)
		}
		var v [recordInts]int32
		for k := range v {
			v[k] = int32(binary.LittleEndian.Uint32(raw[k*4:]))
		}
		if err := s.add(v); err != nil {
			return nil, fmt.Errorf("%s: cube %d of frame %d: %w", path, records%cubes, records/cubes, err)
		}
	}
	if records == 0 || records%cubes != 0 {
		return nil, fmt.Errorf("%s: %d records are no whole number of frames of %d cubes; say how many there are with -cubes", path, records, cubes)
	}
	s.frames = records / cubes
	return s, nil
}

// unpacked returns what is in a zstd stream, or the bytes themselves if they are none.
func unpacked(in *bufio.Reader) (io.Reader, error) {
	magic, err := in.Peek(4)
	if err != nil || binary.LittleEndian.Uint32(magic) != 0xfd2fb528 {
		return in, nil
	}
	return zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
}

// add appends a record, as the lanes that the codec makes of the component which the record describes.
func (s *scene) add(v [recordInts]int32) error {
	lanes := []uint32{
		uint32(v[7]), uint32(v[4] + halfRange), uint32(v[5] + halfRange), uint32(v[6] + halfRange),
		uint32(v[0]), uint32(v[1]), uint32(v[2]), uint32(v[3]),
	}
	for k, n := range lanes {
		most := []uint32{1, 2 * halfRange, 2 * halfRange, 2 * halfRange, 3, rotationStep, rotationStep, rotationStep}[k]
		if n > most {
			return fmt.Errorf("number %d of %v is out of its range", k, v)
		}
	}
	var cube Cube
	s.codec.Dequantise(unsafe.Pointer(&cube), lanes)
	again := make([]uint32, len(lanes))
	s.codec.Quantise(again, unsafe.Pointer(&cube))
	for k := range lanes {
		if lanes[k] == again[k] {
			continue
		}
		if k < 4 {
			return fmt.Errorf("number %d of %v does not survive the codec", k, v)
		}
		s.otherForm++
		break
	}
	s.lanes = append(s.lanes, lanes...)
	return nil
}
