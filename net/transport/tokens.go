package transport

import (
	"encoding/binary"
	"errors"
	"io"
	"time"

	"github.com/tandem-engine/tandem/net/secure"
)

// Tokens says which join tokens a server accepts. A token is checked when
// CONNECT brings it and spent when the first data packet proves that the client
// has the secret that belongs to it: whoever only sniffed it cannot spend it.
type Tokens struct {
	// Keys open join tokens; several while a key is being replaced.
	Keys []secure.TokenKey
	// Spent remembers used tokens. It must not be nil; with secure.OpenSpent it
	// also remembers them across restarts.
	Spent *secure.Spent
	// Required refuses clients that bring no token.
	Required bool
	// Now is the wall clock by which tokens expire; nil is time.Now.
	Now func() time.Time
}

var errNoSpent = errors.New("transport: Tokens needs Spent: secure.OpenSpent(path, time.Now())")

func (t *Tokens) now() time.Time {
	if t.Now != nil {
		return t.Now()
	}
	return time.Now()
}

// open reads a join token with whichever key fits.
func (t *Tokens) open(token []byte, protocol uint64) (*secure.Grant, bool) {
	now := t.now()
	for i := range t.Keys {
		g, err := t.Keys[i].Open(secure.KindJoin, token, now)
		if err == nil {
			return &g, g.Protocol == protocol && !t.Spent.Has(g.ID)
		}
	}
	return nil, false
}

// Resume: when a connection is usable the server sends a resume token and its
// secret, and new ones every resumeEvery. A client that lost its connection
// dials with the latest, and its new connection has the same Session. A token
// works once, and only the latest two do, and one use uses up both. After a restart the server knows none.

const (
	resumeEvery = time.Minute
	resumeLife  = 3 * time.Minute // since the token was issued
)

// session is what a resume token leads back to.
type session struct {
	id uint64
	// Ids of the latest token and of the one before it, which a client still
	// has whose connection broke before the latest arrived; zero: used.
	current, previous [16]byte
	conn              *Conn
	until             time.Duration
}

// sessions are those that can be resumed, bounded by the number of connections.
type sessions struct {
	byID map[uint64]*session
	key  secure.TokenKey
	next time.Duration // when expired ones are looked for
}

// begin gives a connection a session of its own, or the one that it resumes.
func (e *Endpoint) beginSession(c *Conn, resumed *session) {
	if resumed != nil {
		old := resumed.conn
		resumed.conn, resumed.current, resumed.previous = c, [16]byte{}, [16]byte{}
		c.session, c.resumed = resumed, true
		if old != nil {
			e.closeConn(old, &CloseError{Reason: Replaced})
		}
		return
	}
	var id [8]byte
	if _, err := io.ReadFull(e.cfg.random(), id[:]); err != nil {
		return
	}
	c.session = &session{id: binary.LittleEndian.Uint64(id[:]) | 1, conn: c, until: e.now + resumeLife}
}

// issueResume sends a client a new token.
func (e *Endpoint) issueResume(c *Conn) {
	s := c.session
	if s == nil || e.cfg.NoResume {
		return
	}
	g, err := secure.NewGrant(e.cfg.random(), e.cfg.Protocol, monotonic(e.now+resumeLife), binary.LittleEndian.AppendUint64(nil, s.id))
	if err != nil {
		return
	}
	token, err := e.sessions.key.Seal(secure.KindResume, &g, e.cfg.random())
	if err != nil {
		return
	}
	s.previous, s.current, s.until = s.current, g.ID, e.now+resumeLife
	e.sessions.byID[s.id] = s
	msg := append(append([]byte{ctrlResume}, g.Secret[:]...), token...)
	if !e.toGroup(c, entry{kind: entryControl}, msg) {
		c.sendControl(msg)
	}
}

// monotonic is a time of the Endpoint's clock in the form that grants have.
func monotonic(now time.Duration) time.Time { return time.Unix(int64(now/time.Second), 0) }

