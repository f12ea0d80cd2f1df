package secure

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/flynn/noise"
)

type noiseVector struct {
	Handshake     string
	RespStatic    hexBytes `json:"resp_static"`
	InitEphemeral hexBytes `json:"init_ephemeral"`
	RespEphemeral hexBytes `json:"resp_ephemeral"`
	Prologue, PSK hexBytes
	Messages      []struct{ Payload, Ciphertext hexBytes }
}

// hexBytes is hexadecimal in JSON.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(p []byte) (err error) {
	*h, err = hex.DecodeString(string(p))
	return err
}

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

func loadVectors(t *testing.T, name string, into any) {
	t.Helper()
	p, err := os.ReadFile("../testdata/vectors/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(p, into); err != nil {
		t.Fatal(name, err)
	}
}

func (v *noiseVector) suite() Suite {
	if strings.Contains(v.Handshake, "AESGCM") {
		return AESGCM
	}
	return ChaChaPoly
}

// TestNoiseVectors runs the published vectors through the functions that the
// transport uses, where message 1 is empty as ours is, and through the library
// with our suites in all cases.
func TestNoiseVectors(t *testing.T) {
	var file struct{ Vectors []noiseVector }
	loadVectors(t, "noise.json", &file)
	if len(file.Vectors) < 16 {
		t.Fatalf("%d vectors", len(file.Vectors))
	}
	ours := 0
	for i := range file.Vectors {
		v := &file.Vectors[i]
		if len(v.Messages[0].Payload) == 0 {
			checkHandshake(t, v)
			ours++
		}
		checkLibrary(t, v)
	}
	if ours < 8 {
		t.Fatalf("only %d vectors went through Respond", ours)
	}
}

func checkHandshake(t *testing.T, v *noiseVector) {
	t.Helper()
	var psk *[KeySize]byte
	if len(v.PSK) > 0 {
		psk = (*[KeySize]byte)(v.PSK)
	}
	m := v.Messages
	init, msg1, err := NewInitiator(v.suite(), v.Prologue, psk, bytes.NewReader(v.InitEphemeral))
	if err != nil || !bytes.Equal(msg1, m[0].Ciphertext) {
		t.Fatalf("%s: message 1 is %x, want %x (%v)", v.Handshake, msg1, m[0].Ciphertext, err)
	}
	id := IdentityFromSeed([32]byte(v.RespStatic))
	msg2, server, err := Respond(v.suite(), id, v.Prologue, psk, bytes.NewReader(v.RespEphemeral), msg1, m[1].Payload)
	if err != nil || !bytes.Equal(msg2, m[1].Ciphertext) {
		t.Fatalf("%s: message 2 is %x, want %x (%v)", v.Handshake, msg2, m[1].Ciphertext, err)
	}
	payload, client, err := init.Finish(msg2)
	if err != nil || !bytes.Equal(payload, m[1].Payload) || client != server || client.Static != id.Public {
		t.Fatalf("%s: the client ends with %x and %v", v.Handshake, payload, err)
	}
	for i, key := range []Secret{client.ToServer, client.ToClient} {
		got := v.suite().noise(&diffieHellman{}).Cipher(key).Encrypt(nil, 0, nil, m[2+i].Payload)
		if !bytes.Equal(got, m[2+i].Ciphertext) {
			t.Fatalf("%s: transport message %d is %x", v.Handshake, 2+i, got)
		}
	}
}

func checkLibrary(t *testing.T, v *noiseVector) {
	t.Helper()
	id := IdentityFromSeed([32]byte(v.RespStatic))
	var psk *[KeySize]byte
	if len(v.PSK) > 0 {
		psk = (*[KeySize]byte)(v.PSK)
	}
	ci := noiseConfig(v.suite(), &diffieHellman{}, v.Prologue, psk, bytes.NewReader(v.InitEphemeral))
	ci.Initiator = true
	cr := noiseConfig(v.suite(), &diffieHellman{static: id.key}, v.Prologue, psk, bytes.NewReader(v.RespEphemeral))
	cr.StaticKeypair = noise.DHKey{Private: id.private[:], Public: id.Public[:]}
	a, err := noise.NewHandshakeState(ci)
	if err != nil {
		t.Fatal(err)
	}
	b, err := noise.NewHandshakeState(cr)
	if err != nil {
		t.Fatal(err)
	}
	for i, pair := range [][2]*noise.HandshakeState{{a, b}, {b, a}} {
		msg, _, _, err := pair[0].WriteMessage(nil, v.Messages[i].Payload)
		if err != nil || !bytes.Equal(msg, v.Messages[i].Ciphertext) {
			t.Fatalf("%s: message %d is %x (%v)", v.Handshake, i, msg, err)
		}
		if got, _, _, err := pair[1].ReadMessage(nil, msg); err != nil || !bytes.Equal(got, v.Messages[i].Payload) {
			t.Fatalf("%s: message %d read as %x (%v)", v.Handshake, i, got, err)
		}
	}
}

