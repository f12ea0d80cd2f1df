package secure

import (
	"math/rand/v2"
)

// seeded is a deterministic io.Reader, a new scope for the nonce audit each time.
func seeded(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	for i := range key {
		key[i] = byte(seed >> (i % 8 * 8))
	}
	return rand.NewChaCha8(key)
}
