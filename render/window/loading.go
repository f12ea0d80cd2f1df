package window

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

// Loading is the resource by which a client's plugin says that it has pictures
// or sounds to load before there is much to see. The time of -seconds and of
// scripts, and what the summary counts, begin when Done says so.
type Loading struct{ Done func() bool }

// loaded reports whether an app has loaded what it has to.
func loaded(app *engine.App) bool {
	l := ecs.Resource[Loading](app.World())
	return l == nil || l.Done()
}
