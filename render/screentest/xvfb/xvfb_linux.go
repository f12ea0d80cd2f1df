package xvfb

import "syscall"

func init() {
	if display, _ := syscall.Getenv("DISPLAY"); display != "" {
		return
	}
	number, reason := start()
	if reason == "" {
		if err := syscall.Setenv("DISPLAY", ":"+number); err == nil {
			return
		}
		reason = "the environment cannot be changed"
	}
	if _, ci := syscall.Getenv("CI"); ci {
		say("FAIL: the tests of this package need a display and " + reason + "\n")
		syscall.Exit(1)
	}
	say("SKIP: the tests of this package need a display and " + reason + "\n")
	syscall.Exit(0)
}

// start runs an Xvfb on a free display and returns its number, or why there is none.
func start() (number, reason string) {
	path := find("Xvfb")
	if path == "" {
		return "", "Xvfb is not installed (Debian: apt-get install xvfb)"
	}
	var pipe [2]int
	if err := syscall.Pipe2(pipe[:], syscall.O_CLOEXEC); err != nil {
		return "", "a pipe cannot be made: " + err.Error()
	}
	null, err := syscall.Open("/dev/null", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return "", "/dev/null cannot be opened: " + err.Error()
	}
	// The death signal ends it with this process: initialisation runs on the main thread, which lives as long.
	_, err = syscall.ForkExec(path,
		[]string{path, "-displayfd", "3", "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"},
		&syscall.ProcAttr{
			Env:   syscall.Environ(),
			Files: []uintptr{uintptr(null), uintptr(null), uintptr(null), uintptr(pipe[1])},
			Sys:   &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM},
		})
	syscall.Close(null)
	syscall.Close(pipe[1])
	defer syscall.Close(pipe[0])
	if err != nil {
		return "", path + " cannot be started: " + err.Error()
	}
	return read(pipe[0])
}

// read takes the line with the display's number, which Xvfb writes once it is ready.
func read(pipe int) (number, reason string) {
	var line []byte
	var part [16]byte
	for {
		n, err := syscall.Read(pipe, part[:])
		if err == syscall.EINTR {
			continue
		}
		for _, c := range part[:max(n, 0)] {
			if c == '\n' && len(line) > 0 {
				return string(line), ""
			}
			line = append(line, c)
		}
		if n <= 0 || err != nil {
			return "", "Xvfb ended before it was ready"
		}
	}
}

// find looks a program up as a shell does.
func find(name string) string {
	list, _ := syscall.Getenv("PATH")
	for from, i := 0, 0; i <= len(list); i++ {
		if i < len(list) && list[i] != ':' {
			continue
		}
		path := list[from:i] + "/" + name
		if i > from && syscall.Access(path, 1) == nil {
			return path
		}
		from = i + 1
	}
	return ""
}

func say(text string) { _, _ = syscall.Write(2, []byte(text)) }
