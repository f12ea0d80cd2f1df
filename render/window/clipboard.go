package window

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"time"
)

// pasteCommands are the programs that print what was copied, by system; the first that is installed is asked.
var pasteCommands = map[string][][]string{
	"linux": {
		{"wl-paste", "--no-newline"},
		{"xclip", "-selection", "clipboard", "-out"},
		{"xsel", "--clipboard", "--output"},
	},
	"darwin":  {{"pbpaste"}},
	"windows": {{"powershell.exe", "-NoProfile", "-Command", "Get-Clipboard"}},
}

// errNoPaste says that there is no program to ask.
var errNoPaste = errors.New("nothing can be pasted here: install xclip or wl-clipboard")

// pasteTime is how long such a program may take.
const pasteTime = 2 * time.Second

// paste returns what was copied last, anywhere on this machine.
func paste() (string, error) {
	for _, command := range pasteCommands[runtime.GOOS] {
		path, err := exec.LookPath(command[0])
		if err != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), pasteTime)
		out, err := exec.CommandContext(ctx, path, command[1:]...).Output()
		cancel()
		if err == nil {
			return string(out), nil
		}
	}
	return "", errNoPaste
}
