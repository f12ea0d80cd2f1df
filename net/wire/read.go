package wire

// ReadUpdate fills cur with the lanes that Update described, given the same past. cur must not be a slice of past. What has a tail needs
// ReadTail besides. A lane outside its range is ErrRange, data that ends early ErrShort; after an error cur is not to be used. It panics
// if past has lanes of another codec.
func (c *Codec) ReadUpdate(d *Decoder, past *Past, cur []uint32) error {
	past.check(len(c.lanes))
	cur = cur[:len(c.lanes)]
	h := past.history()
	u := reader{trail: trail{surprise: d.surprise}, d: d, h: h}
	until := -1
	if len(c.groups) < len(c.lanes) {
		clear(cur) // lanes of no bits are in no group
	}
	for i := 0; i < len(c.groups); i++ {
		g := &c.groups[i]
		if i >= until {
			u.h = h
		}
		now := cur[g.first : g.first+int(g.count)]
		switch {
		case g.kind == laneQuat:
			u.turn(g, now)
		case g.kind <= laneFloat:
			u.line(g, now)
		default:
			u.name(g, now)
			if g.kind == laneFlag && g.skip > 0 {
				u.h.within(g.first)
				until = max(until, i+1+g.skip)
				if now[0] == 0 {
					i += g.skip
					c.clearAbsent(cur, g.first)
				}
			}
		}
		if d.err != nil {
			return d.err
		}
	}
	d.surprise = u.surprise
	return c.checkNumbers(d, cur)
}

// clearAbsent zeroes the lanes of the Optional whose flag is lane i.
func (c *Codec) clearAbsent(cur []uint32, i int) {
	clear(cur[i+1 : i+1+int(c.lanes[i].skip)])
}

// checkNumbers checks the numbers whose range ends within two lanes.
func (c *Codec) checkNumbers(d *Decoder, lanes []uint32) error {
	for _, w := range c.wide {
		if joined(lanes[w.lane:]) > w.max {
			d.Fail(ErrRange)
		}
	}
	return d.err
}

// reader takes the symbols of one update.
type reader struct {
	trail
	d *Decoder
	h history
}

func (u *reader) symbol(row, place int) uint8 {
	return u.d.symbol(contextModel[row*surprises+place])
}

func (u *reader) name(g *group, now []uint32) {
	base := u.h.base[g.first : g.first+len(now)]
	switch u.symbol(g.nameRow(&u.h), int(u.surprise)) {
	case nameSame:
		copy(now, base)
	case nameBack:
		switch {
		case g.kind == laneFlag:
			now[0] = base[0] ^ 1
		case u.h.older != nil:
			copy(now, u.h.older[g.first:])
		default:
			u.d.Fail(ErrRange)
		}
	case nameOther:
		for k := range now {
			now[k] = uint32(u.d.Bits(g.width(k)))
		}
		if now[len(now)-1] > g.top() {
			u.d.Fail(ErrRange)
		}
	default:
		u.d.Fail(ErrRange)
	}
}

// top returns the greatest value of the last lane of a group of names.
func (g *group) top() uint32 {
	if g.kind == laneRaw {
		return 1<<g.bits - 1
	}
	return g.max
}

func (u *reader) line(g *group, now []uint32) {
	var guessed guesses
	g.guessLine(&u.h, &guessed)
	at := func(k int, r int64) {
		v := guessed.lane[k].value + r
		if g.kind == laneAngle {
			v &= int64(g.max)
		}
		if v < 0 || v > int64(g.max) {
			u.d.Fail(ErrRange)
			v = 0
		}
		now[k] = g.lane(v)
	}
	sym := u.symbol(rowLine+scaleRow(guessed.lane[0].scale, guessed.known), int(u.surprise))
	if sym == symbolSame {
		copy(now, u.h.base[g.first:])
	} else {
		u.residuals(rowLine, sym, guessed.lane[:g.count], guessed.known, at)
	}
	u.leave(guessed.known, sym == symbolSame)
}

func (u *reader) turn(g *group, now []uint32) {
	t := g.guessTurn(&u.h)
	place := u.symbol(t.largestRow(), int(u.surprise))
	if place >= turnSame {
		copy(now, u.h.base[g.first:])
		u.leave(t.steps.known, true)
		return
	}
	now[0] = uint32(t.order[place])
	t.look(now[0])
	known := t.steps.known
	sym := u.symbol(rowTurn+scaleRow(t.steps.lane[0].scale, known), int(u.surprise))
	u.residuals(rowTurn, sym, t.steps.lane[:3], known, func(k int, r int64) {
		v := t.steps.lane[k].value + r
		if v < 0 || v > int64(t.quat.n) {
			u.d.Fail(ErrRange)
			v = 0
		}
		now[1+k] = uint32(v)
	})
	u.leave(known, false)
}

// residuals takes what the guesses of a group lack, the first symbol of which has been read.
func (u *reader) residuals(row int, sym uint8, guessed []guess, known bool, set func(k int, r int64)) {
	for k := range guessed {
		e := &guessed[k]
		if k > 0 {
			sym = u.symbol(row+scaleRows+scaleRow(e.scale, known), u.inside())
		}
		r := u.residual(sym)
		u.note(magnitude(r), e.scale)
		if e.motion < 0 {
			r = -r
		}
		set(k, r)
	}
}

func (u *reader) residual(sym uint8) int64 {
	if sym == symbolZero {
		return 0
	}
	if sym < symbolFirst {
		u.d.Fail(ErrRange)
		return 0
	}
	var v int64
	if class := int(sym-symbolFirst) / 2; class < farClass {
		least, width := classLeast(class)
		v = int64(least + u.d.Bits(width))
	} else {
		n := uint(u.d.Bits(farBits)) + farLeast
		if n > farMost {
			u.d.Fail(ErrRange)
			return 0
		}
		v = int64(1<<n | u.d.Bits(n))
	}
	if sym&1 != 0 {
		return -v
	}
	return v
}
