package secure

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"path/filepath"
	"testing"
	"time"
)

var chainNow = time.Unix(1_800_000_000, 0)

// authority makes a CA and a leaf for host with the given key.
func authority(t testing.TB, host string, leafKey crypto.Signer, usage x509.ExtKeyUsage) (*x509.CertPool, [][]byte) {
	t.Helper()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: chainNow.Add(-time.Hour), NotAfter: chainNow.Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	caCert, _ := x509.ParseCertificate(der)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: chainNow.Add(-time.Hour), NotAfter: chainNow.Add(12 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, caCert, leafKey.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(caCert)
	return pool, [][]byte{leafDER}
}

func TestChain(t *testing.T) {
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	rs, _ := rsa.GenerateKey(rand.Reader, 2048)
	static, other := [KeySize]byte{1}, [KeySize]byte{2}
	until := chainNow.Add(time.Hour)
	for _, key := range []crypto.Signer{ec, ed, rs} {
		roots, certs := authority(t, "play.example", key, x509.ExtKeyUsageServerAuth)
		signed, err := SignChain(certs, key, 42, until, static)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "server.chain")
		if err := signed.Save(path); err != nil {
			t.Fatal(err)
		}
		loaded, err := LoadChain(path)
		if err != nil || loaded.Protocol != 42 {
			t.Fatal(err)
		}
		wire, err := loaded.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ParseChain(wire, 42)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Verify(roots, "play.example", static, chainNow); err != nil {
			t.Fatalf("%T: %v", key, err)
		}
		if err := c.Verify(roots, "", static, chainNow); err != nil {
			t.Fatalf("%T without a host: %v", key, err)
		}
		wrongGame, _ := ParseChain(wire, 43)
		for name, err := range map[string]error{
			"another key":       c.Verify(roots, "play.example", other, chainNow),
			"another host":      c.Verify(roots, "evil.example", static, chainNow),
			"no authority":      c.Verify(x509.NewCertPool(), "play.example", static, chainNow),
			"statement expired": c.Verify(roots, "play.example", static, until.Add(time.Second)),
			"leaf expired":      c.Verify(roots, "play.example", static, chainNow.Add(13*time.Hour)),
			"another game":      wrongGame.Verify(roots, "play.example", static, chainNow),
		} {
			var ce *ChainError
			if !errors.As(err, &ce) {
				t.Errorf("%T, %s: %v", key, name, err)
			}
		}
		for i := range wire {
			bad := bytes.Clone(wire)
			bad[i] ^= 0x41
			if c, err := ParseChain(bad, 42); err == nil && c.Verify(roots, "play.example", static, chainNow) == nil {
				t.Fatalf("%T: byte %d changed and accepted", key, i)
			}
		}
	}
}

// A leaf that is not for servers may not speak for one.
func TestChainNeedsServerUsage(t *testing.T) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	roots, certs := authority(t, "play.example", key, x509.ExtKeyUsageClientAuth)
	c, err := SignChain(certs, key, 1, chainNow.Add(time.Hour), [KeySize]byte{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Verify(roots, "play.example", [KeySize]byte{}, chainNow); err == nil {
		t.Fatal("accepted")
	}
}

func FuzzParseChain(f *testing.F) {
	c := &Chain{Certificates: [][]byte{{1, 2, 3}, {4}}, NotAfter: chainNow, Signature: []byte{5}}
	wire, _ := c.Append(nil)
	f.Add(wire)
	f.Fuzz(func(t *testing.T, p []byte) {
		c, err := ParseChain(p, 1)
		if err != nil {
			return
		}
		if again, err := c.Append(nil); err != nil || !bytes.Equal(again, p) {
			t.Fatalf("% x came back as % x, %v", p, again, err)
		}
		if err := c.Verify(x509.NewCertPool(), "", [KeySize]byte{}, chainNow); err == nil {
			t.Fatal("accepted without an authority")
		}
	})
}
