package session

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/net/channel"
)

var updateVectors = flag.Bool("update", false, "write net/testdata/vectors/rooms.json anew")

const roomsFile = "../testdata/vectors/rooms.json"

// roomsVector is net/testdata/vectors/rooms.json: what each side makes of
// messages while a client is led through rooms.
type roomsVector struct {
	Comment  string          `json:"comment"`
	Welcomes []welcomeVector `json:"welcomes"`
	Closes   []closesVector  `json:"closes"`
	Server   []roomStep      `json:"server"`
	Client   []roomStep      `json:"client"`
}

type welcomeVector struct {
	Player   uint16 `json:"player"`
	Tick     uint32 `json:"tick"`
	Rate     int    `json:"ticks_a_second"`
	Interval uint32 `json:"ticks_a_snapshot"`
	Seed     string `json:"seed"` // hexadecimal number
	Room     string `json:"room,omitempty"`
	Bytes    string `json:"bytes"`
}

type closesVector struct {
	Left  int64  `json:"seconds_left"`
	Text  string `json:"text"`
	Bytes string `json:"bytes"`
}

// roomStep is a welcome, sent or taken, or a message that comes in.
type roomStep struct {
	Welcome bool   `json:"welcome,omitempty"`
	Channel uint8  `json:"channel"`
	Bytes   string `json:"bytes"`
	Result  string `json:"result,omitempty"` // taken, kept (for the next room), dropped, malformed; not of welcomes
	Rest    string `json:"rest,omitempty"`   // what the receiver reads, if it is not the message as it came
}

const roomsComment = "PROTOCOL.md, section 13: welcomes; closes; and what a server (a client) makes of the messages that come to it, in this " +
	"order, between the welcomes that it sends (takes). A mark is dropped; rest is what is read, without the room's number."

func comes(ch uint8, text string) roomStep { return roomStep{Channel: ch, Bytes: text} }

// The steps of the vector, without their results.
var (
	serverSteps = []roomStep{
		{Welcome: true},
		comes(chControl, "03"),        // refresh before entered
		comes(chControl, "04"),        // entered
		comes(chControl, "03"),        // refresh
		comes(chCommands, "2a001122"), // of room 0
		comes(chMessages, "0405"),
		comes(chEvents, "000800"),
		{Welcome: true},
		comes(chCommands, "2b001122"), // late, of room 0
		comes(chCommands, "2c101122"), // the client is in room 1 already
		comes(chMessages, "0405"),     // late
		comes(chEvents, "000800"),     // late
		comes(chControl, "03"),        // late
		comes(chControl, "04"),
		comes(chControl, "03"),
		comes(chMessages, ""), // mark
		comes(chMessages, "0406"),
		comes(chEvents, "100800"),
		comes(chCommands, "2d101122"),
		comes(chCommands, "2e201122"), // of no room that was told of
		comes(chEvents, "110800"),     // not the room's number
		comes(chCommands, "2e"),
		comes(chMessages, ""),  // a mark too many
		comes(chControl, "04"), // nothing to answer
	}
	clientSteps = []roomStep{
		comes(chValues, "010a0000"), // early: before any welcome
		comes(chStructure, "010a0000"),
		{Welcome: true},
		comes(chValues, "010d0000"),
		comes(chStructure, "020d0000"),
		comes(chEvents, "000800"),
		comes(chMessages, "0405"),
		comes(chValues, "12640000"), // of room 1, which is still to come
		comes(chStructure, ""),      // mark
		comes(chStructure, "01640000"),
		comes(chMessages, "0406"), // its mark has not come
		{Welcome: true},
		comes(chMessages, "0407"), // late
		comes(chMessages, ""),
		comes(chMessages, "0408"),
		comes(chValues, "02160000"), // late
		comes(chValues, "12670000"),
		comes(chEvents, "100900"),
		comes(chStructure, "02670000"),
		comes(chStructure, ""),
		comes(chStructure, "01000000"), // of room 2
		comes(chStructure, ""),
		comes(chStructure, "01000000"), // two rooms ahead
		comes(chEvents, ""),
	}
)

func unhex(t testing.TB, text string) []byte {
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	return b
}

// result runs one message through a side.
func (s *roomStep) result(t testing.TB, sort func(*channel.Message) (string, error)) {
	m := channel.Message{Channel: s.Channel, Data: unhex(t, s.Bytes)}
	var err error
	if s.Result, err = sort(&m); err != nil {
		s.Result = "malformed"
		return
	}
	if rest := hex.EncodeToString(m.Data); rest != s.Bytes && s.Result != "dropped" {
		s.Rest = rest
	}
}

