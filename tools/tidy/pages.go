package tidy

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
)

var (
	link       = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]+)\)`)
	inlineCode = regexp.MustCompile("`[^`]*`")
	housePath  = regexp.MustCompile("`((?:\\.ci|assets|docs|ecs|engine|games|input|net|render|tools)/[A-Za-z0-9_./-]*)`")
)

// checkLinks finds relative links, and paths in back quotes, that lead nowhere.
func checkLinks(r *Repo) ([]Finding, error) {
	there := map[string]bool{}
	for _, p := range r.Paths {
		for ; p != "."; p = path.Dir(p) {
			there[p] = true
		}
	}
	var found []Finding
	for _, p := range r.Paths {
		if path.Ext(p) != ".md" || strings.Contains(p, "testdata/") {
			continue
		}
		src, err := fs.ReadFile(r.FS, p)
		if err != nil {
			return nil, err
		}
		fenced := false
		for i, line := range strings.Split(string(src), "\n") {
			if fence.MatchString(line) {
				fenced = !fenced
			}
			if fenced {
				continue
			}
			for _, target := range targets(p, line) {
				if !there[target] && target != "." {
					found = append(found, Finding{Path: p, Line: i + 1, Text: target + " does not exist", Key: p + ":" + target})
				}
			}
		}
	}
	return found, nil
}

// targets are the paths of the repository that a line of a page names.
func targets(page, line string) []string {
	var all []string
	for _, m := range link.FindAllStringSubmatch(inlineCode.ReplaceAllString(line, ""), -1) {
		target, _, _ := strings.Cut(m[1], "#")
		if target != "" && !strings.Contains(target, ":") {
			all = append(all, path.Join(path.Dir(page), target))
		}
	}
	// The page that draws the plan of the house names rooms that are not built.
	if page != "docs/architecture.md" {
		for _, m := range housePath.FindAllStringSubmatch(line, -1) {
			all = append(all, strings.TrimSuffix(m[1], "/"))
		}
	}
	return all
}
