package tidy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A licence is told by phrases that its text has and others have not.
type licence struct {
	name    string
	phrases []string
}

// allowed are the licences under which a module may be linked into a game that
// is sold without its source. MPL-2.0 holds per file: such a module is used
// unmodified, as the module cache guarantees.
var allowed = []licence{
	{"MIT", []string{"permission is hereby granted, free of charge, to any person obtaining a copy", "the software is provided \"as is\""}},
	{"Apache-2.0", []string{"apache license", "version 2.0", "terms and conditions for use, reproduction, and distribution"}},
	{"BSD", []string{"redistribution and use in source and binary forms", "this software is provided by the copyright holders and contributors"}},
	{"BSD", []string{"redistribution and use in source and binary forms", "this software is provided by", "as is"}},
	{"ISC", []string{"permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"}},
	{"ISC", []string{"permission to use, copy, modify, and distribute this software for any purpose with or without fee"}},
	{"MPL-2.0", []string{"mozilla public license version 2.0"}},
	{"MPL-2.0", []string{"mozilla public license, version 2.0"}},
	{"Unlicense", []string{"this is free and unencumbered software released into the public domain"}},
	{"CC0-1.0", []string{"cc0 1.0 universal"}},
}

// refused are named so that a text which quotes an allowed licence beside one of
// these is not waved through.
var refused = []licence{
	{"AGPL", []string{"gnu affero general public license"}},
	{"LGPL", []string{"gnu lesser general public license"}},
	{"GPL", []string{"gnu general public license", "free software foundation"}},
	{"SSPL", []string{"server side public license"}},
	{"BUSL", []string{"business source license"}},
	{"Commons Clause", []string{"commons clause"}},
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense)([-._].*)?$`)

// checkLicences reads the licence of every module that any package of ours, or
// a test, links on any of our systems.
func checkLicences(r *Repo) ([]Finding, error) {
	folders := map[string]string{} // "path version" to its folder in the module cache
	for _, env := range systems {
		all, err := listDeps(r.Root, env)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			if m := p.Module; m != nil && m.Path != Module && m.Version != "" {
				folders[m.Path+" "+m.Version] = m.Dir
			}
		}
	}
	var found []Finding
	for m, dir := range folders {
		if dir == "" {
			found = append(found, Finding{Path: "go.mod", Text: m + " is not in the module cache: run go mod download"})
			continue
		}
		if text := licenceFinding(os.DirFS(dir)); text != "" {
			found = append(found, Finding{Path: "go.mod", Text: m + " " + text, Key: "go.mod:" + strings.Fields(m)[0]})
		}
	}
	return found, nil
}

// licenceFinding says what is wrong with the licence of the module in fsys, or
// nothing.
func licenceFinding(fsys fs.FS) string {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return err.Error()
	}
	var names []string
	for _, e := range entries {
		if !licenceFile.MatchString(e.Name()) || e.IsDir() || filepath.Ext(e.Name()) == ".go" {
			continue
		}
		text, err := fs.ReadFile(fsys, e.Name())
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err.Error()
		}
		names = append(names, e.Name())
		if name := classify(string(text), refused); name != "" && !strings.Contains(strings.ToLower(string(text)), "mozilla public license") {
			return "is under the " + name
		}
		if classify(string(text), allowed) != "" {
			return ""
		}
	}
	if len(names) == 0 {
		return "has no licence file"
	}
	return fmt.Sprintf("has a licence that is not known here (%s)", strings.Join(names, ", "))
}

var space = regexp.MustCompile(`[\s*#/]+`)

func classify(text string, among []licence) string {
	text = space.ReplaceAllString(strings.ToLower(text), " ")
	text = strings.NewReplacer("“", `"`, "”", `"`, "''", `"`, "``", `"`).Replace(text)
	i := slices.IndexFunc(among, func(l licence) bool {
		return !slices.ContainsFunc(l.phrases, func(p string) bool { return !strings.Contains(text, p) })
	})
	if i < 0 {
		return ""
	}
	return among[i].name
}
