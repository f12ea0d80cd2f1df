package tidy

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// A phrase is something that no file of the repository says. Patterns are
// written in pieces where they would otherwise find themselves.
type phrase struct {
	pattern *regexp.Regexp
	where   func(path string) bool // nil: every text file
	prose   bool                   // look only at comments of Go files, and at all of the others
	text    string
}

var strangers = []phrase{
	{
		pattern: regexp.MustCompile(`(^|[\s"'(=:` + "`" + `])/(work|root|home/\w+|Users/\w+)(/|$|[\s"'` + "`" + `])`),
		text:    "names a folder of one machine",
	},
	{
		pattern: regexp.MustCompile(`\b(proxy|sum)\.golang` + `\.org\b|\bregistry\.npmjs` + `\.org\b|\bpypi` + `\.org\b|\bdeb\.debian` + `\.org\b|\bcrates` + `\.io\b|\bGOPROXY` + `=`),
		text:    "names a registry's host",
	},
	{
		pattern: regexp.MustCompile(`(?i)\bissues? #?\d+\b|(^|[\s(\[])#\d{1,5}($|[\s).,;:\]])`),
		prose:   true,
		text:    "names an issue by number",
	},
}

var leftovers = []phrase{
	{
		pattern: regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`),
		text:    "marks work as left over",
	},
	{
		pattern: regexp.MustCompile(`(?i)\b(for n` + `ow|stub` + `(bed|s)?|place` + `holder|not (yet )?imple` + `mented|unimple` + `mented|simpli` + `fied version|in a real (game|server|world|implementation)|left as an exercise)\b`),
		prose:   true,
		where:   func(p string) bool { return path.Ext(p) != ".md" },
		text:    "reads like a shortcut",
	},
}

func checkStrangers(r *Repo) ([]Finding, error) { return r.search(strangers) }
func checkLeftovers(r *Repo) ([]Finding, error) { return r.search(leftovers) }

// search looks for phrases in every text file outside testdata.
func (r *Repo) search(phrases []phrase) ([]Finding, error) {
	var found []Finding
	comments := r.commentLines()
	for _, p := range r.Paths {
		if strings.Contains("/"+p, "/testdata/") || path.Base(p) == "go.sum" {
			continue
		}
		src, err := fs.ReadFile(r.FS, p)
		if err != nil {
			return nil, err
		}
		if bytes.IndexByte(src[:min(len(src), 8000)], 0) >= 0 {
			continue // an image or a sound
		}
		for i, line := range strings.Split(string(src), "\n") {
			for _, ph := range phrases {
				if ph.where != nil && !ph.where(p) {
					continue
				}
				text := line
				if ph.prose && path.Ext(p) == ".go" {
					text = comments[fmt.Sprintf("%s:%d", p, i+1)]
				}
				if m := strings.TrimSpace(ph.pattern.FindString(text)); m != "" {
					found = append(found, Finding{Path: p, Line: i + 1, Text: fmt.Sprintf("%q %s", m, ph.text)})
				}
			}
		}
	}
	return found, nil
}

// commentLines maps "path:line" to what a comment says on that line.
func (r *Repo) commentLines() map[string]string {
	lines := map[string]string{}
	for _, p := range r.Packages {
		for _, f := range p.Files {
			for _, group := range f.AST.Comments {
				for _, c := range group.List {
					first := r.Fset.Position(c.Pos()).Line
					for i, text := range strings.Split(c.Text, "\n") {
						lines[fmt.Sprintf("%s:%d", f.Path, first+i)] += " " + text
					}
				}
			}
		}
	}
	return lines
}
