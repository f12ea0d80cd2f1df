package netsim

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// setting is a field of Profile as people write it.
type setting struct {
	key  string
	help string
	set  func(p *Profile, value string) error
	get  func(p *Profile) string // empty: off
}

// settings are in the order of Profile's fields.
var settings = []setting{
	{
		"mtu", "largest datagram in bytes, such as 1200",
		func(p *Profile, v string) error { return setWhole(&p.MTU, v) },
		func(p *Profile) string { return whole(p.MTU) },
	},
	{
		"loss", "share of datagrams lost, such as 5%",
		func(p *Profile, v string) error { return setShare(&p.Loss, v) },
		func(p *Profile) string { return share(p.Loss) },
	},
	{
		"burst", "loss in bursts as ENTER/LEAVE/LOSS, such as 1%/20%/50%",
		setBurst,
		func(p *Profile) string {
			if p.Burst == (Burst{}) {
				return ""
			}
			return share(p.Burst.Enter) + "/" + share(p.Burst.Leave) + "/" + share(p.Burst.Loss)
		},
	},
	{
		"rate", "bits a second, such as 780kbit or 3mbit",
		setRate,
		func(p *Profile) string { return rate(p.Rate) },
	},
	{
		"queue", "bytes that may wait for the rate, such as 65536",
		func(p *Profile, v string) error { return setWhole(&p.Queue, v) },
		func(p *Profile) string { return whole(p.Queue) },
	},
	{
		"corrupt", "share of datagrams with a changed byte, such as 0.1%",
		func(p *Profile, v string) error { return setShare(&p.Corrupt, v) },
		func(p *Profile) string { return share(p.Corrupt) },
	},
	{
		"delay", "time under way, one direction, such as 50ms",
		func(p *Profile, v string) error { return setTime(&p.Delay, v) },
		func(p *Profile) string { return span(p.Delay) },
	},
	{
		"jitter", "spread of the delay, such as 10ms",
		func(p *Profile, v string) error { return setTime(&p.Jitter, v) },
		func(p *Profile) string { return span(p.Jitter) },
	},
	{
		"spread", "distribution of the jitter: uniform, normal or pareto",
		setSpread,
		func(p *Profile) string {
			if p.Spread == Uniform {
				return ""
			}
			return p.Spread.String()
		},
	},
	{
		"reorder", "share of datagrams held back so that others overtake, such as 1%",
		func(p *Profile, v string) error { return setShare(&p.Reorder, v) },
		func(p *Profile) string { return share(p.Reorder) },
	},
	{
		"reorderby", "how long those are held back, such as 30ms",
		func(p *Profile, v string) error { return setTime(&p.ReorderBy, v) },
		func(p *Profile) string { return span(p.ReorderBy) },
	},
	{
		"duplicate", "share of datagrams that arrive twice, such as 2%",
		func(p *Profile, v string) error { return setShare(&p.Duplicate, v) },
		func(p *Profile) string { return share(p.Duplicate) },
	},
}

// Settings calls f with the name of every field that Set knows and a line of help.
func Settings(f func(key, help string)) {
	for _, s := range settings {
		f(s.key, s.help)
	}
}

// Set changes one field by its name in lower case, from text as people write it: shares as 5% or 0.05, times as 50ms, rates as 3mbit,
// distributions by name; 0 turns a fault off. After an error the profile is as it was.
func (p *Profile) Set(key, value string) error {
	for _, s := range settings {
		if s.key != strings.ToLower(key) {
			continue
		}
		changed := *p
		if err := s.set(&changed, strings.TrimSpace(value)); err != nil {
			return fmt.Errorf("%s %s: %w", s.key, value, err)
		}
		*p = changed
		return nil
	}
	var keys []string
	Settings(func(key, _ string) { keys = append(keys, key) })
	return fmt.Errorf("no setting %q; there are %s", key, strings.Join(keys, ", "))
}

