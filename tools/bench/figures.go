package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/tandem-engine/tandem"

// Suite is what go test printed about benchmarks.
type Suite struct {
	CPU     string
	Results []Result // in the order of first appearance
}

// Result is the best of all runs of one benchmark: the smallest of each figure,
// except that of rates ("MB/s" and other units that end in /s) it is the largest.
type Result struct {
	Package string // without the module's path
	Name    string // without Benchmark and the number of processors
	Figures []Figure
}

// Figure is a value in a unit, as the benchmark reported it.
type Figure struct {
	Value float64
	Unit  string
}

// Parse reads go test's output. Lines that are no results are passed over.
func Parse(out string) Suite {
	var s Suite
	pkg := ""
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "pkg: "); ok {
			pkg = strings.TrimPrefix(strings.TrimPrefix(name, module), "/")
		}
		if name, ok := strings.CutPrefix(line, "cpu: "); ok {
			s.CPU = name
		}
		if r, ok := parseLine(line); ok {
			r.Package = pkg
			s.add(r)
		}
	}
	return s
}

// parseLine reads "BenchmarkName-8   1000   12.5 ns/op   0 B/op".
func parseLine(line string) (Result, bool) {
	words := strings.Fields(line)
	if len(words) < 4 || len(words)%2 != 0 || !strings.HasPrefix(words[0], "Benchmark") {
		return Result{}, false
	}
	if _, err := strconv.Atoi(words[1]); err != nil {
		return Result{}, false
	}
	r := Result{Name: strings.TrimPrefix(words[0], "Benchmark")}
	if i := strings.LastIndexByte(r.Name, '-'); i > 0 {
		if _, err := strconv.Atoi(r.Name[i+1:]); err == nil {
			r.Name = r.Name[:i]
		}
	}
	for i := 2; i < len(words); i += 2 {
		v, err := strconv.ParseFloat(words[i], 64)
		if err != nil {
			return Result{}, false
		}
		r.Figures = append(r.Figures, Figure{v, words[i+1]})
	}
	return r, true
}

func (s *Suite) add(r Result) {
	i := slices.IndexFunc(s.Results, func(o Result) bool { return o.Package == r.Package && o.Name == r.Name })
	if i < 0 {
		s.Results = append(s.Results, r)
		return
	}
	known := &s.Results[i]
	for _, f := range r.Figures {
		j := slices.IndexFunc(known.Figures, func(o Figure) bool { return o.Unit == f.Unit })
		switch {
		case j < 0:
			known.Figures = append(known.Figures, f)
		case strings.HasSuffix(f.Unit, "/s"):
			known.Figures[j].Value = max(known.Figures[j].Value, f.Value)
		default:
			known.Figures[j].Value = min(known.Figures[j].Value, f.Value)
		}
	}
}

// Markdown is one table a package.
func (s Suite) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "On %s.\n", machine(s.CPU))
	byPackage := slices.Clone(s.Results)
	slices.SortStableFunc(byPackage, func(a, c Result) int { return cmp.Compare(a.Package, c.Package) })
	last := ""
	for _, r := range byPackage {
		if r.Package != last {
			fmt.Fprintf(&b, "\n### %s\n\n| benchmark | time | allocated | other |\n| --- | --- | --- | --- |\n", r.Package)
			last = r.Package
		}
		var time, bytes, allocs, other string
		for _, f := range r.Figures {
			switch f.Unit {
			case "ns/op":
				time = duration(f.Value)
			case "B/op":
				bytes = strconv.FormatFloat(f.Value, 'f', -1, 64) + " B"
			case "allocs/op":
				allocs = strconv.FormatFloat(f.Value, 'f', -1, 64) + " times"
			default:
				other += fmt.Sprintf("%s%.4g %s", map[bool]string{true: ", "}[other != ""], f.Value, f.Unit)
			}
		}
		if allocs != "" {
			bytes += ", " + allocs
		}
		if bytes == "0 B, 0 times" {
			bytes = "0"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.Name, time, bytes, other)
	}
	return b.String()
}

// duration writes nanoseconds with three digits and a unit that suits them.
func duration(ns float64) string {
	for _, u := range []struct {
		size float64
		name string
	}{{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}} {
		if ns >= u.size {
			return fmt.Sprintf("%.3g %s", ns/u.size, u.name)
		}
	}
	return fmt.Sprintf("%.3g ns", ns)
}

const (
	beginMark = "<!-- figures -->\n"
	endMark   = "<!-- end of figures -->"
)

var errMarks = errors.New("the page lacks the marks <!-- figures --> and <!-- end of figures -->, in this order")

// Insert puts tables between the marks of a page.
func Insert(page, tables string) (string, error) {
	before, rest, ok := strings.Cut(page, beginMark)
	if !ok {
		return "", errMarks
	}
	_, after, ok := strings.Cut(rest, endMark)
	if !ok {
		return "", errMarks
	}
	return before + beginMark + tables + endMark + after, nil
}
