package tidy

// Rules are the laws, in the order of docs/architecture.md.
var Rules = []Rule{
	{
		Name:   "syntax",
		Reason: "a file that does not parse is a file no other rule has looked at",
		Fix:    "mend the file; go vet names the place",
		Check:  func(r *Repo) ([]Finding, error) { return r.Broken, nil },
	},
	{
		Name:   "layers",
		Reason: "imports run one way, lower net < ecs < engine < input < upper net < render < games, so that net/transport serves programs without an ECS, and a simulation runs where there is neither screen nor socket",
		Fix:    "move the code down to the layer that both may name, or hand it in from above as a value, an interface or a plugin",
		Check:  checkLayers,
	},
	{
		Name:   "doors",
		Reason: "a library that is named everywhere can be replaced nowhere",
		Fix:    "use the package of ours that stands before the library, or give that package what is missing",
		Check:  checkDoors,
	},
	{
		Name:   "sockets",
		Reason: "what knows no socket can be stepped in virtual time from one goroutine, and a seed replays it exactly",
		Fix:    "take a transport.Carrier, or bytes and a netip.AddrPort",
		Check:  checkSockets,
	},
	{
		Name:   "reach",
		Reason: "a server, bot or test that links Ebiten panics at start on a machine without a display, and cannot be built with CGO_ENABLED=0",
		Fix:    "cut the chain of imports shown at the place where simulation turns into drawing; plain data for drawing lives in render/sprite",
		Check:  checkReach,
	},
	{
		Name:   "size",
		Reason: "a function of more than 70 lines or a file of more than 600 is no longer read as a whole, and what is not read is not checked",
		Fix:    "move control flow up and pure pieces out, one noun a file; a place where that makes it worse goes into tools/tidy/exceptions.go with the reason",
		Check:  checkSize,
	},
	{
		Name:   "package-comment",
		Reason: "go doc's first line is how a stranger finds the room; two comments are joined in the order of file names",
		Fix:    "write one comment before the package clause, in doc.go or the file named like the package",
		Check:  checkPackageComment,
	},
	{
		Name:   "documented",
		Reason: "who calls a thing needs its units, its errors, what zero means and where an algorithm comes from, and should not have to read its body",
		Fix:    "write a doc comment with what the name and the type do not say, or make the name unexported",
		Check:  checkDocumented,
	},
	{
		Name:   "examples",
		Reason: "an example that runs is the one piece of documentation that cannot be wrong",
		Fix:    "write func Example in example_test.go that shows the package's first use and ends in an Output comment",
		Check:  checkExamples,
	},
	{
		Name:   "names",
		Reason: "a folder or file with a name that fits anything ends up holding everything",
		Fix:    "name it after what it holds; a function used by one package belongs to that package",
		Check:  checkNames,
	},
	{
		Name:   "house",
		Reason: "a stranger finds the room for the next change only where the folders are those of docs/architecture.md",
		Fix:    "put the file into the room it belongs to; a new room is a change to docs/architecture.md and to the list in tools/tidy/names.go",
		Check:  checkHouse,
	},
	{
		Name:   "sim-types",
		Reason: "map-order, goroutines, math and fusing ask for the types of what a simulation says, and pass over a package that has none",
		Fix:    "make the package, and what it imports, build",
		Check:  checkSimulations,
	},
	{
		Name:   "map-order",
		Reason: "a map's order is another one each run, and a rollback or another machine must come to the same bits",
		Fix:    "keep a slice, or range over slices.Sorted(maps.Keys(m))",
		Check:  checkMapOrder,
	},
	{
		Name:   "goroutines",
		Reason: "one goroutine owns a world; the order in which others run is not in the seed",
		Fix:    "do the work in a system; what waits for the outside belongs to the program around the App",
		Check:  checkGoroutines,
	},
	{
		Name:   "math",
		Reason: "these functions give other last bits on other machines: assembly on some, fused products on others",
		Fix:    "use sums, products, math.Sqrt, Abs, Floor and other exact functions; round sines and cosines at once; take a square root of a sum of float32(x*x) for a length",
		Check:  checkMath,
	},
	{
		Name:   "fusing",
		Reason: "arm64 and GOAMD64=v3 compute x*y + z with one rounding, amd64 and wasm with two, so client and server part ways in the last bit",
		Fix:    "round the product where it is made: p.X += float32(v.X * dt)",
		Check:  checkFusing,
	},
	{
		Name:   "sim-imports",
		Reason: "a tick is a function of world, commands, tick number and seed, and of nothing else",
		Fix:    "hand the value in: as a component, a resource, a command, or through engine.Tick",
		Check:  checkSimImports,
	},
	{
		Name:   "clock",
		Reason: "a tick, a connection and a simulated network are stepped with the time as a value; one look at the wall clock and a seed replays no more",
		Fix:    "take now time.Duration as a parameter, or an engine.Clock in the Config of what drives the loop",
		Check:  checkClock,
	},
	{
		Name:   "random",
		Reason: "the global source is seeded by chance and shared by everything in the process",
		Fix:    "use engine.Tick's Random in systems, and rand.New(rand.NewPCG(seed, stream)) with a seed from the Config elsewhere",
		Check:  checkRandom,
	},
	{
		Name:   "sleep",
		Reason: "a test that sleeps is slow on a fast machine and fails on a slow one",
		Fix:    "step virtual time, wait on a channel or a condition with a deadline, or run inside testing/synctest",
		Check:  checkSleep,
	},
	{
		Name:   "licences",
		Reason: "a game made with Tandem is sold without its source; a module under another licence would forbid that",
		Fix:    "use another module; a permissive licence that is not known yet is added to tools/tidy/licences.go",
		Check:  checkLicences,
	},
	{
		Name:   "strangers",
		Reason: "the repository is read by people who have another machine, another registry and not our list of issues",
		Fix:    "write the reason itself instead of an issue's number, and a path relative to the repository",
		Check:  checkStrangers,
	},
	{
		Name:   "leftovers",
		Reason: "a note about work not done is read by nobody who will do it",
		Fix:    "do it now, or delete the note; say in the CHANGELOG or the docs what is not there",
		Check:  checkLeftovers,
	},
}
