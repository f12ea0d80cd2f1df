package tidy

// Exception excuses one finding of one rule.
type Exception struct {
	Rule   string
	Key    string // a finding's Key: "path", or "path:Function"
	Reason string
}

// Exceptions are all there are. A reason says why the law serves nobody in this
// place, not that keeping it was work.
var Exceptions = []Exception{}
