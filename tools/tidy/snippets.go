package tidy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A Snippet is a fenced block of a Markdown page.
//
// The fence's info string says what is done with it. The first word is the
// language; of Go blocks those with a package clause are compiled, and others
// must at least parse. Words after it:
//
//	run          the program is run and must end with status 0, having printed
//	             what the next block of the page says if its language is "output"
//	file=PATH    the block is one file of a package in that folder, compiled
//	             together with the page's other blocks; other blocks import it as
//	             github.com/tandem-engine/tandem/PATH's folder
type Snippet struct {
	Page string // the file
	Line int    // of the opening fence
	Lang string
	Run  bool
	File string
	Text string
	// Output is what the program must print; empty: anything.
	Output string
}

var (
	fence         = regexp.MustCompile("^ {0,3}```+ *(.*)$")
	packageClause = regexp.MustCompile(`(?m)^package \w+`)
)

// Snippets returns the fenced blocks of all Markdown pages, in order.
func Snippets(r *Repo) ([]Snippet, error) {
	var all []Snippet
	for _, p := range r.Paths {
		if path.Ext(p) != ".md" || strings.Contains(p, "testdata/") {
			continue
		}
		src, err := fs.ReadFile(r.FS, p)
		if err != nil {
			return nil, err
		}
		found, err := fencedBlocks(p, src)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func fencedBlocks(page string, src []byte) ([]Snippet, error) {
	var found []Snippet
	var open *Snippet
	lines := bufio.NewScanner(bytes.NewReader(src))
	for n := 1; lines.Scan(); n++ {
		m := fence.FindStringSubmatch(lines.Text())
		switch {
		case m == nil && open != nil:
			open.Text += lines.Text() + "\n"
		case m == nil:
		case open != nil:
			if last := len(found) - 1; open.Lang == "output" && last >= 0 && found[last].Run {
				found[last].Output = open.Text
			}
			found = append(found, *open)
			open = nil
		default:
			open = &Snippet{Page: page, Line: n}
			words := strings.Fields(m[1])
			if len(words) == 0 {
				continue
			}
			open.Lang = words[0]
			for _, w := range words[1:] {
				if file, ok := strings.CutPrefix(w, "file="); ok {
					open.File = file
				} else if w == "run" {
					open.Run = true
				} else {
					return nil, fmt.Errorf("%s:%d: the fence says %q; known are run and file=PATH", page, n, w)
				}
			}
		}
	}
	if open != nil {
		return nil, fmt.Errorf("%s:%d: the block is never closed", page, open.Line)
	}
	return found, lines.Err()
}

// Whole reports whether s is a whole Go file.
func (s Snippet) Whole() bool { return s.Lang == "go" && packageClause.MatchString(s.Text) }

// ParseFragment checks that a Go block without a package clause is a run of
// declarations, of statements, or both.
func (s Snippet) ParseFragment() error {
	_, asDecls := parser.ParseFile(token.NewFileSet(), s.Page, "package p\n"+s.Text, 0)
	if asDecls == nil {
		return nil
	}
	if _, err := parser.ParseFile(token.NewFileSet(), s.Page, "package p; func _() {\n"+s.Text+"\n}", 0); err != nil {
		return fmt.Errorf("%s:%d is neither declarations (%w) nor statements (%w)", s.Page, s.Line, asDecls, err)
	}
	return nil
}

// Build compiles the whole Go files of a page inside the module at root, and
// runs those marked so. It lays them over the module with the go command's
// -overlay, so that nothing is written into the checkout. Each program gets a
// folder of its own; a block with file=PATH goes to that path.
func Build(root, scratch string, page []Snippet) error {
	overlay := map[string]string{}
	var folders []string
	var programs []Snippet
	for i, s := range page {
		to := s.File
		if to == "" {
			to = fmt.Sprintf("snippet%d/main.go", i)
			if s.Run {
				s.File = to
				programs = append(programs, s)
			}
		}
		src := filepath.Join(scratch, fmt.Sprintf("%d.go", i))
		// The line directive makes the compiler speak of the page.
		text := fmt.Sprintf("//line %s:%d\n%s", filepath.Join(root, s.Page), s.Line+1, s.Text)
		if err := os.WriteFile(src, []byte(text), 0o600); err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(root, path.Dir(to))); err == nil {
			return fmt.Errorf("%s:%d lies over the folder %s, which exists", s.Page, s.Line, path.Dir(to))
		}
		overlay[filepath.Join(root, to)] = src
		folders = append(folders, "./"+path.Dir(to))
	}
	if len(folders) == 0 {
		return nil
	}
	data, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return err
	}
	file := filepath.Join(scratch, "overlay.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return err
	}
	slices.Sort(folders)
	args := []string{"build", "-overlay", file}
	if slices.ContainsFunc(page, func(s Snippet) bool { return strings.HasPrefix(packageClause.FindString(s.Text), "package main") }) {
		bin := filepath.Join(scratch, "bin") + string(filepath.Separator) // else a lone program lands in the checkout
		if err := os.Mkdir(bin, 0o700); err != nil {
			return err
		}
		args = append(args, "-o", bin)
	}
	if _, err := goOverlay(root, append(args, slices.Compact(folders)...)...); err != nil {
		return err
	}
	for _, p := range programs {
		out, err := goOverlay(root, "run", "-overlay", file, "./"+path.Dir(p.File))
		if err != nil {
			return fmt.Errorf("%s:%d: %w", p.Page, p.Line, err)
		}
		if p.Output != "" && p.Output != out {
			return fmt.Errorf("%s:%d prints %q; the page says %q", p.Page, p.Line, out, p.Output)
		}
	}
	return nil
}

func goOverlay(root string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, out)
	}
	return string(out), nil
}
