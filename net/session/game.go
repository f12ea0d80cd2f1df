package session

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/transport"
)

// Game is everything that makes a game: its name on the wire and the plugins
// of its sides.
type Game struct {
	Name         string        // 1 to 32 letters, digits, - and _; servers and clients of one game agree on it
	Version      uint32        // of the game's rules and definitions
	TickRate     int           // ticks a second; 0: 60
	SnapshotRate int           // snapshots a second, a divisor of TickRate; 0: 20, or TickRate if that is no divisor
	Delay        predict.Delay // of commands; zero value: everything is predicted
	CommandRate  int           // messages with commands that a client sends a second, a divisor of TickRate; 0: TickRate. Each has the commands of all ticks that are not confirmed
	Sim          engine.Plugin // both sides: components, the command, the systems that are predicted
	Server       engine.Plugin // the server alone; nil: nothing
	Client       engine.Plugin // the client alone; nil: nothing
}

// DefaultSnapshotRate is the number of snapshots a second of a Game that names
// none.
const DefaultSnapshotRate = 20

// withDefaults fills in what is zero and panics when the rest makes no game.
func (g Game) withDefaults() Game {
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
	}
	if g.Name == "" || len(g.Name) > 32 || strings.TrimFunc(g.Name, ok) != "" {
		panic(fmt.Sprintf("session: Game.Name is %q: use 1 to 32 letters, digits, - and _", g.Name))
	}
	if g.Sim == nil {
		panic("session: Game.Sim is nil: give the plugin that both sides share")
	}
	if g.TickRate == 0 {
		g.TickRate = engine.DefaultTickRate
	}
	if g.SnapshotRate == 0 {
		g.SnapshotRate = DefaultSnapshotRate
		if g.TickRate%g.SnapshotRate != 0 {
			g.SnapshotRate = g.TickRate
		}
	}
	if g.SnapshotRate < 1 || g.TickRate%g.SnapshotRate != 0 {
		panic(fmt.Sprintf("session: Game.SnapshotRate %d does not divide TickRate %d: choose one that does", g.SnapshotRate, g.TickRate))
	}
	if g.CommandRate == 0 {
		g.CommandRate = g.TickRate
	}
	if g.CommandRate < 1 || g.TickRate%g.CommandRate != 0 {
		panic(fmt.Sprintf("session: Game.CommandRate %d does not divide TickRate %d: choose one that does", g.CommandRate, g.TickRate))
	}
	return g
}

// commandInterval is the number of ticks from one message with commands to the
// next.
func (g Game) commandInterval() uint32 { return uint32(g.TickRate / g.CommandRate) }

// protocol is the number that tells games apart before any keys exist.
func (g Game) protocol() uint64 {
	h := sha256.Sum256([]byte("tandem game " + g.Name))
	return binary.LittleEndian.Uint64(h[:])
}

func (g Game) interval() uint32 { return uint32(g.TickRate / g.SnapshotRate) }

func (g Game) tick() time.Duration { return time.Second / time.Duration(g.TickRate) }

// The channels of a session.
const (
	chControl   = iota // logins and what belongs to them
	chStructure        // see replicate
	chValues
	chCommands // see predict
	chMessages // see message
	chEvents
)

var channels = channel.Table{
	{Name: "control", Kind: channel.Ordered, Priority: 200, MaxMessage: 4 << 10},
	{Name: "structure", Kind: channel.Ordered},
	{Name: "values", Kind: channel.Unreliable},
	{Name: "commands", Kind: channel.Unreliable, Priority: 220, MaxMessage: 1 << 10},
	{Name: "messages", Kind: channel.Ordered},
	{Name: "events", Kind: channel.Unreliable, MaxMessage: message.MaxUnreliable + 1},
}

var (
	replicationChannels = replicate.Channels{Structure: chStructure, Values: chValues}
	messageChannels     = message.Channels{Reliable: chMessages, Unreliable: chEvents}
)

// definitions is the text that both sides must agree on: rates, command,
// components and messages.
func (g Game) definitions(app *engine.App) transport.AppTable {
	var b strings.Builder
	fmt.Fprintf(&b, "ticks %d snapshots %d\n", g.TickRate, g.SnapshotRate)
	if c := ecs.Resource[input.Commands](app.World()); c != nil {
		fmt.Fprintf(&b, "command %v\n", c.Type())
		for line := range strings.SplitSeq(strings.TrimRight(c.Schema(), "\n"), "\n") {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	b.Write(replicate.TableOf(app).Text())
	b.Write(message.TableOf(app).Text())
	text := []byte(b.String())
	return transport.AppTable{Hash: sha256.Sum256(text), Text: text, Diff: diffDefinitions}
}

// diffDefinitions names the first difference of two definition texts: which
// component or command, and which line of it.
func diffDefinitions(ours, theirs []byte) string {
	a, b := strings.Split(string(ours), "\n"), strings.Split(string(theirs), "\n")
	section := ""
	for i := range max(len(a), len(b)) {
		la, lb := lineAt(a, i), lineAt(b, i)
		if la != lb {
			where := ""
			if section != "" && (strings.HasPrefix(la, " ") || strings.HasPrefix(lb, " ")) {
				where = " in " + section
			}
			return fmt.Sprintf("%s here, %s there%s", quote(la), quote(lb), where)
		}
		if !strings.HasPrefix(la, " ") {
			section = strings.Join(strings.Fields(la)[:min(2, len(strings.Fields(la)))], " ")
		}
	}
	return ""
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

func quote(line string) string {
	if line = strings.TrimSpace(line); line == "" {
		return "nothing"
	}
	return "\"" + line + "\""
}

// Joined is the event of a player who has joined a room; the server's systems
// read it in the tick in which it happens.
type Joined struct {
	Player input.PlayerID // of this room; another one has another number for it
	Name   string
	Moved  bool // it came from another room
}

// Left is the event of a player who has left a room.
type Left struct {
	Player input.PlayerID
	Name   string
	Reason Reason
}

// Reason says why a player has left.
type Reason uint8

// Reasons of [Left].
const (
	Disconnected Reason = iota // it said goodbye, or its connection had to be ended
	Expired                    // it was dropped, and did not come back in time
	Kicked                     // see Room.Kick
	Moved                      // it plays on in another room
)

// String is the reason in one word.
func (r Reason) String() string {
	return [...]string{"disconnected", "expired", "kicked", "moved"}[r&3]
}

// Dropped is the event of a player whose connection was lost. The player's place
// and entities are kept for [ServerConfig.Grace]; then follows Left.
type Dropped struct {
	Player input.PlayerID
	Name   string
}

// Returned is the event of a dropped player who is back, under the same number.
type Returned struct {
	Player input.PlayerID
	Name   string
}

// Entered is the event of a client that has entered a room: after its login,
// and when the server has moved it. Everything networked that was in its world
// before is gone then; what else the game has made there is its own to remove.
// A client's systems read it in their first tick in the room.
type Entered struct {
	Player input.PlayerID // the local player's new number
	Room   string         // name; empty if it has none
	Moved  bool           // it was in another room before
}

// Local is the resource that tells a client's systems which player is theirs.
type Local struct {
	Player input.PlayerID // 0 before the server's welcome; another one in each room
	Name   string
	Room   string // name of the room, empty if it has none
}
