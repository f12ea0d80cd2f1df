// Package secure holds what net/transport needs to keep a session private and
// authentic: server identities, the Noise NX handshake, stateless cookies,
// packet sealing and opening with per-direction keys, the replay window, and
// the key ratchet.
//
// It knows no sockets and no time but the time it is given, and nothing in it
// panics on bytes that came off the wire.
//
//	to do this                         use
//	keep a server's key in a file      LoadOrCreate
//	print or read a public key         FormatKey, ParseKey
//	prove a client's address           Cookies
//	run the handshake                  NewInitiator, Respond
//	seal and open data packets         Sealer, Opener
//	parse a data packet's header       ParseHeader, AppendHeader
package secure
