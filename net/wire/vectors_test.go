package wire

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var updateVectors = flag.Bool("update", false, "write models.json and updates.json under net/testdata/vectors anew")

const (
	modelsFile  = "../testdata/vectors/models.json"
	updatesFile = "../testdata/vectors/updates.json"
)

// updateVectorFile is net/testdata/vectors/updates.json: streams of Section 15 that a decoder in another language can be tested with.
type updateVectorFile struct {
	Comment string            `json:"comment"`
	Codecs  map[string]string `json:"codecs"` // schema text by name
	Streams []streamVector    `json:"streams"`
}

// streamVector is one entropy-coded stream and what is in it, in order.
type streamVector struct {
	Name   string       `json:"name"`
	Pieces bool         `json:"pieces,omitempty"` // prefix codes; else range-coded
	Steps  []streamStep `json:"steps"`
	Bytes  string       `json:"bytes"`
	Error  string       `json:"error,omitempty"` // short, range, trailing, varint: what reading the steps ends in
}

// streamStep is one thing in a stream. Which fields count depends on Op.
type streamStep struct {
	Op        string   `json:"op"`               // bits, uvarint, bytes, entity, roster, id, end, types, record (an id and its types), update
	Repeat    int      `json:"repeat,omitempty"` // this many times; 0: once
	Width     uint     `json:"width,omitempty"`
	Value     uint64   `json:"value,omitempty"`
	Bytes     string   `json:"bytes,omitempty"`
	Expected  []uint32 `json:"expected,omitempty"` // ids
	ID        uint32   `json:"id,omitempty"`
	Possible  uint64   `json:"possible,omitempty"` // sets of types: bit i for type i
	Likely    uint64   `json:"likely,omitempty"`
	Present   uint64   `json:"present,omitempty"`
	Codec     string   `json:"codec,omitempty"`
	Base      []uint32 `json:"base,omitempty"`
	Older     []uint32 `json:"older,omitempty"`
	Oldest    []uint32 `json:"oldest,omitempty"`
	Age       uint32   `json:"age,omitempty"`
	Gap       uint32   `json:"gap,omitempty"`
	OldestGap uint32   `json:"oldest_gap,omitempty"`
	Lanes     []uint32 `json:"lanes,omitempty"`
}

func (s *streamStep) past() *Past {
	return &Past{Base: s.Base, Older: s.Older, Oldest: s.Oldest, Age: s.Age, Gap: s.Gap, OldestGap: s.OldestGap}
}

func (s *streamStep) times() int { return max(s.Repeat, 1) }

// write encodes the step. surprise is the entity's so far.
func (s *streamStep) write(t *testing.T, e *Encoder, r *Roster, surprise *Surprise) {
	switch s.Op {
	case "bits":
		e.Bits(s.Value, s.Width)
	case "uvarint":
		e.Uvarint(s.Value)
	case "bytes":
		e.Bytes(unhex(t, s.Bytes))
	case "entity":
		*surprise = FirstOfEntity
	case "roster":
		r.Reset(s.Expected)
	case "id":
		r.Put(e, s.ID)
		*surprise = FirstOfEntity
	case "record":
		r.Record(e, s.ID, s.Present, s.Possible, s.Likely)
		*surprise = FirstOfEntity
	case "end":
		r.End(e)
	case "types":
		e.Types(s.Present, s.Possible, s.Likely)
	case "update":
		symbols, after := vectorCodec(t, s.Codec).Update(nil, s.past(), s.Lanes, *surprise)
		e.Update(symbols)
		*surprise = after
	default:
		t.Fatalf("unknown op %q", s.Op)
	}
}

// read decodes the step and compares. Without compare only the decoder's error matters.
func (s *streamStep) read(t *testing.T, d *Decoder, r *Roster, compare bool) {
	var want, got any
	switch s.Op {
	case "bits":
		want, got = s.Value, d.Bits(s.Width)
	case "uvarint":
		want, got = s.Value, d.Uvarint()
	case "bytes":
		b := make([]byte, len(s.Bytes)/2)
		d.Bytes(b)
		want, got = s.Bytes, hex.EncodeToString(b)
	case "entity":
		d.Entity()
	case "roster":
		r.Reset(s.Expected)
	case "id":
		id, ok := r.Next(d, 1<<16)
		want, got = fmt.Sprint(s.ID, true), fmt.Sprint(id, ok)
	case "record":
		id, ok := r.Next(d, 1<<16)
		want, got = fmt.Sprint(s.ID, true, s.Present), fmt.Sprint(id, ok, d.Types(s.Possible, s.Likely))
	case "end":
		_, ok := r.Next(d, 1<<16)
		want, got = false, ok
	case "types":
		want, got = s.Present, d.Types(s.Possible, s.Likely)
	case "update":
		lanes := make([]uint32, len(s.Lanes))
		_ = vectorCodec(t, s.Codec).ReadUpdate(d, s.past(), lanes) // the decoder keeps it
		want, got = s.Lanes, lanes
	default:
		t.Fatalf("unknown op %q", s.Op)
	}
	if d.Err() == nil && compare {
		require.Equal(t, want, got, "%s", s.Op)
	}
}

func (v *streamVector) encode(t *testing.T) []byte {
	var e Encoder
	var r Roster
	surprise := FirstOfEntity
	if v.Pieces {
		e.ResetPieces(nil)
	} else {
		e.Reset(nil)
	}
	for i := range v.Steps {
		for range v.Steps[i].times() {
			v.Steps[i].write(t, &e, &r, &surprise)
		}
	}
	return bytes.Clone(e.Finish())
}

