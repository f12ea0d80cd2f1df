package channel

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"
)

// again checks that what was parsed survives being written and parsed again.
func again[F comparable](t *testing.T, b []byte, parse func([]byte) (F, int, error), write func(F) []byte) {
	f, n, err := parse(b)
	if err != nil {
		if !errors.Is(err, ErrMalformed) {
			t.Fatalf("%x: %v", b, err)
		}
		return
	}
	if n < 1 || n > len(b) {
		t.Fatalf("%x: took %d bytes of %d", b, n, len(b))
	}
	w := write(f)
	g, m, err := parse(w)
	if err != nil || m != len(w) || f != g {
		t.Fatalf("%x: %+v became %x: %+v, %d, %v", b[:n], f, w, g, m, err)
	}
}

func FuzzAckFrame(f *testing.F) {
	f.Add((&ackFrame{Largest: 300, Delay: time.Millisecond, Words: 3, History: [8]uint32{1, 2, ^uint32(0)}}).Append(nil))
	f.Add((&ackFrame{Largest: 1 << 60}).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 || b[0] < frameAck || b[0] > frameAckLast {
			return
		}
		again(t, b, parseAck, func(f ackFrame) []byte { return f.Append(nil) })
	})
}

func FuzzCloseFrame(f *testing.F) {
	f.Add(closeFrame{1, []byte("bye")}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, n, err := parseClose(append([]byte{frameClose}, b...))
		if err != nil {
			return
		}
		w := c.Append(nil)
		d, m, err := parseClose(w)
		if err != nil || m != len(w) || n > len(b)+1 || c.Reason != d.Reason || !bytes.Equal(c.Text, d.Text) {
			t.Fatalf("%x became %x", b, w)
		}
	})
}

func FuzzPathFrame(f *testing.F) {
	f.Add(pathFrame{true, [8]byte{1, 2, 3}}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 0 && (b[0] == framePathChallenge || b[0] == framePathResponse) {
			again(t, b, parsePath, func(f pathFrame) []byte { return f.Append(nil) })
		}
	})
}

func FuzzProbeFrame(f *testing.F) {
	f.Add(probeFrame{1452}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		again(t, append([]byte{frameMTUProbe}, b...), parseProbe, func(f probeFrame) []byte { return f.Append(nil) })
	})
}

func FuzzWindowFrame(f *testing.F) {
	f.Add(windowFrame{6, 1, 1 << 20}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		again(t, append([]byte{frameWindow}, b...), parseWindow, func(f windowFrame) []byte { return f.Append(nil) })
	})
}

func FuzzCancelFrame(f *testing.F) {
	f.Add(cancelFrame{6, 1, true}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		again(t, append([]byte{frameCancel}, b...), parseCancel, func(f cancelFrame) []byte { return f.Append(nil) })
	})
}

func FuzzDataFrame(f *testing.F) {
	f.Add(uint8(Unreliable), packetOf(Unreliable, dataFrame{Channel: 1}, []byte("hello")))
	f.Add(uint8(Ordered), packetOf(Ordered, dataFrame{Channel: 40, F: true, ID: 9, Index: 2, Count: 300}, []byte("hello")))
	f.Add(uint8(Bulk), packetOf(Bulk, dataFrame{Channel: 6, E: true, ID: 9, Size: 99}, []byte("hello")))
	f.Fuzz(func(t *testing.T, k uint8, b []byte) {
		if len(b) == 0 || b[0] < frameData {
			return
		}
		kind := Kind(k) % kinds
		d, n, err := parseData(b, kind)
		if err != nil {
			return
		}
		if n < 1 || n > len(b) {
			t.Fatalf("took %d bytes of %d", n, len(b))
		}
		w := packetOf(kind, d, d.Payload)
		if d.headerLen(kind, len(d.Payload)) != len(w)-len(d.Payload) {
			t.Fatal("headerLen is wrong")
		}
		e, m, err := parseData(w, kind)
		if err != nil || m != len(w) || !bytes.Equal(d.Payload, e.Payload) {
			t.Fatalf("%x became %x: %v", b[:n], w, err)
		}
	})
}

func FuzzTableDiff(f *testing.F) {
	f.Add(everyKind.Text())
	f.Add([]byte("\n\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s := everyKind.Diff(b); len(s) > 4096 || (s == "") != bytes.Equal(bytes.TrimSuffix(b, []byte("\n")), bytes.TrimSuffix(everyKind.Text(), []byte("\n"))) {
			t.Fatalf("%d bytes: %.200q", len(s), s)
		}
	})
}

