package channel

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"testing"
	"time"
)

var updateVectors = flag.Bool("channel.update", false, "write net/testdata/vectors/frames.json anew")

const vectorFile = "../testdata/vectors/frames.json"

// vectors is net/testdata/vectors/frames.json: what a client in another language can be
// tested with.
type vectors struct {
	Comment   string           `json:"comment"`
	Frames    []frameVector    `json:"frames"`
	Receivers []receiverVector `json:"receivers"`
}

// frameVector is one frame. Kind is that of the channel, for DATA. Without fields it is an error.
type frameVector struct {
	Name   string         `json:"name"`
	Kind   string         `json:"kind,omitempty"`
	Bytes  string         `json:"bytes"`
	Fields map[string]any `json:"fields,omitempty"`
}

// receiverVector is what a receiver with this table makes of these packets.
type receiverVector struct {
	Name    string         `json:"name"`
	Table   []string       `json:"table"` // lines of the table's text
	Packets []packetVector `json:"packets"`
	Deliver []string       `json:"deliver"` // "channel bytes", the channel as an index into the table
	Error   bool           `json:"error,omitempty"`
	Ack     string         `json:"ack,omitempty"` // the next packet it sends, one second later
}

type packetVector struct {
	Number uint64 `json:"number"`
	Bytes  string `json:"bytes"`
}

// describe parses one frame into named fields, nil if it is an error.
func describe(b []byte, kind Kind) map[string]any {
	switch t := b[0]; {
	case t >= frameData:
		f, _, err := parseData(b, kind)
		if err != nil {
			return nil
		}
		m := map[string]any{"channel": f.Channel, "f": f.F, "e": f.E, "payload": hex.EncodeToString(f.Payload)}
		if !kind.datagram() {
			m["id"] = f.ID
		}
		switch {
		case kind == Bulk:
			m["offset"] = f.Offset
			if f.Offset == 0 {
				m["size"] = f.Size
			}
		case f.F:
			m["index"], m["count"] = f.Index, f.Count
			if kind.datagram() {
				m["back"] = f.Back
			}
		}
		return m
	case t >= frameAck && t <= frameAckLast:
		f, _, err := parseAck(b)
		if err != nil {
			return nil
		}
		words := []string{}
		for _, w := range f.History[:f.Words] {
			words = append(words, fmt.Sprintf("%08x", w))
		}
		return map[string]any{"largest": f.Largest, "delay_us": f.Delay.Microseconds(), "words": words}
	case t == frameClose:
		if f, _, err := parseClose(b); err == nil {
			return map[string]any{"reason": f.Reason, "text": string(f.Text)}
		}
	case t == framePathChallenge || t == framePathResponse:
		if f, _, err := parsePath(b); err == nil {
			return map[string]any{"response": f.Response, "data": hex.EncodeToString(f.Data[:])}
		}
	case t == frameMTUProbe:
		if f, _, err := parseProbe(b); err == nil {
			return map[string]any{"size": f.Size}
		}
	case t == frameWindow:
		if f, _, err := parseWindow(b); err == nil {
			return map[string]any{"channel": f.Channel, "transfer": f.Transfer, "limit": f.Limit}
		}
	case t == frameCancel:
		if f, _, err := parseCancel(b); err == nil {
			return map[string]any{"channel": f.Channel, "transfer": f.Transfer, "by_receiver": f.ByReceiver}
		}
	}
	return nil
}

