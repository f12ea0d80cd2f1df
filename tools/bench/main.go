// Command bench runs the benchmarks of the module and prints, or writes into a
// page, the best figures of each.
//
//	go run ./tools/bench [-bench REGEXP] [-count N] [-time DURATION] [-write FILE] [PACKAGE ...]
//
// Without packages it takes all that need no window and have a benchmark. The
// page named by -write has two marks, `<!-- figures -->` and
// `<!-- end of figures -->`; what stands between them is replaced.
//
//	go run ./tools/bench echo …
//
// measures the transport by echoing, against bare sockets and other libraries:
// see package echo.
//
//	go run ./tools/bench rollback -entities 2000 -depth 10
//
// measures what a rollback costs beyond the ticks that it replays: see package
// rollback.
//
//	go run ./tools/bench rooms -rooms 50 -players 8
//
// measures a server with many rooms: see package rooms.
//
//	go run ./tools/bench cubes -in FILE
//
// measures how small the updates of a recorded scene become: see package cubes.
//
//	go run ./tools/bench replicate …
//
// measures what telling many clients of a large world costs: see package replicate.
//
//	go run ./tools/bench load …
//
// measures how many players a whole server holds: see package load.
//
//	go run ./tools/bench netplay
//
// plays the arena over bad lines and measures how it feels: see package netplay.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/tandem-engine/tandem/tools/bench/cubes"
	"github.com/tandem-engine/tandem/tools/bench/echo"
	"github.com/tandem-engine/tandem/tools/bench/load"
	"github.com/tandem-engine/tandem/tools/bench/netplay"
	"github.com/tandem-engine/tandem/tools/bench/replicate"
	"github.com/tandem-engine/tandem/tools/bench/rollback"
	"github.com/tandem-engine/tandem/tools/bench/rooms"
)

// programs are the benchmarks that are no Go benchmarks, by their name.
var programs = map[string]func(args []string) error{
	"cubes":     cubes.Main,
	"echo":      echo.Main,
	"load":      load.Main,
	"netplay":   netplay.Main,
	"replicate": replicate.Main,
	"rollback":  rollback.Main,
}

func main() {
	if len(os.Args) > 1 {
		if program, ok := programs[os.Args[1]]; ok {
			exit(program(os.Args[2:]))
		}
	}
	if len(os.Args) > 1 && os.Args[1] == "rooms" {
		exit(rooms.Main(os.Args[2:]))
	}
	pattern := flag.String("bench", ".", "`regexp` of the benchmarks to run")
	count := flag.Int("count", 3, "`times` each is run; the best counts")
	length := flag.String("time", "1s", "`duration` of one run, as go test -benchtime takes it")
	page := flag.String("write", "", "`file` to write the tables into")
	flag.Parse()
	exit(run(*pattern, *count, *length, *page, flag.Args()))
}

// exit ends the program, with a complaint if there is one.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(pattern string, count int, length, page string, packages []string) error {
	if len(packages) == 0 {
		var err error
		if packages, err = benchmarked(); err != nil {
			return err
		}
	}
	args := []string{"test", "-run", "^$", "-bench", pattern, "-benchmem", "-count", fmt.Sprint(count), "-benchtime", length}
	cmd := exec.Command("go", append(args, packages...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go test: %w\n%s", err, out)
	}
	suite := Parse(string(out))
	if len(suite.Results) == 0 {
		return fmt.Errorf("no benchmark matches %q in %s", pattern, strings.Join(packages, " "))
	}
	tables := suite.Markdown()
	if page == "" {
		fmt.Print(tables)
		return nil
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	next, err := Insert(string(text), tables)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(next), 0o644)
}

// benchmarked are the packages without a window that have a benchmark. Their
// tests are not even compiled if they have none.
func benchmarked() ([]string, error) {
	out, err := exec.Command("tools/ci/packages", "no-window").Output()
	if err != nil {
		return nil, fmt.Errorf("listing the packages (run this at the root of the repository): %w", err)
	}
	var with []string
	for _, p := range strings.Fields(string(out)) {
		dir := "." + strings.TrimPrefix(p, module)
		if ok, err := hasBenchmark(dir); err != nil {
			return nil, err
		} else if ok {
			with = append(with, dir)
		}
	}
	if len(with) == 0 {
		return nil, errors.New("no package has a benchmark")
	}
	return with, nil
}

func hasBenchmark(dir string) (bool, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(dir + "/" + f.Name())
		if err != nil {
			return false, err
		}
		if strings.Contains(string(text), "\nfunc Benchmark") {
			return true, nil
		}
	}
	return false, nil
}

// machine names what the figures were measured on.
func machine(cpu string) string {
	if cpu == "" {
		cpu = "an unnamed processor"
	}
	return fmt.Sprintf("%s, %d processors, %s/%s, %s", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}
