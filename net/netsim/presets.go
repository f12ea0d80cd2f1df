package netsim

import (
	"fmt"
	"strings"
	"time"
)

// Conditions are both directions of a client's line: Up is what it sends, Down what it receives.
type Conditions struct{ Up, Down Profile }

// Conditions by name, for a server in the same region: about 10 ms beyond the access network, the LAN apart. The figures are typical of
// what players have, neither best nor worst.
var (
	// LAN is switched gigabit Ethernet: microseconds of switching, and nothing is lost.
	LAN = both(Profile{Rate: 1_000_000_000, Delay: 200 * time.Microsecond, Jitter: 50 * time.Microsecond, Spread: Normal})

	// WiFi is a home network on cable or fibre. The radio repeats what collides, so most loss turns into late datagrams; what is left
	// comes in short bursts, when a microwave oven or a neighbour is on the channel (0.3 % in all).
	WiFi = Conditions{
		Up:   Profile{Rate: 20_000_000, Delay: 12 * time.Millisecond, Jitter: 3 * time.Millisecond, Spread: Pareto, Burst: Burst{0.002, 0.25, 0.4}},
		Down: Profile{Rate: 100_000_000, Delay: 12 * time.Millisecond, Jitter: 3 * time.Millisecond, Spread: Pareto, Burst: Burst{0.002, 0.25, 0.4}},
	}

	// Cellular4G is LTE outdoors with a few bars. Upwards a phone asks for each slot first, which costs some 10 ms and spreads with the
	// 5 to 10 ms between chances to ask; the base station repeats what is damaged, so little is lost; its buffers are deep.
	Cellular4G = Conditions{
		Up:   Profile{Rate: 10_000_000, Queue: 256 << 10, Delay: 35 * time.Millisecond, Jitter: 8 * time.Millisecond, Spread: Normal, Loss: 0.001},
		Down: Profile{Rate: 40_000_000, Queue: 1 << 20, Delay: 25 * time.Millisecond, Jitter: 5 * time.Millisecond, Spread: Normal, Loss: 0.001},
	}

	// Cellular3G is HSPA: the 780 and 330 kbit/s and 100 ms each way that Apple's Network Link Conditioner uses for it, retransmissions
	// by the radio network controller as a long tail, and half a second of buffer.
	Cellular3G = Conditions{
		Up:   Profile{Rate: 330_000, Queue: 24 << 10, Delay: 100 * time.Millisecond, Jitter: 15 * time.Millisecond, Spread: Pareto, Loss: 0.005},
		Down: Profile{Rate: 780_000, Queue: 48 << 10, Delay: 100 * time.Millisecond, Jitter: 15 * time.Millisecond, Spread: Pareto, Loss: 0.005},
	}

	// Satellite is geostationary: 35,786 km up and down again take light 239 ms; slots and coding add 50. Rain takes a fifth of the
	// datagrams for a hundred at a time (1 % in all).
	Satellite = Conditions{
		Up:   Profile{Rate: 3_000_000, Queue: 256 << 10, Delay: 290 * time.Millisecond, Jitter: 10 * time.Millisecond, Spread: Normal, Burst: Burst{0.0005, 0.01, 0.2}},
		Down: Profile{Rate: 25_000_000, Queue: 1 << 20, Delay: 290 * time.Millisecond, Jitter: 5 * time.Millisecond, Spread: Normal, Burst: Burst{0.0005, 0.01, 0.2}},
	}

	// BadHotel is a crowded access point behind a cheap line with too large a buffer: everything at once. Bursts lose half of ten
	// datagrams at a time, one in eleven datagrams falls into one (4.5 %), and the full queue adds a third of a second down and a whole one up.
	BadHotel = Conditions{
		Up: Profile{
			Rate: 1_000_000, Queue: 128 << 10, Delay: 40 * time.Millisecond, Jitter: 40 * time.Millisecond, Spread: Pareto,
			Loss: 0.02, Burst: Burst{0.01, 0.1, 0.5}, Reorder: 0.01, ReorderBy: 30 * time.Millisecond, Duplicate: 0.002,
		},
		Down: Profile{
			Rate: 3_000_000, Queue: 128 << 10, Delay: 40 * time.Millisecond, Jitter: 40 * time.Millisecond, Spread: Pareto,
			Loss: 0.02, Burst: Burst{0.01, 0.1, 0.5}, Reorder: 0.01, ReorderBy: 30 * time.Millisecond, Duplicate: 0.002,
		},
	}
)

func both(p Profile) Conditions {
	return Conditions{Up: p, Down: p}
}

// PresetNames are what Preset knows, from good to bad.
var PresetNames = []string{"perfect", "lan", "wifi", "4g", "3g", "satellite", "badhotel"}

// Preset returns conditions by name, in any case. The error lists the names.
func Preset(name string) (Conditions, error) {
	switch strings.ToLower(name) {
	case "perfect":
		return Conditions{}, nil
	case "lan":
		return LAN, nil
	case "wifi":
		return WiFi, nil
	case "4g":
		return Cellular4G, nil
	case "3g":
		return Cellular3G, nil
	case "satellite":
		return Satellite, nil
	case "badhotel":
		return BadHotel, nil
	}
	return Conditions{}, fmt.Errorf("no preset %q; there are %s", name, strings.Join(PresetNames, ", "))
}
