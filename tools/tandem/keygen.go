package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/tandem-engine/tandem/net/secure"
)

// keygen groups the commands that make keys.
type keygen struct {
	Identity keygenIdentity `cmd:"" default:"withargs" help:"A server's identity: clients pin the public key that this prints."`
	Show     keygenShow     `cmd:"" help:"Print the public key of an identity file."`
	Token    keygenToken    `cmd:"" help:"A key for join tokens, shared by a lobby and its game servers."`
	CA       keygenCA       `cmd:"" name:"ca" help:"A certificate authority, for clients that trust many servers."`
	Leaf     keygenLeaf     `cmd:"" help:"A certificate of an authority that may vouch for servers."`
	Chain    keygenChain    `cmd:"" help:"Vouch for a server's key with a leaf."`
}

type keygenIdentity struct {
	File string `arg:"" type:"path" help:"Where to write the identity (mode 0600)."`
}

// Run makes an identity file and prints its public key.
func (k *keygenIdentity) Run() error { return makeIdentity(os.Stdout, k.File) }

func makeIdentity(w io.Writer, file string) error {
	id, err := secure.NewIdentity(nil)
	if err != nil {
		return err
	}
	if err := id.Save(file); err != nil {
		return explain(err, file)
	}
	fmt.Fprintf(w, "wrote %s: keep it secret\npublic key: %s\n", file, id)
	return nil
}

type keygenShow struct {
	File string `arg:"" type:"path" help:"The identity file."`
}

// Run prints the public key of an identity file.
func (k *keygenShow) Run() error { return showIdentity(os.Stdout, k.File) }

func showIdentity(w io.Writer, file string) error {
	id, err := secure.Load(file)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, id)
	return nil
}

// explain says what to do about a file that is there already.
func explain(err error, file string) error {
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists and is not overwritten: remove it first if you mean to replace that key", file)
	}
	return err
}

type keygenToken struct {
	File string `arg:"" type:"path" help:"Where to write the key (mode 0600)."`
}

// Run makes a join-token key.
func (k *keygenToken) Run() error { return makeToken(os.Stdout, k.File) }

func makeToken(w io.Writer, file string) error {
	key, err := secure.NewTokenKey(nil)
	if err != nil {
		return err
	}
	if err := secure.SaveTokenKey(file, key); err != nil {
		return explain(err, file)
	}
	fmt.Fprintf(w, "wrote %s: keep it secret; give it to the lobby and the game servers\n", file)
	return nil
}
