package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/tandem-engine/tandem/net/secure"
)

// Authority keys are ECDSA P-256 in PKCS#8 PEM. A CA and its leaves are for
// studios with many servers: clients ship the CA's certificate once, and the
// leaf signs each server's key for a while.

const day = 24 * time.Hour

type keygenCA struct {
	Name string `arg:"" help:"File name without extension: NAME.key (secret) and NAME.crt are written."`
	Days int    `default:"3650" help:"How long the authority lasts."`
}

// Run makes a certificate authority.
func (k *keygenCA) Run() error {
	return makeCA(os.Stdout, k.Name, time.Now(), time.Duration(k.Days)*day)
}

func makeCA(w io.Writer, name string, now time.Time, life time.Duration) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: filepath.Base(name) + " (Tandem authority)"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(life),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if err := writeCertificate(name, template, nil, key, key); err != nil {
		return err
	}
	fmt.Fprintf(w, "wrote %s.key: keep it secret, and offline\nwrote %s.crt: give it to clients\n", name, name)
	return nil
}

type keygenLeaf struct {
	CA   string `arg:"" help:"The authority's NAME."`
	Name string `arg:"" help:"File name without extension: NAME.key (secret) and NAME.crt are written."`
	Host string `required:"" help:"The name by which clients ask for the server."`
	Days int    `default:"365" help:"How long the leaf lasts."`
}

// Run makes a leaf certificate.
func (k *keygenLeaf) Run() error {
	return makeLeaf(os.Stdout, k.CA, k.Name, k.Host, time.Now(), time.Duration(k.Days)*day)
}

func makeLeaf(w io.Writer, ca, name, host string, now time.Time, life time.Duration) error {
	caCert, _, err := loadCertificate(ca + ".crt")
	if err != nil {
		return err
	}
	caKey, err := loadSigner(ca + ".key")
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if err := writeCertificate(name, template, caCert, key, caKey); err != nil {
		return err
	}
	fmt.Fprintf(w, "wrote %s.key: keep it secret; game servers do not need it\nwrote %s.crt\n", name, name)
	return nil
}

type keygenChain struct {
	Leaf     string `arg:"" help:"The leaf's NAME."`
	Key      string `arg:"" help:"The server's public key, as keygen identity prints it."`
	File     string `arg:"" help:"Where to write the chain that the server loads."`
	Protocol uint64 `required:"" help:"The game's protocol id."`
	Days     int    `default:"30" help:"How long the server's key is vouched for."`
}

// Run signs a server's key with a leaf.
func (k *keygenChain) Run() error {
	return makeChain(os.Stdout, k.Leaf, k.Key, k.File, k.Protocol, time.Now().Add(time.Duration(k.Days)*day))
}

func makeChain(w io.Writer, leaf, key, file string, protocol uint64, until time.Time) error {
	static, err := secure.ParseKey(key)
	if err != nil {
		return err
	}
	_, der, err := loadCertificate(leaf + ".crt")
	if err != nil {
		return err
	}
	signer, err := loadSigner(leaf + ".key")
	if err != nil {
		return err
	}
	chain, err := secure.SignChain(der, signer, protocol, until, static)
	if err != nil {
		return err
	}
	if err := chain.Speaks(static, protocol); err != nil {
		return fmt.Errorf("%s.key does not belong to %s.crt", leaf, leaf)
	}
	if err := chain.Save(file); err != nil {
		return explain(err, file)
	}
	fmt.Fprintf(w, "wrote %s: vouches for %s until %s\n", file, key, until.UTC().Format(time.DateTime))
	return nil
}

// writeCertificate writes NAME.key and NAME.crt, or neither.
func writeCertificate(name string, template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) error {
	for _, ext := range []string{".key", ".crt"} {
		if _, err := os.Lstat(name + ext); err == nil {
			return explain(os.ErrExist, name+ext)
		}
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template.SerialNumber = serial
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writeNewPEM(name+".key", "PRIVATE KEY", secret, 0o600); err != nil {
		return err
	}
	return writeNewPEM(name+".crt", "CERTIFICATE", der, 0o644)
}

func writeNewPEM(path, kind string, der []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return explain(err, path)
	}
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: der})
	return errors.Join(err, f.Close())
}

// loadCertificate reads the certificates of a file; the first one also parsed.
func loadCertificate(path string) (first *x509.Certificate, der [][]byte, err error) {
	p, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	for {
		var b *pem.Block
		if b, p = pem.Decode(p); b == nil {
			break
		}
		if b.Type == "CERTIFICATE" {
			der = append(der, b.Bytes)
		}
	}
	if len(der) == 0 {
		return nil, nil, fmt.Errorf("%s holds no certificate", path)
	}
	first, err = x509.ParseCertificate(der[0])
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return first, der, nil
}

func loadSigner(path string) (*ecdsa.PrivateKey, error) {
	p, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	b, _ := pem.Decode(p)
	if b == nil || b.Type != "PRIVATE KEY" {
		return nil, fmt.Errorf("%s holds no private key", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s is not an ECDSA key, as keygen makes them", path)
	}
	return ec, nil
}
