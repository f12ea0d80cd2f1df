package transport_test

import (
	"testing"
	"time"
)

// TestAnAcknowledgementHasTime: who was sent something and has nothing to say is due
// when the acknowledgement is, not at once; and at that time it goes out.
func TestAnAcknowledgementHasTime(t *testing.T) {
	w := newWorld(t, nil)
	client, server := w.connect(nil)
	w.run(500 * time.Millisecond)
	for round := range 20 {
		send(t, server, 0, "hello")
		w.server.Flush(w.now)
		client.Poll(w.now)
		if len(drain(client)) != 1 {
			t.Fatal("round", round, "nothing came")
		}
		due, sent := client.NextTimer(), client.Stats().PacketsOut
		if due <= w.now || due > w.now+25*time.Millisecond {
			t.Fatalf("round %d: due in %v", round, due-w.now)
		}
		client.Flush(due - 1)
		if n := client.Stats().PacketsOut; n != sent {
			t.Fatalf("round %d: %d packets before the time", round, n-sent)
		}
		client.Flush(due)
		if n := client.Stats().PacketsOut; n != sent+1 {
			t.Fatalf("round %d: %d packets when the time had come", round, n-sent)
		}
		w.now = due
		w.run(100 * time.Millisecond)
		if n := server.Stats().InFlight; n != 0 {
			t.Fatalf("round %d: %d bytes not acknowledged", round, n)
		}
	}
}
