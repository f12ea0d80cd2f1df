package channel

// NoticeKind says what a Notice is about.
type NoticeKind uint8

// What the owner of a Link is told about.
const (
	NoticeChallenge NoticeKind = iota // PATH_CHALLENGE came in: answer Data on the same path
	NoticeResponse                    // PATH_RESPONSE came in with Data
	NoticeProbe                       // the fate (OK) of an MTU_PROBE of Size that was sent
	NoticeProbed                      // the peer's MTU_PROBE of Size came in
)

// Notice is something that the owner of a Link, not the application, acts on.
type Notice struct {
	Kind NoticeKind
	OK   bool
	Data [8]byte
	Size int
}

// maxNotices bounds the notices that wait: a flood of challenges replaces the oldest.
const maxNotices = 16

// notify queues n.
func (l *Link) notify(n Notice) {
	if l.notices.len() == maxNotices {
		l.notices.pop()
		l.stats.NoticesDropped++
	}
	l.notices.push(n)
}

func (l *Link) notifyPath(f pathFrame) {
	kind := NoticeChallenge
	if f.Response {
		kind = NoticeResponse
	}
	l.notify(Notice{Kind: kind, Data: f.Data})
}

// Notice returns the next notice. Fetch them after each Handle: a challenge must be
// answered on the path its packet came from.
func (l *Link) Notice() (Notice, bool) {
	if l.notices.len() == 0 {
		return Notice{}, false
	}
	return l.notices.pop(), true
}
