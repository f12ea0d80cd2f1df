package transport

import (
	"encoding/binary"
	"errors"

	"github.com/tandem-engine/tandem/net/secure"
)

// WireVersion is the version of net/PROTOCOL.md that this package speaks.
const WireVersion = 1

// Types of handshake packets: the first byte of the datagram.
const (
	typeHello   = secure.FormHandshake | 1
	typeRetry   = secure.FormHandshake | 2
	typeConnect = secure.FormHandshake | 3
	typeAccept  = secure.FormHandshake | 4
	typeReject  = secure.FormHandshake | 5
	typeReset   = secure.FormHandshake | 6
)

// Sizes of handshake packets in bytes.
const (
	helloSize     = 128
	retrySize     = 6 + secure.CookieSize
	connectSize   = 1200
	acceptMinSize = 6 + secure.Message2Overhead + acceptPayloadSize
	rejectSize    = 19
	resetSize     = 6 + resetTokenSize
	maxTokenSize  = 1024

	resetTokenSize = 16
)

// Offsets inside HELLO and CONNECT.
const (
	helloFields   = 18 // type, wire version, version, protocol, client id
	connectCookie = helloFields
	connectSuite  = connectCookie + secure.CookieSize
	connectToken  = connectSuite + 1 // u16 length, then the token
)

var errPacket = errors.New("transport: malformed handshake packet")

// hello is what HELLO and CONNECT have in common.
type hello struct {
	wire     uint8
	version  uint32
	protocol uint64
	client   uint32
}

func (h hello) append(dst []byte, kind byte) []byte {
	dst = append(dst, kind, h.wire)
	dst = binary.LittleEndian.AppendUint32(dst, h.version)
	dst = binary.LittleEndian.AppendUint64(dst, h.protocol)
	return binary.LittleEndian.AppendUint32(dst, h.client)
}

func parseHelloFields(p []byte) hello {
	return hello{
		wire:     p[1],
		version:  binary.LittleEndian.Uint32(p[2:]),
		protocol: binary.LittleEndian.Uint64(p[6:]),
		client:   binary.LittleEndian.Uint32(p[14:]),
	}
}

func appendHello(dst []byte, h hello) []byte {
	start := len(dst)
	dst = h.append(dst, typeHello)
	return append(dst, zeros[:helloSize-(len(dst)-start)]...)
}

var zeros [connectSize]byte

func parseHello(p []byte) (hello, error) {
	if len(p) != helloSize || p[0] != typeHello {
		return hello{}, errPacket
	}
	return parseHelloFields(p), nil
}

// retry carries the cookie; the slice aliases the packet.
type retry struct {
	client uint32
	cookie []byte
}

func appendRetryHead(dst []byte, client uint32) []byte {
	dst = append(dst, typeRetry, WireVersion)
	return binary.LittleEndian.AppendUint32(dst, client)
}

func parseRetry(p []byte) (retry, error) {
	if len(p) != retrySize || p[0] != typeRetry || p[1] != WireVersion {
		return retry{}, errPacket
	}
	return retry{client: binary.LittleEndian.Uint32(p[2:]), cookie: p[6:]}, nil
}

// connect is a parsed CONNECT; the slices alias the packet. prologue is every
// byte before Noise message 1.
type connect struct {
	hello
	cookie, token  []byte
	suite          secure.Suite
	prologue, msg1 []byte
}

// appendConnectHead appends CONNECT up to Noise message 1: the prologue.
func appendConnectHead(dst []byte, h hello, cookie []byte, suite secure.Suite, token []byte) []byte {
	dst = h.append(dst, typeConnect)
	dst = append(dst, cookie...)
	dst = append(dst, byte(suite))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(token)))
	return append(dst, token...)
}

func parseConnect(p []byte) (connect, error) {
	if len(p) != connectSize || p[0] != typeConnect {
		return connect{}, errPacket
	}
	c := connect{
		hello:  parseHelloFields(p),
		cookie: p[connectCookie : connectCookie+secure.CookieSize],
		suite:  secure.Suite(p[connectSuite]),
	}
	n := int(binary.LittleEndian.Uint16(p[connectToken:]))
	if n > maxTokenSize || !c.suite.Valid() {
		return connect{}, errPacket
	}
	head := connectToken + 2 + n
	size := secure.Message1Size
	if n > 0 {
		size = secure.Message1SizePSK
	}
	c.token = p[connectToken+2 : head]
	c.prologue, c.msg1 = p[:head], p[head:head+size]
	return c, nil
}

