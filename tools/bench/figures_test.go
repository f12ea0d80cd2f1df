package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const output = `goos: linux
goarch: amd64
pkg: github.com/tandem-engine/tandem/ecs
cpu: Some CPU @ 2 GHz
BenchmarkQuery2-2      	  100000	     12500 ns/op	       0 B/op	       0 allocs/op
BenchmarkQuery2-2      	  100000	     12100 ns/op	       0 B/op	       0 allocs/op
BenchmarkOdd/size-16-2 	       3	 1500000 ns/op	  80.5 MB/s	       7 B/op	       1 allocs/op
BenchmarkOdd/size-16-2 	       3	 1600000 ns/op	  90.5 MB/s	       7 B/op	       1 allocs/op
BenchmarkBroken-2 failed
PASS
ok  	github.com/tandem-engine/tandem/ecs	3.1s
pkg: github.com/tandem-engine/tandem/assets
BenchmarkA 	 9	 2 ns/op	 3 entities/op
`

func TestMarkdown(t *testing.T) {
	s := Parse(output)
	if s.CPU != "Some CPU @ 2 GHz" {
		t.Errorf("the processor is %q", s.CPU)
	}
	_, got, _ := strings.Cut(s.Markdown(), "\n")
	want := `
### assets

| benchmark | time | allocated | other |
| --- | --- | --- | --- |
| A | 2 ns |  | 3 entities/op |

### ecs

| benchmark | time | allocated | other |
| --- | --- | --- | --- |
| Query2 | 12.1 µs | 0 |  |
| Odd/size-16 | 1.5 ms | 7 B, 1 times | 90.5 MB/s |
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestInsert(t *testing.T) {
	page := "a\n" + beginMark + "old\n" + endMark + "\nb\n"
	got, err := Insert(page, "new\n")
	if err != nil || got != "a\n"+beginMark+"new\n"+endMark+"\nb\n" {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{"", beginMark, endMark + beginMark} {
		if _, err := Insert(bad, "x"); !errors.Is(err, errMarks) {
			t.Errorf("%q gives %v", bad, err)
		}
	}
}

// TestPage: the page that the figures go into has the marks.
func TestPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "performance.md"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Insert(string(text), ""); err != nil {
		t.Error(err)
	}
}
