package transport_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
)

var chainNow = time.Unix(1_800_000_000, 0)

// certify makes an authority and the chain of a server's key.
func certify(t *testing.T, host string, static [32]byte, protocol uint64) (*x509.CertPool, *secure.Chain) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: chainNow.Add(-time.Hour), NotAfter: chainNow.Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	must(err)
	caCert, err := x509.ParseCertificate(caDER)
	must(err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{host}, NotBefore: chainNow.Add(-time.Hour), NotAfter: chainNow.Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, caCert, leafKey.Public(), caKey)
	must(err)
	chain, err := secure.SignChain([][]byte{leafDER}, leafKey, protocol, chainNow.Add(30*time.Minute), static)
	must(err)
	pool := x509.NewCertPool()
	pool.AddCert(caCert)
	return pool, chain
}

func TestTrustByAuthority(t *testing.T) {
	id := secure.IdentityFromSeed([32]byte{1})
	roots, chain := certify(t, "play.example", id.Public, 42)
	strangers, _ := certify(t, "play.example", id.Public, 42)
	w := newWorld(t, func(c *transport.Config) { c.Chain = chain })
	trust := func(pool *x509.CertPool, host string, at time.Time) func(*transport.DialConfig) {
		return func(c *transport.DialConfig) {
			c.Pin, c.Roots, c.Host, c.Now = [32]byte{}, pool, host, func() time.Time { return at }
		}
	}
	client, server := w.connect(trust(roots, "play.example", chainNow))
	send(t, client, 1, "trusted")
	w.run(200 * time.Millisecond)
	if got := drain(server); len(got) != 1 {
		t.Fatal(got)
	}
	for name, c := range map[string]func(*transport.DialConfig){
		"another authority": trust(strangers, "play.example", chainNow),
		"another host":      trust(roots, "evil.example", chainNow),
		"expired":           trust(roots, "play.example", chainNow.Add(31*time.Minute)),
	} {
		n := len(w.accepted)
		conn := w.dial(c)
		w.until(5*time.Second, func() bool { return conn.State() >= transport.Closing })
		var ce *secure.ChainError
		if !errors.Is(conn.Err(), transport.ErrWrongKey) || !errors.As(conn.Err(), &ce) || strings.Contains(conn.Err().Error(), "\n") {
			t.Errorf("%s: %v", name, conn.Err())
		}
		t.Log(conn.Err())
		w.run(time.Second)
		for _, s := range w.accepted[n:] {
			if got := drain(s); len(got) > 0 {
				t.Errorf("%s: application data reached a server that was not trusted: %v", name, got)
			}
		}
	}
	// A pin still works on a server with a chain, and a server without one says so.
	w.connect(nil)
	plain := newWorld(t, nil)
	conn := plain.dial(trust(roots, "play.example", chainNow))
	plain.until(5*time.Second, func() bool { return conn.State() == transport.Closed })
	if !errors.Is(conn.Err(), transport.ErrWrongKey) || !strings.Contains(conn.Err().Error(), "none") {
		t.Fatal(conn.Err())
	}
}

func TestChainForAnotherKeyIsFoundAtListen(t *testing.T) {
	id := secure.IdentityFromSeed([32]byte{1})
	for _, c := range []struct {
		static   [32]byte
		protocol uint64
	}{{[32]byte{9}, 42}, {id.Public, 41}} {
		_, chain := certify(t, "x", c.static, c.protocol)
		if _, err := transport.Listen(transport.Config{Identity: id, Protocol: 42, Chain: chain}, newTapNet().Carrier()); err == nil {
			t.Fatal("a chain for another key or game is accepted")
		}
	}
}
