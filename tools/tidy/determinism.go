package tidy

import (
	"go/ast"
	"go/types"
)

// checkMapOrder finds loops whose order is another one each run. Sorting the
// keys first (slices.Sorted over maps.Keys) is the way out, and is let through.
func checkMapOrder(r *Repo) ([]Finding, error) {
	sorted := map[ast.Node]bool{}
	return r.eachSimulation(func(t typed, f *File, n ast.Node) []Finding {
		switch n := n.(type) {
		case *ast.RangeStmt:
			if _, ok := coreType(t.info.TypeOf(n.X)).(*types.Map); ok {
				return []Finding{r.at(f, n, "ranges over a map")}
			}
		case *ast.CallExpr:
			switch pkg, name := t.callee(n); {
			case pkg == "slices" && (name == "Sorted" || name == "SortedFunc" || name == "SortedStableFunc"):
				sorted[ast.Unparen(n.Args[0])] = true
			case pkg == "maps" && (name == "Keys" || name == "Values" || name == "All") && !sorted[n],
				pkg == "reflect" && (name == "MapRange" || name == "MapKeys"),
				pkg == "sync" && name == "Range":
				return []Finding{r.at(f, n, "%s.%s walks a map in no order", pkg, name)}
			}
		}
		return nil
	})
}

// coreType is what stands beneath names and, where all types of a type
// parameter's constraint agree, beneath the parameter.
func coreType(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	u := t.Underlying()
	iface, ok := u.(*types.Interface)
	if !ok {
		return u
	}
	for i := range iface.NumEmbeddeds() {
		switch e := iface.EmbeddedType(i).(type) {
		case *types.Union:
			if e.Len() > 0 {
				return e.Term(0).Type().Underlying()
			}
		case *types.Map:
			return e
		}
	}
	return u
}

func checkGoroutines(r *Repo) ([]Finding, error) {
	return r.eachSimulation(func(_ typed, f *File, n ast.Node) []Finding {
		switch n := n.(type) {
		case *ast.GoStmt:
			return []Finding{r.at(f, n, "starts a goroutine")}
		case *ast.SelectStmt:
			return []Finding{r.at(f, n, "selects: which case runs is chance")}
		}
		return nil
	})
}

// machineMath are functions of package math whose last bits depend on the
// machine. Some have an assembly body on some machines (exp_amd64.s,
// log_amd64.s, hypot_386.s, …) or call one that has; the others are sums of
// products in Go, which arm64 fuses (go build -gcflags=-S shows FMADD in sin,
// tan, atan). Sqrt, Abs, Floor, Mod and the rest are exact everywhere.
var machineMath = map[string]bool{
	"Exp": true, "Exp2": true, "Expm1": true, "Log": true, "Log2": true, "Log10": true, "Log1p": true,
	"Hypot": true, "Pow": true, "Sinh": true, "Cosh": true, "Tanh": true, "Asinh": true, "Acosh": true, "Atanh": true,
	"Gamma": true, "Lgamma": true, "Erf": true, "Erfc": true, "Erfinv": true, "Erfcinv": true, "Cbrt": true,
	"J0": true, "J1": true, "Jn": true, "Y0": true, "Y1": true, "Yn": true,
	"Sin": true, "Cos": true, "Sincos": true, "Tan": true, "Asin": true, "Acos": true, "Atan": true, "Atan2": true,
}

// checkMath looks at names, not at calls: a function taken as a value is called
// somewhere.
func checkMath(r *Repo) ([]Finding, error) {
	return r.eachSimulation(func(t typed, f *File, n ast.Node) []Finding {
		id, ok := n.(*ast.Ident)
		if !ok {
			return nil
		}
		if fn, ok := t.info.Uses[id].(*types.Func); ok && fn.Pkg() != nil && fn.Pkg().Path() == "math" && machineMath[fn.Name()] {
			return []Finding{r.at(f, n, "uses math.%s", fn.Name())}
		}
		return nil
	})
}

// strangersToSim are packages that a simulation has no business with: what
// comes from them is another thing on every machine or at every run.
var strangersToSim = map[string]string{
	"math/rand":    "take engine.Tick's Random, a function of seed, tick and id",
	"math/rand/v2": "take engine.Tick's Random, a function of seed, tick and id",
	"crypto/rand":  "take engine.Tick's Random, a function of seed, tick and id",
	"sync":         "one goroutine owns a world; nothing in it needs a lock",
	"sync/atomic":  "one goroutine owns a world; nothing in it needs an atomic",
	"os":           "files and environment are read by the program, not by a tick",
	"os/exec":      "a tick starts no programs",
	"net":          "a tick opens no sockets",
	"net/http":     "a tick opens no sockets",
	"runtime":      "what the runtime does is not the same twice",
}

func checkSimImports(r *Repo) ([]Finding, error) {
	var found []Finding
	for _, p := range r.Packages {
		if !matchesFolder(p.Dir, simFolders) {
			continue
		}
		r.imports(p.Code(), func(f *File, spec *ast.ImportSpec, target string) {
			if instead := strangersToSim[target]; instead != "" {
				found = append(found, r.at(f, spec, "imports %s: %s", target, instead))
			}
		})
	}
	return found, nil
}