func (v *streamVector) decode(t *testing.T) error {
	var d Decoder
	var r Roster
	if v.Pieces {
		d.ResetPieces(unhex(t, v.Bytes))
	} else {
		d.Reset(unhex(t, v.Bytes))
	}
	for i := range v.Steps {
		for range v.Steps[i].times() {
			v.Steps[i].read(t, &d, &r, v.Error == "")
		}
	}
	return d.Done()
}

func unhex(t *testing.T, s string) []byte {
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// vectorCodec returns the codec of a name in the file.
func vectorCodec(t *testing.T, name string) *Codec {
	typ, ok := vectorTypes[name]
	require.True(t, ok, "no codec %q", name)
	c, err := Compile(typ, Quantised)
	require.NoError(t, err)
	return c
}

var vectorErrors = map[string]error{"": nil, "short": ErrShort, "range": ErrRange, "trailing": ErrTrailing, "varint": ErrVarint}

// TestUpdateVectors reads net/testdata/vectors/updates.json and writes each stream again, to the same bytes.
func TestUpdateVectors(t *testing.T) {
	if *updateVectors {
		writeVectorFile(t, updatesFile, buildUpdateVectors(t))
	}
	text, err := os.ReadFile(updatesFile)
	require.NoError(t, err)
	var f updateVectorFile
	require.NoError(t, json.Unmarshal(text, &f))
	require.Len(t, f.Codecs, len(vectorTypes))
	for name, schema := range f.Codecs {
		require.Equal(t, schema, vectorCodec(t, name).Schema(), name)
	}
	require.NotEmpty(t, f.Streams)
	for i := range f.Streams {
		v := &f.Streams[i]
		t.Run(v.Name, func(t *testing.T) {
			want, known := vectorErrors[v.Error]
			require.True(t, known, v.Error)
			if err := v.decode(t); want == nil {
				require.NoError(t, err)
				require.Equal(t, v.Bytes, hex.EncodeToString(v.encode(t)))
			} else {
				require.True(t, errors.Is(err, want), "%v", err)
			}
		})
	}
}

// modelFile is net/testdata/vectors/models.json: the tables of Section 15, which are part of the protocol.
type modelFile struct {
	Comment  string                     `json:"comment"`
	Contexts [][]int                    `json:"contexts"` // a row, a place: the model
	Priors   [][]uint16                 `json:"priors"`   // a model, a symbol: parts of 16384; those that are not named are 0
	Lengths  [][]int                    `json:"lengths"`  // a model, a symbol: bits of its word in the model's prefix code
	Mixed    map[string]json.RawMessage `json:"mixed"`    // a model after some uses, for testing the learning rule
}

func buildModels() (f modelFile) {
	f.Comment = "The tables of PROTOCOL.md, section 15. Normative."
	for row := range contextRows {
		models := make([]int, surprises)
		for place := range models {
			models[place] = int(contextModel[row*surprises+place])
		}
		f.Contexts = append(f.Contexts, models)
	}
	for m := range priorCounts {
		n := alphabet
		for n > 0 && priorCounts[m][n-1] == 0 {
			n--
		}
		f.Priors = append(f.Priors, priorCounts[m][:n])
		lengths := make([]int, n)
		for s := range lengths {
			lengths[s] = int(prefixCodes[m].words[s].n)
		}
		f.Lengths = append(f.Lengths, lengths)
	}
	f.Mixed = map[string]json.RawMessage{}
	for _, k := range []int{31, 32, 64, 600, 17000} {
		var a adaptive
		a.reset()
		for i := range k {
			a.learn(2, uint8(i*i%7+i%3))
		}
		var parts []uint16
		for s := range alphabet {
			parts = append(parts, a.at[2][s+1]-a.at[2][s])
		}
		f.Mixed[fmt.Sprintf("%05d", k)], _ = json.Marshal(parts)
	}
	return f
}

// TestModelVectors compares net/testdata/vectors/models.json with the tables in use.
func TestModelVectors(t *testing.T) {
	f := buildModels()
	if *updateVectors {
		writeVectorFile(t, modelsFile, f)
	}
	text, err := os.ReadFile(modelsFile)
	require.NoError(t, err)
	want, err := json.Marshal(f)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(text), "the protocol has changed: go test ./net/wire -run Vectors -update, and PROTOCOL.md")
}

// writeVectorFile writes indented JSON in which lists of numbers, steps and names stay on one line.
func writeVectorFile(t *testing.T, path string, v any) {
	text, err := json.Marshal(v)
	require.NoError(t, err)
	var out strings.Builder
	depth, quoted := 0, false
	for i, c := range text {
		switch {
		case c == '"' && text[i-1] != '\\':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		out.WriteByte(c)
		if opens := !quoted && (c == '[' || c == '{'); opens && depth <= 2 || !quoted && c == ',' && depth <= 2 {
			out.WriteByte('\n')
		} else if !quoted && c == ',' && depth <= 4 && text[i+1] == '{' {
			out.WriteByte('\n')
		}
	}
	require.True(t, json.Valid([]byte(out.String())))
	require.NoError(t, os.WriteFile(path, []byte(out.String()+"\n"), 0o644))
}
