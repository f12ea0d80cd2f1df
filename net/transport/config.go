package transport

import (
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
)

// AppTable is the definition of what the application sends: opaque here,
// compared by hash in the handshake and exchanged as text when the hashes
// differ. The zero value is a table too: both sides must have it.
type AppTable struct {
	Hash [32]byte
	Text []byte // canonical text, at most 256 KiB
	// Diff names the first differences of two texts in one line; nil says only
	// that they differ.
	Diff func(ours, theirs []byte) string
}

// Config is what both sides of a connection need. The zero value works for a
// client; a server needs an Identity.
type Config struct {
	// Identity is the server's key pair. Clients have none.
	Identity *secure.Identity
	// Chain, on a server, lets clients trust Identity by authority; nil: only by pin.
	Chain *secure.Chain
	// Protocol names the game, Version its release. Both must be equal on both sides.
	Protocol uint64
	Version  uint32
	// Channels is the table of channels, equal on both sides. Channel ids count from 0.
	Channels channel.Table
	// App is the application's own table of definitions.
	App AppTable
	// MaxConns bounds the connections of an Endpoint; 0 means 1024.
	MaxConns int
	// MaxPending bounds handshakes in progress; 0 means 256.
	MaxPending int
	// HandshakeRate bounds the handshakes an Endpoint begins a second; 0 means 5000.
	HandshakeRate int
	// PrefixRate bounds the handshakes a second from one /32 (IPv4) or /64
	// (IPv6), with a burst of four times that; 0 means 16. Loopback is exempt.
	PrefixRate int
	// Timeout is the silence after which a connection is given up; 0 means 10 s.
	Timeout time.Duration
	// HandshakeTimeout bounds the time from Dial to connected; 0 means 10 s.
	HandshakeTimeout time.Duration
	// RekeyPackets and RekeyAfter bound the use of one key; 0 means 2^20
	// packets and one hour.
	RekeyPackets uint64
	RekeyAfter   time.Duration
	// NoPostQuantum leaves the ML-KEM-768 exchange out on this side.
	NoPostQuantum bool
	// Tokens says which join tokens a server accepts; nil accepts none.
	Tokens *Tokens
	// NoResume keeps the server from issuing resume tokens.
	NoResume bool
	// Limits bound what each connection holds; zero fields are channel's defaults.
	Limits channel.Limits
	// Memory bounds the message buffers of all connections of an Endpoint
	// together, in bytes; 0 means 256 MiB.
	Memory int64
	// Floor is the rate in bytes a second below which congestion control never
	// goes; 0 means channel's default.
	Floor int
	// Ceiling is the rate in bytes a second above which no connection sends; 0: none.
	Ceiling int
	// OnBulk decides on a stream that comes in on a bulk channel: its bytes go
	// to what it returns; nil refuses it. It runs inside Poll.
	OnBulk func(c *Conn, ch uint8, p channel.Progress) io.Writer
	// Block lists addresses that a server does not talk to; nil blocks nobody.
	Block *BlockList
	// Refused, if set, hears of clients whose connection was ended before it was
	// complete, with the reason. It runs inside Poll or Flush.
	Refused func(addr netip.AddrPort, e *CloseError)
	// Log receives state changes; nil discards them.
	Log *slog.Logger
	// Rand is where keys, ids and cookies come from; nil is the system's
	// generator, and nothing else may be used outside tests.
	Rand io.Reader
}

// DialConfig is a client's Config. A server is only talked to if it proves
// the Pin or a certificate chain that leads to Roots: one of them is needed.
type DialConfig struct {
	Config
	// Addr is the server's address.
	Addr netip.AddrPort
	// Pin is the server's public key, see secure.ParseKey.
	Pin [32]byte
	// Roots are the authorities whose certificate chain is accepted instead of
	// a pin, for a leaf that names Host.
	Roots *x509.CertPool
	Host  string
	// Now is the wall clock by which certificates expire; nil is time.Now.
	Now func() time.Time
	// Suite is the AEAD; 0 chooses the faster one for this processor.
	Suite secure.Suite
	// Token and TokenSecret admit the client: a join token and the secret that
	// came with it.
	Token       []byte
	TokenSecret [32]byte
}

// Defaults of Config.
const (
	defaultMaxConns         = 1024
	defaultMaxPending       = 256
	defaultHandshakeRate    = 5000
	defaultPrefixRate       = 16
	defaultTimeout          = 10 * time.Second
	defaultHandshakeTimeout = 10 * time.Second
	defaultRekeyPackets     = 1 << 20
	defaultRekeyAfter       = time.Hour
	defaultMemory           = 256 << 20

	maxConnsLimit = 1 << 16 // connection ids have 16 bits for the slot
)

var errNoIdentity = errors.New("transport: a server needs Config.Identity: secure.LoadOrCreate makes one")

// withDefaults fills what is zero and checks the rest.
func (c Config) withDefaults() (Config, error) {
	def(&c.MaxConns, defaultMaxConns)
	def(&c.MaxPending, defaultMaxPending)
	def(&c.HandshakeRate, defaultHandshakeRate)
	def(&c.PrefixRate, defaultPrefixRate)
	def(&c.Timeout, defaultTimeout)
	def(&c.HandshakeTimeout, defaultHandshakeTimeout)
	def(&c.RekeyPackets, defaultRekeyPackets)
	def(&c.RekeyAfter, defaultRekeyAfter)
	def(&c.Memory, defaultMemory)
	if c.Tokens != nil && c.Tokens.Spent == nil {
		return c, errNoSpent
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxConns < 0 || c.MaxPending < 0 || c.MaxConns+c.MaxPending > maxConnsLimit {
		return c, fmt.Errorf("transport: MaxConns %d and MaxPending %d must add up to at most %d", c.MaxConns, c.MaxPending, maxConnsLimit)
	}
	if len(c.App.Text) > maxAppText {
		return c, fmt.Errorf("transport: App.Text has %d bytes, the limit is %d", len(c.App.Text), maxAppText)
	}
	return c, nil
}

func def[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// random is Config.Rand or the system's generator.
func (c *Config) random() io.Reader {
	if c.Rand != nil {
		return c.Rand
	}
	return rand.Reader
}

// scope is what the nonce audit of test binaries tells runs apart by.
func (c *Config) scope() any {
	if c.Rand == nil {
		return nil
	}
	return c.Rand
}
