package tidy

// Exception excuses one finding of one rule.
type Exception struct {
	Rule   string
	Key    string // a finding's Key: "path", or "path:Function"
	Reason string
}

// Exceptions are all there are. A reason says why the law serves nobody in this
// place, not that keeping it was work.
var Exceptions = []Exception{
	{
		Rule: "clock", Key: "net/transport/dial.go",
		Reason: "a certificate is valid between two dates, so its check needs a date; DialConfig.Now replaces the wall clock",
	},
	{
		Rule: "clock", Key: "net/transport/tokens.go",
		Reason: "a join token expires at a date that the lobby, another machine, has written into it; Tokens.Now replaces the wall clock",
	},
}
