package channel

import (
	"errors"
	"strings"
	"testing"
)

func TestTableText(t *testing.T) {
	const want = "tandem channels 1\n" +
		"0 u unreliable 16384\n1 s sequenced 16384\n2 r reliable 65536\n3 o ordered 65536\n4 l latest 65536\n5 b bulk 0\n"
	if got := string(everyKind.Text()); got != want {
		t.Errorf("%q", got)
	}
	tuned := append(Table(nil), everyKind...)
	tuned[0].Priority, tuned[1].Weight, tuned[2].MaxMessage = 9, 9, defaultReliableMax
	if tuned.Hash() != everyKind.Hash() {
		t.Error("priorities, weights and spelt-out defaults are not what both sides must agree on")
	}
	tuned[2].MaxMessage = 100
	if tuned.Hash() == everyKind.Hash() {
		t.Error("a different largest message is not noticed")
	}
}

func TestTableDiff(t *testing.T) {
	ours := Table{{Name: "chat", Kind: Ordered}, {Name: "fx"}}
	for _, c := range []struct {
		theirs Table
		want   []string
	}{
		{ours, nil},
		{Table{{Name: "chat", Kind: Reliable}, {Name: "fx"}}, []string{"0 chat ordered", "0 chat reliable"}},
		{Table{{Name: "chat", Kind: Ordered}}, []string{"we have", "1 fx"}},
		{Table{{Name: "chat", Kind: Ordered}, {Name: "fx"}, {Name: "voice"}}, []string{"they have", "2 voice"}},
	} {
		d := ours.Diff(c.theirs.Text())
		if (d == "") != (c.want == nil) {
			t.Errorf("%q", d)
		}
		for _, w := range c.want {
			if !strings.Contains(d, w) {
				t.Errorf("%q does not say %q", d, w)
			}
		}
	}
}

func TestTableValidate(t *testing.T) {
	for _, c := range []struct {
		table Table
		want  string
	}{
		{Table{{}}, "1 to 64"},
		{Table{{Name: "a b"}}, "without spaces"},
		{Table{{Name: "a\n"}}, "without spaces"},
		{Table{{Name: strings.Repeat("x", 65)}}, "1 to 64"},
		{Table{{Name: "a"}, {Name: "a"}}, "both named"},
		{Table{{Name: "a", Kind: kinds}}, "unknown kind"},
		{Table{{Name: "a", MaxMessage: MaxMessage + 1}}, "MaxMessage"},
		{Table{{Name: "a", MaxMessage: -1}}, "MaxMessage"},
		{Table{{Name: "a", Kind: Bulk, MaxMessage: 5}}, "bulk"},
		{make(Table, MaxChannels+1), "at most"},
	} {
		err := c.table.Validate()
		if !errors.Is(err, ErrTable) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v does not say %q", err, c.want)
		}
		if _, err := NewLink(Config{Channels: c.table}); err == nil {
			t.Errorf("NewLink takes what Validate refuses: %s", c.want)
		}
	}
}
