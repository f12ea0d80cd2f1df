package channel

import (
	"errors"
	"io"
	"testing"
	"time"
)

// Every limit has a test: what happens at it, and that it is kept.

func TestLimitMessagesPerSecond(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind, Limits: Limits{MessagesPerSecond: 100}})
	var p []byte
	for range 10 {
		p = append(p, packetOf(Unreliable, dataFrame{Channel: chU + 1}, []byte("x"))...)
	}
	got := 0
	for pn := range uint64(10_000) { // 10,000 messages a second for 10 seconds
		if err := l.Handle(time.Duration(pn)*time.Millisecond, pn, p); err != nil {
			t.Fatal(err)
		}
		for _, ok := l.Receive(); ok; _, ok = l.Receive() {
			got++
		}
	}
	if got < 1000 || got > 1110 {
		t.Errorf("%d messages let in, want 1000 and a burst of 100", got)
	}
	if l.Stats().RefusedRate == 0 {
		t.Error("nothing was refused")
	}
}

// A peer that keeps to its rate is not held up by the limit of one that does not, and a flood
// does not reach the reliable channels of the flooder either: they only get slower.
func TestLimitedPeerStaysConnected(t *testing.T) {
	q := newPair(t, 1, Config{Channels: everyKind, Limits: Limits{MessagesPerSecond: 200}}, profile{delay: 10 * time.Millisecond})
	got := 0
	for i := range 400 {
		for range 3 {
			if err := q.link[0].Send(chR, []byte{byte(i)}, SendOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		q.run(time.Millisecond)
	}
	for q.now < 30*time.Second {
		q.run(100 * time.Millisecond)
		for _, ok := q.link[1].Receive(); ok; _, ok = q.link[1].Receive() {
			got++
		}
	}
	if got != 1200 {
		t.Errorf("%d messages of 1200", got)
	}
}

func TestLimitSendBytes(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind, Limits: Limits{SendBytes: 100_000}})
	var err error
	n := 0
	for ; err == nil && n < 1000; n++ {
		err = l.Send(chR, make([]byte, 1000), SendOptions{})
	}
	if !errors.Is(err, ErrQueueFull) || l.tx.used > 100_000 || n < 80 {
		t.Errorf("%v after %d messages, %d bytes", err, n, l.tx.used)
	}
	if err := l.Send(chU, make([]byte, 1000), SendOptions{}); !errors.Is(err, ErrQueueFull) {
		t.Errorf("a datagram with nothing to shed: %v", err)
	}
}

