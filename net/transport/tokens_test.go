package transport_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
)

// lobby issues join tokens for a world that requires them.
type lobby struct {
	key  secure.TokenKey
	path string
	now  time.Time
}

func newLobby(t *testing.T) *lobby {
	key, err := secure.NewTokenKey(chacha(50))
	if err != nil {
		t.Fatal(err)
	}
	return &lobby{key: key, path: filepath.Join(t.TempDir(), "spent"), now: time.Unix(1_800_000_000, 0)}
}

func (l *lobby) policy(t *testing.T) *transport.Tokens {
	t.Helper()
	s, err := secure.OpenSpent(l.path, l.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &transport.Tokens{Keys: []secure.TokenKey{{9}, l.key}, Spent: s, Required: true, Now: func() time.Time { return l.now }}
}

func (l *lobby) issue(t *testing.T, protocol uint64, life time.Duration) func(*transport.DialConfig) {
	t.Helper()
	g, err := secure.NewGrant(nil, protocol, l.now.Add(life), []byte("player 7"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := l.key.Seal(secure.KindJoin, &g, nil)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *transport.DialConfig) { c.Token, c.TokenSecret = token, g.Secret }
}

// refused waits for a client's end and wants it to be for its token.
func refused(t *testing.T, w *world, c *transport.Conn, why string) {
	t.Helper()
	w.until(12*time.Second, func() bool { return c.State() == transport.Closed })
	if !errors.Is(c.Err(), transport.ErrTokenRefused) {
		t.Fatalf("%s: %v %v", why, c.State(), c.Err())
	}
}

func TestJoinTokens(t *testing.T) {
	l := newLobby(t)
	w, n := tapWorld(t, func(c *transport.Config) { c.Tokens = l.policy(t) })
	good := l.issue(t, 42, time.Minute)
	_, server := w.connect(good)
	if string(server.TokenData()) != "player 7" {
		t.Fatalf("%q", server.TokenData())
	}
	refused(t, w, w.dial(good), "used twice")
	refused(t, w, w.dial(nil), "none")
	refused(t, w, w.dial(l.issue(t, 41, time.Minute)), "for another game")
	refused(t, w, w.dial(l.issue(t, 42, -time.Minute)), "expired")
	refused(t, w, w.dial(func(c *transport.DialConfig) { c.Token, c.TokenSecret = []byte{1, 2, 3}, [32]byte{1} }), "rubbish")

	// A restart in the process: the used token is still used, an unused one still good.
	unused := l.issue(t, 42, time.Minute)
	addr := w.server.Addr()
	w.cfg.Rand, w.cfg.Tokens = chacha(60), l.policy(t)
	w.listen(n.ends[addr])
	w.accepted, w.clients = nil, nil
	refused(t, w, w.dial(good), "used before the restart")
	w.connect(unused)
}

// Whoever sniffs a token and not its secret can neither use it nor use it up.
func TestSniffedToken(t *testing.T) {
	l := newLobby(t)
	w, _ := tapWorld(t, func(c *transport.Config) { c.Tokens = l.policy(t) })
	good := l.issue(t, 42, time.Minute)
	thief := w.dial(func(c *transport.DialConfig) { good(c); c.TokenSecret[0] ^= 1 })
	w.run(11 * time.Second)
	if thief.State() != transport.Closed || len(w.accepted) != 0 {
		t.Fatal(thief.State(), thief.Err())
	}
	w.connect(good)
}

// Two CONNECTs race with one token: one gets in.
func TestTokenRace(t *testing.T) {
	l := newLobby(t)
	w, _ := tapWorld(t, func(c *transport.Config) { c.Tokens = l.policy(t) })
	good := l.issue(t, 42, time.Minute)
	a, b := w.dial(good), w.dial(good)
	w.run(3 * time.Second)
	in := 0
	for _, c := range []*transport.Conn{a, b} {
		if c.State() == transport.Connected {
			in++
		} else if !errors.Is(c.Err(), transport.ErrTokenRefused) {
			t.Fatal(c.State(), c.Err())
		}
	}
	if in != 1 || len(w.accepted) != 1 {
		t.Fatal(in, len(w.accepted))
	}
}

func TestResume(t *testing.T) {
	l := newLobby(t)
	w, n := tapWorld(t, func(c *transport.Config) { c.Tokens = l.policy(t) })
	client, server := w.connect(l.issue(t, 42, time.Minute))
	w.run(time.Second)
	session := server.Session()
	if session == 0 || server.Resumed() {
		t.Fatal("the first connection has no session of its own")
	}
	resume := func(c *transport.Conn) func(*transport.DialConfig) {
		token, secret, ok := c.ResumeToken()
		if !ok {
			t.Fatal("no resume token")
		}
		token = append([]byte(nil), token...)
		return func(c *transport.DialConfig) { c.Token, c.TokenSecret = token, secret }
	}
	// The client's network dies with a message of the server under way.
	w.clients = nil
	if err := server.Send(1, []byte("lost"), channel.SendOptions{Token: 5}); err != nil {
		t.Fatal(err)
	}
	w.run(time.Second)
	back := resume(client)
	again, newServer := w.connect(back)
	if newServer.Session() != session || !newServer.Resumed() {
		t.Fatal("the player's place is not taken back")
	}
	w.run(time.Second)
	if !errors.Is(server.Err(), &transport.CloseError{Reason: transport.Replaced}) {
		t.Fatal(server.State(), server.Err())
	}
	if f, ok := server.Fate(); !ok || !reflect.DeepEqual(f, channel.Fate{Token: 5}) {
		t.Fatal("the sender does not learn that its message was lost:", f, ok)
	}
	refused(t, w, w.dial(back), "a resume token used twice")
	// Tokens rotate, and only the latest works.
	first := resume(again)
	w.run(2 * time.Minute)
	refused(t, w, w.dial(first), "a resume token that was replaced")
	third, _ := w.connect(resume(again))
	// After a restart none works.
	last := resume(third)
	w.cfg.Rand = chacha(61)
	w.listen(n.ends[w.server.Addr()])
	w.clients = nil
	refused(t, w, w.dial(last), "a resume token of a server that is gone")
}

// A session that nobody resumes is forgotten.
func TestSessionsExpire(t *testing.T) {
	w, _ := tapWorld(t, nil)
	client, _ := w.connect(nil)
	w.run(time.Second)
	token, secret, _ := client.ResumeToken()
	client.Close(transport.Normal, "")
	w.run(4 * time.Minute)
	refused(t, w, w.dial(func(c *transport.DialConfig) { c.Token, c.TokenSecret = token, secret }), "expired")
}

// A server that cannot write down that a token was used lets nobody in with it.
func TestTokenThatCannotBeWrittenDown(t *testing.T) {
	l := newLobby(t)
	w, _ := tapWorld(t, func(c *transport.Config) { c.Tokens = l.policy(t) })
	good := l.issue(t, 42, time.Minute)
	w.cfg.Tokens.Spent.Close()
	refused(t, w, w.dial(good), "the file is closed")
	if len(w.accepted) != 0 {
		t.Fatal("accepted all the same")
	}
}

// Many who come in one Poll are let in together.
func TestManyTokensAtOnce(t *testing.T) {
	l := newLobby(t)
	w, _ := tapWorld(t, func(c *transport.Config) { c.Tokens = l.policy(t); c.PrefixRate = 1000 })
	for range 40 {
		w.dial(l.issue(t, 42, time.Minute))
	}
	if !w.until(3*time.Second, func() bool { return len(w.accepted) == 40 }) {
		t.Fatal(len(w.accepted))
	}
}
