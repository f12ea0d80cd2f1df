package sim

import (
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
)

// register puts the components on the wire. Those with Predict change on the own ship and its bullets.
func register(app *engine.App) {
	replicate.Component[Position](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp), replicate.Slide(SlideSpeed))
	replicate.Component[Velocity](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
	replicate.Component[Heading](app, replicate.Predict(), replicate.Interpolate(replicate.Turn))
	replicate.Component[Ship](app, replicate.Predict())
	replicate.Component[Hull](app, replicate.Predict())
	replicate.Component[Gun](app, replicate.Predict())
	replicate.Component[Bullet](app)
	replicate.Component[Body](app)
	replicate.Component[Rock](app)
	replicate.Component[Crate](app)
	replicate.Component[Pilot](app)
	replicate.Component[Match](app)
	predict.Event[Fired](app)
	predict.Event[Struck](app)
	predict.Event[Bumped](app)
	message.Register[Wreck](app, message.FromServer(), message.AtPlayhead())
	message.Register[Foresight](app, message.FromClients(), message.Limit(5))
	message.RegisterCall[Hop, Hopped](app, message.FromClients(), message.Limit(5))
}
