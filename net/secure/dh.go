package secure

import (
	"bytes"
	"crypto/ecdh"
	"io"

	"github.com/flynn/noise"
)

// diffieHellman is X25519 for one side of one handshake. It keeps the keys that
// the handshake uses in the form of crypto/ecdh: making that form from the bytes
// costs a multiplication, which the library's own function pays each time.
type diffieHellman struct {
	static    *ecdh.PrivateKey // the server's; nil on a client
	ephemeral *ecdh.PrivateKey
}

// GenerateKeypair implements noise.DHFunc.
func (d *diffieHellman) GenerateKeypair(random io.Reader) (noise.DHKey, error) {
	var seed [KeySize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return noise.DHKey{}, err
	}
	key, err := ecdh.X25519().NewPrivateKey(seed[:])
	if err != nil {
		return noise.DHKey{}, err
	}
	d.ephemeral = key
	return noise.DHKey{Private: key.Bytes(), Public: key.PublicKey().Bytes()}, nil
}

// DH implements noise.DHFunc. A low-order point is an error.
func (d *diffieHellman) DH(private, public []byte) ([]byte, error) {
	key := d.ephemeral
	if key == nil || !bytes.Equal(key.Bytes(), private) {
		key = d.static
	}
	if key == nil || !bytes.Equal(key.Bytes(), private) {
		var err error
		if key, err = ecdh.X25519().NewPrivateKey(private); err != nil {
			return nil, err
		}
	}
	pub, err := ecdh.X25519().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	return key.ECDH(pub)
}

// DHLen implements noise.DHFunc.
func (d *diffieHellman) DHLen() int { return KeySize }

// DHName implements noise.DHFunc.
func (d *diffieHellman) DHName() string { return "25519" }
