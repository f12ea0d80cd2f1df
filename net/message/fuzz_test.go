package message_test

import (
	"testing"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/message"
)

// FuzzReceive feeds a server bytes of any kind. Nothing panics, what is held is
// bounded, and an offender is found out.
func FuzzReceive(f *testing.F) {
	p := newPair(f, message.Limits{})
	newShop(p.server, false)
	p.client.update = func(t engine.Tick) {
		p.client.notes.Server(note{7})
		p.client.sparks.Server(spark{8})
		p.client.poses.Server(pose{9})
		p.client.orders.At(t.Number + 5).Server(order{10})
		p.client.hits.Server(hit{N: 11, Target: 3})
		p.client.says.Server(say{"hello"})
		p.client.buys.Cancel(p.client.buys.Ask(0, buy{Item: 12, Note: "x"}, 0))
	}
	if err := p.client.app.Step(); err != nil {
		f.Fatal(err)
	}
	for _, b := range p.up.batches {
		f.Add(b, b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		p := newPair(t, message.Limits{Waiting: 16})
		newShop(p.server, false)
		held := 0
		p.server.update = func(t engine.Tick) {
			held = len(p.server.note.Read(t)) + len(p.server.order.Read(t)) + len(p.server.hit.Read(t))
		}
		for range 3 {
			if p.peer.Receive(a) != nil || p.peer.Receive(b) != nil {
				if p.peer.Err() == nil {
					t.Fatal("an error that does not last")
				}
			}
			p.step(1)
			if held > 600 {
				t.Fatalf("%d messages in one tick", held)
			}
		}
		p.step(200)
		if s := p.peer.Stats(); s.Received > 0 && s.ReceivedBytes == 0 {
			t.Fatalf("%+v", s)
		}
		p.host.Remove(p.peer)
		p.step(2)
	})
}
