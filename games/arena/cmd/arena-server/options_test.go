package main

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/games/arena/server"
)

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "arena.toml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestFlagsWithOneAndTwoDashes(t *testing.T) {
	for _, args := range [][]string{
		{"-addr", ":5000", "-bots", "3", "-seed", "9", "-log", "debug"},
		{"--addr=:5000", "--bots=3", "--seed=9", "--log=debug"},
	} {
		o, err := parse(args, io.Discard)
		require.NoError(t, err)
		require.Equal(t, ":5000", o.Addr)
		require.Equal(t, 3, o.Rules.Bots)
		require.Equal(t, uint64(9), o.Seed)
		require.Equal(t, slog.LevelDebug, o.Log)
		require.Equal(t, defaults().Identity, o.Identity)
	}
}

func TestConfigFileAndFlagsThatWin(t *testing.T) {
	path := writeConfig(t, `
addr = "127.0.0.1:7000"
seed = 11
identity = "key"
rooms = 3
players = 12
drain = "90s"
log = "warn"
[rules]
bots = 5
rocks = 30
round = 120
break = 4.5
respawn = 2
`)
	o, err := parse([]string{"-config", path}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:7000", o.Addr)
	require.Equal(t, uint64(11), o.Seed)
	require.Equal(t, "key", o.Identity)
	require.Equal(t, 3, o.Rooms)
	require.Equal(t, 12, o.Players)
	require.Equal(t, 90*time.Second, o.Drain)
	require.Equal(t, slog.LevelWarn, o.Log)
	require.Equal(t, 5, o.Rules.Bots)
	require.Equal(t, 30, o.Rules.Rocks)
	require.InDelta(t, 120, o.Rules.Round, 0)
	require.InDelta(t, 4.5, o.Rules.Break, 0)
	require.InDelta(t, 2, o.Rules.Respawn, 0)

	o, err = parse([]string{"-bots", "0", "-config", path, "-addr", ":1"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, 0, o.Rules.Bots, "a flag wins, wherever it stands, also with the value zero")
	require.Equal(t, ":1", o.Addr)
	require.Equal(t, 12, o.Players)
}

func TestExampleFileHasTheDefaults(t *testing.T) {
	o, err := parse([]string{"-config", "example.toml"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, defaults(), o)

	o, err = parse([]string{"-config", writeConfig(t, "[rules]\nrocks = 0\nbreak = 0")}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, server.Rules{Rocks: -1, Round: 300, Break: -1, Respawn: 3}, o.Rules, "who writes zero means zero")
}

func TestMistakesAreOneLineThatSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		config string
		want   string
	}{
		"unknown flag":  {args: []string{"-adr", ":1"}, want: "not defined: -adr; arena-server -help"},
		"not a number":  {args: []string{"-bots", "six"}, want: `invalid value "six" for flag -bots: it must be a whole number from 0 to 1000`},
		"negative seed": {args: []string{"-seed", "-1"}, want: `invalid value "-1" for flag -seed: it must be a whole number from 0 to 2^64-1`},
		"many players":  {args: []string{"-players", "9e9"}, want: "it must be a whole number from 1 to 10000"},
		"no value":      {args: []string{"-addr"}, want: "flag needs an argument: -addr"},
		"argument":      {args: []string{"run"}, want: `unexpected argument "run"`},
		"address":       {args: []string{"-addr", "4000"}, want: "host:port or :port"},
		"port":          {args: []string{"-addr", ":70000"}, want: "from 0 to 65535"},
		"bots":          {args: []string{"-bots", "-1"}, want: "from 0 to 1000"},
		"players":       {args: []string{"-players", "0"}, want: "from 1 to 10000"},
		"no room":       {args: []string{"-rooms", "0"}, want: "rooms is 0: it must be from 1 to 1000"},
		"rooms":         {args: []string{"-rooms", "many"}, want: `invalid value "many" for flag -rooms: it must be a whole number from 1 to 1000`},
		"too many":      {args: []string{"-rooms", "1000", "-players", "100"}, want: "1000 rooms of 100 players are 100000: a server takes at most 50000"},
		"drain":         {args: []string{"-drain", "soon"}, want: `invalid value "soon" for flag -drain: it must be a time such as 90s or 2m`},
		"short drain":   {config: "drain = 120", want: "drain is 120ns: it must be 0s or from 1s to 24h, such as 2m"},
		"less drain":    {args: []string{"-drain", "-2m"}, want: "drain is -2m0s: it must be 0s or from 1s"},
		"log level":     {args: []string{"-log", "loud"}, want: `invalid value "loud" for flag -log: it must be debug, info, warn or error`},
		"identity":      {args: []string{"-identity", ""}, want: "name a file"},
		"no file":       {args: []string{"-config", filepath.Join(t.TempDir(), "none.toml")}, want: "none.toml: no such file or directory; -config names it"},
		"folder":        {args: []string{"-config", t.TempDir()}, want: "is a directory; -config names it"},
		"empty name":    {args: []string{"-config", ""}, want: "-config is empty: name a file"},
		"seed in file":  {config: "seed = -1", want: "seed is -1: it must be a whole number from 0"},
		"log in file":   {config: "log = \"loud\"", want: "log"},
		"syntax":        {config: "addr = ", want: "line 1"},
		"unknown key":   {config: "address = \":1\"", want: `there is no option "address"`},
		"unknown rule":  {config: "[rules]\nbotz = 3", want: `there is no option "rules.botz"`},
		"type":          {config: "players = \"many\"", want: "players"},
		"rule range":    {config: "[rules]\nround = 1", want: "from 10 to 86400"},
		"rule range 2":  {config: "[rules]\nrespawn = nan", want: "at most 60"},
		"ready in file": {config: "ready = \"x\"", want: "there is no option"},
	} {
		t.Run(name, func(t *testing.T) {
			args := c.args
			if c.config != "" {
				args = []string{"-config", writeConfig(t, c.config)}
			}
			_, err := parse(args, io.Discard)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	var out bytes.Buffer
	_, err := parse([]string{"-help"}, &out)
	require.ErrorIs(t, err, errHelp)
	for _, name := range []string{"-addr", "-config", "-seed", "-rooms", "-bots", "-identity", "-players", "-drain", "-log", "-ready"} {
		require.Contains(t, out.String(), name+" ", "help of %s", name)
	}
}

func TestLogHasNoColourOutsideATerminal(t *testing.T) {
	var out bytes.Buffer
	newLog(&out, slog.LevelInfo).Info("hello", "n", 1)
	require.False(t, strings.ContainsRune(out.String(), '\x1b'))
	require.Contains(t, out.String(), "msg=hello n=1")

	out.Reset()
	newLog(&out, slog.LevelWarn).Info("hello")
	require.Empty(t, out.String())
}
