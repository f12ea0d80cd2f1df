package secure

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// A join token lets a lobby or matchmaker admit a player to a game server. Both
// share a TokenKey; the player gets the sealed token, which he cannot read, and
// the secret that is inside it. The secret goes into the handshake as the
// pre-shared key of NXpsk2, so a token that was sniffed is of no use.
//
//	 0      1..8     9..32     33..
//	+------+--------+---------+-----------------------------------------+
//	| kind | key id | nonce   | XChaCha20-Poly1305 of the grant, tag 16 |
//	+------+--------+---------+-----------------------------------------+
//
// kind 1 is a join token, 2 a resume token. Associated data: "tandem token 1",
// kind, key id. Grant: id (16), not after (Unix seconds, i64 LE), protocol
// (u64 LE), secret (32), data (up to MaxTokenData).

// MaxTokenData bounds Grant.Data in bytes.
const MaxTokenData = 512

// Kinds of tokens: the first byte.
const (
	KindJoin   = 1
	KindResume = 2
)

const (
	tokenLabel  = "tandem token 1"
	tokenHead   = 1 + 8 + chacha20poly1305.NonceSizeX
	grantHead   = 16 + 8 + 8 + KeySize
	tokenHeader = "tandem token key 1"
)

// MaxTokenSize is the length of the longest token in bytes.
const MaxTokenSize = tokenHead + grantHead + MaxTokenData + TagSize

// ErrToken says that a token is not one of ours or not for this server.
var ErrToken = errors.New("secure: token does not open")

// ErrTokenExpired says that a token's time is over.
var ErrTokenExpired = errors.New("secure: token has expired")

// Grant is what a token says.
type Grant struct {
	ID       [16]byte  // names the token; used once
	NotAfter time.Time // whole seconds
	Protocol uint64    // the game, as in the transport's Config
	Secret   [KeySize]byte
	Data     []byte // for the server's application: a player's id, a team
}

// TokenKey seals and opens tokens. Keep it as secret as an identity.
type TokenKey [KeySize]byte

// NewTokenKey makes a key from random (nil: the system's).
func NewTokenKey(random io.Reader) (k TokenKey, err error) {
	if random == nil {
		random = rand.Reader
	}
	if _, err := io.ReadFull(random, k[:]); err != nil {
		return k, fmt.Errorf("secure: new token key: %w", err)
	}
	return k, nil
}

// NewGrant fills in a random id and secret.
func NewGrant(random io.Reader, protocol uint64, notAfter time.Time, data []byte) (g Grant, err error) {
	if random == nil {
		random = rand.Reader
	}
	g = Grant{NotAfter: notAfter, Protocol: protocol, Data: data}
	if _, err := io.ReadFull(random, g.ID[:]); err != nil {
		return g, fmt.Errorf("secure: new grant: %w", err)
	}
	if _, err := io.ReadFull(random, g.Secret[:]); err != nil {
		return g, fmt.Errorf("secure: new grant: %w", err)
	}
	return g, nil
}

// id tells keys apart without telling them.
func (k *TokenKey) id() (id [8]byte) {
	sum := sha256.Sum256(append([]byte(tokenHeader), k[:]...))
	copy(id[:], sum[:])
	return id
}

// Seal makes the token for a grant. Data beyond MaxTokenData is an error.
func (k *TokenKey) Seal(kind byte, g *Grant, random io.Reader) ([]byte, error) {
	if len(g.Data) > MaxTokenData {
		return nil, fmt.Errorf("secure: token data of %d bytes, at most %d", len(g.Data), MaxTokenData)
	}
	if random == nil {
		random = rand.Reader
	}
	id := k.id()
	out := append(make([]byte, 0, MaxTokenSize), kind)
	out = append(out, id[:]...)
	out = out[:tokenHead]
	nonce := out[9:tokenHead]
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("secure: token nonce: %w", err)
	}
	plain := append([]byte(nil), g.ID[:]...)
	plain = binary.LittleEndian.AppendUint64(plain, uint64(g.NotAfter.Unix()))
	plain = binary.LittleEndian.AppendUint64(plain, g.Protocol)
	plain = append(append(plain, g.Secret[:]...), g.Data...)
	return k.aead().Seal(out, nonce, plain, tokenAD(out)), nil
}

func (k *TokenKey) aead() cipher.AEAD {
	a, err := chacha20poly1305.NewX(k[:])
	if err != nil {
		panic("secure: XChaCha20-Poly1305 key of the wrong length: " + err.Error())
	}
	return a
}

func tokenAD(token []byte) []byte { return append([]byte(tokenLabel), token[:9]...) }

// Open reads a token of the given kind. It fails with ErrToken, or
// ErrTokenExpired at a time past NotAfter.
func (k *TokenKey) Open(kind byte, token []byte, now time.Time) (Grant, error) {
	id := k.id()
	if len(token) < tokenHead+grantHead+TagSize || len(token) > MaxTokenSize || token[0] != kind || !bytes.Equal(token[1:9], id[:]) {
		return Grant{}, ErrToken
	}
	plain, err := k.aead().Open(nil, token[9:tokenHead], token[tokenHead:], tokenAD(token))
	if err != nil {
		return Grant{}, ErrToken
	}
	g := Grant{
		NotAfter: time.Unix(int64(binary.LittleEndian.Uint64(plain[16:])), 0),
		Protocol: binary.LittleEndian.Uint64(plain[24:]),
		Data:     plain[grantHead:],
	}
	copy(g.ID[:], plain)
	copy(g.Secret[:], plain[32:])
	if now.After(g.NotAfter) {
		return Grant{}, ErrTokenExpired
	}
	return g, nil
}

// SaveTokenKey writes a key to a new file with mode 0600; it never overwrites.
func SaveTokenKey(path string, k TokenKey) error {
	sum := sha256.Sum256(append([]byte(tokenHeader), k[:]...))
	text := base64.StdEncoding.EncodeToString(append(k[:], sum[:8]...))
	return writeNew(path, fmt.Appendf(nil, "%s\nsecret %s\n", tokenHeader, text))
}

// LoadTokenKey reads a key file, which nobody else may be able to read.
func LoadTokenKey(path string) (k TokenKey, err error) {
	p, err := readPrivate(path)
	if err != nil {
		return k, fmt.Errorf("token key %s: %w", path, err)
	}
	head, rest, _ := bytes.Cut(bytes.TrimSpace(p), []byte("\n"))
	text, ok := bytes.CutPrefix(bytes.TrimSpace(rest), []byte("secret "))
	raw, derr := base64.StdEncoding.DecodeString(string(text))
	if string(head) != tokenHeader || !ok || derr != nil || len(raw) != KeySize+8 {
		return k, fmt.Errorf("token key %s: it is not a token key file or it is damaged: make a new one with tandem keygen token", path)
	}
	sum := sha256.Sum256(append([]byte(tokenHeader), raw[:KeySize]...))
	if !bytes.Equal(sum[:8], raw[KeySize:]) {
		return k, fmt.Errorf("token key %s: it is damaged: make a new one with tandem keygen token", path)
	}
	return TokenKey(raw[:KeySize]), nil
}
