package message_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/wire"
)

// Numbers of the types, in the order of their names.
const (
	numberBuy = iota
	numberFlash
	numberHit
	numberNote
	numberOrder
	numberPose
	numberSay
	numberSpark
	numberNone
)

// letter is the bytes of a plain message.
func letter(number uint64, value func(w *wire.Writer)) []byte {
	var w wire.Writer
	w.Uvarint(number << 2)
	value(&w)
	return w.Finish()
}

func noteBytes(n uint32) []byte {
	return letter(numberNote, func(w *wire.Writer) { w.Bits(uint64(n), 32) })
}

func orderBytes(tick uint16, n uint32) []byte {
	return letter(numberOrder, func(w *wire.Writer) { w.Bits(uint64(tick), 16); w.Bits(uint64(n), 32) })
}

// TestOffences sends what no honest client sends.
func TestOffences(t *testing.T) {
	for name, c := range map[string]struct {
		data  []byte
		check func(s message.Stats) uint64
	}{
		"unknown type":      {letter(numberNone, func(*wire.Writer) {}), func(s message.Stats) uint64 { return s.Unknown }},
		"number of no end":  {bytes.Repeat([]byte{0xff}, 40), func(s message.Stats) uint64 { return s.Malformed }},
		"server's own type": {letter(numberFlash, func(w *wire.Writer) { w.Bits(0, 16+32); w.Bits(0, 64) }), func(s message.Stats) uint64 { return s.Unknown }},
		"short":             {noteBytes(1)[:3], func(s message.Stats) uint64 { return s.Malformed }},
		"form of a call":    {[]byte{numberNote<<2 | 1, 1, 0, 0, 0, 0}, func(s message.Stats) uint64 { return s.Malformed }},
		"no form of a call": {[]byte{numberBuy << 2, 1, 0, 0, 0, 0}, func(s message.Stats) uint64 { return s.Malformed }},
		"call 0":            {[]byte{numberBuy<<2 | 1, 0, 0, 0, 0, 0}, func(s message.Stats) uint64 { return s.Malformed }},
		"answer to nothing": {[]byte{numberBuy<<2 | 2, 1, 0, 0, 0, 0}, func(s message.Stats) uint64 { return s.Malformed }},
		"end without words": {[]byte{numberBuy<<2 | 3, 1, 9}, func(s message.Stats) uint64 { return s.Malformed }},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, message.Limits{})
			got := 0
			p.server.update = func(t engine.Tick) { got += len(p.server.note.Read(t)) }
			for i := range 3 {
				require.NoError(t, p.peer.Receive(c.data))
				require.EqualValues(t, i+1, c.check(p.peer.Stats()))
			}
			require.NoError(t, p.peer.Receive(noteBytes(1)), "it still plays")
			err := p.peer.Receive(c.data)
			require.ErrorIs(t, err, message.ErrAbuse)
			var abuse *message.AbuseError
			require.ErrorAs(t, err, &abuse)
			require.EqualValues(t, 1, abuse.Player)
			require.Error(t, p.peer.Err())
			p.step(2)
			require.Equal(t, 1, got, "what was good before is delivered")
			require.Error(t, p.peer.Receive(noteBytes(2)), "nothing more is taken")
		})
	}
}

// Strikes are forgiven: now and then is no offence.
func TestStrikesAreForgiven(t *testing.T) {
	p := newPair(t, message.Limits{})
	for range 20 {
		require.NoError(t, p.peer.Receive([]byte{0xff}))
		p.step(150) // two and a half seconds
	}
	require.NoError(t, p.peer.Err())
	require.EqualValues(t, 20, p.peer.Stats().Malformed)
}

func TestTooMany(t *testing.T) {
	p := newPair(t, message.Limits{PerSecond: 60, Burst: 90, Strikes: 1000})
	got := 0
	p.server.update = func(t engine.Tick) { got += len(p.server.note.Read(t)) }
	p.step(1)
	for range 200 {
		require.NoError(t, p.peer.Receive(noteBytes(0)))
	}
	p.step(1)
	require.Equal(t, 90, got, "the burst")
	require.EqualValues(t, 110, p.peer.Stats().Excessive)
	for range 600 {
		require.NoError(t, p.peer.Receive(noteBytes(0)))
		p.step(1)
	}
	require.Equal(t, 90+600, got, "one a tick is allowed")
	for range 2000 {
		if p.peer.Receive(noteBytes(0)) != nil {
			break
		}
	}
	require.ErrorIs(t, p.peer.Err(), message.ErrAbuse)
}

func TestTooManyBytes(t *testing.T) {
	p := newPair(t, message.Limits{BytesPerSecond: 1000})
	batch := bytes.Repeat(noteBytes(0), 100) // 500 bytes
	for range 10 {
		require.NoError(t, p.peer.Receive(batch))
	}
	require.EqualValues(t, 400, p.peer.Stats().Received, "two seconds' worth")
	require.EqualValues(t, 6, p.peer.Stats().Excessive)
	p.step(61)
	require.NoError(t, p.peer.Receive(batch))
	require.EqualValues(t, 500, p.peer.Stats().Received)
}

func TestTooManyOfAType(t *testing.T) {
	p := newPair(t, message.Limits{})
	said, noted := 0, 0
	p.server.update = func(t engine.Tick) {
		said += len(p.server.say.Read(t))
		noted += len(p.server.note.Read(t))
	}
	p.client.update = func(t engine.Tick) {
		p.client.says.Server(say{"hello"})
		p.client.notes.Server(note{})
	}
	p.step(61)
	require.Equal(t, 7, said, "four at once, then four a second")
	require.Equal(t, 60, noted)
	require.EqualValues(t, 53, p.peer.Stats().Excessive)
}