// sane checks what must hold of a Link whatever came in.
func sane(t *testing.T, l *Link) {
	t.Helper()
	bulk := 0
	for i := range l.in {
		if b := l.in[i].bulk; b != nil {
			bulk += b.held
		}
	}
	if l.rx.used < 0 || l.rx.used > l.limits.ReceiveBytes || bulk > 2*l.limits.BulkWindow || l.tx.used < 0 || l.owed < 0 {
		t.Fatalf("%d bytes received, %d early in streams, %d to send, %d owed", l.rx.used, bulk, l.tx.used, l.owed)
	}
	if l.bufs.held < l.bufs.kept || l.sent.bytes < 0 || l.sent.eliciting < 0 || l.queued < 0 || l.assemblies < 0 {
		t.Fatalf("buffers %d, %d free; in flight %d bytes in %d packets; queued %d; %d assemblies",
			l.bufs.held, l.bufs.kept, l.sent.bytes, l.sent.eliciting, l.queued, l.assemblies)
	}
	if n := l.Footprint(); n > l.limits.ReceiveBytes*2+l.limits.SendBytes*2+4*l.limits.BulkWindow+1<<20 {
		t.Fatalf("%d bytes", n)
	}
}

// FuzzHandle feeds packets of an authenticated peer that does what it likes: each is two bytes
// of how far the number goes on, one of length in units of 8, and so many bytes of plaintext.
func FuzzHandle(f *testing.F) {
	packet := func(b []byte) []byte {
		b = appendPad(b, -len(b)&7)
		return append([]byte{1, 0, byte(len(b) / 8)}, b...)
	}
	part := make([]byte, FragmentSize)
	f.Add(packet(appendPing(nil)))
	f.Add(bytes.Join([][]byte{
		packet(packetOf(Ordered, dataFrame{Channel: chO + 1, ID: 1}, []byte("b"))),
		packet(packetOf(Ordered, dataFrame{Channel: chO + 1, ID: 0}, []byte("a"))),
		packet((&ackFrame{Largest: 0}).Append(nil)),
	}, nil))
	f.Add(packet(packetOf(Unreliable, dataFrame{Channel: chU + 1, F: true, Count: 2}, part)))
	f.Add(packet(packetOf(Bulk, dataFrame{Channel: chB + 1, Size: 100}, []byte("stream"))))
	f.Add(packet(cancelFrame{chB + 1, 0, false}.Append(windowFrame{chB + 1, 0, 1 << 20}.Append(nil))))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := newLink(t, Config{Channels: everyKind})
		l.AcceptBulk(chB, func(Progress) io.Writer { return io.Discard })
		for ch := range uint8(chB) {
			_ = l.Send(ch, make([]byte, 2000), SendOptions{Token: uint64(ch) + 1})
		}
		_ = l.SendBulk(chB, bytes.NewReader(part), -1, 99)
		var pn, out uint64
		now := time.Duration(0)
		for len(b) > 3 {
			pn += uint64(int16(uint16(b[0]) | uint16(b[1])<<8))
			n := min(int(b[2])*8, len(b)-3)
			now += time.Duration(b[2]) * time.Millisecond
			err := l.Handle(now, pn, b[3:3+n])
			if err != nil && !errors.Is(err, ErrProtocol) {
				t.Fatal(err)
			}
			sane(t, l)
			if err != nil {
				l.Close(now, 1, "bad")
			}
			for p, ok := l.Build(now, out, nil, 1177); ok; p, ok = l.Build(now, out, nil, 1177) {
				if out++; len(p) > 1177 || out > 1<<16 {
					t.Fatalf("packet %d of %d bytes", out, len(p))
				}
			}
			b = b[3+n:]
			if n%3 == 0 {
				l.Receive()
			}
		}
		l.Close(now, 1, "end")
		seen := map[uint64]bool{}
		for f, ok := l.Fate(); ok; f, ok = l.Fate() {
			if seen[f.Token] {
				t.Fatalf("token %d twice", f.Token)
			}
			seen[f.Token] = true
		}
		if len(seen) != chB+1 {
			t.Fatalf("%d fates of %d", len(seen), chB+1)
		}
	})
}

// FuzzPair scripts two Links that keep to the protocol over a path that does not: each byte or
// two is a call. The reference model of TestModel watches.
func FuzzPair(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add(bytes.Repeat([]byte{0x12, 0x40, 0xff, 0x87, 0x23}, 20))
	f.Add([]byte("ordered and bulk and lost and late"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 400 {
			b = b[:400]
		}
		s := newScript(t, uint64(len(b)))
		for _, op := range b {
			side := int(op) & 1
			var err error
			switch op >> 1 & 7 {
			case 0, 1:
				err = s.send(side)
			case 2:
				s.stream(side)
			case 3:
				s.run(time.Duration(op>>4) * 5 * time.Millisecond)
			case 4:
				err = s.drain(side)
			case 5:
				s.flush(side)
			case 6:
				s.way[side].loss = float64(op>>4) / 16
			case 7:
				s.way[side].delay = time.Duration(op>>4) * 10 * time.Millisecond
			}
			if err != nil {
				t.Fatal(err)
			}
			sane(t, s.link[side])
		}
		if err := s.settle(); err != nil {
			t.Fatal(err)
		}
	})
}
