package wire

import (
	"errors"
	"fmt"
	"reflect"
)

var (
	// ErrShort says that the data ended before the value did.
	ErrShort = errors.New("wire: data ends early")
	// ErrRange says that a value read is outside the range its field declares.
	ErrRange = errors.New("wire: value outside its range")
	// ErrLength says that a string or slice is longer than its bound; it comes from reading and from writing.
	ErrLength = errors.New("wire: longer than its bound")
	// ErrVarint says that a varint is padded or does not fit 64 bits.
	ErrVarint = errors.New("wire: malformed varint")
)

// CompileError says why a type has no codec.
type CompileError struct {
	Type   reflect.Type // the type given to Compile
	Field  string       // path of the field within it, empty for the type itself
	Reason string       // what is wrong and what to write instead
}

func (e *CompileError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("wire: %v: %s", e.Type, e.Reason)
	}
	return fmt.Sprintf("wire: %v.%s: %s", e.Type, e.Field, e.Reason)
}