func TestTooManyWaiting(t *testing.T) {
	p := newPair(t, message.Limits{Waiting: 10, Strikes: 1000})
	for n := range uint32(30) {
		require.NoError(t, p.peer.Receive(orderBytes(uint16(50), n)))
	}
	var got []order
	p.server.update = func(t engine.Tick) { got = append(got, values(p.server.order.Read(t))...) }
	p.step(60)
	require.Len(t, got, 10)
	require.EqualValues(t, 20, p.peer.Stats().Excessive)
	require.NoError(t, p.peer.Receive(orderBytes(uint16(55), 99)), "there is room again")
	p.step(1)
	require.Equal(t, order{99}, got[10])
}

func TestTooFarAhead(t *testing.T) {
	p := newPair(t, message.Limits{})
	got := 0
	p.server.update = func(t engine.Tick) { got += len(p.server.order.Read(t)) }
	require.NoError(t, p.peer.Receive(orderBytes(121, 1)))
	require.EqualValues(t, 1, p.peer.Stats().Excessive, "more than two seconds ahead")
	require.NoError(t, p.peer.Receive(orderBytes(120, 2)))
	p.step(130)
	require.Equal(t, 1, got)
}

// A player who leaves takes along what it has sent.
func TestLeaving(t *testing.T) {
	p := newPair(t, message.Limits{})
	require.NoError(t, p.peer.Receive(noteBytes(1)))
	require.NoError(t, p.peer.Receive(orderBytes(50, 1)))
	p.host.Remove(p.peer)
	got := 0
	p.server.update = func(t engine.Tick) { got += len(p.server.note.Read(t)) + len(p.server.order.Read(t)) }
	p.step(60)
	require.Zero(t, got)
	require.EqualValues(t, 2, p.host.Stats().Received, "its counters stay")
	p.server.notes.Player(1, note{})
	p.step(1)
	require.Empty(t, p.down.batches)
	again := p.host.Add(1, &p.down)
	require.NoError(t, again.Receive(noteBytes(1)))
	p.step(1)
	require.Equal(t, 1, got)
}

// A server that sends what no server sends loses its client at once.
func TestClientsAreStrict(t *testing.T) {
	p := newPair(t, message.Limits{})
	require.ErrorIs(t, p.guest.Receive([]byte{numberNone << 2}), message.ErrAbuse)
	require.Error(t, p.guest.Err())
}

func TestMistakesPanic(t *testing.T) {
	app := engine.New(engine.Config{})
	message.Register[note](app)
	require.PanicsWithValue(t, "message: message_test.note is registered twice: remove one", func() { message.Register[note](app) })
	require.Panics(t, func() { message.Register[spark](app, message.Name("message_test.note")) })
	require.Panics(t, func() { message.Register[func()](app) })
	require.Panics(t, func() { message.RegisterCall[spark, receipt](app, message.Unreliable()) })
	require.Panics(t, func() { message.Register[struct{ A []hit }](app) })
	message.NewServer(app, message.ServerConfig{})
	require.Panics(t, func() { message.Register[spark](app) }, "the table is complete")
	require.PanicsWithValue(t, "message: message_test.spark is not registered: call message.Register in a plugin of both sides",
		func() { message.To[spark](app.Sim()) })
	require.Panics(t, func() { message.NewClient(app, message.ClientConfig{}) })

	p := newPair(t, message.Limits{})
	p.server.update = func(engine.Tick) { p.server.says.All(say{}) }
	var failed *engine.SystemPanic
	require.ErrorAs(t, p.server.app.Step(), &failed)
	require.Equal(t, "message: message_test.say is registered as from clients: leave out that option to send it from here", failed.Value)
	p.client.update = func(engine.Tick) { p.client.says.Server(say{string(make([]byte, 41))}) }
	require.ErrorAs(t, p.client.app.Step(), &failed)
	require.Contains(t, failed.Value, "raise len in its net tag")
}

// Without a session messages go nowhere and pile up nowhere.
func TestAlone(t *testing.T) {
	e := newEnd()
	e.app.Simulate(e)
	e.update = func(t engine.Tick) {
		e.notes.All(note{})
		e.notes.Server(note{})
		e.buys.Ask(0, buy{}, 0)
		if len(e.note.Read(t)) > 0 {
			panic("a message came")
		}
	}
	for range 100 {
		require.NoError(t, e.app.Step())
	}
}

func TestText(t *testing.T) {
	e := newEnd()
	require.Equal(t, `call message_test.buy from anyone
  Item int 0..65535
  Note string len 16
reply message_test.buy
  Price int 0..4294967295
message message_test.flash unreliable at playhead from server
  N int 0..4294967295
  At int 0..18446744073709551615
message message_test.hit reliable at arrival from anyone
  N int 0..4294967295
  Target int 0..18446744073709551615
  Others list len 4
  Others[] int 0..18446744073709551615
message message_test.note reliable at arrival from anyone
  N int 0..4294967295
message message_test.order reliable at tick from anyone
  N int 0..4294967295
message message_test.pose sequenced at arrival from anyone
  N int 0..4294967295
message message_test.say reliable at arrival from clients
  Text string len 40
message message_test.spark unreliable at arrival from anyone
  N int 0..4294967295
`, string(message.TableOf(e.app).Text()))
	require.Empty(t, message.TableOf(engine.New(engine.Config{})).Text())
}