// openResume finds the session that a resume token leads to.
func (e *Endpoint) openResume(token []byte) (*secure.Grant, *session) {
	g, err := e.sessions.key.Open(secure.KindResume, token, monotonic(e.now))
	if err != nil || len(g.Data) != 8 {
		return nil, nil
	}
	s := e.sessions.byID[binary.LittleEndian.Uint64(g.Data)]
	if s == nil || !s.knows(g.ID) {
		return nil, nil
	}
	return &g, s
}

// knows reports whether a token's id is one that may be used.
func (s *session) knows(id [16]byte) bool {
	return id != [16]byte{} && (id == s.current || id == s.previous)
}

// expireSessions forgets sessions whose token has expired, once a second.
func (e *Endpoint) expireSessions() {
	if e.now < e.sessions.next {
		return
	}
	e.sessions.next = e.now + time.Second
	for id, s := range e.sessions.byID {
		if e.now > s.until {
			delete(e.sessions.byID, id)
		}
	}
}

// handleResume keeps what the server sent for the next Dial.
func (c *Conn) handleResume(p []byte) {
	if len(p) < 1+secure.KeySize || len(p) > 1+secure.KeySize+maxTokenSize {
		c.protocolError("malformed RESUME")
		return
	}
	copy(c.resumeSecret[:], p[1:])
	c.resumeToken = append(c.resumeToken[:0], p[1+secure.KeySize:]...)
}

// ResumeToken is what DialConfig.Token and TokenSecret of the next Dial should
// be to take this connection's place back. ok is false when there is none.
func (c *Conn) ResumeToken() (token []byte, secret [32]byte, ok bool) {
	return c.resumeToken, c.resumeSecret, len(c.resumeToken) > 0
}

// Session names the client across reconnects that resume: random, the same for
// a connection and the ones that take its place. Only on a server; 0 elsewhere.
func (c *Conn) Session() uint64 {
	if c.session == nil {
		return 0
	}
	return c.session.id
}

// Resumed reports whether the client took the place of an earlier connection,
// which then has ended with reason Replaced.
func (c *Conn) Resumed() bool { return c.resumed }

// TokenData is what the lobby wrote into the client's join token; nil without one.
func (c *Conn) TokenData() []byte { return c.tokenData }

// admission is what a CONNECT's token has led to.
type admission struct {
	psk    *[secure.KeySize]byte
	grant  *secure.Grant // join
	resume *session
	id     [16]byte // of the resume token
}

// checkToken decides on the token of a CONNECT, or on there being none.
func (e *Endpoint) checkToken(token []byte) (a admission, ok bool) {
	t := e.cfg.Tokens
	if len(token) == 0 {
		return a, t == nil || !t.Required
	}
	switch token[0] {
	case secure.KindJoin:
		if t == nil {
			return a, false
		}
		if a.grant, ok = t.open(token, e.cfg.Protocol); ok {
			a.psk = &a.grant.Secret
		}
	case secure.KindResume:
		var g *secure.Grant
		if g, a.resume = e.openResume(token); a.resume != nil {
			a.psk, a.id, ok = &g.Secret, g.ID, true
		}
	}
	return a, ok
}

// spend uses the token up once the client has proved that it has the secret.
func (e *Endpoint) spend(c *Conn, a *admission) *CloseError {
	if a.grant != nil {
		t := e.cfg.Tokens
		if err := t.Spent.Use(a.grant.ID, a.grant.NotAfter, t.now()); err != nil {
			return &CloseError{Reason: TokenRefused}
		}
		c.tokenData, c.spent = a.grant.Data, true
	}
	if a.resume != nil && (!a.resume.knows(a.id) || e.sessions.byID[a.resume.id] != a.resume) {
		return &CloseError{Reason: TokenRefused}
	}
	e.beginSession(c, a.resume)
	return nil
}
