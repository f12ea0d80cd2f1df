package client

import (
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/sprite"
)

// stage holds everything that the client keeps from frame to frame.
type stage struct {
	loading  *loading
	pictures *pictures
	scene    scene
	watch    watch
	moments  moments
	feed     *feed
	effects  effects
	rig      sprite.Rig
	camera   sprite.Camera
	time     float32 // seconds that have been shown
	alarm    float32 // how red the screen is from a wound, 0..1
	mark     hitMark
	lost     float32 // seconds since the own ship was lost; below 0 before there was one
	keys     *input.State

	fx      *draw.Batch
	lit     *draw.Batch
	lights  *draw.Lights
	sky     sky
	dash    *dash
	hopping *hopping
	closing closing
	seeking input.PlayerID // whom the camera shows while there is no own ship
}

// viewHeight is how many units of the arena are seen from top to bottom.
const viewHeight = 660

func newStage(app *engine.App, keys *input.State) *stage {
	return &stage{
		loading: artwork(), watch: newWatch(), feed: newFeed(), effects: newEffects(app.Seed()), keys: keys, dash: newDash(),
		lost: -1,
		rig:  sprite.Rig{HalfLife: 0.07, LookAhead: 0.32, AheadMax: 150, ShakeSize: 20, ShakeTurn: 0.03},
	}
}

// Init implements engine.Initer.
func (s *stage) Init(to *ecs.Sim) {
	s.scene.init(to)
	s.moments.init(to)
}

// Present implements engine.Presenter: it finds out what is to be shown.
func (s *stage) Present(f engine.Frame) {
	s.time += f.Dt
	s.hopping.since += f.Dt
	s.closing.left -= f.Dt
	s.scene.read(f)
	s.feed.step(f.Dt)
	s.watch.look(&s.scene, &s.effects, f.Dt)
	s.moments.look(&s.scene, &s.effects, &s.mark)
	s.effects.step(f.Dt)
	if s.watch.hurtOwn > 0 {
		s.rig.Shake(0.25 + s.watch.hurtOwn/45)
		s.alarm = min(1, s.alarm+0.3+s.watch.hurtOwn/40)
	}
	s.alarm = max(0, s.alarm-1.7*f.Dt)
	s.mark.fade(f.Dt)
	switch {
	case s.scene.own != nil:
		s.lost = 0
	case s.lost >= 0:
		s.lost += f.Dt
	}
	s.follow(f.Dt)
}

// follow moves the camera: with the own ship, else to whoever shot it down, else slowly through the arena.
func (s *stage) follow(dt float32) {
	if own := s.scene.own; own != nil {
		if s.seeking != s.scene.me {
			s.seeking = s.scene.me
			s.rig.Snap(own.x, own.y)
		}
		s.rig.Follow(own.x, own.y, own.vx, own.vy, dt)
		return
	}
	if s.seeking == s.scene.me && s.scene.me != nobody {
		s.rig.Shake(1)
		s.seeking = nobody
	}
	if s.scene.me != nobody {
		s.rig.Rest(dt)
		return
	}
	s.rig.Follow(180*s.time/6, -40*s.time/6, 0, 0, dt)
}

// ready prepares what needs the graphics card, and reports whether it could.
func (s *stage) ready() bool {
	if s.pictures != nil {
		return true
	}
	p := s.loading.ready()
	if p == nil {
		return false
	}
	lights, err := draw.NewLights()
	if err != nil {
		panic("arena: the graphics card cannot run the arena's shader: " + err.Error())
	}
	lights.Ambient = sprite.Hex(0x30395c)
	lights.Sun = sprite.Color{R: 1.2, G: 1.15, B: 1.08, A: 1}
	lights.Rim = sprite.Hex(0x14233c)
	s.pictures, s.lights = p, lights
	s.fx, s.lit = draw.NewBatch(p.fx), draw.NewBatch(p.lit)
	return true
}

// drawWorld is the layer of the arena itself.
func (s *stage) drawWorld(screen *ebiten.Image, _ engine.Frame) {
	if !s.ready() {
		screen.Fill(color.RGBA{5, 6, 15, 255})
		return
	}
	s.aim(screen)
	s.drawSky(screen)
	s.fx.World(s.camera)
	s.lit.World(s.camera)
	s.drawFence()
	s.drawBelow()
	s.fx.Flush(screen)
	s.light()
	s.drawBodies()
	s.lit.FlushLit(screen, s.lights)
	s.drawAbove()
	s.fx.Flush(screen)
}

// aim points the camera for this frame's screen.
func (s *stage) aim(screen *ebiten.Image) {
	s.camera.Width, s.camera.Height = float32(screen.Bounds().Dx()), float32(screen.Bounds().Dy())
	s.camera.Zoom = max(s.camera.Height/viewHeight, s.camera.Width/(viewHeight*2.4))
	s.rig.Aim(&s.camera)
}

// drawInstruments is the layer of everything that lies flat on the screen.
func (s *stage) drawInstruments(screen *ebiten.Image, f engine.Frame) { s.dash.draw(s, screen, f) }
