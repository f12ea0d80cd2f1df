package window

import (
	"bufio"
	"os"
	"strconv"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

// Tracks is the resource by which a client's plugin says where the things that
// a player follows with the eyes are shown, for -framelog. It is asked once a
// frame, after the frame's Present, and only while there is a log.
type Tracks struct {
	// Append adds what is shown in this frame to a slice and returns it.
	Append func(to []Track) []Track
}

// Track is a thing as one frame shows it, in the game's own units.
type Track struct {
	ID     uint64 // the same for the whole life of the thing
	Own    bool   // the local player steers it
	X, Y   float32
	VX, VY float32 // units a second
	// Struck changes when something has hit the thing; only then may it move in
	// a way that VX and VY do not explain. 0 if that never happens.
	Struck uint32
}

// frameLogHeader names the columns of a log: a line for each thing in each
// frame. Frames count from the window's first; seconds are the moment that the
// frame shows, from the begin of the program.
const frameLogHeader = "frame,seconds,tick,id,own,x,y,vx,vy,struck\n"

// frameLog writes what each frame shows into a CSV file.
type frameLog struct {
	file   *os.File
	out    *bufio.Writer
	tracks []Track
	line   []byte
}

func newFrameLog(path string) (*frameLog, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	l := &frameLog{file: f, out: bufio.NewWriterSize(f, 1<<16)}
	_, err = l.out.WriteString(frameLogHeader)
	return l, err
}

// note writes the lines of a frame. A file that cannot be written is close's to
// tell.
func (l *frameLog) note(app *engine.App, f engine.Frame) {
	t := ecs.Resource[Tracks](app.World())
	if t == nil || t.Append == nil {
		return
	}
	l.tracks = t.Append(l.tracks[:0])
	for i := range l.tracks {
		l.line = l.tracks[i].appendTo(l.line[:0], f)
		_, _ = l.out.Write(l.line) // the writer keeps its first error
	}
}

func (t *Track) appendTo(line []byte, f engine.Frame) []byte {
	line = strconv.AppendUint(line, f.Number, 10)
	line = strconv.AppendFloat(append(line, ','), float64(f.Now)/float64(time.Second), 'f', 6, 64)
	line = strconv.AppendUint(append(line, ','), uint64(f.Tick), 10)
	line = strconv.AppendUint(append(line, ','), t.ID, 10)
	own := byte('0')
	if t.Own {
		own = '1'
	}
	line = append(line, ',', own)
	for _, v := range [...]float32{t.X, t.Y, t.VX, t.VY} {
		line = strconv.AppendFloat(append(line, ','), float64(v), 'f', 3, 32)
	}
	line = strconv.AppendUint(append(line, ','), uint64(t.Struck), 10)
	return append(line, '\n')
}

func (l *frameLog) close() error {
	err := l.out.Flush()
	if e := l.file.Close(); err == nil {
		err = e
	}
	return err
}
