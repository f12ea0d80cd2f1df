package secure

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
)

// Text form of a public key: "tk1" and the base32 (RFC 4648 alphabet in lower
// case, no padding) of the 32 key bytes followed by the first 4 bytes of
// SHA-256("tandem key 1" || key). 61 characters, safe in URLs, files and chats.

const (
	keyPrefix   = "tk1"
	keySumLabel = "tandem key 1"
	keySumSize  = 4
)

var keyEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// KeyTextLen is the length of a formatted key in characters.
var KeyTextLen = len(keyPrefix) + keyEncoding.EncodedLen(KeySize+keySumSize)

// ErrKeyText says that a text is not a public key; the wrapping error says how.
var ErrKeyText = errors.New("not a server key")

// FormatKey is the text form of a public key.
func FormatKey(key [KeySize]byte) string {
	sum := keySum(key)
	return keyPrefix + keyEncoding.EncodeToString(append(key[:], sum[:]...))
}

func keySum(key [KeySize]byte) [keySumSize]byte {
	full := sha256.Sum256(append([]byte(keySumLabel), key[:]...))
	return [keySumSize]byte(full[:])
}

// ParseKey reads the text form of a public key. Upper case and surrounding
// space are accepted; a mistyped character is found by the checksum.
func ParseKey(text string) ([KeySize]byte, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	body, ok := strings.CutPrefix(text, keyPrefix)
	if !ok {
		return [KeySize]byte{}, fmt.Errorf("%w: it must start with %q; copy the line that the server prints", ErrKeyText, keyPrefix)
	}
	if len(text) != KeyTextLen {
		return [KeySize]byte{}, fmt.Errorf("%w: it has %d characters instead of %d; copy all of it", ErrKeyText, len(text), KeyTextLen)
	}
	raw, err := keyEncoding.DecodeString(body)
	if err != nil {
		return [KeySize]byte{}, fmt.Errorf("%w: it has a character that keys never have", ErrKeyText)
	}
	key := [KeySize]byte(raw[:KeySize])
	sum := keySum(key)
	if subtle.ConstantTimeCompare(sum[:], raw[KeySize:]) != 1 || FormatKey(key) != text {
		return [KeySize]byte{}, fmt.Errorf("%w: its checksum is wrong, a character is mistyped", ErrKeyText)
	}
	return key, nil
}
