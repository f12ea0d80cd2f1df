package secure

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// Identity is a server's long-lived X25519 key pair. Clients pin Public.
type Identity struct {
	Public  [KeySize]byte
	private [KeySize]byte
	key     *ecdh.PrivateKey
}

// Errors of reading an identity file. They are wrapped with the path.
var (
	ErrLoosePermissions = errors.New("others may read it: run chmod 600 on it, or make a new identity")
	ErrDamaged          = errors.New("it is not an identity file or it is damaged: restore it from a backup, or move it away and make a new identity (clients must then pin the new key)")
)

const identityHeader = "tandem identity 1"

// NewIdentity makes a key pair from random (nil: the system's).
func NewIdentity(random io.Reader) (*Identity, error) {
	if random == nil {
		random = rand.Reader
	}
	var seed [KeySize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, fmt.Errorf("secure: new identity: %w", err)
	}
	return IdentityFromSeed(seed), nil
}

// IdentityFromSeed makes the identity whose private key is seed. The same seed
// gives the same identity: keep it as secret as the identity.
func IdentityFromSeed(seed [KeySize]byte) *Identity {
	key, err := ecdh.X25519().NewPrivateKey(seed[:])
	if err != nil {
		panic("secure: X25519 key: " + err.Error()) // cannot fail for 32 bytes
	}
	id := &Identity{private: seed, key: key}
	copy(id.Public[:], key.PublicKey().Bytes())
	return id
}

// Subkey derives a 32-byte secret for another use from the private key, so
// that whatever must survive a restart lives as long as the identity does.
func (id *Identity) Subkey(label string) [KeySize]byte {
	return [KeySize]byte(expand(id.private[:], "tandem 1 "+label, KeySize))
}

// String is the public key in text form, as FormatKey gives it.
func (id *Identity) String() string { return FormatKey(id.Public) }

// Save writes the identity to a new file with mode 0600. It never overwrites:
// an existing file is an error that wraps fs.ErrExist.
func (id *Identity) Save(path string) error {
	return writeNew(path, id.encode())
}

// encode is the file's content: a header line, the private key and the first 8
// bytes of SHA-256 over header and key, in base64, and the public key for people.
func (id *Identity) encode() []byte {
	sum := identitySum(id.private)
	body := append(id.private[:len(id.private):len(id.private)], sum[:8]...)
	return fmt.Appendf(nil, "%s\nprivate %s\npublic  %s\n", identityHeader,
		base64.StdEncoding.EncodeToString(body), FormatKey(id.Public))
}

func identitySum(private [KeySize]byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(identityHeader), private[:]...))
}

func decodeIdentity(p []byte) (*Identity, error) {
	lines := bytes.Split(bytes.TrimSpace(p), []byte("\n"))
	if len(lines) < 2 || string(bytes.TrimSpace(lines[0])) != identityHeader {
		return nil, ErrDamaged
	}
	text, ok := bytes.CutPrefix(bytes.TrimSpace(lines[1]), []byte("private "))
	if !ok {
		return nil, ErrDamaged
	}
	raw, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || len(raw) != KeySize+8 {
		return nil, ErrDamaged
	}
	seed := [KeySize]byte(raw[:KeySize])
	sum := identitySum(seed)
	if !bytes.Equal(raw[KeySize:], sum[:8]) {
		return nil, ErrDamaged
	}
	return IdentityFromSeed(seed), nil
}

// Load reads an identity file. It refuses one that others may read
// (ErrLoosePermissions; not checked on Windows, which has no mode bits) and
// one that is damaged (ErrDamaged).
func Load(path string) (*Identity, error) {
	p, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("identity %s: %w", path, err)
	}
	id, err := decodeIdentity(p)
	if err != nil {
		return nil, fmt.Errorf("identity %s: %w", path, err)
	}
	return id, nil
}

// LoadOrCreate reads the identity at path, or makes one and saves it there with
// mode 0600 if there is no file. An unreadable, loose or damaged file is an
// error and is never replaced.
func LoadOrCreate(path string) (*Identity, error) {
	id, err := Load(path)
	if !errors.Is(err, os.ErrNotExist) {
		return id, err
	}
	if id, err = NewIdentity(nil); err != nil {
		return nil, err
	}
	if err = id.Save(path); errors.Is(err, os.ErrExist) {
		return Load(path) // another process made it first
	}
	if err != nil {
		return nil, err
	}
	return id, nil
}

// maxPrivateFile bounds what is read from a key file in bytes.
const maxPrivateFile = 64 << 10

func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unwrapPath(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unwrapPath(err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxPrivateFile {
		return nil, ErrDamaged
	}
	if runtime.GOOS != "windows" && runtime.GOOS != "js" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("its mode is %04o and %w", info.Mode().Perm(), ErrLoosePermissions)
	}
	return io.ReadAll(io.LimitReader(f, maxPrivateFile))
}

// unwrapPath drops the path from an *fs.PathError: callers put it in front.
func unwrapPath(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// writeNew creates path with mode 0600 and content, complete or not at all: the
// bytes go to a temporary file first, which is then linked to its name.
func writeNew(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".tandem-*") // mode 0600 by definition
	if err != nil {
		return fmt.Errorf("%s: %w", path, unwrapPath(err))
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, unwrapPath(err))
	}
	if err = os.Link(f.Name(), path); err == nil {
		return nil
	}
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s: %w", path, os.ErrExist)
	}
	return writeExclusive(path, content) // a file system without hard links
}

func writeExclusive(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("%s: %w", path, unwrapPath(err))
	}
	_, err = f.Write(content)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, unwrapPath(err))
	}
	return nil
}
