package netsim

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/net/transport"
)

func TestWrapDelaysBothDirections(t *testing.T) {
	now := time.Duration(0)
	nw := NewNetwork(seed)
	a, b := nw.Carrier(alice), nw.Carrier(bob)
	w := Wrap(a, seed, Profile{Delay: 30 * ms}, func() time.Duration { return now })
	require.Equal(t, alice, w.LocalAddr())
	d := make([]transport.Datagram, 200)
	read := func() []string {
		n, err := w.ReadBatch(d)
		require.NoError(t, err)
		var out []string
		for _, x := range d[:n] {
			out = append(out, x.Addr.String()+" "+string(x.Data))
		}
		return out
	}
	write := func(text string) {
		_, err := w.WriteBatch([]transport.Datagram{{Addr: bob, Data: []byte(text)}})
		require.NoError(t, err)
	}

	write("up")
	send(t, b, alice, "down")
	require.Empty(t, read())
	require.Empty(t, received(t, b))
	now = 30 * ms
	require.Equal(t, []string{"10.1.0.2:2000 down"}, read())
	require.Equal(t, []string{"10.1.0.1:1000 up"}, received(t, b), "reading sends what is due")

	w.SetConditions(Conditions{Down: Profile{Delay: ms}})
	write("at once")
	require.Equal(t, []string{"10.1.0.1:1000 at once"}, received(t, b))
	w.Blackout(10 * ms)
	write("lost")
	send(t, b, alice, "lost")
	require.Empty(t, read())
	now += 10 * ms
	write("back")
	require.Equal(t, []string{"10.1.0.1:1000 back"}, received(t, b))
	up, down := w.Counters()
	require.Equal(t, Counters{Sent: 4, Blackout: 1, Passed: 3}, up)
	require.Equal(t, Counters{Sent: 2, Blackout: 1, Passed: 1}, down)

	// More than one batch waits.
	for range 3 * wrapBatch {
		send(t, b, alice, "many")
	}
	read()
	now += ms
	require.Len(t, read(), 3*wrapBatch)
	require.NoError(t, w.Close())
	_, err := w.ReadBatch(d)
	require.Error(t, err)
	require.Error(t, func() error { write2 := []transport.Datagram{{Addr: bob}}; _, err := w.WriteBatch(write2); return err }())
}

// sleeper is a carrier that records how long it was asked to wait.
type sleeper struct {
	transport.Carrier
	waited time.Duration
}

var errWoken = errors.New("woken")

func (s *sleeper) Wait(_ context.Context, d time.Duration) error {
	s.waited = d
	return errWoken
}

func TestWrapWaitsNoLongerThanTheNextDatagram(t *testing.T) {
	now := time.Duration(0)
	clock := func() time.Duration { return now }
	s := &sleeper{Carrier: NewNetwork(seed).Carrier(netip.AddrPort{})}
	w := Wrap(s, seed, Profile{Delay: 30 * ms}, clock)
	require.ErrorIs(t, w.Wait(t.Context(), time.Second), errWoken)
	require.Equal(t, time.Second, s.waited)
	_, err := w.WriteBatch([]transport.Datagram{{Addr: bob}})
	require.NoError(t, err)
	now = 10 * ms
	require.ErrorIs(t, w.Wait(t.Context(), time.Second), errWoken)
	require.Equal(t, 20*ms, s.waited)
	now = 40 * ms
	require.ErrorIs(t, w.Wait(t.Context(), time.Second), errWoken)
	require.Zero(t, s.waited, "it is due already")

	blind := Wrap(NewNetwork(seed).Carrier(netip.AddrPort{}), seed, Profile{}, clock)
	require.NoError(t, blind.Wait(t.Context(), 0))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, blind.Wait(ctx, time.Hour), context.Canceled)
}