// A forged message 2 must not end the client's attempt.
func TestInitiatorSurvivesForgeries(t *testing.T) {
	for _, psk := range []*[KeySize]byte{nil, {1, 2, 3}} {
		id, _ := NewIdentity(seeded(1))
		prologue := []byte("CONNECT as it was sent")
		init, msg1, err := NewInitiator(ChaChaPoly, prologue, psk, seeded(2))
		if err != nil {
			t.Fatal(err)
		}
		msg2, _, err := Respond(ChaChaPoly, id, prologue, psk, seeded(3), msg1, []byte("parameters"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(msg2) * 8 {
			bad := bytes.Clone(msg2)
			bad[i/8] ^= 1 << (i % 8)
			if _, _, err := init.Finish(bad); !errors.Is(err, ErrHandshake) {
				t.Fatalf("bit %d: %v", i, err)
			}
		}
		for n := range len(msg2) {
			if _, _, err := init.Finish(msg2[:n]); !errors.Is(err, ErrHandshake) {
				t.Fatalf("cut to %d: %v", n, err)
			}
		}
		low := bytes.Clone(msg2) // a low-order ephemeral key fails inside the Diffie-Hellman
		copy(low, make([]byte, KeySize))
		if _, _, err := init.Finish(low); !errors.Is(err, ErrHandshake) {
			t.Fatal("low order:", err)
		}
		payload, _, err := init.Finish(msg2)
		if err != nil || string(payload) != "parameters" {
			t.Fatalf("after the forgeries: %q, %v", payload, err)
		}
	}
}

// An attacker who changes CONNECT on the way is found out by the prologue, and
// one who does not know the pre-shared secret by message 1 or 2.
func TestHandshakeBinds(t *testing.T) {
	id, _ := NewIdentity(seeded(1))
	secret, other := &[KeySize]byte{1}, &[KeySize]byte{2}
	for name, c := range map[string]struct {
		clientPrologue, serverPrologue string
		clientPSK, serverPSK           *[KeySize]byte
	}{
		"prologue":      {"a", "b", nil, nil},
		"wrong secret":  {"a", "a", other, secret},
		"other pattern": {"a", "a", nil, secret},
	} {
		init, msg1, err := NewInitiator(AESGCM, []byte(c.clientPrologue), c.clientPSK, seeded(2))
		if err != nil {
			t.Fatal(err)
		}
		msg2, _, err := Respond(AESGCM, id, []byte(c.serverPrologue), c.serverPSK, seeded(3), msg1, nil)
		if err == nil {
			_, _, err = init.Finish(msg2)
		}
		if !errors.Is(err, ErrHandshake) {
			t.Errorf("%s: %v", name, err)
		}
	}
	lowOrder := make([]byte, Message1Size) // X25519 gives zero for it
	if _, _, err := Respond(AESGCM, id, nil, nil, seeded(4), lowOrder, nil); !errors.Is(err, ErrHandshake) {
		t.Error("a low-order point is accepted:", err)
	}
}

func FuzzRespond(f *testing.F) {
	id, _ := NewIdentity(seeded(1))
	_, msg1, _ := NewInitiator(AESGCM, nil, nil, seeded(2))
	f.Add(msg1, []byte("prologue"))
	f.Add(make([]byte, Message1Size), []byte{})
	f.Fuzz(func(t *testing.T, msg1, prologue []byte) {
		for _, psk := range []*[KeySize]byte{nil, {1}} {
			_, _, err := Respond(ChaChaPoly, id, prologue, psk, seeded(3), msg1, nil)
			if err != nil && !errors.Is(err, ErrHandshake) {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkRespond(b *testing.B) {
	id, _ := NewIdentity(seeded(1))
	_, msg1, _ := NewInitiator(AESGCM, nil, nil, seeded(2))
	r := seeded(3)
	for b.Loop() {
		if _, _, err := Respond(AESGCM, id, nil, nil, r, msg1, nil); err != nil {
			b.Fatal(err)
		}
	}
}
