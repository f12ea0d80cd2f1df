package tidy

import (
	"fmt"
	"go/ast"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// checkCommands holds what pages tell a reader to type against the tree: targets
// of make exist, folders that `go run` and `go test` name exist, and so do the
// flags that a program of ours is given.
func checkCommands(r *Repo) ([]Finding, error) {
	targets, err := makeTargets(r.FS)
	if err != nil {
		return nil, err
	}
	blocks, err := Snippets(r)
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, s := range blocks {
		if !slices.Contains([]string{"sh", "bash", "shell", "console"}, s.Lang) {
			continue
		}
		text := strings.ReplaceAll(s.Text, "\\\n", " ") // a command over several lines is reported at its first
		for i, line := range strings.Split(text, "\n") {
			line, _, _ = strings.Cut(line, " # ")
			for _, text := range r.wrongCommand(targets, strings.TrimPrefix(strings.TrimSpace(line), "$ ")) {
				found = append(found, Finding{Path: s.Page, Line: s.Line + 1 + i, Text: text})
			}
		}
	}
	return found, nil
}

var assignment = regexp.MustCompile(`^[A-Z_]+=\S*$`)

// wrongCommand says what in one command line does not exist.
func (r *Repo) wrongCommand(targets []string, line string) []string {
	words := slices.DeleteFunc(strings.Fields(line), assignment.MatchString)
	if len(words) == 0 {
		return nil
	}
	switch program := strings.TrimPrefix(words[0], "./"); {
	case program == "make":
		return unknown(words[1:], targets, "the Makefile has no target ")
	case program == "go" && len(words) > 2 && words[1] == "run":
		return r.wrongRun(words[2:])
	case program == "go" && len(words) > 2:
		return r.wrongFolders(words[2:])
	case strings.HasPrefix(program, "bin/"):
		return r.wrongRun(append([]string{r.programNamed(path.Base(program))}, words[1:]...))
	case strings.Contains(program, "/") && !slices.Contains(r.Paths, program):
		return []string{"there is no file " + program}
	}
	return nil
}

func unknown(words, known []string, text string) []string {
	var wrong []string
	for _, w := range words {
		if !slices.Contains(known, w) {
			wrong = append(wrong, text+w)
		}
	}
	return wrong
}

// wrongRun checks "./FOLDER -flag value ...".
func (r *Repo) wrongRun(words []string) []string {
	p := r.packageAt(Module + "/" + strings.TrimPrefix(words[0], "./"))
	if p == nil || !p.Main() {
		if !strings.HasPrefix(words[0], "./") {
			return nil // a program that is not ours
		}
		return []string{"there is no program " + words[0]}
	}
	flags := r.flagsOf(p)
	var given []string
	for _, w := range words[1:] {
		if name, ok := strings.CutPrefix(w, "-"); ok {
			name, _, _ = strings.Cut(strings.TrimPrefix(name, "-"), "=")
			given = append(given, name)
		}
	}
	return unknown(given, flags, words[0]+" has no flag -")
}

func (r *Repo) wrongFolders(words []string) []string {
	var wrong []string
	for _, w := range words {
		dir, ours := strings.CutPrefix(w, "./")
		dir = strings.TrimSuffix(strings.TrimSuffix(dir, "..."), "/")
		if ours && dir != "" && !slices.ContainsFunc(r.Paths, func(p string) bool { return strings.HasPrefix(p, dir+"/") }) {
			wrong = append(wrong, "there is no folder "+w)
		}
	}
	return wrong
}

// programNamed is "./FOLDER" of the program that is built under that name.
func (r *Repo) programNamed(name string) string {
	for _, p := range r.Packages {
		if p.Main() && path.Base(p.Dir) == name {
			return "./" + p.Dir
		}
	}
	return "./bin/" + name
}

// defines are the functions of package flag, and methods of its sets, that take
// a flag's name.
var defines = regexp.MustCompile(`^(String|Int|Int64|Uint|Uint64|Float64|Bool|Duration)(Var)?$|^(Text)?Var$|^(Bool)?Func$`)

var flagName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// flagsOf are the flags that a program, or a package of ours that it imports,
// defines.
func (r *Repo) flagsOf(p *Package) []string {
	flags := []string{"h", "help"}
	seen := map[*Package]bool{}
	var walk func(*Package)
	walk = func(p *Package) {
		if p == nil || seen[p] {
			return
		}
		seen[p] = true
		for _, f := range p.Code() {
			if importName(f, "flag") != "" {
				flags = append(flags, flagsIn(f)...)
			}
		}
		r.imports(p.Code(), func(_ *File, _ *ast.ImportSpec, target string) { walk(r.packageAt(target)) })
	}
	walk(p)
	return flags
}

func flagsIn(f *File) []string {
	var flags []string
	ast.Inspect(f.AST, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !defines.MatchString(sel.Sel.Name) {
			return true
		}
		for _, arg := range call.Args[:min(2, len(call.Args))] {
			if lit, ok := arg.(*ast.BasicLit); ok {
				if name, err := strconv.Unquote(lit.Value); err == nil && flagName.MatchString(name) {
					flags = append(flags, name)
					break
				}
			}
		}
		return true
	})
	return flags
}

var targetLine = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)

func makeTargets(fsys fs.FS) ([]string, error) {
	src, err := fs.ReadFile(fsys, "Makefile")
	if err != nil {
		return nil, fmt.Errorf("reading the targets: %w", err)
	}
	var targets []string
	for _, m := range targetLine.FindAllSubmatch(src, -1) {
		targets = append(targets, string(m[1]))
	}
	return targets, nil
}
