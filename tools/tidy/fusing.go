package tidy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// The Go specification lets a compiler compute x*y + z as one operation with
// one rounding, also when the product went through a variable first; only an
// explicit conversion or an assignment to memory that is read elsewhere rounds
// it. amd64 does not fuse, arm64 and GOAMD64=v3 do, so p + v*dt has other bits
// there. (https://go.dev/ref/spec#Floating_point_operators)
//
// fusing follows products that nothing has rounded yet: through parentheses and
// signs, local variables, parameters and results of functions of the package
// (inlining makes one expression of them), and fields within a function. An
// addition or subtraction of one is a finding.
type fusing struct {
	typed
	repo *Repo
	// raw are the variables, parameters and functions that can hold, or return,
	// an unrounded product, with the place where it is made.
	raw map[types.Object]token.Pos
	// fields are the same for struct fields, per function and only for what
	// stands below: what another function, or the next round of a loop, reads has
	// been through memory.
	fields map[fieldOf]token.Pos
	grown  bool
}

type fieldOf struct {
	fn    *ast.FuncDecl
	field types.Object
}

func checkFusing(r *Repo) ([]Finding, error) {
	sims, _, err := simulations(r)
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, t := range sims {
		z := &fusing{typed: t, repo: r, raw: map[types.Object]token.Pos{}, fields: map[fieldOf]token.Pos{}}
		for z.grown = true; z.grown; {
			z.grown = false
			z.eachFunc(func(_ *File, fn *ast.FuncDecl) { z.collect(fn) })
		}
		z.eachFunc(func(f *File, fn *ast.FuncDecl) { found = append(found, z.sums(f, fn)...) })
	}
	return found, nil
}

func (z *fusing) eachFunc(visit func(*File, *ast.FuncDecl)) {
	for _, f := range z.files {
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				visit(f, fn)
			}
		}
	}
}

// product returns where the unrounded product that e can hold is made, or NoPos.
func (z *fusing) product(fn *ast.FuncDecl, e ast.Expr) token.Pos {
	if tv := z.info.Types[e]; tv.Value != nil || !isFloat(tv.Type) {
		return token.NoPos
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.BinaryExpr:
		if e.Op == token.MUL {
			return e.Pos()
		}
	case *ast.UnaryExpr:
		return z.product(fn, e.X)
	case *ast.Ident:
		return z.raw[z.info.Uses[e]]
	case *ast.SelectorExpr:
		if made := z.fields[fieldOf{fn, z.info.Uses[e.Sel]}]; made < e.Pos() {
			return made
		}
	case *ast.CallExpr:
		if obj := z.called(e); obj != nil {
			return z.raw[obj]
		}
	}
	return token.NoPos
}

// called is the function or method of this package that a call names, or nil.
func (z *fusing) called(call *ast.CallExpr) *types.Func {
	var id *ast.Ident
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	default:
		return nil
	}
	obj, _ := z.info.Uses[id].(*types.Func)
	return obj
}

// collect notes where products of fn go before anything rounds them.
func (z *fusing) collect(fn *ast.FuncDecl) {
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			z.collectAssign(fn, n)
		case *ast.ValueSpec:
			for i, v := range n.Values {
				if i < len(n.Names) {
					z.store(fn, n.Names[i], z.product(fn, v))
				}
			}
		case *ast.CallExpr:
			z.collectArguments(fn, n)
		}
		return true
	})
	if obj := z.info.Defs[fn.Name]; obj != nil {
		z.collectReturns(fn, fn.Body, obj)
	}
}

func (z *fusing) collectAssign(fn *ast.FuncDecl, a *ast.AssignStmt) {
	if a.Tok == token.MUL_ASSIGN {
		if tv := z.info.Types[a.Lhs[0]]; isFloat(tv.Type) {
			z.store(fn, a.Lhs[0], a.Pos())
		}
		return
	}
	if len(a.Lhs) != len(a.Rhs) {
		return
	}
	for i := range a.Lhs {
		z.store(fn, a.Lhs[i], z.product(fn, a.Rhs[i]))
	}
}

func (z *fusing) collectArguments(fn *ast.FuncDecl, call *ast.CallExpr) {
	obj := z.called(call)
	if obj == nil || obj.Pkg() == nil || obj.Pkg().Path() != z.ImportPath() {
		return
	}
	params := obj.Origin().Type().(*types.Signature).Params()
	for i, arg := range call.Args {
		if i < params.Len() {
			z.note(params.At(i), z.product(fn, arg))
		}
	}
}

// collectReturns notes that obj returns an unrounded product, looking at the
// returns of body itself and not of functions inside it.
func (z *fusing) collectReturns(fn *ast.FuncDecl, body *ast.BlockStmt, obj types.Object) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if len(n.Results) == 1 {
				z.note(obj, z.product(fn, n.Results[0]))
			}
		}
		return true
	})
}

func (z *fusing) store(fn *ast.FuncDecl, to ast.Expr, from token.Pos) {
	if from == token.NoPos {
		return
	}
	switch to := ast.Unparen(to).(type) {
	case *ast.Ident:
		obj := z.info.Defs[to]
		if obj == nil {
			obj = z.info.Uses[to]
		}
		z.note(obj, from)
	case *ast.SelectorExpr:
		key := fieldOf{fn, z.info.Uses[to.Sel]}
		if known, ok := z.fields[key]; !ok || from < known {
			z.fields[key], z.grown = from, true
		}
	}
}

func (z *fusing) note(obj types.Object, from token.Pos) {
	if obj == nil || from == token.NoPos {
		return
	}
	if _, known := z.raw[obj]; !known {
		z.raw[obj], z.grown = from, true
	}
}

// sums finds the additions and subtractions with an unrounded product on either
// side.
func (z *fusing) sums(f *File, fn *ast.FuncDecl) []Finding {
	var found []Finding
	operand := func(at ast.Node, e ast.Expr) {
		from := z.product(fn, e)
		if from == token.NoPos {
			return
		}
		text := fmt.Sprintf("adds the unrounded product %s", types.ExprString(e))
		if p := z.repo.Fset.Position(from); p.Line != z.repo.Fset.Position(at.Pos()).Line {
			text += fmt.Sprintf(", made at line %d of %s", p.Line, p.Filename)
		}
		found = append(found, z.repo.at(f, at, "%s", text))
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if (n.Op == token.ADD || n.Op == token.SUB) && z.info.Types[n].Value == nil {
				operand(n, n.X)
				operand(n, n.Y)
			}
		case *ast.AssignStmt:
			if n.Tok == token.ADD_ASSIGN || n.Tok == token.SUB_ASSIGN {
				operand(n, n.Lhs[0])
				operand(n, n.Rhs[0])
			}
		}
		return true
	})
	return found
}

// isFloat reports whether t is a floating-point type, or a type parameter that
// can be one.
func isFloat(t types.Type) bool {
	if t == nil {
		return false
	}
	if b, ok := t.Underlying().(*types.Basic); ok {
		return b.Info()&types.IsFloat != 0
	}
	b, ok := coreType(t).(*types.Basic)
	return ok && b.Info()&types.IsFloat != 0
}
