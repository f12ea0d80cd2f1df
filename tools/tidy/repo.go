package tidy

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Module is the path of the module that the laws are written for.
const Module = "github.com/tandem-engine/tandem"

// Repo is a checkout as the rules see it: every file's path, and every Go file
// parsed whatever its build constraints, so that a law holds on the systems
// this machine is not.
type Repo struct {
	// Root is the folder on disk; empty for a tree that exists only in memory.
	Root string
	// FS reads the files of the tree.
	FS fs.FS
	// Paths are all files, slash-separated and relative to Root, sorted.
	Paths []string
	// Packages are sorted by folder.
	Packages []*Package
	// Broken are the Go files that do not parse.
	Broken []Finding
	// Fset places the syntax of all files.
	Fset *token.FileSet
}

// Package is a folder with Go files: the package, its tests, and its external
// tests.
type Package struct {
	Dir   string // slash-separated, "." for the root
	Name  string // of the files that are no tests; of the tests if there are no others
	Files []*File
}

// File is one parsed Go file.
type File struct {
	Path      string
	Test      bool // ends in _test.go
	Generated bool // ends in _gen.go and says so in its header
	AST       *ast.File
	Lines     int
}

// ImportPath is how other packages name p.
func (p *Package) ImportPath() string {
	if p.Dir == "." {
		return Module
	}
	return Module + "/" + p.Dir
}

// Main reports whether p is a program.
func (p *Package) Main() bool { return p.Name == "main" }

// Code is p without its tests.
func (p *Package) Code() []*File {
	return slices.DeleteFunc(slices.Clone(p.Files), func(f *File) bool { return f.Test })
}

// Load reads the checkout at root: what git tracks and what it would add. A
// tree without git (an unpacked archive) is walked.
func Load(root string) (*Repo, error) {
	paths, err := gitFiles(root)
	if err != nil {
		paths, err = walkFiles(root)
	}
	if err != nil {
		return nil, fmt.Errorf("listing the files of %s: %w", root, err)
	}
	r, err := Parse(os.DirFS(root), paths)
	if err != nil {
		return nil, err
	}
	r.Root = root
	return r, nil
}

// Parse makes a Repo of the named files of a tree. Names that do not exist are
// left out: git lists a file that is deleted and not yet committed.
func Parse(fsys fs.FS, paths []string) (*Repo, error) {
	r := &Repo{FS: fsys, Fset: token.NewFileSet()}
	byDir := map[string]*Package{}
	for _, p := range slices.Sorted(slices.Values(paths)) {
		info, err := fs.Stat(fsys, p)
		if errors.Is(err, fs.ErrNotExist) || (err == nil && info.IsDir()) {
			continue
		}
		if err != nil {
			return nil, err
		}
		r.Paths = append(r.Paths, p)
		if path.Ext(p) != ".go" || ignoredByGo(p) {
			continue
		}
		f, err := r.parseFile(p)
		if err != nil {
			r.Broken = append(r.Broken, Finding{Path: p, Text: err.Error()})
			continue
		}
		dir := path.Dir(p)
		pkg := byDir[dir]
		if pkg == nil {
			pkg = &Package{Dir: dir}
			byDir[dir] = pkg
			r.Packages = append(r.Packages, pkg)
		}
		pkg.Files = append(pkg.Files, f)
		if name := f.AST.Name.Name; !f.Test || pkg.Name == "" {
			pkg.Name = strings.TrimSuffix(name, "_test")
		}
	}
	slices.SortFunc(r.Packages, func(a, b *Package) int { return strings.Compare(a.Dir, b.Dir) })
	return r, nil
}

func (r *Repo) parseFile(p string) (*File, error) {
	src, err := fs.ReadFile(r.FS, p)
	if err != nil {
		return nil, err
	}
	tree, err := parser.ParseFile(r.Fset, p, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &File{
		Path:      p,
		Test:      strings.HasSuffix(p, "_test.go"),
		Generated: strings.HasSuffix(p, "_gen.go") && ast.IsGenerated(tree),
		AST:       tree,
		Lines:     bytes.Count(src, []byte("\n")),
	}, nil
}

// ignoredByGo reports whether the go tool passes over p when it looks for
// packages.
func ignoredByGo(p string) bool {
	for _, part := range strings.Split(p, "/") {
		if part == "testdata" || part == "vendor" || part[0] == '_' || (part[0] == '.' && part != ".") {
			return true
		}
	}
	return false
}

func gitFiles(root string) ([]string, error) {
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("git knows no file in %s", root)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), nil
}

func walkFiles(root string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "bin", "out", ".cache"}, rel) {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			paths = append(paths, filepath.ToSlash(rel))
		}
		return nil
	})
	return paths, err
}

// imports calls f for every import of the given files.
func (r *Repo) imports(files []*File, f func(file *File, spec *ast.ImportSpec, target string)) {
	for _, file := range files {
		for _, spec := range file.AST.Imports {
			f(file, spec, strings.Trim(spec.Path.Value, "\"`"))
		}
	}
}
