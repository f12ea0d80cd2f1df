package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/net/netsim"
)

// TestMain lets the test's own program be netsim: with NETSIM_RUN set it is.
func TestMain(m *testing.M) {
	if os.Getenv("NETSIM_RUN") != "" {
		main()
	}
	os.Exit(m.Run())
}

func TestWrongFlagsAreOneLine(t *testing.T) {
	for _, c := range []struct {
		args, want string
		status     int
	}{
		{"", "netsim: -to is missing: give the server's address, such as -to 127.0.0.1:7777", 2},
		{"-to 127.0.0.1:1 -preset 5g", `netsim: -preset: no preset "5g"; there are perfect, lan, wifi, 4g, 3g, satellite, badhotel`, 2},
		{"-to 127.0.0.1:1 -loss 200%", "netsim: -loss: loss 200%: want a share from 0% to 100%, such as 5%", 2},
		{"-to 127.0.0.1:1 -down.delay 5", "netsim: -down.delay: delay 5: want a time such as 50ms", 2},
		{"-to 127.0.0.1:1 -lag 5", "netsim: flag provided but not defined: -lag; -h lists the flags", 2},
		{"-to 127.0.0.1:1 wifi", `netsim: "wifi" is not a flag; -h lists the flags`, 2},
		{"-to nowhere", `netsim: cannot forward to "nowhere": want an address such as 127.0.0.1:7777`, 1},
		{"-to 127.0.0.1:1 -listen x", `netsim: cannot listen on "x": want an address such as 127.0.0.1:0`, 1},
	} {
		var out, errs bytes.Buffer
		require.Equal(t, c.status, run(t.Context(), strings.Fields(c.args), strings.NewReader(""), &out, &errs), c.args)
		require.Equal(t, c.want+"\n", errs.String())
		require.Empty(t, out.String())
	}
}

func TestSettingsChangeThePreset(t *testing.T) {
	cfg, err := parse(strings.Fields("-loss 7% -preset 3g -to 127.0.0.1:1 -up.rate 1mbit -seed 9"), io.Discard)
	require.NoError(t, err)
	want := netsim.Cellular3G
	want.Up.Loss, want.Down.Loss, want.Up.Rate = 0.07, 0.07, 1_000_000
	require.Equal(t, want, cfg.Conditions)
	require.EqualValues(t, 9, cfg.Seed)
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"-h"}, nil, &out, io.Discard))
	netsim.Settings(func(key, help string) { require.Contains(t, out.String(), help) })
}

// TestProgram runs the program itself: it prints its address, forwards, obeys a line, and ends well when told to.
func TestProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGTERM on windows")
	}
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-to", server.LocalAddr().String(), "-preset", "lan")
	cmd.Env = append(os.Environ(), "NETSIM_RUN=1")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	outPipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	require.NoError(t, cmd.Start())
	out := bufio.NewReader(outPipe)
	line := func() string {
		s, err := out.ReadString('\n')
		require.NoError(t, err)
		return strings.TrimSpace(s)
	}

	client, err := net.Dial("udp", line())
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, server.SetReadDeadline(time.Now().Add(time.Minute)))
	buf := make([]byte, 100)
	n, _, err := server.ReadFromUDPAddrPort(buf)
	require.NoError(t, err)
	require.Equal(t, "hello", string(buf[:n]))

	_, err = io.WriteString(in, "preset wifi\n")
	require.NoError(t, err)
	require.Equal(t, "up   "+netsim.WiFi.Up.String(), line())
	require.Equal(t, "down "+netsim.WiFi.Down.String(), line())
	require.NoError(t, in.Close())
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	_, _ = io.Copy(io.Discard, out)
	require.NoError(t, cmd.Wait(), errs.String())
}