// play gives the packets of v to a fresh Link and notes what it does.
func (v *receiverVector) play(t *testing.T) {
	t.Helper()
	l := newLink(t, Config{Channels: everyKind})
	var streams []*bytes.Buffer
	l.AcceptBulk(chB, func(Progress) io.Writer {
		streams = append(streams, &bytes.Buffer{})
		return streams[len(streams)-1]
	})
	v.Deliver, v.Error, v.Ack = []string{}, false, ""
	for _, p := range v.Packets {
		b, err := hex.DecodeString(p.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Handle(0, p.Number, b); err != nil {
			v.Error = true
			break
		}
		for m, ok := l.Receive(); ok; m, ok = l.Receive() {
			v.Deliver = append(v.Deliver, fmt.Sprintf("%d %x", m.Channel, m.Data))
		}
	}
	for _, s := range streams {
		v.Deliver = append(v.Deliver, fmt.Sprintf("%d %x", chB, s.Bytes()))
	}
	if b, ok := l.Build(time.Second, 0, nil, 1177); ok && !v.Error {
		v.Ack = hex.EncodeToString(b)
	}
}

// TestVectors: the Go code reads what the specification's vectors say it must.
func TestVectors(t *testing.T) {
	text, err := os.ReadFile(vectorFile)
	if *updateVectors {
		text, err = json.MarshalIndent(makeVectors(t), "", "  ")
		if err == nil {
			text = append(text, '\n')
			err = os.WriteFile(vectorFile, text, 0o644)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Frames) < 20 || len(v.Receivers) < 8 {
		t.Fatalf("%d frames, %d receivers", len(v.Frames), len(v.Receivers))
	}
	for _, f := range v.Frames {
		b, err := hex.DecodeString(f.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		kind := Unreliable
		for k := range kinds {
			if k.String() == f.Kind {
				kind = k
			}
		}
		got, _ := json.Marshal(describe(b, kind))
		want, _ := json.Marshal(f.Fields)
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %s is %s, want %s", f.Name, f.Bytes, got, want)
		}
	}
	for _, r := range v.Receivers {
		want, _ := json.Marshal(r)
		r.play(t)
		if got, _ := json.Marshal(r); !bytes.Equal(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", r.Name, got, want)
		}
	}
}

// makeVectors builds the vectors from the code; the diff of the file is what is reviewed.
func makeVectors(t *testing.T) *vectors {
	v := &vectors{Comment: "Section 5 of net/PROTOCOL.md. Bytes in hexadecimal. A frame without fields, and a receiver with " +
		"error, is a protocol error. A receiver begins empty, gets the packets at once and in this order, delivers messages as " +
		"\"channel bytes\" (a whole stream at its end), and a second later sends ack, which is its packet 0."}
	frame := func(name string, kind Kind, b []byte) {
		f := frameVector{Name: name, Bytes: hex.EncodeToString(b), Fields: describe(b, kind)}
		if b[0] >= frameData {
			f.Kind = kind.String()
		}
		v.Frames = append(v.Frames, f)
	}
	all := ^uint32(0)
	abc := []byte("abc")
	frame("close", 0, closeFrame{12, []byte("bye")}.Append(nil))
	frame("close, cut short", 0, []byte{2, 0, 0, 5, 'b', 'y', 'e'})
	frame("path challenge", 0, pathFrame{false, [8]byte{1, 2, 3, 4, 5, 6, 7, 8}}.Append(nil))
	frame("path response", 0, pathFrame{true, [8]byte{1, 2, 3, 4, 5, 6, 7, 8}}.Append(nil))
	frame("mtu probe", 0, probeFrame{1452}.Append(nil))
	frame("window", 0, windowFrame{6, 258, 1 << 21}.Append(nil))
	frame("cancel by sender", 0, cancelFrame{6, 258, false}.Append(nil))
	frame("cancel by receiver", 0, cancelFrame{6, 258, true}.Append(nil))
	frame("cancel by nobody", 0, []byte{7, 6, 2, 1, 2})
	frame("ack, no history", 0, (&ackFrame{Largest: 5}).Append(nil))
	frame("ack, all arrived", 0, (&ackFrame{Largest: 300, Delay: 25 * time.Millisecond, Words: 2, History: [8]uint32{all, all}}).Append(nil))
	frame("ack, one missing", 0, (&ackFrame{Largest: 299, Delay: 16 * time.Microsecond, Words: 8, History: [8]uint32{0xefffffff, all, all, all, all, all, all, all}}).Append(nil))
	frame("ack, a mask beyond the words", 0, []byte{0x12, 9, 0, 0x04, 1, 2, 3, 4})
	for _, f := range []struct {
		kind Kind
		dataFrame
	}{{Unreliable, dataFrame{Channel: 1}}, {Ordered, dataFrame{Channel: 4, ID: 0xfffe}}, {Latest, dataFrame{Channel: 200, ID: 7}}} {
		frame(f.kind.String()+" message", f.kind, packetOf(f.kind, f.dataFrame, abc))
		f.E = true
		frame(f.kind.String()+" message to the end", f.kind, packetOf(f.kind, f.dataFrame, abc))
	}
	frame("sequenced fragment", Sequenced, packetOf(Sequenced, dataFrame{Channel: 2, F: true, Back: 2, Index: 2, Count: 3}, abc))
	frame("reliable fragment", Reliable, packetOf(Reliable, dataFrame{Channel: 3, F: true, ID: 9, Index: 299, Count: 300}, abc))
	frame("beginning of a stream", Bulk, packetOf(Bulk, dataFrame{Channel: 6, ID: 1, Size: 1001}, abc))
	frame("end of a stream", Bulk, packetOf(Bulk, dataFrame{Channel: 6, ID: 1, F: true, Offset: 997}, abc))
	frame("length beyond the packet", Unreliable, []byte{0x81, 4, 'a', 'b', 'c'})
	frame("low channel in two bytes", Unreliable, []byte{0x9f, 30, 1, 'a'})
	v.Receivers = receivers()
	for i := range v.Receivers {
		v.Receivers[i].play(t)
	}
	return v
}

// receivers are short stories of what comes in.
func receivers() []receiverVector {
	part := bytes.Repeat([]byte{7}, FragmentSize)
	msg := func(kind Kind, f dataFrame, s string) []byte { return packetOf(kind, f, []byte(s)) }
	story := func(name string, numbers []uint64, packets ...[]byte) receiverVector {
		v := receiverVector{Name: name}
		for _, line := range bytes.Split(bytes.TrimSpace(everyKind.Text()), []byte("\n"))[1:] {
			v.Table = append(v.Table, string(line))
		}
		for i, p := range packets {
			v.Packets = append(v.Packets, packetVector{numbers[i], hex.EncodeToString(p)})
		}
		return v
	}
	u, s := dataFrame{Channel: chU + 1}, dataFrame{Channel: chS + 1}
	o := func(id uint16) dataFrame { return dataFrame{Channel: chO + 1, ID: id} }
	la := func(id uint16) dataFrame { return dataFrame{Channel: chL + 1, ID: id} }
	return []receiverVector{
		story("three messages in a packet", []uint64{0}, append(append(msg(Unreliable, u, "a"), msg(Unreliable, u, "b")...), packetOf(Unreliable, dataFrame{Channel: 1, E: true}, []byte("c"))...)),
		story("ordered, out of order and twice", []uint64{0, 1, 2, 3}, msg(Ordered, o(1), "b"), msg(Ordered, o(0), "a"), msg(Ordered, o(1), "b"), msg(Ordered, o(2), "c")),
		story("sequenced, a late one is dropped and its packet not acknowledged", []uint64{0, 2, 1, 3}, msg(Sequenced, s, "a"), msg(Sequenced, s, "c"), msg(Sequenced, s, "b"), msg(Sequenced, s, "d")),
		story("latest, a late one is dropped", []uint64{0, 1, 2}, msg(Latest, la(1), "new"), msg(Latest, la(0), "old"), msg(Latest, la(2), "newest")),
		story("unreliable message in two fragments, the second first", []uint64{6, 5},
			packetOf(Unreliable, dataFrame{Channel: 1, F: true, Back: 1, Index: 1, Count: 2}, []byte("end")),
			packetOf(Unreliable, dataFrame{Channel: 1, F: true, Index: 0, Count: 2}, part)),
		story("reliable message in two fragments", []uint64{0, 4},
			packetOf(Reliable, dataFrame{Channel: 3, F: true, Index: 1, Count: 2}, []byte("end")),
			packetOf(Reliable, dataFrame{Channel: 3, F: true, Index: 0, Count: 2}, part)),
		story("a stream", []uint64{0, 1, 2}, msg(Bulk, dataFrame{Channel: 6, Offset: 3}, "def"), msg(Bulk, dataFrame{Channel: 6, Size: 8}, "abc"), msg(Bulk, dataFrame{Channel: 6, Offset: 6, F: true}, "g")),
		story("a packet that comes twice", []uint64{4, 4}, msg(Unreliable, u, "a"), msg(Unreliable, u, "a")),
		story("a packet 257 behind", []uint64{257, 0}, msg(Unreliable, u, "a"), msg(Unreliable, u, "b")),
		story("fragment index beyond its count", []uint64{0}, packetOf(Unreliable, dataFrame{Channel: 1, F: true, Index: 2, Count: 2}, part)),
		story("id beyond the window", []uint64{0}, msg(Ordered, o(1024), "x")),
		story("stream beyond its limit", []uint64{0}, msg(Bulk, dataFrame{Channel: 6, Offset: 131072}, "x")),
		story("ack of what was never sent", []uint64{0}, (&ackFrame{Largest: 0}).Append(nil)),
		story("unknown channel", []uint64{0}, msg(Unreliable, dataFrame{Channel: 7}, "x")),
		story("unknown frame", []uint64{0}, []byte{0x08}),
		story("silence is not acknowledged", []uint64{0}, []byte{0, 0, 0}),
	}
}
