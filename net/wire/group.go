package wire

// group is a run of lanes that updates code together: the components of a vector move together and in one unit.
type group struct {
	kind  laneKind
	count uint8
	bits  uint8
	max   uint32
	first int
	skip  int // laneFlag: the groups after this one that exist only while it is 1
}

// groupLanes splits a codec's lanes. Neighbouring numbers of equal range become one group, up to four, as far as they belong to the same
// Optional; quaternions and 64-bit numbers are groups by nature; anything else stands alone. Lanes of no bits are in none.
func groupLanes(c *Codec) []group {
	type scope struct{ group, end int }
	var groups []group
	var open []scope // the Optionals around a lane
	fresh := true    // the next lane starts a group
	for i := 0; i < len(c.lanes); {
		for n := len(open); n > 0 && open[n-1].end <= i; n = len(open) {
			groups[open[n-1].group].skip = len(groups) - open[n-1].group - 1
			open, fresh = open[:n-1], true
		}
		l := c.lanes[i]
		width := c.opWidth(i)
		last := len(groups) - 1
		switch {
		case l.bits == 0 && width == 1:
			fresh = true
		case !fresh && l.moves() && groups[last].joins(l):
			groups[last].count++
		default:
			groups = append(groups, group{kind: l.kind, count: uint8(width), bits: c.lanes[i+width-1].bits, max: l.max, first: i})
			fresh = !l.moves()
		}
		if l.skip > 0 {
			open = append(open, scope{group: len(groups) - 1, end: i + 1 + int(l.skip)})
			fresh = true
		}
		i += width
	}
	for _, o := range open {
		groups[o.group].skip = len(groups) - o.group - 1
	}
	return groups
}

// moves reports whether a lane's values are near or far from one another.
func (l lane) moves() bool { return l.kind <= laneFloat }

func (g *group) joins(l lane) bool {
	return g.kind == l.kind && g.bits == l.bits && g.max == l.max && g.count < 4
}

// opWidth returns how many lanes the field that begins at lane i takes.
func (c *Codec) opWidth(i int) int {
	switch l := c.lanes[i]; {
	case l.kind == laneQuat:
		return 4
	case l.kind == laneRaw && c.wideAt(i):
		return 2
	}
	return 1
}

// wideAt reports whether lane i is the lower half of a 64-bit number.
func (c *Codec) wideAt(i int) bool {
	for k := range c.ops {
		if o := &c.ops[k]; o.lane == i && o.kind != opOptional {
			return o.wide || o.kind == opRaw64
		}
	}
	return false
}