// parseAccept gives Noise message 2, which aliases p.
func parseAccept(p []byte) (client uint32, msg2 []byte, err error) {
	if len(p) < acceptMinSize || len(p) > connectSize || p[0] != typeAccept || p[1] != WireVersion {
		return 0, nil, errPacket
	}
	return binary.LittleEndian.Uint32(p[2:]), p[6:], nil
}

func appendAcceptHead(dst []byte, client uint32) []byte {
	dst = append(dst, typeAccept, WireVersion)
	return binary.LittleEndian.AppendUint32(dst, client)
}

// reject answers a HELLO or CONNECT that cannot lead to a connection.
type reject struct {
	wire     uint8 // the server's
	client   uint32
	reason   CloseReason
	version  uint32 // the server's
	protocol uint64 // the server's
}

func appendReject(dst []byte, r reject) []byte {
	dst = append(dst, typeReject, r.wire)
	dst = binary.LittleEndian.AppendUint32(dst, r.client)
	dst = append(dst, byte(r.reason))
	dst = binary.LittleEndian.AppendUint32(dst, r.version)
	return binary.LittleEndian.AppendUint64(dst, r.protocol)
}

func parseReject(p []byte) (reject, error) {
	if len(p) != rejectSize || p[0] != typeReject {
		return reject{}, errPacket
	}
	return reject{
		wire: p[1], client: binary.LittleEndian.Uint32(p[2:]), reason: CloseReason(p[6]),
		version: binary.LittleEndian.Uint32(p[7:]), protocol: binary.LittleEndian.Uint64(p[11:]),
	}, nil
}

// appendReset appends a stateless reset for the server connection id.
func appendReset(dst []byte, id uint32, token [resetTokenSize]byte) []byte {
	dst = append(dst, typeReset, WireVersion)
	dst = binary.LittleEndian.AppendUint32(dst, id)
	return append(dst, token[:]...)
}

func parseReset(p []byte) (id uint32, token [resetTokenSize]byte, err error) {
	if len(p) != resetSize || p[0] != typeReset {
		return 0, token, errPacket
	}
	copy(token[:], p[6:])
	return binary.LittleEndian.Uint32(p[2:]), token, nil
}

// acceptPayload is the encrypted payload of ACCEPT.
type acceptPayload struct {
	server   uint32 // server connection id: the id in packets to the server
	flags    uint16
	timeout  uint32 // ms of silence after which the server gives up
	mtu      uint16 // largest datagram the server takes
	reset    [resetTokenSize]byte
	channels [32]byte
	app      [32]byte
}

// Flags of acceptPayload.
const (
	acceptPostQuantum = 1 << 0 // the server takes an ML-KEM key in START
	acceptChain       = 1 << 1 // a certificate chain follows on the control channel
)

const acceptPayloadSize = 4 + 2 + 4 + 2 + resetTokenSize + 32 + 32

func (a *acceptPayload) append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, a.server)
	dst = binary.LittleEndian.AppendUint16(dst, a.flags)
	dst = binary.LittleEndian.AppendUint32(dst, a.timeout)
	dst = binary.LittleEndian.AppendUint16(dst, a.mtu)
	dst = append(dst, a.reset[:]...)
	dst = append(dst, a.channels[:]...)
	return append(dst, a.app[:]...)
}

// parseAcceptPayload ignores bytes past the fields it knows: later versions
// may add some.
func parseAcceptPayload(p []byte) (a acceptPayload, err error) {
	if len(p) < acceptPayloadSize {
		return a, errPacket
	}
	a.server = binary.LittleEndian.Uint32(p)
	a.flags = binary.LittleEndian.Uint16(p[4:])
	a.timeout = binary.LittleEndian.Uint32(p[6:])
	a.mtu = binary.LittleEndian.Uint16(p[10:])
	n := 12 + copy(a.reset[:], p[12:])
	n += copy(a.channels[:], p[n:])
	copy(a.app[:], p[n:])
	return a, nil
}
