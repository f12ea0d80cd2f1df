package tidy

import (
	"go/ast"
	"go/token"
	"strings"
)

// checkPackageComment wants one file of each package to say what it is for.
func checkPackageComment(r *Repo) ([]Finding, error) {
	var found []Finding
	for _, p := range r.Packages {
		var with []string
		for _, f := range p.Code() {
			if f.AST.Doc.Text() != "" {
				with = append(with, f.Path)
			}
		}
		switch {
		case len(p.Code()) == 0:
		case len(with) == 0:
			found = append(found, Finding{Path: p.Dir, Text: "package " + p.Name + " has no package comment"})
		case len(with) > 1:
			found = append(found, Finding{Path: p.Dir, Text: "package " + p.Name + " has a package comment in each of " + strings.Join(with, ", ")})
		}
	}
	return found, nil
}

// undocumentedMethods are those whose contract stands at the interface that
// asks for them (error, fmt.Stringer, sort, engine.System and its kin); a
// comment on each would repeat it.
var undocumentedMethods = map[string]bool{
	"Error": true, "String": true, "Unwrap": true, "Is": true, "LogValue": true,
	"Len": true, "Less": true, "Swap": true,
	"Init": true, "Update": true, "Present": true, "Draw": true, "Layout": true,
	"MarshalText": true, "UnmarshalText": true, "MarshalJSON": true, "UnmarshalJSON": true,
}

// checkDocumented wants a doc comment on every identifier that another package
// can see, and on each exported field of a Config: there zero has a meaning.
func checkDocumented(r *Repo) ([]Finding, error) {
	var found []Finding
	for _, p := range r.Packages {
		if p.Main() {
			continue
		}
		for _, f := range p.Code() {
			if f.Generated {
				continue
			}
			for _, d := range f.AST.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					if bareFunc(d) {
						found = append(found, r.at(f, d, "func %s has no doc comment", funcName(d)))
					}
				case *ast.GenDecl:
					for _, n := range r.bareSpecs(d) {
						found = append(found, r.at(f, n, "%s has no doc comment", n.Name))
					}
				}
			}
		}
	}
	return found, nil
}

func bareFunc(fn *ast.FuncDecl) bool {
	if fn.Doc.Text() != "" || !fn.Name.IsExported() {
		return false
	}
	t := receiver(fn)
	return t == "" || (ast.IsExported(t) && !undocumentedMethods[fn.Name.Name])
}

// bareSpecs returns the exported names of a declaration that no comment tells
// about. A comment on the group, on the line or at its end all count, except
// that each type needs its own.
func (r *Repo) bareSpecs(d *ast.GenDecl) []*ast.Ident {
	var bare []*ast.Ident
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			own := s.Doc.Text() != "" || s.Comment.Text() != "" || (!d.Lparen.IsValid() && d.Doc.Text() != "")
			if s.Name.IsExported() && !own {
				bare = append(bare, s.Name)
			}
			if st, ok := s.Type.(*ast.StructType); ok && s.Name.IsExported() && strings.HasSuffix(s.Name.Name, "Config") {
				bare = append(bare, r.bareFields(st)...)
			}
		case *ast.ValueSpec:
			if d.Tok == token.IMPORT || d.Doc.Text() != "" || s.Doc.Text() != "" || s.Comment.Text() != "" {
				continue
			}
			for _, n := range s.Names {
				if n.IsExported() {
					bare = append(bare, n)
				}
			}
		}
	}
	return bare
}

// bareFields returns the exported fields that no comment tells about. One above
// a run of lines without a gap speaks for the whole run.
func (r *Repo) bareFields(st *ast.StructType) []*ast.Ident {
	var bare []*ast.Ident
	told, last := false, 0
	for _, f := range st.Fields.List {
		first := r.Fset.Position(f.Pos()).Line
		told = f.Doc.Text() != "" || (told && first == last+1)
		last = r.Fset.Position(f.End()).Line
		if told || f.Comment.Text() != "" {
			continue
		}
		for _, n := range f.Names {
			if n.IsExported() {
				bare = append(bare, n)
			}
		}
	}
	return bare
}

// checkExamples wants a runnable example, one with an Output comment, in every
// package that others import and that needs no display. Tools, the clients
// of games and what tests windows are parts of programs; they are tried by
// running those.
func checkExamples(r *Repo) ([]Finding, error) {
	var found []Finding
	for _, p := range r.Packages {
		if p.Main() || len(p.Code()) == 0 || partOfProgram(p.Dir) || draws(r, p) {
			continue
		}
		if !hasExample(p) {
			found = append(found, Finding{Path: p.Dir, Text: "package " + p.Name + " has no Example with an Output comment"})
		}
	}
	return found, nil
}

func partOfProgram(dir string) bool {
	return layerOf(dir) == tools || matchesFolder(dir, []string{"games/*/client", "games/*/e2e", "render/screentest", "render/window"}) || strings.Contains(dir, "/internal/")
}

// draws reports whether p, or a package of ours that it imports, imports Ebiten.
func draws(r *Repo, p *Package) bool {
	seen := map[string]bool{}
	var walk func(p *Package) bool
	walk = func(p *Package) bool {
		if seen[p.Dir] {
			return false
		}
		seen[p.Dir] = true
		found := false
		r.imports(p.Code(), func(_ *File, _ *ast.ImportSpec, target string) {
			if ebiten.guards(target) {
				found = true
			} else if next := r.packageAt(target); next != nil && walk(next) {
				found = true
			}
		})
		return found
	}
	return walk(p)
}

// packageAt is our package with that import path, or nil.
func (r *Repo) packageAt(importPath string) *Package {
	for _, p := range r.Packages {
		if p.ImportPath() == importPath {
			return p
		}
	}
	return nil
}

func hasExample(p *Package) bool {
	for _, f := range p.Files {
		if !f.Test {
			continue
		}
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Example") && hasOutput(f, fn) {
				return true
			}
		}
	}
	return false
}

// hasOutput reports whether the last comment in fn says what it prints, which
// is what makes go test run it.
func hasOutput(f *File, fn *ast.FuncDecl) bool {
	last := ""
	for _, c := range f.AST.Comments {
		if fn.Body.Pos() < c.Pos() && c.End() < fn.Body.End() {
			last = strings.ToLower(strings.TrimSpace(c.Text()))
		}
	}
	return strings.HasPrefix(last, "output:") || strings.HasPrefix(last, "unordered output:")
}
