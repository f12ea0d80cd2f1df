package particle

// random is SplitMix64 (Steele, Lea, Flood 2014, "Fast Splittable Pseudorandom Number Generators").
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// unit is in [0,1).
func (r *random) unit() float32 { return float32(r.next()>>40) / (1 << 24) }

// signed is in [-1,1).
func (r *random) signed() float32 { return 2*r.unit() - 1 }

func (r *random) in(v Range) float32 { return v.Min + (v.Max-v.Min)*r.unit() }
