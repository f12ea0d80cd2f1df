package session

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/wire"
)

// Messages of the control channel: 8 bits kind, then
//
//	login    c→s  name: uvarint length, UTF-8, at most 32 bytes
//	welcome  s→c  uvarint player, 32 bits tick, uvarint ticks a second,
//	              uvarint ticks a snapshot, 64 bits seed of the random numbers,
//	              the room's name as in login
//	refresh  c→s  –  the client lost values: send everything again
//	entered  c→s  –  the client is in the room of the last welcome
//	closes   s→c  uvarint seconds left, 0 for no limit; text: uvarint length,
//	              UTF-8, at most 256 bytes
const (
	msgLogin = iota + 1
	msgWelcome
	msgRefresh
	msgEntered
	msgCloses
)

// MaxName is the length of a player's or room's name in bytes.
const MaxName = 32

var errMalformed = errors.New("malformed control message")

type welcome struct {
	player   input.PlayerID
	tick     uint32
	rate     int
	interval uint32
	seed     uint64
	room     string // name; empty: it has none
}

func appendLogin(name string) []byte {
	var w wire.Writer
	w.Bits(msgLogin, 8)
	w.String(name)
	return w.Finish()
}

func appendWelcome(m welcome) []byte {
	var w wire.Writer
	w.Bits(msgWelcome, 8)
	w.Uvarint(uint64(m.player))
	w.Bits(uint64(m.tick), 32)
	w.Uvarint(uint64(m.rate))
	w.Uvarint(uint64(m.interval))
	w.Bits(m.seed, 64)
	w.String(m.room)
	return w.Finish()
}

func appendRefresh() []byte { return []byte{msgRefresh} }

func appendEntered() []byte { return []byte{msgEntered} }

func appendCloses(m ServerCloses) []byte {
	var w wire.Writer
	w.Bits(msgCloses, 8)
	w.Uvarint(uint64((m.Left + time.Second - 1) / time.Second))
	w.String(m.Text)
	return w.Finish()
}

// kindOf is a message's kind, 0 for an empty one.
func kindOf(data []byte) byte {
	if len(data) == 0 {
		return 0
	}
	return data[0]
}

func parseLogin(data []byte) (name string, err error) {
	var r wire.Reader
	r.Reset(data)
	r.Bits(8)
	name = r.String(MaxName)
	return name, r.Err()
}

func parseWelcome(data []byte) (welcome, error) {
	var r wire.Reader
	r.Reset(data)
	r.Bits(8)
	player, tick := r.Uvarint(), r.Bits(32)
	rate, interval, seed := r.Uvarint(), r.Uvarint(), r.Bits(64)
	room := r.String(MaxName)
	if r.Err() != nil || player == 0 || player > 1<<16-1 || rate == 0 || rate > 1000 || interval == 0 || interval > rate {
		return welcome{}, fmt.Errorf("%w: welcome", errMalformed)
	}
	return welcome{input.PlayerID(player), uint32(tick), int(rate), uint32(interval), seed, room}, nil
}

func parseCloses(data []byte) (ServerCloses, error) {
	var r wire.Reader
	r.Reset(data)
	r.Bits(8)
	left := r.Uvarint()
	text := r.String(maxText)
	if r.Err() != nil || left > maxLeft {
		return ServerCloses{}, fmt.Errorf("%w: closes", errMalformed)
	}
	return ServerCloses{time.Duration(left) * time.Second, text}, nil
}

// maxLeft is the most seconds that a server may be left: a hundred years.
const maxLeft = 100 * 366 * 24 * 3600

// CleanName makes a name fit to be shown: no control characters, no space at
// the ends, at most [MaxName] bytes, "Player" if nothing is left.
func CleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	for len(name) > MaxName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if name = strings.TrimSpace(name); name == "" {
		return "Player"
	}
	return name
}
