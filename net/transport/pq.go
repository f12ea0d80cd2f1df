package transport

import (
	"crypto/mlkem"
	"io"
)

// ML-KEM-768 (FIPS 203) over the encrypted control channel. The shared secret
// is mixed into key phase 1, so that recorded traffic stays closed even to
// somebody who breaks X25519 later. The client enters phase 1 first.

// newDecapsulation makes the client's key from its source of randomness.
func newDecapsulation(random io.Reader) (*mlkem.DecapsulationKey768, error) {
	var seed [mlkem.SeedSize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, err
	}
	return mlkem.NewDecapsulationKey768(seed[:])
}

// encapsulate is the server's half. Its randomness is the standard library's own.
func encapsulate(key []byte) (shared, ciphertext []byte, err error) {
	ek, err := mlkem.NewEncapsulationKey768(key)
	if err != nil {
		return nil, nil, errPacket
	}
	shared, ciphertext = ek.Encapsulate()
	return shared, ciphertext, nil
}
