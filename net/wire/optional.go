package wire

// Optional is a field that may be absent. Absent costs one bit; the zero value is absent. Decoding an absent one zeroes Value.
type Optional[T any] struct {
	Set   bool
	Value T
}

// Some returns an Optional that holds v.
func Some[T any](v T) Optional[T] {
	return Optional[T]{Set: true, Value: v}
}
