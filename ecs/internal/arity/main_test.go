package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFilesAreFresh holds the committed files to what the templates make.
func TestFilesAreFresh(t *testing.T) {
	for _, f := range files {
		want, err := f.render()
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join("..", "..", f.name))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s is not what %s makes: run go generate in ecs", f.name, f.template)
	}
}
