// Package netsim is a network that misbehaves on purpose and repeatably.
//
//	Profile      what a link does to datagrams in one direction       profile.go presets.go text.go
//	Network      a whole network in virtual time, as a value          network.go carrier.go
//	Wrap         the same faults around a carrier with real sockets   wrap.go
//	Pipe         one direction alone, for programs such as tools/netsim
//
// Every decision about a datagram is a hash of the seed, its link, its number on that link and the kind of decision. So a seed replays
// exactly, a datagram more on one link changes nothing on another, and turning up one fault leaves the others where they were: the
// datagrams that 2 % loss takes are among those that 5 % takes.
//
// Nothing here reads a clock or starts a goroutine. Time is a duration since an origin of the caller's choice.
package netsim
