// Package cubes measures how small updates become: it sends a recorded physics
// scene through the component codec and the delta path of the engine.
//
//	go run ./tools/bench cubes -in FILE
//
// The recording, after Glenn Fiedler's Networked Physics Data Compression
// Challenge (2015), has 901 cubes in each frame, 60 frames a second, and for each
// cube eight int32, little-endian: the index of the largest quaternion component,
// the three others as 0..511, the position in 1/512 m, and whether the cube touches
// the player's. Each frame is coded against the one six frames earlier, as if that
// were the newest which the client acknowledged. Frames 0 to 5 are skipped. What
// was coded is decoded by a client that has nothing but what it decoded, and
// compared with the recording.
//
// Movement is predicted from the base and two frames before it, which the client
// has acknowledged too: by default 2 and 8 frames before the base. Frame by frame
// nothing is carried over but those; the models start afresh.
package cubes

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// Figures is what one run measures.
type Figures struct {
	KbitPerS     float64 `json:"kbit_per_s"`          // mean bytes × 60 × 8 / 1000
	USPerFrame   float64 `json:"us_per_frame"`        // encoding, mean wall time
	USMedian     float64 `json:"us_per_frame_p50"`    // encoding, median: what a busy machine disturbs less
	USDecode     float64 `json:"us_per_frame_decode"` // decoding, mean wall time
	MeanBytes    float64 `json:"mean_bytes"`
	WorstBytes   int     `json:"worst_bytes"` // the largest frame
	Frames       int     `json:"frames"`
	Updates      float64 `json:"updates_per_frame"`
	BitsPerCube  float64 `json:"bits_per_update"`
	ChainKbit    float64 `json:"kbit_per_s_chain"`     // predicted only from the base, what it was coded against, and what that was
	NewestKbit   float64 `json:"kbit_per_s_newest"`    // predicted from the base and the two frames right before it
	SplitKbit    float64 `json:"kbit_per_s_datagrams"` // in datagrams of up to 1100 bytes, each decodable alone
	SplitWorst   int     `json:"worst_datagrams"`      // most datagrams of a frame
	OverOne      int     `json:"frames_over_datagram"` // frames larger than one datagram
	OtherForm    int     `json:"other_form"`           // rotations with two forms, sent in the recording's
	Older        int     `json:"older"`
	Oldest       int     `json:"oldest"`
	Verification string  `json:"decoded"`
}

// datagramLimit is the size of a datagram's content, as in the engine's snapshots.
const datagramLimit = 1100

// Main runs the measurement with the command line's arguments.
func Main(args []string) error { return run(args, os.Stdout) }

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("cubes", flag.ContinueOnError)
	in := flags.String("in", "", "`file` with the recording, packed by zstd or plain")
	cubes := flags.Int("cubes", 901, "cubes a frame")
	older := flags.Int("older", 2, "the prediction's older value is that many `frames` before the base")
	oldest := flags.Int("oldest", 6, "the prediction's oldest value is that many `frames` before older")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *in == "" || *cubes < 1 || *cubes > 1<<startBits || *older < 1 || *oldest < 1 {
		return errors.New("cubes: give -in FILE, and numbers above 0 (cubes at most 65536)")
	}
	s, err := load(*in, *cubes)
	if err != nil {
		return err
	}
	if s.frames <= lag {
		return fmt.Errorf("%s: %d frames; more than %d are needed", *in, s.frames, lag)
	}
	f, err := s.figures(past{older: *older, oldest: *oldest})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(f)
}

// figures measures all there is about a scene.
func (s *scene) figures(p past) (*Figures, error) {
	main, err := s.measure(p, 0)
	if err != nil {
		return nil, err
	}
	chain, err := s.measure(past{older: lag, oldest: lag}, 0)
	if err != nil {
		return nil, err
	}
	newest, err := s.measure(past{older: 1, oldest: 1}, 0)
	if err != nil {
		return nil, err
	}
	split, err := s.measure(p, datagramLimit)
	if err != nil {
		return nil, err
	}
	n := float64(main.frames)
	return &Figures{
		KbitPerS: main.kbit(), ChainKbit: chain.kbit(), NewestKbit: newest.kbit(), SplitKbit: split.kbit(),
		USPerFrame: micros(main.encoding) / n, USMedian: micros(main.median()), USDecode: micros(main.decoding) / n,
		MeanBytes: float64(main.bytes) / n, WorstBytes: main.worst, Frames: main.frames,
		Updates: float64(main.updates) / n, BitsPerCube: float64(main.bytes) * 8 / float64(main.updates),
		SplitWorst: split.datagrams, OverOne: main.over, OtherForm: s.otherForm, Older: p.older, Oldest: p.oldest, Verification: "equal",
	}, nil
}

// sums is what one pass over the scene adds up.
type sums struct {
	frames, bytes, worst, updates int
	datagrams, over               int
	encoding, decoding            time.Duration
	times                         []time.Duration // encoding, frame by frame
}

func (s *sums) median() time.Duration {
	slices.Sort(s.times)
	return s.times[len(s.times)/2]
}

func (s *sums) kbit() float64 { return float64(s.bytes) / float64(s.frames) * 60 * 8 / 1000 }

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// measure sends every frame from a server to a client, in datagrams of at most limit bytes (0: one a frame).
func (s *scene) measure(p past, limit int) (*sums, error) {
	sv := &server{history: s.known(s.frames), past: p, limit: limit}
	cl := &client{history: s.known(lag), past: p}
	var out sums
	for f := lag; f < s.frames; f++ {
		start := time.Now()
		datagrams := sv.write(f)
		took := time.Since(start)
		out.encoding, out.times = out.encoding+took, append(out.times, took)
		size := 0
		for _, d := range datagrams {
			size += len(d)
		}
		out.frames, out.bytes, out.worst = out.frames+1, out.bytes+size, max(out.worst, size)
		out.datagrams = max(out.datagrams, len(datagrams))
		if size > datagramLimit {
			out.over++
		}
		start = time.Now()
		if err := cl.read(f, datagrams, limit > 0); err != nil {
			return nil, err
		}
		out.decoding += time.Since(start)
		for i := range s.cubes {
			if !slices.Equal(s.at(f, i), cl.at(f, i)) {
				return nil, fmt.Errorf("frame %d, cube %d: sent %v, decoded %v", f, i, s.at(f, i), cl.at(f, i))
			}
			if !slices.Equal(s.at(f, i), s.at(f-lag, i)) {
				out.updates++
			}
		}
	}
	return &out, nil
}

// known returns a history that has the first frames.
func (s *scene) known(frames int) history {
	h := history{codec: s.codec, cubes: s.cubes, frames: make([][]uint32, s.frames)}
	n := s.cubes * s.codec.Lanes()
	for f := range frames {
		h.frames[f] = s.lanes[f*n : (f+1)*n]
	}
	return h
}
