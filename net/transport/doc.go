// Package transport carries encrypted connections over datagrams: an Endpoint
// accepts them, Dial opens one, and a Conn sends and receives messages on the
// channels of a table that both sides declare.
//
// Everything is driven by Poll(now) and Flush(now) from the owner's goroutine;
// nothing here starts a goroutine (but for Group.StartWriter) or reads a clock, so a
// server and its clients can run on a virtual clock in one goroutine. What is beneath is a Carrier:
// UDP sockets (transport/udp), memory (transport/mem) or a simulated network.
//
// What is on the wire is specified in net/PROTOCOL.md.
//
//	to do this                   use
//	accept connections           Listen, Endpoint.Poll, Endpoint.Accept
//	connect to a server          Dial, Conn.Poll
//	send and receive             Conn.Send, Conn.Receive, Conn.Flush
//	know whom to ask             Endpoint.Ready, Group.Ready
//	learn what became of it      Conn.Fate
//	use several goroutines       Group; with sockets of their own: udp.ListenShards, Endpoint.NewShardGroup
//	write beside the tick        Group.StartWriter
//	say why it ended             Conn.Err, CloseError
package transport
