package load

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// inProcess starts a server in this process. Its figures are those of the clients,
// too.
func inProcess(_ context.Context, o options) (*remote, error) {
	orders, in := io.Pipe()
	answers, out := io.Pipe()
	over := make(chan error, 1)
	go func() {
		err := serve(o.args(), orders, out)
		out.CloseWithError(io.EOF)
		over <- err
	}()
	return newRemote(in, answers, func() error { return <-over })
}

func TestPlayers(t *testing.T) {
	var out bytes.Buffer
	args := []string{"-clients", "12", "-entities", "120", "-moving", "60", "-visible", "40", "-seconds", "1", "-whole", "2", "-joins", "200"}
	err := run(t.Context(), args, &out, inProcess)
	var f Figures
	require.NoError(t, json.Unmarshal(out.Bytes(), &f))
	if f.SnapshotsMin < enough*20 {
		t.Skipf("this machine is too busy: %v", err)
	}
	require.NoError(t, err)
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")), "one line")
	require.Equal(t, 120, f.Entities)
	require.Greater(t, f.Compared, 2*10)
	require.Zero(t, f.Dropped)
	require.Greater(t, f.Down, 100.0)
	require.Greater(t, f.Up, 100.0)
	require.Positive(t, f.ServerCPU)
	require.Positive(t, f.TickP99)
}

// TestWrongRuns: a run in which players were not served is no figure.
func TestWrongRuns(t *testing.T) {
	o := options{snapshots: 20, whole: 1}
	good := Figures{Clients: 10, SnapshotsMin: 19, Compared: 5}
	require.NoError(t, good.wrong(o))
	for text, spoil := range map[string]func(*Figures){
		"1 of 10 clients were dropped": func(f *Figures) { f.Dropped = 1 },
		"12.0 snapshots a second":      func(f *Figures) { f.SnapshotsMin = 12 },
		"have nothing to compare":      func(f *Figures) { f.Compared = 0 },
	} {
		f := good
		spoil(&f)
		require.ErrorContains(t, f.wrong(o), text)
	}
}

// TestADifferenceIsFound: whole clients' worlds are compared, not merely counted.
func TestADifferenceIsFound(t *testing.T) {
	o := options{
		clients: 2, entities: 12, moving: 6, visible: 6, tick: 60, snapshots: 20, commands: 30, seconds: 1, whole: 2, joins: 100,
		addr: "127.0.0.1:0",
	}
	s, err := inProcess(t.Context(), o)
	require.NoError(t, err)
	c, err := newClients(o, s)
	require.NoError(t, err)
	require.NoError(t, c.join())
	c.run(settle / 3)
	_, err = c.compare(nil)
	require.ErrorContains(t, err, `the server as ""`)
	require.NoError(t, c.leave())
	require.NoError(t, s.close())
}

func TestSightHoldsAShareOfTheWorld(t *testing.T) {
	require.InDelta(t, 84.7, sight(options{entities: 5000, visible: 100}), 0.1)
}

func TestBadOptions(t *testing.T) {
	for _, args := range [][]string{
		{"-clients", "0"}, {"-entities", "10", "-clients", "20"}, {"-tick", "60", "-snapshots", "25"}, {"-commands", "7"}, {"-visible", "4000"},
	} {
		require.Error(t, run(t.Context(), args, io.Discard, inProcess))
	}
}
