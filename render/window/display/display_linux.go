package display

import "syscall"

func init() {
	display, _ := syscall.Getenv("DISPLAY")
	switch {
	case display == "":
		end("there is no display (DISPLAY is not set)")
	case !reachable(display):
		end("the display " + display + " does not answer (see the environment variable DISPLAY)")
	}
}

func end(reason string) {
	_, _ = syscall.Write(2, []byte(reason+": start this from a desktop, or without one by `xvfb-run -a PROGRAM`\n"))
	syscall.Exit(1)
}

// reachable reports whether a local display answers. Of other displays it thinks well: Ebitengine will see.
func reachable(display string) bool {
	number := ""
	for i := 1; i < len(display) && display[i] >= '0' && display[i] <= '9'; i++ {
		number = display[1 : i+1]
	}
	if display[0] != ':' || number == "" {
		return true
	}
	path := "/tmp/.X11-unix/X" + number
	return answers(path) || answers("\x00"+path)
}

func answers(path string) bool {
	socket, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return true
	}
	defer syscall.Close(socket)
	if path[0] == 0 {
		path = "@" + path[1:] // how package syscall writes the abstract namespace
	}
	return syscall.Connect(socket, &syscall.SockaddrUnix{Name: path}) == nil
}
