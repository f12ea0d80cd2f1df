package tidy

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
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

// checkCommands holds the shell blocks of all pages against the Makefile and
// the tree: make targets exist, and what `go run` and `go test` name exists.
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
		for i, line := range strings.Split(s.Text, "\n") {
			line, _, _ = strings.Cut(line, " # ")
			for _, text := range wrongCommands(r, targets, strings.TrimPrefix(strings.TrimSpace(line), "$ ")) {
				found = append(found, Finding{Path: s.Page, Line: s.Line + 1 + i, Text: text})
			}
		}
	}
	return found, nil
}

var assignment = regexp.MustCompile(`^[A-Z_]+=\S*$`)

func wrongCommands(r *Repo, targets []string, line string) []string {
	words := slices.DeleteFunc(strings.Fields(line), assignment.MatchString)
	if len(words) == 0 {
		return nil
	}
	var wrong []string
	switch {
	case words[0] == "make":
		for _, w := range words[1:] {
			if !slices.Contains(targets, w) {
				wrong = append(wrong, "the Makefile has no target "+w)
			}
		}
	case words[0] == "go" && len(words) > 1:
		for _, w := range words[2:] {
			dir, ours := strings.CutPrefix(w, "./")
			dir = strings.TrimSuffix(strings.TrimSuffix(dir, "..."), "/")
			if ours && dir != "" && r.packageAt(Module+"/"+dir) == nil && !r.hasFolder(dir) {
				wrong = append(wrong, "there is no folder "+w)
			}
		}
	case strings.HasPrefix(words[0], "./") || strings.HasPrefix(words[0], "tools/"):
		file := strings.TrimPrefix(words[0], "./")
		if !slices.Contains(r.Paths, file) && !strings.HasPrefix(file, "bin/") {
			wrong = append(wrong, "there is no file "+file)
		}
	}
	return wrong
}

func (r *Repo) hasFolder(dir string) bool {
	return slices.ContainsFunc(r.Paths, func(p string) bool { return strings.HasPrefix(p, dir+"/") })
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
