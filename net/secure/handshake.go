package secure

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/flynn/noise"
)

// Noise message sizes in bytes: message 1 is an ephemeral key, and under NXpsk2
// the tag of its empty payload; message 2 adds an ephemeral key, the encrypted
// static key and the tag of the payload.
const (
	Message1Size     = KeySize
	Message1SizePSK  = KeySize + TagSize
	Message2Overhead = KeySize + KeySize + TagSize + TagSize
)

// ErrHandshake says that a Noise message did not authenticate or is malformed.
var ErrHandshake = errors.New("secure: handshake message does not authenticate")

// Secrets are what a completed handshake yields.
type Secrets struct {
	ToServer Secret   // phase 0 traffic secret, client to server
	ToClient Secret   // phase 0 traffic secret, server to client
	Static   [32]byte // the server's static public key
	Binding  [32]byte // Noise handshake hash: names this session and no other
}

func noiseConfig(suite Suite, dh *diffieHellman, prologue []byte, psk *[KeySize]byte, random io.Reader) noise.Config {
	if random == nil {
		random = rand.Reader
	}
	c := noise.Config{CipherSuite: suite.noise(dh), Random: random, Pattern: noise.HandshakeNX, Prologue: prologue}
	if psk != nil {
		c.PresharedKey, c.PresharedKeyPlacement = psk[:], 2
	}
	return c
}

// Initiator is the client's half of a handshake in progress.
type Initiator struct {
	state    *noise.HandshakeState
	suite    Suite
	prologue []byte
	psk      *[KeySize]byte
}

// NewInitiator starts Noise_NX (NXpsk2 with a psk) and returns message 1.
// prologue must be the bytes that precede message 1 in the CONNECT packet. A
// nil random is the system's.
func NewInitiator(suite Suite, prologue []byte, psk *[KeySize]byte, random io.Reader) (*Initiator, []byte, error) {
	i := &Initiator{suite: suite, prologue: bytes.Clone(prologue)}
	if psk != nil {
		own := *psk
		i.psk = &own
	}
	msg, err := i.start(random)
	if err != nil {
		return nil, nil, err
	}
	return i, msg, nil
}

func (i *Initiator) start(random io.Reader) ([]byte, error) {
	c := noiseConfig(i.suite, &diffieHellman{}, i.prologue, i.psk, random)
	c.Initiator = true
	hs, err := noise.NewHandshakeState(c)
	if err != nil {
		return nil, fmt.Errorf("secure: start handshake: %w", err)
	}
	msg, _, _, err := hs.WriteMessage(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("secure: handshake message 1: %w", err)
	}
	i.state = hs
	return msg, nil
}

// Finish reads message 2. On ErrHandshake the Initiator is as before and may be
// given another message: a forged one cannot end the attempt.
func (i *Initiator) Finish(msg2 []byte) (payload []byte, s Secrets, err error) {
	if len(msg2) < Message2Overhead {
		return nil, Secrets{}, ErrHandshake
	}
	payload, toServer, toClient, err := i.state.ReadMessage(nil, msg2)
	if err != nil {
		// The library does not roll back everything after every failure, so the
		// state is made anew from the same ephemeral key.
		if _, err := i.start(bytes.NewReader(i.state.LocalEphemeral().Private)); err != nil {
			return nil, Secrets{}, err
		}
		return nil, Secrets{}, ErrHandshake
	}
	s = secretsOf(i.state, toServer, toClient)
	copy(s.Static[:], i.state.PeerStatic())
	return payload, s, nil
}

// Respond is the server's whole half: it reads message 1 and writes message 2
// with payload inside. prologue is as for NewInitiator. Bytes that are not a
// message 1 give ErrHandshake.
func Respond(suite Suite, id *Identity, prologue []byte, psk *[KeySize]byte, random io.Reader, msg1, payload []byte) (msg2 []byte, s Secrets, err error) {
	want := Message1Size
	if psk != nil {
		want = Message1SizePSK
	}
	if len(msg1) != want {
		return nil, Secrets{}, ErrHandshake
	}
	c := noiseConfig(suite, &diffieHellman{static: id.key}, prologue, psk, random)
	c.StaticKeypair = noise.DHKey{Private: id.private[:], Public: id.Public[:]}
	hs, err := noise.NewHandshakeState(c)
	if err != nil {
		return nil, Secrets{}, fmt.Errorf("secure: start handshake: %w", err)
	}
	if _, _, _, err = hs.ReadMessage(nil, msg1); err != nil {
		return nil, Secrets{}, ErrHandshake
	}
	msg2, toServer, toClient, err := hs.WriteMessage(make([]byte, 0, Message2Overhead+len(payload)), payload)
	if err != nil { // also an all-zero Diffie-Hellman result from a low-order point
		return nil, Secrets{}, ErrHandshake
	}
	s = secretsOf(hs, toServer, toClient)
	s.Static = id.Public
	return msg2, s, nil
}

func secretsOf(hs *noise.HandshakeState, toServer, toClient *noise.CipherState) Secrets {
	s := Secrets{ToServer: toServer.UnsafeKey(), ToClient: toClient.UnsafeKey()}
	copy(s.Binding[:], hs.ChannelBinding())
	return s
}
