package secure

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"
)

// A Chain lets clients trust a server by authority instead of by pin: the leaf
// of an X.509 chain signs a statement about the server's static key. The leaf's
// private key stays with whoever signs and never lives on a game server; a
// stolen server key is worth no more than its statement, until NotAfter.
//
// The statement is "tandem identity statement 1", a zero byte, the protocol id
// (u64 LE), not after (Unix seconds, i64 LE) and the 32-byte static key. It is
// signed with Ed25519, ECDSA over SHA-256, or RSA-PSS over SHA-256, as the
// leaf's key is.
//
// On the wire: not after (8), signature (u16 length and bytes), number of
// certificates (1), each a u16 length and DER, the leaf first.
type Chain struct {
	Certificates [][]byte // DER, leaf first, without the root
	Protocol     uint64
	NotAfter     time.Time // whole seconds
	Signature    []byte
}

const (
	statementLabel = "tandem identity statement 1\x00"
	statementBlock = "TANDEM STATEMENT"

	// MaxChainSize bounds an encoded Chain in bytes.
	MaxChainSize = 48 << 10
	maxChainLen  = 8
)

// ChainError says why a server's chain was not accepted.
type ChainError struct{ Err error }

// Error is one line.
func (e *ChainError) Error() string {
	return "the server's certificate is not accepted: " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *ChainError) Unwrap() error { return e.Err }

func statement(protocol uint64, notAfter time.Time, static [KeySize]byte) []byte {
	s := append([]byte(nil), statementLabel...)
	s = binary.LittleEndian.AppendUint64(s, protocol)
	s = binary.LittleEndian.AppendUint64(s, uint64(notAfter.Unix()))
	return append(s, static[:]...)
}

// SignChain makes the chain for a server's static key with the leaf's private key.
func SignChain(certificates [][]byte, leaf crypto.Signer, protocol uint64, notAfter time.Time, static [KeySize]byte) (*Chain, error) {
	c := &Chain{Certificates: certificates, Protocol: protocol, NotAfter: notAfter}
	msg := statement(protocol, notAfter, static)
	sum := sha256.Sum256(msg)
	var err error
	switch leaf.Public().(type) {
	case ed25519.PublicKey:
		c.Signature, err = leaf.Sign(rand.Reader, msg, crypto.Hash(0))
	case *rsa.PublicKey:
		c.Signature, err = leaf.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	case *ecdsa.PublicKey:
		c.Signature, err = leaf.Sign(rand.Reader, sum[:], crypto.SHA256)
	default:
		err = fmt.Errorf("a leaf key of type %T cannot sign", leaf.Public())
	}
	if err != nil {
		return nil, fmt.Errorf("secure: sign statement: %w", err)
	}
	if _, err := c.Append(nil); err != nil {
		return nil, err
	}
	return c, nil
}

// Append appends the chain as it travels.
func (c *Chain) Append(dst []byte) ([]byte, error) {
	start := len(dst)
	if len(c.Certificates) == 0 || len(c.Certificates) > maxChainLen {
		return nil, fmt.Errorf("secure: a chain of %d certificates, it must be 1 to %d", len(c.Certificates), maxChainLen)
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(c.NotAfter.Unix()))
	dst = appendShort(dst, c.Signature)
	dst = append(dst, byte(len(c.Certificates)))
	for _, der := range c.Certificates {
		if len(der) > MaxChainSize {
			return nil, errors.New("secure: certificate too large")
		}
		dst = appendShort(dst, der)
	}
	if len(dst)-start > MaxChainSize {
		return nil, fmt.Errorf("secure: the chain has %d bytes, at most %d", len(dst)-start, MaxChainSize)
	}
	return dst, nil
}

func appendShort(dst, b []byte) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(b)))
	return append(dst, b...)
}

func cutShort(p []byte) (b, rest []byte, ok bool) {
	if len(p) < 2 {
		return nil, nil, false
	}
	n := int(binary.LittleEndian.Uint16(p))
	if n > len(p)-2 {
		return nil, nil, false
	}
	return p[2 : 2+n], p[2+n:], true
}

var errChainForm = errors.New("it is malformed")

