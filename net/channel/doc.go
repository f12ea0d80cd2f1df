// Package channel turns messages into packets and back: delivery guarantees, fragments,
// acknowledgements, loss detection, pacing and congestion control. It is a state machine on
// plaintext that knows no sockets, no keys and no clock.
//
//	      Send, SendControl, SendBulk              Receive, ReceiveControl, AcceptBulk
//	                 |                                          ^
//	queues, by channel: priority, then                inbox <- reassembly, order, dedup
//	weighted fair share                                          ^
//	                 v                                          |
//	Build(now, pn) -> plaintext  ~~~ sealed, sent, opened ~~~  Handle(now, pn, plaintext)
//	                 |                                          |
//	    what each packet carried  <------- ACK --------  which packets arrived
//	                 |
//	               Fate
//
// A Link is one end of a connection. Its owner gives packets their numbers, seals what Build
// appends, opens and checks for replay what it passes to Handle, and calls Build again at
// NextTimer. One goroutine owns a Link.
//
// # Channels
//
// The Table lists the application's channels, the same on both sides; Send and Receive count
// them from 0. On the wire channel i of the table is number i+1: number 0 is a reserved
// ordered channel for the transport itself (SendControl, ReceiveControl), with the highest
// priority.
//
// # Packets
//
// A packet is a sequence of frames up to its end, see the file of each frame for its bytes.
// What Build makes begins with an ACK if one is due, then come WINDOW and CANCEL frames, then
// as many DATA frames of all channels as fit. Packets are never sent again; messages are, in
// later packets, under the same message id.
//
// # Limits
//
// Every queue has a limit, see Limits. What a peer sends beyond one is dropped and its packet
// not acknowledged, which slows the peer down; what no honest peer sends makes Handle fail, and
// the connection should be closed. What a Link holds of messages is at most Limits.SendBytes and
// Limits.ReceiveBytes and, for every bulk channel in use, twice Limits.BulkWindow each way; all
// of it above Limits.Guaranteed counts towards the Budget that Links share. Bookkeeping comes on
// top: 64 bytes a packet under way, of which there are at most 16,384, and 16 for each piece of a
// message in one. A silent Link gives back all but some KiB.
//
// # Choices that look like bugs
//
//   - A Fate that says false may be of a message that arrived: its packet was acknowledged too
//     late, or it was the value of a Latest channel that a newer one replaced on its way. One that
//     says true is never wrong: a packet with a sequenced message that came too late, a fragment
//     of a datagram given up, or a frame that a limit refused, is not acknowledged.
//   - The frames of a packet that is not acknowledged are taken in all the same, where they can
//     be. They are recognised when they come again. Otherwise the message that would free memory
//     might come only in packets that also bring one for which there is none.
//   - Datagram fragments have no message id: the number of the packet with the first one names
//     the message, and it has 64 bits and cannot wrap.
//   - Packets more than 256 numbers late are dropped though they may be new: they could not be
//     acknowledged, and the 16-bit ids of messages rely on it.
//   - A Link sends below its floor even if nothing was acknowledged for seconds: live traffic
//     must be there at once when a path comes back.
//   - Probes carry the oldest unacknowledged pieces and nothing new, even if there is room.
package channel
