package channel

// PATH_CHALLENGE, PATH_RESPONSE
//
//	+--------------+---------+
//	| 0x03 or 0x04 | 8 bytes |
//	+--------------+---------+
//
// The owner of the Link decides when a path needs proof and answers challenges on
// the path they came from; the Link only carries the frames.
type pathFrame struct {
	Response bool
	Data     [8]byte
}

const pathFrameLen = 9

func (f pathFrame) Append(b []byte) []byte {
	t := byte(framePathChallenge)
	if f.Response {
		t = framePathResponse
	}
	return append(append(b, t), f.Data[:]...)
}

func parsePath(b []byte) (pathFrame, int, error) {
	if len(b) < pathFrameLen {
		return pathFrame{}, 0, ErrMalformed
	}
	return pathFrame{b[0] == framePathResponse, [8]byte(b[1:])}, pathFrameLen, nil
}