// ParseChain reads what Append wrote. protocol is the one both sides agreed on.
func ParseChain(p []byte, protocol uint64) (*Chain, error) {
	if len(p) < 8 || len(p) > MaxChainSize {
		return nil, &ChainError{errChainForm}
	}
	c := &Chain{Protocol: protocol, NotAfter: time.Unix(int64(binary.LittleEndian.Uint64(p)), 0)}
	sig, p, ok := cutShort(p[8:])
	if !ok || len(p) < 1 || p[0] == 0 || p[0] > maxChainLen {
		return nil, &ChainError{errChainForm}
	}
	c.Signature = bytes.Clone(sig)
	n := int(p[0])
	p = p[1:]
	for range n {
		var der []byte
		if der, p, ok = cutShort(p); !ok {
			return nil, &ChainError{errChainForm}
		}
		c.Certificates = append(c.Certificates, bytes.Clone(der))
	}
	if len(p) != 0 {
		return nil, &ChainError{errChainForm}
	}
	return c, nil
}

// Verify checks that the chain leads to roots, that its leaf is for host (any
// host if that is empty), and that the leaf has signed static for this protocol
// and time. The error is a *ChainError.
func (c *Chain) Verify(roots *x509.CertPool, host string, static [KeySize]byte, now time.Time) error {
	var certs []*x509.Certificate
	for _, der := range c.Certificates {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return &ChainError{err}
		}
		certs = append(certs, cert)
	}
	if len(certs) == 0 {
		return &ChainError{errChainForm}
	}
	opts := x509.VerifyOptions{
		DNSName: host, Roots: roots, Intermediates: x509.NewCertPool(), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, cert := range certs[1:] {
		opts.Intermediates.AddCert(cert)
	}
	if _, err := certs[0].Verify(opts); err != nil {
		return &ChainError{err}
	}
	if now.After(c.NotAfter) {
		return &ChainError{fmt.Errorf("its statement about the server's key expired at %v: the server's operator must sign a new one", c.NotAfter.UTC())}
	}
	return c.checkSignature(certs[0], static)
}

func (c *Chain) checkSignature(leaf *x509.Certificate, static [KeySize]byte) error {
	algorithm := x509.ECDSAWithSHA256
	switch leaf.PublicKeyAlgorithm {
	case x509.Ed25519:
		algorithm = x509.PureEd25519
	case x509.RSA:
		algorithm = x509.SHA256WithRSAPSS
	}
	if err := leaf.CheckSignature(algorithm, statement(c.Protocol, c.NotAfter, static), c.Signature); err != nil {
		return &ChainError{errors.New("it has not signed this server's key for this game")}
	}
	return nil
}

// Speaks reports, as an error, that the chain's statement is not about static
// and protocol: so that a server finds a mix-up of files before its clients do.
func (c *Chain) Speaks(static [KeySize]byte, protocol uint64) error {
	if c.Protocol != protocol {
		return fmt.Errorf("secure: the chain is for protocol %016x, not %016x", c.Protocol, protocol)
	}
	if len(c.Certificates) == 0 {
		return &ChainError{errChainForm}
	}
	leaf, err := x509.ParseCertificate(c.Certificates[0])
	if err != nil {
		return &ChainError{err}
	}
	return c.checkSignature(leaf, static)
}

// Save writes the chain to a new file, in PEM. Nothing in it is secret.
func (c *Chain) Save(path string) error {
	var b bytes.Buffer
	for _, der := range c.Certificates {
		if err := pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return fmt.Errorf("secure: %w", err)
		}
	}
	s := binary.LittleEndian.AppendUint64(nil, c.Protocol)
	s = binary.LittleEndian.AppendUint64(s, uint64(c.NotAfter.Unix()))
	if err := pem.Encode(&b, &pem.Block{Type: statementBlock, Bytes: append(s, c.Signature...)}); err != nil {
		return fmt.Errorf("secure: %w", err)
	}
	return writeNew(path, b.Bytes())
}

// LoadChain reads what Save wrote.
func LoadChain(path string) (*Chain, error) {
	p, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("chain %s: %w", path, unwrapPath(err))
	}
	c := &Chain{}
	for {
		var block *pem.Block
		if block, p = pem.Decode(p); block == nil {
			break
		}
		switch {
		case block.Type == "CERTIFICATE":
			c.Certificates = append(c.Certificates, block.Bytes)
		case block.Type == statementBlock && len(block.Bytes) > 16:
			c.Protocol = binary.LittleEndian.Uint64(block.Bytes)
			c.NotAfter = time.Unix(int64(binary.LittleEndian.Uint64(block.Bytes[8:])), 0)
			c.Signature = block.Bytes[16:]
		}
	}
	if len(c.Certificates) == 0 || c.Signature == nil {
		return nil, fmt.Errorf("chain %s: it lacks a certificate or the statement: make it with tandem keygen chain", path)
	}
	return c, nil
}
