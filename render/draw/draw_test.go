package draw_test

import (
	"testing"

	"github.com/tandem-engine/tandem/render/screentest"
)

func TestMain(m *testing.M) { screentest.Main(m) }
