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
// Every queue has a limit, see Limits. What a peer sends beyond one is dropped with its whole
// packet and not acknowledged, which slows the peer down; what no honest peer sends makes
// Handle fail, and the connection should be closed.
package channel
