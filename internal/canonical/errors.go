package canonical

import (
	"errors"
	"fmt"
)

// ErrAmbiguous is matched by errors.Is for every error of Parse: the target has no reading, or more than one. It is
// answered like an unknown path.
var ErrAmbiguous = errors.New("ambiguous path")

// ErrMalicious is matched by errors.Is for the error about a target that begins with "//". It is answered 400.
var ErrMalicious = errors.New("malicious path")

// Reason says why a path is refused, in a phrase for logs.
type Reason string

// The reasons of refusal.
const (
	NotAbsolute    Reason = "no leading slash"
	Authority      Reason = "leading double slash"
	TooLong        Reason = "too long"
	DotSegment     Reason = "dot segment"
	EmptySegment   Reason = "empty segment"
	EscapedSlash   Reason = "escaped slash"
	Backslash      Reason = "backslash"
	Semicolon      Reason = "semicolon"
	Delimiter      Reason = "query or fragment delimiter"
	ControlByte    Reason = "control byte"
	DoubleEncoding Reason = "double encoding"
	BrokenEscape   Reason = "broken escape"
	InvalidUTF8    Reason = "invalid UTF-8"
)

// AmbiguousError is the error of Parse. It does not repeat the path, which may be hostile to a log.
type AmbiguousError struct {
	Reason Reason
	Offset int // of the segment or byte of the input that is refused
}

// Error names the reason and the place.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("ambiguous path: %s at byte %d", e.Reason, e.Offset)
}

// Is makes errors.Is hold for ErrAmbiguous, and for ErrMalicious where the reason is Authority.
func (e *AmbiguousError) Is(target error) bool {
	return target == ErrAmbiguous || target == ErrMalicious && e.Reason == Authority
}
