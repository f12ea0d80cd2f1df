package secure_test

import (
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/net/secure"
)

// A handshake, and a packet under the keys that it gave.
func Example() {
	server, err := secure.NewIdentity(nil)
	if err != nil {
		panic(err)
	}
	prologue := []byte("what was said before")
	client, msg1, err := secure.NewInitiator(secure.AESGCM, prologue, nil, nil)
	if err != nil {
		panic(err)
	}
	msg2, serverKeys, err := secure.Respond(secure.AESGCM, server, prologue, nil, nil, msg1, []byte("welcome"))
	if err != nil {
		panic(err)
	}
	payload, clientKeys, err := client.Finish(msg2)
	fmt.Println(string(payload), clientKeys.Static == server.Public, err)

	seal := secure.NewSealer(secure.AESGCM, clientKeys.ToServer, nil)
	open := secure.NewOpener(secure.AESGCM, serverKeys.ToServer)
	p := secure.AppendHeader(make([]byte, 0, 64), 7, 0, seal.Next(), 2)
	p, err = seal.Seal(append(p, "hello"...), len(p))
	if err != nil {
		panic(err)
	}
	h, err := secure.ParseHeader(p)
	if err != nil {
		panic(err)
	}
	number, plain, _, err := open.Open(p, h)
	fmt.Println(h.ID, number, string(plain), err)
	// Output:
	// welcome true <nil>
	// 7 0 hello <nil>
}

// A key in the form that people copy, and what a typo gives.
func ExampleParseKey() {
	text := secure.FormatKey([32]byte{1, 2, 3})
	key, err := secure.ParseKey(text)
	fmt.Println(key[0], key[1], key[2], err)
	_, err = secure.ParseKey("tk1b" + text[4:])
	fmt.Println(err)
	// Output:
	// 1 2 3 <nil>
	// not a server key: its checksum is wrong, a character is mistyped
}

// A lobby admits a player; the server reads what the lobby wrote.
func ExampleTokenKey_Seal() {
	key, err := secure.NewTokenKey(nil)
	if err != nil {
		panic(err)
	}
	until := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	grant, err := secure.NewGrant(nil, 42, until, []byte("player 7"))
	if err != nil {
		panic(err)
	}
	token, err := key.Seal(secure.KindJoin, &grant, nil)
	if err != nil {
		panic(err)
	}
	got, err := key.Open(secure.KindJoin, token, until.Add(-time.Minute))
	fmt.Println(string(got.Data), got.Secret == grant.Secret, err)
	_, err = key.Open(secure.KindJoin, token, until.Add(time.Minute))
	fmt.Println(err)
	// Output:
	// player 7 true <nil>
	// secure: token has expired
}
