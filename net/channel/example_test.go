package channel_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
)

// Two Links, and between them whatever carries packets: here a variable.
func Example() {
	table := channel.Table{
		{Name: "chat", Kind: channel.Ordered},
		{Name: "effects", Kind: channel.Unreliable},
	}
	alice, _ := channel.NewLink(channel.Config{Channels: table})
	bob, _ := channel.NewLink(channel.Config{Channels: table})

	_ = alice.Send(0, []byte("hello"), channel.SendOptions{Token: 1})
	_ = alice.Send(1, []byte("bang"), channel.SendOptions{})

	now := time.Duration(0) // since any moment
	packet, _ := alice.Build(now, 0, nil, 1177)
	fmt.Println(len(packet), "bytes for two messages")

	if err := bob.Handle(now, 0, packet); err != nil {
		fmt.Println(err) // the peer broke the protocol: close the connection
	}
	for m, ok := bob.Receive(); ok; m, ok = bob.Receive() {
		fmt.Printf("%s: %s\n", table[m.Channel].Name, m.Data)
	}

	now = bob.NextTimer() // when the acknowledgement is due, if nothing else is sent before
	packet, _ = bob.Build(now, 0, nil, 1177)
	_ = alice.Handle(now, 0, packet)
	fate, _ := alice.Fate()
	fmt.Println("message", fate.Token, "arrived:", fate.Acked)
	// Output:
	// 14 bytes for two messages
	// chat: hello
	// effects: bang
	// message 1 arrived: true
}

// A stream of any size travels beside everything else.
func ExampleLink_SendBulk() {
	table := channel.Table{{Name: "maps", Kind: channel.Bulk}}
	server, _ := channel.NewLink(channel.Config{Channels: table})
	client, _ := channel.NewLink(channel.Config{Channels: table})

	var file bytes.Buffer
	client.AcceptBulk(0, func(p channel.Progress) io.Writer {
		fmt.Println("a stream of", p.Size, "bytes")
		return &file
	})
	data := strings.Repeat("tandem ", 10_000)
	_ = server.SendBulk(0, strings.NewReader(data), int64(len(data)), 1)

	var numbers [2]uint64
	move := func(from, to *channel.Link, number *uint64, now time.Duration) {
		for p, ok := from.Build(now, *number, nil, 1177); ok; p, ok = from.Build(now, *number, nil, 1177) {
			_ = to.Handle(now, *number, p)
			*number++
		}
	}
	for now := time.Duration(0); ; now += time.Millisecond {
		move(server, client, &numbers[0], now)
		move(client, server, &numbers[1], now)
		if fate, ok := server.Fate(); ok {
			fmt.Println("arrived:", fate.Acked, file.String() == data)
			break
		}
	}
	// Output:
	// a stream of 70000 bytes
	// arrived: true true
}

// Tables that differ are told apart by their hash, and the difference by their text.
func ExampleTable_Diff() {
	ours := channel.Table{{Name: "chat", Kind: channel.Ordered}, {Name: "effects"}}
	theirs := channel.Table{{Name: "chat", Kind: channel.Reliable}, {Name: "effects"}}
	fmt.Println(ours.Hash() == theirs.Hash())
	fmt.Println(ours.Diff(theirs.Text()))
	// Output:
	// false
	// ours is channel "0 chat ordered 65536", theirs "0 chat reliable 65536"
}

// A message that is too late to be useful is not sent at all.
func ExampleLink_Send_deadline() {
	link, _ := channel.NewLink(channel.Config{Channels: channel.Table{{Name: "pings", Kind: channel.Reliable}}})
	link.Hold(true) // until a handshake is complete
	_ = link.Send(0, []byte("look!"), channel.SendOptions{Token: 1, Deadline: 50 * time.Millisecond})
	link.Build(60*time.Millisecond, 0, nil, 1177)
	fate, _ := link.Fate()
	fmt.Println("arrived:", fate.Acked)
	// Output:
	// arrived: false
}
