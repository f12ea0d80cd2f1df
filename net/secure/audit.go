package secure

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"reflect"
	"sync"
)

// The nonce audit runs in every test binary and in no other program. It proves
// that no (key, nonce) pair seals two packets: a key must be new when a Sealer
// takes it, and packet numbers under it must rise. A run that replays a seed
// derives the same keys again on purpose, so keys are told apart by the source
// of randomness (the scope) that the run was given.

type auditEntry struct {
	used bool
	last uint64
}

var audit struct {
	sync.Mutex
	keys map[auditID]*auditEntry
}

type auditID struct {
	scope any
	key   [sha256.Size]byte
}

// auditKey registers a sealing key. It returns nil outside test binaries.
func auditKey(scope any, key []byte) *auditEntry {
	if flag.Lookup("test.v") == nil {
		return nil
	}
	audit.Lock()
	defer audit.Unlock()
	if audit.keys == nil {
		audit.keys = make(map[auditID]*auditEntry)
	}
	if scope != nil && !reflect.TypeOf(scope).Comparable() {
		scope = reflect.TypeOf(scope)
	}
	id := auditID{scope: scope, key: sha256.Sum256(key)}
	if audit.keys[id] != nil {
		panic("secure: the same key seals twice: a second Sealer was made from one secret; nonces would repeat")
	}
	e := &auditEntry{}
	audit.keys[id] = e
	return e
}

func (e *auditEntry) use(pn uint64) {
	if e == nil {
		return
	}
	if e.used && pn <= e.last {
		panic(fmt.Sprintf("secure: packet number %d used after %d under one key", pn, e.last))
	}
	e.used, e.last = true, pn
}
