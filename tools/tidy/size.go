package tidy

import (
	"fmt"
	"go/ast"
)

const (
	maxFunctionLines = 70
	maxFileLines     = 600
)

// checkSize measures functions from `func` to the closing brace, and files by
// their lines. Generated files are exempt: nobody reads them to change them.
func checkSize(r *Repo) ([]Finding, error) {
	var found []Finding
	for _, p := range r.Packages {
		for _, f := range p.Files {
			if f.Generated {
				continue
			}
			if f.Lines > maxFileLines {
				found = append(found, Finding{Path: f.Path, Text: fmt.Sprintf("%d lines, at most %d", f.Lines, maxFileLines)})
			}
			for _, d := range f.AST.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				lines := r.Fset.Position(fn.End()).Line - r.Fset.Position(fn.Pos()).Line + 1
				if lines > maxFunctionLines {
					g := r.at(f, fn, "func %s has %d lines, at most %d", funcName(fn), lines, maxFunctionLines)
					g.Key = f.Path + ":" + funcName(fn)
					found = append(found, g)
				}
			}
		}
	}
	return found, nil
}

// funcName is "F" for a function and "T.F" for a method.
func funcName(fn *ast.FuncDecl) string {
	if t := receiver(fn); t != "" {
		return t + "." + fn.Name.Name
	}
	return fn.Name.Name
}

// receiver is the name of the type that fn is a method of, or "".
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return ""
	}
	t := fn.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
