package transport

import (
	"errors"
	"fmt"

	"github.com/tandem-engine/tandem/net/secure"
)

// CloseReason says why a connection ended or was refused. It travels as one byte.
type CloseReason uint8

// Reasons. The first group travels on the wire; the second is only local.
const (
	Normal          CloseReason = 0  // the other side left
	ShuttingDown    CloseReason = 1  // the server stops
	Kicked          CloseReason = 2  // removed by an operator or the game
	Denied          CloseReason = 3  // login or admission refused
	ServerFull      CloseReason = 4  // no free place
	VersionMismatch CloseReason = 5  // Config.Version or the wire version differs
	WrongProtocol   CloseReason = 6  // Config.Protocol differs: another game
	TablesDiffer    CloseReason = 7  // channel or component tables differ
	ProtocolError   CloseReason = 8  // the peer broke the protocol
	TokenRefused    CloseReason = 9  // join token or resume secret not accepted
	Abuse           CloseReason = 10 // a limit on messages was exceeded
	Banned          CloseReason = 11
	Replaced        CloseReason = 12 // the same player connected again
	InternalError   CloseReason = 13

	NoAnswer     CloseReason = 128 // nothing came back while dialing
	TimedOut     CloseReason = 129 // an open connection went silent
	WrongKey     CloseReason = 130 // the server proved another identity than expected
	Restarted    CloseReason = 131 // the server no longer knows the connection: it was restarted, or has given it up
	CarrierError CloseReason = 132 // the socket failed
	TooSlow      CloseReason = 133 // the server answered, and the handshake was not over in time
)

// localReasons is where reasons that never travel begin.
const localReasons = 128

var reasonText = map[CloseReason]string{
	Normal:          "the connection was closed",
	ShuttingDown:    "the server is shutting down: try again later",
	Kicked:          "removed from the server",
	Denied:          "the server refused the login",
	ServerFull:      "the server is full: try again later",
	VersionMismatch: "the versions differ",
	WrongProtocol:   "that server runs another game",
	TablesDiffer:    "the game's definitions differ: use the same build on both sides",
	ProtocolError:   "the other side broke the protocol",
	TokenRefused:    "the join token was not accepted: get a new one from the lobby",
	Abuse:           "too many messages",
	Banned:          "banned from this server",
	Replaced:        "the same player connected from elsewhere",
	InternalError:   "internal error on the other side",
	NoAnswer:        "no answer: check the address and port, and that the server is running",
	TimedOut:        "the connection timed out: nothing was heard from the other side",
	WrongKey:        "the server's key is not the expected one: check the key you were given; if the server really changed its key, use the new one",
	Restarted:       "the server does not know this connection any more: it was restarted, or has heard nothing from here for too long: connect again",
	CarrierError:    "the socket failed",
	TooSlow:         "the server answers, but joining took too long: the line is very bad, or the server overloaded: try again",
}

// String is one line for players, with what to do where something can be done.
func (r CloseReason) String() string {
	if s, ok := reasonText[r]; ok {
		return s
	}
	return fmt.Sprintf("closed with reason %d", uint8(r))
}

// CloseError says why a connection ended. Test for a reason with errors.Is and
// the Err values below, or with errors.As for the details.
type CloseError struct {
	Reason CloseReason
	Text   string // what the closing side said, may be empty
	Remote bool   // the other side closed
	Cause  error  // *VersionError, *ProtocolIDError, *KeyError, *TablesError or nil
}

// Error is one line.
func (e *CloseError) Error() string {
	if e.Cause != nil {
		return e.Cause.Error()
	}
	if e.Text == "" {
		return e.Reason.String()
	}
	return e.Reason.String() + ": " + e.Text
}

// Unwrap gives the cause.
func (e *CloseError) Unwrap() error { return e.Cause }

// Is matches a *CloseError of the same reason.
func (e *CloseError) Is(target error) bool {
	var t *CloseError
	return errors.As(target, &t) && t.Cause == nil && t.Text == "" && t.Reason == e.Reason
}

// Errors to compare with through errors.Is.
var (
	ErrClosed       = &CloseError{Reason: Normal}
	ErrShuttingDown = &CloseError{Reason: ShuttingDown}
	ErrKicked       = &CloseError{Reason: Kicked}
	ErrDenied       = &CloseError{Reason: Denied}
	ErrServerFull   = &CloseError{Reason: ServerFull}
	ErrVersion      = &CloseError{Reason: VersionMismatch}
	ErrProtocolID   = &CloseError{Reason: WrongProtocol}
	ErrTables       = &CloseError{Reason: TablesDiffer}
	ErrProtocol     = &CloseError{Reason: ProtocolError}
	ErrTokenRefused = &CloseError{Reason: TokenRefused}
	ErrAbuse        = &CloseError{Reason: Abuse}
	ErrBanned       = &CloseError{Reason: Banned}
	ErrNoAnswer     = &CloseError{Reason: NoAnswer}
	ErrTimeout      = &CloseError{Reason: TimedOut}
	ErrWrongKey     = &CloseError{Reason: WrongKey}
	ErrRestarted    = &CloseError{Reason: Restarted}
	ErrTooSlow      = &CloseError{Reason: TooSlow}
)

// ErrNotConnected is returned by Send before the handshake is complete and
// after the connection has ended.
var ErrNotConnected = errors.New("transport: not connected")

// VersionError says that the two sides run different versions.
type VersionError struct {
	Ours, Theirs uint32
	Wire         bool // the transport's version, not the game's
}

// Error is one line with what to do.
func (e *VersionError) Error() string {
	what := "the game's version"
	if e.Wire {
		what = "the network protocol's version"
	}
	who := "the server"
	if e.Ours < e.Theirs {
		who = "this client"
	}
	return fmt.Sprintf("%s differs: the server has %d, this client has %d: update %s", what, e.Theirs, e.Ours, who)
}

// ProtocolIDError says that the server runs another game.
type ProtocolIDError struct{ Ours, Theirs uint64 }

// Error is one line.
func (e *ProtocolIDError) Error() string {
	return fmt.Sprintf("that server runs another game (protocol %016x, ours is %016x): check the address", e.Theirs, e.Ours)
}

// KeyError says that the server proved another key than the pinned one.
type KeyError struct{ Want, Got [32]byte }

// Error is one line with both keys.
func (e *KeyError) Error() string {
	return fmt.Sprintf("wrong server key: expected %s, the server has %s: somebody may be in between; if the server really changed its key, use the new one",
		secure.FormatKey(e.Want), secure.FormatKey(e.Got))
}

// TablesError names what differs between the two sides' definitions.
type TablesError struct{ Channels, App string }

// Error is one line.
func (e *TablesError) Error() string {
	s := TablesDiffer.String()
	if e.Channels != "" {
		s += ": channels: " + e.Channels
	}
	if e.App != "" {
		s += ": components: " + e.App
	}
	return s
}
