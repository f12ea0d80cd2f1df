package channel

// WINDOW and CANCEL frames that are owed: state, not messages. When a packet with one is
// lost, the newest state is sent again.

// owesFrames reports whether such a frame must be sent.
func (l *Link) owesFrames() bool { return l.owed > 0 }

// appendOwed puts the owed frames into p as far as they fit.
func (l *Link) appendOwed(p *packet) {
	for i := 0; l.owed > 0 && i < len(l.in) && p.room() >= maxOwedLen; i++ {
		if l.in[i].kind != Bulk {
			continue
		}
		if b := l.in[i].bulk; b != nil {
			l.appendReceiverOwed(p, uint8(i), b)
		}
		if b := l.out[i].bulk; b != nil && b.cancel == cancelDue {
			b.cancel = cancelSent
			l.appendCancel(p, cancelFrame{Channel: uint8(i), Transfer: uint16(b.transfer)}, b.transfer)
		}
	}
}

// maxOwedLen is room for all that one channel may owe.
const maxOwedLen = 14 + 2*cancelFrameLen

func (l *Link) appendReceiverOwed(p *packet, ch uint8, b *bulkReceiver) {
	if b.window {
		b.window = false
		l.owed--
		p.b = windowFrame{ch, uint16(b.transfer), b.limit}.Append(p.b)
		p.other(flagEliciting)
		l.note(p, ref{ch: ch, kind: refWindow})
	}
	if b.cancel == cancelDue {
		b.cancel = cancelSent
		l.appendCancel(p, cancelFrame{Channel: ch, Transfer: uint16(b.refused), ByReceiver: true}, b.refused)
	}
}

func (l *Link) appendCancel(p *packet, f cancelFrame, id uint64) {
	l.owed--
	p.b = f.Append(p.b)
	p.other(flagEliciting)
	r := ref{id: id, ch: f.Channel, kind: refCancel}
	if f.ByReceiver {
		r.frag = 1
	}
	l.note(p, r)
}

// windowLost owes the WINDOW of channel ch again.
func (l *Link) windowLost(ch uint8) {
	if b := l.in[ch].bulk; b.running && !b.window {
		b.window = true
		l.owed++
	}
}

// cancelArrived settles a CANCEL: after the sender's, the next stream may begin.
func (l *Link) cancelArrived(r ref) {
	if r.frag == 1 {
		if b := l.in[r.ch].bulk; b.cancel == cancelSent && b.refused == r.id {
			b.cancel = cancelNone
		}
		return
	}
	c := &l.out[r.ch]
	if b := c.bulk; b.transfer == r.id && b.cancel != cancelNone {
		if b.cancel == cancelDue {
			l.owed--
		}
		b.cancel = cancelNone
		b.transfer++
		l.nextStream(c)
	}
}

// cancelLost owes a CANCEL again.
func (l *Link) cancelLost(r ref) {
	if r.frag == 1 {
		if b := l.in[r.ch].bulk; b.cancel == cancelSent && b.refused == r.id {
			b.cancel = cancelDue
			l.owed++
		}
		return
	}
	if b := l.out[r.ch].bulk; b.cancel == cancelSent && b.transfer == r.id {
		b.cancel = cancelDue
		l.owed++
	}
}

// abandonBulk ends every stream, because the connection has.
func (l *Link) abandonBulk() {
	for i := range l.out {
		c := &l.out[i]
		if c.kind != Bulk {
			continue
		}
		if b := c.bulk; b != nil {
			b.cancel = cancelDue // nothing begins any more
			if b.running {
				l.endStream(c, false)
			}
			for b.waiting.len() > 0 {
				l.emit(b.waiting.pop().token, false)
			}
		}
		if b := l.in[i].bulk; b != nil && b.running {
			l.finishStream(&l.in[i], ErrClosed)
		}
	}
	l.owed = 0
}
