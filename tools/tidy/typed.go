package tidy

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// typed is a package with its types, for the rules that a parser alone cannot
// decide: whether a range is over a map, whether a product is a float.
type typed struct {
	*Package
	files []*File
	info  *types.Info
}

// simFolders must come to the same bits on every machine.
var simFolders = []string{"games/*/sim", "engine/physics", "engine/detmath"}

// simulations type-checks the packages of simFolders. Their imports come from
// the compiler's export data by way of the build cache, so nothing but the
// packages themselves is read from source. A package that does not check is a
// finding of checkSimulations; the other rules say nothing about it.
func simulations(r *Repo) ([]typed, []Finding, error) {
	var pkgs []*Package
	var need []string
	for _, p := range r.Packages {
		if matchesFolder(p.Dir, simFolders) && len(p.Code()) > 0 {
			pkgs = append(pkgs, p)
			r.imports(p.Code(), func(_ *File, _ *ast.ImportSpec, target string) { need = append(need, target) })
		}
	}
	slices.Sort(need)
	export, err := exportData(r.Root, slices.Compact(need))
	if err != nil {
		return nil, nil, err
	}
	lookup := func(path string) (io.ReadCloser, error) {
		if export[path] == "" {
			return nil, fmt.Errorf("%s does not build", path)
		}
		return os.Open(export[path])
	}
	conf := types.Config{Importer: importer.ForCompiler(r.Fset, "gc", lookup)}
	var all []typed
	var broken []Finding
	for _, p := range pkgs {
		t := typed{Package: p, files: p.Code(), info: &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{},
			Defs:  map[*ast.Ident]types.Object{},
			Uses:  map[*ast.Ident]types.Object{},
		}}
		var trees []*ast.File
		for _, f := range t.files {
			trees = append(trees, f.AST)
		}
		if _, err := conf.Check(p.ImportPath(), r.Fset, trees, t.info); err != nil {
			broken = append(broken, Finding{Path: p.Dir, Text: "does not type-check: " + err.Error()})
			continue
		}
		all = append(all, t)
	}
	return all, broken, nil
}

// exportData maps import paths, with all they depend on, to the files that
// describe their types, building what is not in the cache.
func exportData(root string, importPaths []string) (map[string]string, error) {
	files := map[string]string{}
	if len(importPaths) == 0 {
		return files, nil
	}
	args := append([]string{"list", "-e", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}, importPaths...)
	out, err := goTool(root, nil, args...)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(out) {
		if path, file, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			files[path] = file
		}
	}
	return files, nil
}

// goTool runs the go command at root with additions to the environment and
// returns what it printed.
func goTool(root string, env []string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args[:min(4, len(args))], " "), err, exit.Stderr)
	}
	return string(out), err
}

// checkSimulations finds simulations that the other rules cannot look into.
func checkSimulations(r *Repo) ([]Finding, error) {
	_, broken, err := simulations(r)
	return broken, err
}

// eachSimulation walks every file of every simulation.
func (r *Repo) eachSimulation(visit func(t typed, f *File, n ast.Node) []Finding) ([]Finding, error) {
	sims, _, err := simulations(r)
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, t := range sims {
		for _, f := range t.files {
			ast.Inspect(f.AST, func(n ast.Node) bool {
				if n != nil {
					found = append(found, visit(t, f, n)...)
				}
				return true
			})
		}
	}
	return found, nil
}

// callee is the package path and name of the package-level function or method
// that a call names, or "" if it names none.
func (t typed) callee(call *ast.CallExpr) (pkg, name string) {
	var id *ast.Ident
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	case *ast.IndexExpr: // an instantiated generic function
		if sel, ok := f.X.(*ast.SelectorExpr); ok {
			id = sel.Sel
		}
	}
	if id == nil {
		return "", ""
	}
	fn, ok := t.info.Uses[id].(*types.Func)
	if !ok || fn.Pkg() == nil {
		return "", ""
	}
	return fn.Pkg().Path(), fn.Name()
}
