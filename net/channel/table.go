package channel

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

// Spec declares one channel.
type Spec struct {
	// Name is unique in the table: 1 to 64 printable ASCII characters, no spaces.
	Name string
	// Kind is what the channel promises.
	Kind Kind
	// Priority: a channel with a higher one is always served first. 0 means 128,
	// or 64 for Bulk. A local matter: both sides may choose differently.
	Priority uint8
	// Weight is the share of bytes among channels of equal priority. 0 means 1.
	// A local matter, like Priority.
	Weight uint8
	// MaxMessage is the largest message in bytes. 0 means 16 KiB for Unreliable
	// and Sequenced, 64 KiB for Reliable, Ordered and Latest. At most MaxMessage.
	// Bulk streams have no largest size and must leave it 0.
	MaxMessage int
}

// MaxMessage is the largest MaxMessage a Spec may have, in bytes.
const MaxMessage = maxFragments * FragmentSize

// MaxChannels is the largest number of application channels in a Table.
const MaxChannels = 254

const (
	defaultPriority     = 128
	defaultBulkPriority = 64
	controlPriority     = 255
	defaultDatagramMax  = 16 << 10
	defaultReliableMax  = 64 << 10
	maxNameLen          = 64
)

// ErrTable is wrapped by every error about a Table that cannot be used.
var ErrTable = errors.New("channel: bad table")

// Table lists the channels of a connection: the index is the channel number that
// Link.Send takes. On the wire, channel i of the table is i+1, and 0 is a reserved
// ordered channel for the transport itself. Both sides must have the same names,
// kinds and sizes, which they find out by comparing Hash.
type Table []Spec

// withDefaults returns s with every zero replaced by what it means.
func (s Spec) withDefaults() Spec {
	if s.Priority == 0 {
		s.Priority = defaultPriority
		if s.Kind == Bulk {
			s.Priority = defaultBulkPriority
		}
	}
	if s.Weight == 0 {
		s.Weight = 1
	}
	if s.MaxMessage == 0 && s.Kind != Bulk {
		s.MaxMessage = defaultReliableMax
		if s.Kind.datagram() {
			s.MaxMessage = defaultDatagramMax
		}
	}
	return s
}

// validate checks one channel; i is its number.
func (s Spec) validate(i int) error {
	if s.Name == "" || len(s.Name) > maxNameLen || strings.IndexFunc(s.Name, notNameRune) >= 0 {
		return fmt.Errorf("%w: channel %d: the name %.80q must be 1 to %d printable ASCII characters without spaces",
			ErrTable, i, s.Name, maxNameLen)
	}
	if s.Kind >= kinds {
		return fmt.Errorf("%w: channel %d %q: unknown kind %d", ErrTable, i, s.Name, s.Kind)
	}
	if s.MaxMessage < 0 || s.MaxMessage > MaxMessage {
		return fmt.Errorf("%w: channel %d %q: MaxMessage %d is not within 0..%d", ErrTable, i, s.Name, s.MaxMessage, MaxMessage)
	}
	if s.Kind == Bulk && s.MaxMessage != 0 {
		return fmt.Errorf("%w: channel %d %q: a bulk stream has no MaxMessage, leave it 0", ErrTable, i, s.Name)
	}
	return nil
}

func notNameRune(r rune) bool { return r <= ' ' || r > '~' }

// Validate says what is wrong with the table, if anything.
func (t Table) Validate() error {
	if len(t) > MaxChannels {
		return fmt.Errorf("%w: %d channels, at most %d", ErrTable, len(t), MaxChannels)
	}
	seen := make(map[string]int, len(t))
	for i, s := range t {
		if err := s.validate(i); err != nil {
			return err
		}
		if j, ok := seen[s.Name]; ok {
			return fmt.Errorf("%w: channels %d and %d are both named %q", ErrTable, j, i, s.Name)
		}
		seen[s.Name] = i
	}
	return nil
}

// Text is the canonical text of what both sides must agree on, one line a channel:
// number, name, kind and largest message. Priorities and weights are not part of it.
func (t Table) Text() []byte {
	b := []byte("tandem channels 1\n")
	for i, s := range t {
		s = s.withDefaults()
		b = fmt.Appendf(b, "%d %s %s %d\n", i, s.Name, s.Kind, s.MaxMessage)
	}
	return b
}

// Hash is the SHA-256 of Text.
func (t Table) Hash() [32]byte { return sha256.Sum256(t.Text()) }

// maxDiffs bounds how many differences Diff spells out.
const maxDiffs = 4

// Diff says in words how the peer's table differs from t; other is the peer's Text
// and need not be well formed. It is empty if they are equal.
func (t Table) Diff(other []byte) string {
	ours := bytes.Split(bytes.TrimSuffix(t.Text(), []byte("\n")), []byte("\n"))
	theirs := bytes.SplitN(bytes.TrimSuffix(other, []byte("\n")), []byte("\n"), MaxChannels+2)
	var d []string
	for i := 0; i < max(len(ours), len(theirs)) && len(d) < maxDiffs; i++ {
		switch {
		case i >= len(ours):
			d = append(d, fmt.Sprintf("they have channel %.120q, we do not", theirs[i]))
		case i >= len(theirs):
			d = append(d, fmt.Sprintf("we have channel %q, they do not", ours[i]))
		case !bytes.Equal(ours[i], theirs[i]):
			d = append(d, fmt.Sprintf("ours is channel %q, theirs %.120q", ours[i], theirs[i]))
		}
	}
	return strings.Join(d, "; ")
}