func roomsVectorOf(t *testing.T) roomsVector {
	v := roomsVector{Comment: roomsComment}
	for _, w := range []welcome{{1, 1, 60, 3, 0, ""}, {300, 1 << 20, 30, 1, 0x1122334455667788, "Finals, hall 2"}} {
		b := appendWelcome(w)
		again, err := parseWelcome(b)
		require.NoError(t, err)
		require.Equal(t, w, again)
		seed := hex.EncodeToString([]byte{byte(w.seed >> 56), byte(w.seed >> 48), byte(w.seed >> 40), byte(w.seed >> 32), byte(w.seed >> 24), byte(w.seed >> 16), byte(w.seed >> 8), byte(w.seed)})
		v.Welcomes = append(v.Welcomes, welcomeVector{uint16(w.player), w.tick, w.rate, w.interval, seed, w.room, hex.EncodeToString(b)})
	}
	for _, c := range []ServerCloses{{}, {5 * time.Minute, "version 2 comes: see you there"}} {
		b := appendCloses(c)
		again, err := parseCloses(b)
		require.NoError(t, err)
		require.Equal(t, c, again)
		v.Closes = append(v.Closes, closesVector{int64(c.Left / time.Second), c.Text, hex.EncodeToString(b)})
	}
	var l line
	for _, s := range serverSteps {
		if s.Welcome {
			l.rooms++
		} else {
			s.result(t, func(m *channel.Message) (string, error) {
				entering := m.Channel == chControl && kindOf(m.Data) == msgEntered
				mine, err := l.sort(m)
				if mine || entering {
					return "taken", err
				}
				return "dropped", err
			})
		}
		v.Server = append(v.Server, s)
	}
	var k course
	for _, s := range clientSteps {
		if s.Welcome {
			k.rooms++
		} else {
			s.result(t, func(m *channel.Message) (string, error) {
				ahead, err := k.sort(m)
				return map[int]string{0: "taken", 1: "kept"}[min(ahead, 1)] + map[bool]string{true: "dropped"}[ahead < 0], err
			})
		}
		v.Client = append(v.Client, s)
	}
	return v
}

// TestRoomVectors holds both sides to the published results.
func TestRoomVectors(t *testing.T) {
	v := roomsVectorOf(t)
	if *updateVectors {
		b, err := json.MarshalIndent(v, "", " ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(roomsFile, append(b, '\n'), 0o644))
	}
	b, err := os.ReadFile(roomsFile)
	require.NoError(t, err)
	var want roomsVector
	require.NoError(t, json.Unmarshal(b, &want))
	require.Equal(t, want, v)
	results := map[string]int{}
	for _, s := range append(v.Server, v.Client...) {
		results[s.Result]++
	}
	for _, r := range []string{"taken", "kept", "dropped", "malformed"} {
		require.Greater(t, results[r], 2, r)
	}
}

// What comes before its welcome is bounded, in number and in bytes, for each room anew.
func TestEarlyMessagesAreBounded(t *testing.T) {
	large := channel.Message{Channel: chStructure, Data: make([]byte, 64<<10)}
	small := channel.Message{Channel: chValues, Data: []byte{1}}
	for _, c := range []struct {
		m    channel.Message
		most int
	}{{large, maxEarlyBytes / len(large.Data)}, {small, maxEarly}} {
		var k course
		for range c.most {
			require.NoError(t, k.keep(c.m))
		}
		require.ErrorIs(t, k.keep(c.m), errMalformed)
		require.Len(t, k.early, c.most)
	}
}

// FuzzMessages feeds both sides what anybody may send: nothing of it panics, and
// what is parsed is written again as it was.
func FuzzMessages(f *testing.F) {
	f.Add(uint8(chControl), uint32(1), []byte{msgEntered})
	f.Add(uint8(chControl), uint32(2), appendWelcome(welcome{3, 77, 60, 3, 5, "hall"}))
	f.Add(uint8(chControl), uint32(2), appendLogin("Ada"))
	f.Add(uint8(chControl), uint32(2), appendCloses(ServerCloses{time.Minute, "the end"}))
	f.Add(uint8(chCommands), uint32(17), []byte{1, 0x10, 2, 3})
	f.Add(uint8(chEvents), uint32(2), []byte{0x10, 1})
	f.Add(uint8(chMessages), uint32(3), []byte{})
	f.Fuzz(func(t *testing.T, ch uint8, rooms uint32, data []byte) {
		ch %= uint8(len(channels))
		l := line{rooms: max(rooms, 1), entered: max(rooms, 1) - rooms%2}
		m := channel.Message{Channel: ch, Data: append([]byte(nil), data...)}
		if mine, err := l.sort(&m); mine && err == nil && (ch == chCommands || ch == chEvents) && data[roomAt[ch]]>>4 != byte(l.number()&roomMask) {
			t.Fatal("it is of another room")
		}
		k := course{rooms: rooms}
		m = channel.Message{Channel: ch, Data: append([]byte(nil), data...)}
		if ahead, err := k.sort(&m); err == nil && ahead > 1 {
			t.Fatal(ahead)
		}
		if w, err := parseWelcome(data); err == nil && kindOf(data) == msgWelcome {
			again, err := parseWelcome(appendWelcome(w))
			if err != nil || again != w {
				t.Fatal(again, w, err)
			}
		}
		if c, err := parseCloses(data); err == nil && kindOf(data) == msgCloses {
			again, err := parseCloses(appendCloses(c))
			if err != nil || again != c {
				t.Fatal(again, c, err)
			}
		}
		if name, err := parseLogin(data); err == nil && len(name) > MaxName {
			t.Fatal(name)
		}
	})
}