// Set changes one setting of both directions, or of one if the key says so: loss, up.loss, down.loss. After an error the conditions are as
// they were.
func (c *Conditions) Set(key, value string) error {
	changed := *c
	sides := []*Profile{&changed.Up, &changed.Down}
	side, name, one := strings.Cut(strings.ToLower(key), ".")
	switch {
	case !one:
		name = key
	case side == "up":
		sides = sides[:1]
	case side == "down":
		sides = sides[1:]
	default:
		return fmt.Errorf("%s: a direction is up or down, as in up.loss", key)
	}
	for _, p := range sides {
		if err := p.Set(name, value); err != nil {
			return err
		}
	}
	*c = changed
	return nil
}

// String returns the settings that are not off, as Set takes them; "perfect" if all are.
func (p Profile) String() string {
	var on []string
	for _, s := range settings {
		if v := s.get(&p); v != "" {
			on = append(on, s.key+" "+v)
		}
	}
	if on == nil {
		return "perfect"
	}
	return strings.Join(on, ", ")
}

// String returns the name that Set takes.
func (d Distribution) String() string {
	switch d {
	case Uniform:
		return "uniform"
	case Normal:
		return "normal"
	case Pareto:
		return "pareto"
	}
	return fmt.Sprintf("Distribution(%d)", uint8(d))
}

func setShare(to *float64, text string) error {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(number, 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 1) {
		return fmt.Errorf("want a share from 0%% to 100%%, such as 5%%")
	}
	*to = v
	return nil
}

// share writes a probability as a percentage without noise digits.
func share(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(math.Round(v*1e8)/1e6, 'g', -1, 64) + "%"
}

func setTime(to *time.Duration, text string) error {
	v, err := time.ParseDuration(text)
	if err != nil || v < 0 {
		return fmt.Errorf("want a time such as 50ms")
	}
	*to = v
	return nil
}

func span(v time.Duration) string {
	if v == 0 {
		return ""
	}
	return v.String()
}

func setWhole(to *int, text string) error {
	v, err := strconv.Atoi(text)
	if err != nil || v < 0 || v > math.MaxInt32 {
		return fmt.Errorf("want a number of bytes such as 1200")
	}
	*to = v
	return nil
}

func whole(v int) string {
	if v == 0 {
		return ""
	}
	return strconv.Itoa(v)
}

func setBurst(p *Profile, text string) error {
	if text == "0" {
		p.Burst = Burst{}
		return nil
	}
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return fmt.Errorf("want ENTER/LEAVE/LOSS such as 1%%/20%%/50%%, or 0")
	}
	for i, to := range []*float64{&p.Burst.Enter, &p.Burst.Leave, &p.Burst.Loss} {
		if err := setShare(to, parts[i]); err != nil {
			return err
		}
	}
	return p.Validate()
}

// rateUnits are the units of a rate, the largest first.
var rateUnits = []struct {
	name string
	bits int64
}{{"gbit", 1_000_000_000}, {"mbit", 1_000_000}, {"kbit", 1_000}}

func setRate(p *Profile, text string) error {
	unit := int64(1)
	number := strings.ToLower(text)
	for _, u := range rateUnits {
		if cut, ok := strings.CutSuffix(number, u.name); ok {
			number, unit = cut, u.bits
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !(v >= 0 && v*float64(unit) <= 1e12) {
		return fmt.Errorf("want a rate such as 780kbit, 3mbit or 1gbit, or 0")
	}
	p.Rate = int64(v * float64(unit))
	return nil
}

func rate(v int64) string {
	if v == 0 {
		return ""
	}
	for _, u := range rateUnits {
		if v >= u.bits {
			return strconv.FormatFloat(float64(v)/float64(u.bits), 'g', -1, 64) + u.name
		}
	}
	return strconv.FormatInt(v, 10)
}

func setSpread(p *Profile, text string) error {
	for d := Uniform; d <= Pareto; d++ {
		if d.String() == strings.ToLower(text) {
			p.Spread = d
			return nil
		}
	}
	return fmt.Errorf("want uniform, normal or pareto")
}