func TestLimitSendMessages(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind, Limits: Limits{SendMessages: 10}})
	for i := range 25 { // the newest ten stay, the others are shed
		l.advance(time.Duration(i) * time.Millisecond)
		if err := l.Send(uint8(i%2), []byte{byte(i)}, SendOptions{Token: uint64(i) + 1}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 15 {
		if f, ok := l.Fate(); !ok || f.Acked || f.Token != uint64(i)+1 {
			t.Fatalf("the oldest goes first: %+v, %v, want token %d", f, ok, i+1)
		}
	}
	if _, ok := l.Fate(); ok || l.Stats().Shed != 15 {
		t.Errorf("%d shed", l.Stats().Shed)
	}
	if err := l.Send(chR, []byte("x"), SendOptions{}); !errors.Is(err, ErrQueueFull) {
		t.Errorf("a reliable message beyond the limit: %v", err)
	}
}

func TestLimitReceiveBytes(t *testing.T) {
	limit := reserveFor([]Spec{{Kind: Ordered, MaxMessage: defaultReliableMax}}) + initialWindow
	l := newLink(t, Config{Channels: Table{{Name: "u"}}, Limits: Limits{ReceiveBytes: limit}})
	p := packetOf(Unreliable, dataFrame{Channel: 1}, make([]byte, 1000))
	for pn := range uint64(10_000) {
		if err := l.Handle(0, pn, p); err != nil {
			t.Fatal(err)
		}
	}
	if l.rx.used > initialWindow || l.bufs.held > initialWindow || l.Stats().RefusedMemory == 0 {
		t.Errorf("%d bytes booked, %d held, limit %d", l.rx.used, l.bufs.held, initialWindow)
	}
	if err := l.Handle(0, 10_001, packetOf(Ordered, dataFrame{}, make([]byte, 1000))); err != nil || l.control.queue.len() != 1 {
		t.Errorf("the control channel's next message has the reserve: %v", err)
	}
	_, err := NewLink(Config{Limits: Limits{ReceiveBytes: 1000}})
	if !errors.Is(err, ErrConfig) {
		t.Errorf("a limit below the reserve: %v", err)
	}
}

func TestLimitAssemblies(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind, Limits: Limits{Assemblies: 3}})
	part := make([]byte, FragmentSize)
	for pn := range uint64(100) { // datagrams that are never completed push each other out
		if err := l.Handle(0, pn, packetOf(Unreliable, dataFrame{Channel: chU + 1, F: true, Count: 2}, part)); err != nil {
			t.Fatal(err)
		}
		if l.assemblies > 3 {
			t.Fatalf("%d assemblies", l.assemblies)
		}
	}
	// The rest of one that was pushed out is not acknowledged: its sender must not think
	// that the message arrived.
	before := l.history
	if err := l.Handle(0, 100, packetOf(Unreliable, dataFrame{Channel: chU + 1, F: true, Back: 90, Index: 1, Count: 2}, part)); err != nil {
		t.Fatal(err)
	}
	if l.history != before {
		t.Error("a fragment of a dropped message was acknowledged")
	}
	// Reliable ones that are not the next of their channel stop at the limit and keep what
	// they have; the next one gets in.
	l = newLink(t, Config{Channels: everyKind, Limits: Limits{Assemblies: 3}})
	for id := range uint16(20) {
		if err := l.Handle(0, uint64(id), packetOf(Ordered, dataFrame{Channel: chO + 1, F: true, ID: 20 - id, Count: 2}, part)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Handle(0, 50, packetOf(Ordered, dataFrame{Channel: chO + 1, F: true, ID: 0, Count: 2}, part)); err != nil {
		t.Fatal(err)
	}
	if l.assemblies != 4 || l.in[chO+1].parts[0].id != 0 || l.Stats().RefusedAssembly != 17 {
		t.Errorf("%d assemblies, %d refused", l.assemblies, l.Stats().RefusedAssembly)
	}
}

func TestLimitGaps(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind, Limits: Limits{Gaps: 10}})
	for id := uint16(1); id < 100; id++ {
		if err := l.Handle(0, uint64(id), packetOf(Ordered, dataFrame{Channel: chO + 1, ID: id}, []byte("x"))); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(l.in[chO+1].held); n != 9 || l.Stats().RefusedGap != 90 {
		t.Errorf("%d messages wait for a missing one, %d refused", n, l.Stats().RefusedGap)
	}
	if err := l.Handle(0, 200, packetOf(Ordered, dataFrame{Channel: chO + 1}, []byte("x"))); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, ok := l.Receive(); ok; _, ok = l.Receive() {
		n++
	}
	if n != 10 {
		t.Errorf("%d messages delivered, want 10", n)
	}
}

func TestLimitChannels(t *testing.T) {
	table := make(Table, 65)
	for i := range table {
		table[i].Name = string(rune('!' + i))
	}
	if _, err := NewLink(Config{Channels: table}); !errors.Is(err, ErrConfig) {
		t.Errorf("65 channels: %v", err)
	}
	if _, err := NewLink(Config{Channels: table[:64]}); err != nil {
		t.Errorf("64 channels: %v", err)
	}
	l := newLink(t, Config{Channels: everyKind})
	if err := l.Handle(0, 0, packetOf(Unreliable, dataFrame{Channel: 7}, nil)); !errors.Is(err, ErrChannel) {
		t.Errorf("a channel that does not exist: %v", err)
	}
}

func TestLimitQueueDelay(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind})
	l.Build(0, 0, nil, 1177)
	l.Hold(true) // nothing may leave
	for i := range 10 {
		l.advance(time.Duration(i) * 50 * time.Millisecond)
		if err := l.Send(chS, []byte{byte(i)}, SendOptions{Token: uint64(i) + 1}); err != nil {
			t.Fatal(err)
		}
		if err := l.Send(chR, []byte{byte(i)}, SendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	l.Build(450*time.Millisecond, 0, nil, 1177)
	n := 0
	for f, ok := l.Fate(); ok; f, ok = l.Fate() {
		n++
		if f.Acked || f.Token != uint64(n) {
			t.Errorf("%+v", f)
		}
	}
	if n != 4 || l.out[chR+1].queue.len() != 10 { // 0, 50, 100 and 150 ms are more than 250 ms ago
		t.Errorf("%d datagrams shed, %d reliable messages left", n, l.out[chR+1].queue.len())
	}
}

func TestLimitTooLarge(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind})
	for ch, most := range []int{defaultDatagramMax, defaultDatagramMax, defaultReliableMax, defaultReliableMax, defaultReliableMax} {
		var e *TooLargeError
		if err := l.Send(uint8(ch), make([]byte, most+1), SendOptions{}); !errors.As(err, &e) || e.Max != most || e.Size != most+1 {
			t.Errorf("channel %d: %v", ch, err)
		}
		if err := l.Send(uint8(ch), make([]byte, most), SendOptions{}); err != nil {
			t.Errorf("channel %d: %v", ch, err)
		}
	}
	p := packetOf(Unreliable, dataFrame{Channel: 1, E: true}, make([]byte, 2000))
	small := newLink(t, Config{Channels: Table{{Name: "u", MaxMessage: 1000}}})
	if err := small.Handle(0, 0, p); !errors.Is(err, ErrFragment) {
		t.Errorf("a message above the channel's largest comes in: %v", err)
	}
}

