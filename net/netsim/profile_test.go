package netsim

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestValidate(t *testing.T) {
	for want, p := range map[string]Profile{
		"netsim: Loss is 5; a probability is 0 to 1 (5% is 0.05)":   {Loss: 5},
		"netsim: Corrupt is -1; a probability is 0 to 1":            {Corrupt: -1},
		"netsim: Burst.Leave is 2; a probability":                   {Burst: Burst{0.1, 2, 1}},
		"netsim: Delay is below 0; leave it 0 to do without":        {Delay: -time.Second},
		"netsim: Rate is below 0":                                   {Rate: -1},
		"netsim: Burst needs Leave and Loss beside Enter":           {Burst: Burst{Enter: 0.1}},
		"netsim: Spread 9 is none of Uniform, Normal, Pareto":       {Spread: 9},
		"netsim: Duplicate is NaN; a probability is 0 to 1 (5% is ": {Duplicate: nan()},
	} {
		err := p.Validate()
		require.ErrorContains(t, err, want)
		require.PanicsWithValue(t, err.Error(), func() { NewNetwork(0).SetDefault(p) })
		require.PanicsWithValue(t, err.Error(), func() { NewNetwork(0).SetLink(alice, bob, p) })
		require.PanicsWithValue(t, err.Error(), func() { NewPipe(0, 0, p) })
	}
}

func nan() float64 {
	var zero float64
	return zero / zero
}

func TestPresets(t *testing.T) {
	for _, name := range PresetNames {
		c, err := Preset(strings.ToUpper(name))
		require.NoError(t, err)
		require.NoError(t, c.Up.Validate())
		require.NoError(t, c.Down.Validate())
		require.Equal(t, name == "perfect", c == Conditions{})
	}
	_, err := Preset("5g")
	require.EqualError(t, err, `no preset "5g"; there are perfect, lan, wifi, 4g, 3g, satellite, badhotel`)
}

// TestPresetsDoWhatTheySay measures one game client's traffic, 30 datagrams a second up, on each preset.
func TestPresetsDoWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		name             string
		profile          Profile
		loss, lossWithin float64
		mean, meanWithin float64 // ms
	}{
		{"lan", LAN.Up, 0, 0, 0.2, 0.01},
		{"wifi", WiFi.Up, 0.0032, 0.001, 15.1, 0.3},
		{"4g", Cellular4G.Up, 0.001, 0.0005, 35.1, 0.5},
		{"3g", Cellular3G.Up, 0.005, 0.001, 120, 3},
		{"satellite", Satellite.Up, 0.0095, 0.003, 290.3, 0.5},
		{"badhotel", BadHotel.Up, 0.065, 0.006, 112, 3}, // 80 of its own, the rest behind late ones
	} {
		out := through(t, NewPipe(seed, 0, c.profile), many, 100, 33*ms)
		require.InDelta(t, c.loss, 1-distinct(out)/many, c.lossWithin, c.name)
		mean, _ := moments(out)
		require.InDelta(t, c.mean, mean, c.meanWithin, c.name)
	}
}

// distinct counts the datagrams that arrived, copies not.
func distinct(out []arrived) float64 {
	seen := map[int]bool{}
	for _, a := range out {
		seen[a.number] = true
	}
	return float64(len(seen))
}

func TestSettingsRoundTrip(t *testing.T) {
	for _, c := range []Conditions{{}, LAN, WiFi, Cellular4G, Cellular3G, Satellite, BadHotel, both(Profile{MTU: 900, Corrupt: 0.001, Rate: 17})} {
		for _, want := range []Profile{c.Up, c.Down} {
			var got Profile
			if text := want.String(); text != "perfect" {
				for part := range strings.SplitSeq(text, ", ") {
					key, value, _ := strings.Cut(part, " ")
					require.NoError(t, got.Set(key, value))
				}
			}
			require.Equal(t, want, got, "%v", want)
		}
	}
	require.Equal(t, "loss 0.5%, rate 780kbit, queue 49152, delay 100ms, jitter 15ms, spread pareto", Cellular3G.Down.String())
}

func TestSetErrors(t *testing.T) {
	for _, c := range [][3]string{
		{"loss", "200%", "loss 200%: want a share from 0% to 100%, such as 5%"},
		{"loss", "many", "want a share"},
		{"delay", "50", "delay 50: want a time such as 50ms"},
		{"delay", "-1s", "want a time"},
		{"rate", "fast", "rate fast: want a rate such as 780kbit, 3mbit or 1gbit, or 0"},
		{"rate", "-3mbit", "want a rate"},
		{"burst", "1%", "want ENTER/LEAVE/LOSS such as 1%/20%/50%, or 0"},
		{"burst", "1%/0/0", "Burst needs Leave and Loss"},
		{"spread", "flat", "want uniform, normal or pareto"},
		{"mtu", "1.5", "want a number of bytes such as 1200"},
		{"lag", "1", `no setting "lag"; there are mtu, loss, burst, rate, queue, corrupt, delay, jitter, spread, reorder, reorderby, duplicate`},
	} {
		p := WiFi.Up
		require.ErrorContains(t, p.Set(c[0], c[1]), c[2])
		require.Equal(t, WiFi.Up, p, "unchanged after an error")
	}
	p := WiFi.Up
	require.NoError(t, p.Set("burst", "0"))
	require.NoError(t, p.Set("LOSS", "0.25"))
	require.Equal(t, Burst{}, p.Burst)
	require.EqualValues(t, 0.25, p.Loss)
}
