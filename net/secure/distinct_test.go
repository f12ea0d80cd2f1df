package secure

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// renet sealed a message with sequence zero under key and nonce of another one. Here
// every key of a session is its own: those of both directions in every phase and those of
// every other session, though the server's key, the prologue and the token's secret are the
// same; and within a direction no two packets have one nonce.
func TestEveryKeyAndNonceIsItsOwn(t *testing.T) {
	id := IdentityFromSeed([KeySize]byte{7})
	psk := [KeySize]byte{3}
	seen := map[string]string{}
	claim := func(what, key string) {
		t.Helper()
		if other := seen[key]; other != "" {
			t.Fatalf("%s has the key of %s", what, other)
		}
		seen[key] = what
	}
	for session := range 20 {
		suite := Suite(1 + session%2)
		secret := &psk
		if session%3 == 0 {
			secret = nil
		}
		init, msg1, err := NewInitiator(suite, []byte("prologue"), secret, nil)
		if err != nil {
			t.Fatal(err)
		}
		msg2, server, err := Respond(suite, id, []byte("prologue"), secret, nil, msg1, []byte("payload"))
		if err != nil {
			t.Fatal(err)
		}
		if _, client, err := init.Finish(msg2); err != nil || client.ToServer != server.ToServer || client.ToClient != server.ToClient {
			t.Fatal("the two sides differ", err)
		}
		for direction, s := range []Secret{server.ToServer, server.ToClient} {
			for phase := range 4 {
				k, raw := newTrafficKey(suite, s)
				name := fmt.Sprintf("session %d, direction %d, phase %d", session, direction, phase)
				claim(name, string(raw))
				claim(name+" (secret)", string(s[:]))
				nonces := map[[12]byte]bool{}
				var nonce [12]byte
				for _, pn := range []uint64{0, 1, 255, 256, 1 << 31, 1 << 32, maxPacketNumber - 1, maxPacketNumber} {
					k.nonceFor(&nonce, pn)
					if nonces[nonce] {
						t.Fatalf("%s: packet %d has the nonce of another", name, pn)
					}
					if binary.LittleEndian.Uint64(nonce[4:])^binary.LittleEndian.Uint64(k.iv[4:]) != pn {
						t.Fatalf("%s: packet %d has the nonce % x", name, pn, nonce)
					}
					nonces[nonce] = true
				}
				var mix []byte
				if phase == 0 && session%2 == 0 {
					mix = []byte("shared secret")
				}
				s = s.Next(mix)
			}
		}
	}
}
