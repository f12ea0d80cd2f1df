package predict

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/wire"
)

var updateVectors = flag.Bool("update", false, "write net/testdata/vectors/commands.json anew")

const commandsFile = "../testdata/vectors/commands.json"

// commandsVector is net/testdata/vectors/commands.json.
type commandsVector struct {
	Comment string         `json:"comment"`
	Command string         `json:"command"` // schema
	Client  []commandsStep `json:"client"`  // messages of a client, in order
	Server  []commandsStep `json:"server"`  // messages of a server about others
}

// commandsStep is a message and what the receiver makes of it: the commands of all
// ticks in it, oldest first.
type commandsStep struct {
	Near      uint32         `json:"near"` // the tick that the server is about to simulate; the client's newest snapshot
	Bytes     string         `json:"bytes"`
	Playhead  float64        `json:"playhead,omitempty"` // of the newest command
	Malformed bool           `json:"malformed,omitempty"`
	Commands  []tickCommand  `json:"commands,omitempty"`
	Players   []playerVector `json:"players,omitempty"`
}

type playerVector struct {
	Player   input.PlayerID `json:"player"`
	Commands []tickCommand  `json:"commands"`
}

type tickCommand struct {
	Tick uint32 `json:"tick"`
	Turn int8   `json:"turn"`
	Fire bool   `json:"fire"`
}

const commandsComment = "PROTOCOL.md, section 13, Commands: what a server has of one client's commands after each of its messages, of the ticks in " +
	"the message; and what a client has of those of others after each message about them. Malformed ones are refused."

// TestVectorsOfCommands: the messages of the vector are what is written, and are
// read as it says.
func TestVectorsOfCommands(t *testing.T) {
	if *updateVectors {
		data, err := json.MarshalIndent(makeVector(t), "", " ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(commandsFile, append(data, '\n'), 0o644))
	}
	data, err := os.ReadFile(commandsFile)
	require.NoError(t, err)
	var kept commandsVector
	require.NoError(t, json.Unmarshal(data, &kept))
	require.Equal(t, makeVector(t), kept, "go test ./net/predict -run Vectors -update writes it anew")
}

// makeVector writes messages as both sides do, and reads them.
func makeVector(t *testing.T) commandsVector {
	app := orderApp(func(t engine.Tick) order { return order{Turn: int8(t.Number/3%3)*7 - 7, Fire: t.Number%8 < 2} })
	c, b := newCommands(app), NewCommandBuffer(app.World())
	v := commandsVector{Comment: commandsComment, Command: b.kind.Schema()}
	add := func(data []byte, near, first, last uint32, playhead float64) {
		s := commandsStep{Near: near, Bytes: hex.EncodeToString(data), Playhead: playhead}
		if s.Malformed = b.Receive(data, near, 0) != nil; !s.Malformed {
			s.Commands = commandsOf(first, last, func(n uint32) *order { return (*order)(b.at(n)) })
		}
		v.Client = append(v.Client, s)
	}
	for n := uint32(4090); n <= 4110; n++ { // the low bits of the tick begin anew
		c.sample(engine.Tick{Number: n}, 0)
		if n%5 == 0 {
			first := max(n-5, 4090)
			add(c.Message(first-1, float64(n)-8.25), first, first, n, float64(n)-8.25)
		}
	}
	message := c.Message(4104, 0)
	add(message, 4105, 4105, 4110, 0)
	add(message[:3], 4105, 0, 0, 0)
	add([]byte{0x0e, 0x10, 0, 0x7c}, 4105, 0, 0, 0) // a run longer than the message

	for n := uint32(4100); n <= 4106; n++ {
		b.Take(n)
	}
	var w wire.Writer
	RelayHead(&w, 4106)
	require.True(t, b.Relay(&w, 3, 4106, 1000))
	require.True(t, b.Relay(&w, 300, 4106, 1000))
	w.Bool(false)
	whole := w.Finish()
	for _, data := range [][]byte{whole, whole[:4], {0x0a, 0x00, 0}} {
		r, s := newRelays(b.kind), commandsStep{Near: 4100, Bytes: hex.EncodeToString(data)}
		s.Malformed = r.receive(data, 4100) != nil
		for _, l := range r.list {
			if !s.Malformed {
				s.Players = append(s.Players, playerVector{l.player, commandsOf(4106, l.newest, func(n uint32) *order { return (*order)(r.at(l, n)) })})
			}
		}
		v.Server = append(v.Server, s)
	}
	return v
}

func commandsOf(first, last uint32, at func(uint32) *order) (list []tickCommand) {
	for n := first; n <= last; n++ {
		o := at(n)
		list = append(list, tickCommand{n, o.Turn, o.Fire})
	}
	return list
}