func TestLimitTokens(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind, Limits: Limits{SendMessages: 1}})
	var err error
	n := 0
	for ; err == nil && n < 2*maxTokens; n++ {
		err = l.Send(chU, nil, SendOptions{Token: 1})
	}
	if !errors.Is(err, ErrQueueFull) || n != maxTokens+1 {
		t.Errorf("%v after %d tokens that nobody fetched", err, n)
	}
}

func TestLimitBulkWindow(t *testing.T) {
	q := newPair(t, 1, Config{Channels: everyKind, Limits: Limits{BulkWindow: 256 << 10}}, profile{delay: 100 * time.Millisecond, loss: 0.02})
	got := &counter{}
	q.link[1].AcceptBulk(chB, func(Progress) io.Writer { return got })
	if err := q.link[0].SendBulk(chB, &endless{}, -1, 0); err != nil {
		t.Fatal(err)
	}
	peak := 0
	for q.now < 5*time.Second {
		q.run(time.Millisecond)
		peak = max(peak, q.link[1].in[chB+1].bulk.held)
		if b := q.link[0].out[chB+1].bulk; b.offset-b.acked > 256<<10 {
			t.Fatalf("%d bytes under way", b.offset-b.acked)
		}
	}
	if peak == 0 || peak > 512<<10 || got.n < 256<<10 {
		t.Errorf("at most %d bytes held early, %d arrived", peak, got.n)
	}
}

// TestSharedBudget: many Links, one ceiling. Hostile peers fill it; a peer that keeps to the
// rules still gets its messages through.
func TestSharedBudget(t *testing.T) {
	shared := NewBudget(2 << 20)
	var hostile []*Link
	for range 50 {
		l := newLink(t, Config{Channels: everyKind, Memory: shared})
		hostile = append(hostile, l)
		for id := uint16(1); id < window; id++ { // everything but the message that is waited for
			if err := l.Handle(0, uint64(id), packetOf(Ordered, dataFrame{Channel: chO + 1, ID: id}, make([]byte, 1000))); err != nil {
				t.Fatal(err)
			}
		}
	}
	if shared.Used() > shared.Limit() {
		t.Fatalf("%d bytes used of %d", shared.Used(), shared.Limit())
	}
	held := 0
	for _, l := range hostile {
		held += l.bufs.held
	}
	if ceiling := int(shared.Limit()) + len(hostile)*defaultGuaranteed; held > ceiling {
		t.Errorf("%d bytes held, ceiling %d", held, ceiling)
	}
	q := newPair(t, 1, Config{Channels: everyKind, Memory: shared}, profile{delay: 10 * time.Millisecond, loss: 0.05})
	got := 0
	for i := 0; got < 200 && q.now < 20*time.Second; i++ {
		if i < 200 {
			if err := q.link[0].Send(chO, make([]byte, 500), SendOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		q.run(10 * time.Millisecond)
		for _, ok := q.link[1].Receive(); ok; _, ok = q.link[1].Receive() {
			got++
		}
	}
	if got != 200 {
		t.Errorf("%d of 200 messages came through", got)
	}
	for _, l := range append(hostile, q.link[0], q.link[1]) {
		l.Release()
	}
	if shared.Used() != 0 {
		t.Errorf("%d bytes not given back", shared.Used())
	}
}

// TestShedSparesTheUrgent: under overload the old and unimportant go, not what has overtaken them.
func TestShedSparesTheUrgent(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind, Limits: Limits{SendMessages: 10}})
	l.Hold(true)
	l.Build(0, 0, nil, 1177)
	for i := range 10 {
		l.advance(time.Duration(i) * time.Millisecond)
		if err := l.Send(chU, []byte("low"), SendOptions{Token: uint64(i) + 1}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		if err := l.Send(chU, []byte("high"), SendOptions{Token: uint64(i) + 101, Priority: 200}); err != nil {
			t.Fatal(err)
		}
	}
	for want := uint64(1); want <= 4; want++ {
		if f, ok := l.Fate(); !ok || f.Token != want {
			t.Fatalf("%+v, %v, want token %d", f, ok, want)
		}
	}
	l.Build(257*time.Millisecond, 0, nil, 1177) // 4, 5 and 6 ms are more than 250 ms ago
	if m := fates(l); len(m) != 3 || l.out[chU+1].queue.at(0).priority != 200 {
		t.Errorf("shed %v", m)
	}
}
