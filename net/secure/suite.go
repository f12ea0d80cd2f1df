package secure

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"

	"github.com/flynn/noise"
	"golang.org/x/crypto/chacha20poly1305"
)

// KeySize is the length in bytes of every key: static, ephemeral, pre-shared
// and traffic keys.
const KeySize = 32

// TagSize is the length in bytes of the authentication tag of both AEADs.
const TagSize = 16

// Suite selects the AEAD of a connection. The client chooses; both are
// mandatory to implement. The zero value is not a suite.
type Suite uint8

const (
	// AESGCM is AES-256-GCM (NIST SP 800-38D): fastest where the processor
	// has AES instructions.
	AESGCM Suite = 1
	// ChaChaPoly is ChaCha20-Poly1305 (RFC 8439): fastest elsewhere.
	ChaChaPoly Suite = 2
)

// Valid reports whether s is one of the two suites.
func (s Suite) Valid() bool { return s == AESGCM || s == ChaChaPoly }

// String names the suite as Noise does.
func (s Suite) String() string {
	switch s {
	case AESGCM:
		return "AESGCM"
	case ChaChaPoly:
		return "ChaChaPoly"
	}
	return fmt.Sprintf("Suite(%d)", uint8(s))
}

// noise is the suite for one handshake with its own Diffie-Hellman state.
func (s Suite) noise(dh noise.DHFunc) noise.CipherSuite {
	if s == AESGCM {
		return noise.NewCipherSuite(dh, noise.CipherAESGCM, noise.HashSHA256)
	}
	return noise.NewCipherSuite(dh, noise.CipherChaChaPoly, noise.HashSHA256)
}

// aead makes the suite's cipher for one 32-byte key.
func (s Suite) aead(key []byte) cipher.AEAD {
	if s == AESGCM {
		block, err := aes.NewCipher(key)
		if err != nil {
			panic("secure: AES key of the wrong length: " + err.Error()) // keys are arrays of 32 bytes
		}
		a, err := cipher.NewGCM(block)
		if err != nil {
			panic("secure: AES-GCM: " + err.Error())
		}
		return a
	}
	a, err := chacha20poly1305.New(key)
	if err != nil {
		panic("secure: ChaCha20-Poly1305 key of the wrong length: " + err.Error())
	}
	return a
}
