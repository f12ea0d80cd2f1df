// Package e2e tests the arena as its players have it: the real programs, real
// sockets, real windows. For that it gives tests a screen that nobody sees, and a hand on its
// keyboard: an Xvfb of its own, pictures of what it shows, and key presses
// that a program cannot tell from a person's (the XTEST extension).
package e2e

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// ErrMissing means that there is no Xvfb on this machine.
var ErrMissing = errors.New("no Xvfb on this machine: tools/setup.sh installs it")

// Desktop is a running display.
type Desktop struct {
	server *exec.Cmd
	conn   *xgb.Conn
	root   xproto.Window
	name   string
	size   image.Point
	keys   map[xproto.Keysym]xproto.Keycode
}

// Start runs an Xvfb with a screen of the given size, in pixels.
func Start(width, height int) (*Desktop, error) {
	path, err := exec.LookPath("Xvfb")
	if err != nil {
		return nil, ErrMissing
	}
	number, ready, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer number.Close()
	d := &Desktop{size: image.Pt(width, height)}
	d.server = exec.Command(path, "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp")
	d.server.ExtraFiles = []*os.File{ready}
	err = d.server.Start()
	ready.Close()
	if err != nil {
		return nil, err
	}
	line, err := io.ReadAll(io.LimitReader(number, 8))
	if err == nil {
		d.name = ":" + strings.TrimSpace(string(line))
		err = d.connect()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("no display: %w", err), d.Close())
	}
	return d, nil
}

func (d *Desktop) connect() (err error) {
	xgb.Logger.SetOutput(io.Discard) // it tells of missing authority files, which an Xvfb of one's own does not need
	if d.conn, err = xgb.NewConnDisplay(d.name); err != nil {
		return err
	}
	if err = xtest.Init(d.conn); err != nil {
		return err
	}
	setup := xproto.Setup(d.conn)
	d.root = setup.DefaultScreen(d.conn).Root
	count := byte(setup.MaxKeycode - setup.MinKeycode + 1)
	reply, err := xproto.GetKeyboardMapping(d.conn, setup.MinKeycode, count).Reply()
	if err != nil {
		return err
	}
	d.keys = map[xproto.Keysym]xproto.Keycode{}
	for i := range int(count) {
		d.keys[reply.Keysyms[i*int(reply.KeysymsPerKeycode)]] = setup.MinKeycode + xproto.Keycode(i)
	}
	return nil
}

// Env is the environment variable that puts a program onto this display.
func (d *Desktop) Env() string { return "DISPLAY=" + d.name }

// Focus gives the keyboard to the newest window, and reports whether there is
// one.
func (d *Desktop) Focus() (bool, error) {
	windows, err := d.windows()
	if err != nil || len(windows) == 0 {
		return false, err
	}
	newest := windows[len(windows)-1]
	return true, xproto.SetInputFocusChecked(d.conn, xproto.InputFocusPointerRoot, newest, xproto.TimeCurrentTime).Check()
}

// Arrange moves each window into a column of its own, of so many equal ones, and
// returns how many windows there are: no window manager does it here.
func (d *Desktop) Arrange(columns int) (int, error) {
	windows, err := d.windows()
	if err != nil {
		return 0, err
	}
	for i, w := range windows {
		left := uint32(i % columns * d.size.X / columns)
		err := xproto.ConfigureWindowChecked(d.conn, w, xproto.ConfigWindowX|xproto.ConfigWindowY, []uint32{left, 0}).Check()
		if err != nil {
			return 0, err
		}
	}
	return len(windows), nil
}

// windows are those that can be seen, the topmost last.
func (d *Desktop) windows() (list []xproto.Window, err error) {
	tree, err := xproto.QueryTree(d.conn, d.root).Reply()
	if err != nil {
		return nil, err
	}
	for _, w := range tree.Children {
		attributes, err := xproto.GetWindowAttributes(d.conn, w).Reply()
		if err == nil && attributes.MapState == xproto.MapStateViewable { // one that has just gone is none
			list = append(list, w)
		}
	}
	return list, nil
}

// Key presses or releases the key of an ASCII character.
func (d *Desktop) Key(char byte, down bool) error {
	code, ok := d.keys[xproto.Keysym(char)]
	if !ok {
		return fmt.Errorf("the keyboard has no key %q", char)
	}
	kind := byte(xproto.KeyRelease)
	if down {
		kind = xproto.KeyPress
	}
	return xtest.FakeInputChecked(d.conn, kind, byte(code), xproto.TimeCurrentTime, d.root, 0, 0, 0).Check()
}

// Picture is what the screen shows.
func (d *Desktop) Picture() (*image.RGBA, error) {
	reply, err := xproto.GetImage(d.conn, xproto.ImageFormatZPixmap, xproto.Drawable(d.root),
		0, 0, uint16(d.size.X), uint16(d.size.Y), 1<<32-1).Reply()
	if err != nil {
		return nil, err
	}
	if len(reply.Data) < d.size.X*d.size.Y*4 {
		return nil, fmt.Errorf("the screen has %d bytes for %v pixels of 32 bits", len(reply.Data), d.size)
	}
	img := image.NewRGBA(image.Rectangle{Max: d.size})
	for i := range d.size.X * d.size.Y { // blue, green, red, nothing
		b := reply.Data[i*4:]
		img.SetRGBA(i%d.size.X, i/d.size.X, color.RGBA{R: b[2], G: b[1], B: b[0], A: 255})
	}
	return img, nil
}

// Close ends the display.
func (d *Desktop) Close() error {
	if d.conn != nil {
		d.conn.Close()
	}
	if err := d.server.Process.Kill(); err != nil {
		return err
	}
	_ = d.server.Wait() // it was killed: that is its status
	return nil
}
