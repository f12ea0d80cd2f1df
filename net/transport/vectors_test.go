package transport

import (
	"bytes"
	"crypto/mlkem"
	"encoding/hex"
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
)

// The vectors that net/PROTOCOL.md promises. go test ./net/transport -run
// Vectors -update writes them anew; read the diff.
var update = flag.Bool("update", false, "write the vectors under net/testdata/vectors anew")

const vectorDir = "../testdata/vectors/"

// hexBytes is hexadecimal in JSON.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(p []byte) (err error) {
	*h, err = hex.DecodeString(string(p))
	return err
}
func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

type packetVector struct {
	Direction string   `json:"direction"`
	Phase     uint64   `json:"phase"`
	Number    uint64   `json:"number"`
	Bytes     int      `json:"number_bytes"`
	Expected  uint64   `json:"receiver_expects"` // largest opened + 1
	Secret    hexBytes `json:"secret"`
	Plaintext hexBytes `json:"plaintext"`
	Packet    hexBytes `json:"packet"`
}

type handshakeVector struct {
	Name      string   `json:"name"`
	Suite     uint8    `json:"aead"`
	Version   uint32   `json:"version"`
	Protocol  uint64   `json:"protocol"`
	ClientID  uint32   `json:"client_id"`
	ServerID  uint32   `json:"server_id"`
	Static    hexBytes `json:"server_static_private"`
	Public    hexBytes `json:"server_static_public"`
	ClientEph hexBytes `json:"client_ephemeral_private"`
	ServerEph hexBytes `json:"server_ephemeral_private"`
	Cookie    hexBytes `json:"cookie"`
	Token     hexBytes `json:"token"`
	PSK       hexBytes `json:"token_secret"`
	Payload   hexBytes `json:"accept_payload"`

	Hello   hexBytes `json:"hello"`
	Retry   hexBytes `json:"retry"`
	Connect hexBytes `json:"connect"`
	Accept  hexBytes `json:"accept"`
	Binding hexBytes `json:"handshake_hash"`

	KEMSeed    hexBytes       `json:"mlkem_seed,omitempty"` // d || z of FIPS 203
	KEMKey     hexBytes       `json:"mlkem_encapsulation_key,omitempty"`
	KEMText    hexBytes       `json:"mlkem_ciphertext,omitempty"`
	KEMShared  hexBytes       `json:"mlkem_shared,omitempty"`
	Start      hexBytes       `json:"start"`
	Ready      hexBytes       `json:"ready"`
	Packets    []packetVector `json:"packets"`
	ResetToken hexBytes       `json:"reset_token"`
	Reset      hexBytes       `json:"reset"`
}

func fill(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

// newHandshakeVector has the inputs of a case.
func newHandshakeVector(name string, suite secure.Suite, token, kem bool) *handshakeVector {
	v := &handshakeVector{
		Name: name, Suite: uint8(suite), Version: 3, Protocol: 0x1122334455667788, ClientID: 0xa1b2c3d4, ServerID: 0x00070102,
		Static: fill(1), ClientEph: fill(2), ServerEph: fill(3), Cookie: fill(4)[:secure.CookieSize],
		Token: hexBytes{}, PSK: hexBytes{}, ResetToken: fill(5)[:resetTokenSize],
	}
	if token {
		v.Token, v.PSK = append([]byte{secure.KindJoin}, fill(6)...), fill(7)
	}
	if kem {
		v.KEMSeed = append(fill(8), fill(9)...)
	}
	return v
}

// compute fills in everything that follows from the inputs.
func (v *handshakeVector) compute(t *testing.T) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(v.Name, err)
		}
	}
	suite := secure.Suite(v.Suite)
	h := hello{wire: WireVersion, version: v.Version, protocol: v.Protocol, client: v.ClientID}
	v.Hello = appendHello(nil, h)
	v.Retry = append(appendRetryHead(nil, v.ClientID), v.Cookie...)
	var psk *[secure.KeySize]byte
	if len(v.PSK) > 0 {
		psk = (*[secure.KeySize]byte)(v.PSK)
	}
	head := appendConnectHead(nil, h, v.Cookie, suite, v.Token)
	init, msg1, err := secure.NewInitiator(suite, head, psk, bytes.NewReader(v.ClientEph))
	must(err)
	full := append(bytes.Clone(head), msg1...)
	v.Connect = append(full, zeros[:connectSize-len(full)]...)

	id := secure.IdentityFromSeed([32]byte(v.Static))
	v.Public = id.Public[:]
	channels := fuzzTable.Hash()
	a := acceptPayload{server: v.ServerID, timeout: 10000, mtu: MaxMTU, channels: channels, app: [32]byte(fill(10))}
	copy(a.reset[:], v.ResetToken)
	if len(v.KEMSeed) > 0 {
		a.flags |= acceptPostQuantum
	}
	v.Payload = a.append(nil)
	c, err := parseConnect(v.Connect)
	must(err)
	msg2, secrets, err := secure.Respond(suite, id, c.prologue, psk, bytes.NewReader(v.ServerEph), c.msg1, v.Payload)
	must(err)
	v.Accept = append(appendAcceptHead(nil, v.ClientID), msg2...)
	_, msg2, err = parseAccept(v.Accept)
	must(err)
	payload, client, err := init.Finish(msg2)
	must(err)
	if client != secrets || !bytes.Equal(payload, v.Payload) {
		t.Fatal(v.Name, "the two sides differ")
	}
	v.Binding = client.Binding[:]
	v.encapsulate(t)
	s := start{channels: channels, app: a.app, mtu: MaxMTU, mlkem: v.KEMKey}
	v.Start, v.Ready = s.append(nil), appendReady(nil, v.KEMText)
	v.Reset = appendReset(nil, v.ServerID, a.reset)
	v.Packets = nil
	v.packets(t, "to server", suite, v.ServerID, client.ToServer)
	v.packets(t, "to client", suite, v.ClientID, client.ToClient)
}

// encapsulate checks the ciphertext of the file, or makes one for a new file.
func (v *handshakeVector) encapsulate(t *testing.T) {
	if len(v.KEMSeed) == 0 {
		return
	}
	dk, err := mlkem.NewDecapsulationKey768(v.KEMSeed)
	if err != nil {
		t.Fatal(err)
	}
	v.KEMKey = dk.EncapsulationKey().Bytes()
	if len(v.KEMText) == 0 {
		_, v.KEMText, err = encapsulate(v.KEMKey)
		if err != nil {
			t.Fatal(err)
		}
	}
	if v.KEMShared, err = dk.Decapsulate(v.KEMText); err != nil {
		t.Fatal(err)
	}
}

// packets seals one packet in each of three phases, with each length of number.
func (v *handshakeVector) packets(t *testing.T, direction string, suite secure.Suite, id uint32, secret secure.Secret) {
	t.Helper()
	scope := new(int)
	for phase := range uint64(3) {
		mix := []byte(nil)
		if phase == 1 {
			mix = v.KEMShared
		}
		if phase > 0 {
			secret = secret.Next(mix)
		}
		p := packetVector{
			Direction: direction, Phase: phase, Number: []uint64{0, 0x01_0203, 0x4102_0304}[phase], Bytes: int(2 + phase),
			Expected: []uint64{0, 1, 0x01_0204}[phase], Secret: bytes.Clone(secret[:]), Plaintext: []byte{0x01},
		}
		if phase > 0 {
			p.Plaintext = append([]byte{0x01, 0x80 | 0x20 | 1}, "hello"...)
		}
		s := secure.NewSealer(suite, secret, scope)
		s.Skip(p.Number)
		buf := secure.AppendHeader(make([]byte, 0, 64), id, uint8(phase), p.Number, p.Bytes)
		head := len(buf)
		out, err := s.Seal(append(buf, p.Plaintext...), head)
		if err != nil {
			t.Fatal(err)
		}
		p.Packet = out
		v.Packets = append(v.Packets, p)
	}
}

func TestHandshakeVectors(t *testing.T) {
	want := []*handshakeVector{
		newHandshakeVector("AES-GCM", secure.AESGCM, false, false),
		newHandshakeVector("ChaCha20-Poly1305, ML-KEM", secure.ChaChaPoly, false, true),
		newHandshakeVector("AES-GCM, token, ML-KEM", secure.AESGCM, true, true),
		newHandshakeVector("ChaCha20-Poly1305, token", secure.ChaChaPoly, true, false),
	}
	var file struct {
		Comment string             `json:"comment"`
		Vectors []*handshakeVector `json:"vectors"`
	}
	if !*update {
		readVectors(t, "handshake.json", &file)
		for i, v := range want {
			v.KEMText = file.Vectors[i].KEMText
		}
	}
	for _, v := range want {
		v.compute(t)
	}
	file.Comment = "Whole handshakes of net/PROTOCOL.md. Bytes in hexadecimal. The channel table is 'a' unreliable and 'b' ordered with default sizes."
	file.Vectors = want
	checkVectors(t, "handshake.json", &file)
}

type textVectors struct {
	Comment string `json:"comment"`
	Keys    []struct {
		Key  hexBytes `json:"key"`
		Text string   `json:"text"`
	} `json:"keys"`
	Tokens []struct {
		Key      hexBytes `json:"key"`
		Kind     byte     `json:"kind"`
		ID       hexBytes `json:"id"`
		NotAfter int64    `json:"not_after"`
		Protocol uint64   `json:"protocol"`
		Secret   hexBytes `json:"secret"`
		Data     hexBytes `json:"data"`
		Token    hexBytes `json:"token"`
	} `json:"tokens"`
	Resets []struct {
		Identity hexBytes `json:"identity_private"`
		ID       uint32   `json:"server_id"`
		Address  string   `json:"address"`
		Token    hexBytes `json:"token"`
	} `json:"reset_tokens"`
	Tables []struct {
		Text string   `json:"text"`
		Hash hexBytes `json:"sha256"`
	} `json:"channel_tables"`
}

func TestTextVectors(t *testing.T) {
	var v textVectors
	v.Comment = "Texts and opaque values of net/PROTOCOL.md. Bytes in hexadecimal. The token's nonce is 24 bytes of 0x11."
	for _, k := range [][]byte{make([]byte, 32), fill(0xff), fill(0x5a)} {
		v.Keys = append(v.Keys, struct {
			Key  hexBytes `json:"key"`
			Text string   `json:"text"`
		}{k, secure.FormatKey([32]byte(k))})
	}
	v.Tokens = append(v.Tokens, v.newToken(t))
	for _, a := range []string{"192.0.2.1:4000", "[2001:db8::1]:65535"} {
		id := secure.IdentityFromSeed([32]byte(fill(1)))
		e := &Endpoint{resetKey: id.Subkey("reset")}
		token := e.resetToken(0x00070102, netip.MustParseAddrPort(a))
		v.Resets = append(v.Resets, struct {
			Identity hexBytes `json:"identity_private"`
			ID       uint32   `json:"server_id"`
			Address  string   `json:"address"`
			Token    hexBytes `json:"token"`
		}{fill(1), 0x00070102, a, token[:]})
	}
	for _, table := range []channel.Table{nil, fuzzTable, {
		{Name: "u", Kind: channel.Unreliable},
		{Name: "s", Kind: channel.Sequenced, MaxMessage: 900},
		{Name: "r", Kind: channel.Reliable},
		{Name: "o", Kind: channel.Ordered},
		{Name: "l", Kind: channel.Latest},
		{Name: "b", Kind: channel.Bulk},
	}} {
		hash := table.Hash()
		v.Tables = append(v.Tables, struct {
			Text string   `json:"text"`
			Hash hexBytes `json:"sha256"`
		}{string(table.Text()), hash[:]})
	}
	checkVectors(t, "text.json", &v)
}

func (v *textVectors) newToken(t *testing.T) (x struct {
	Key      hexBytes `json:"key"`
	Kind     byte     `json:"kind"`
	ID       hexBytes `json:"id"`
	NotAfter int64    `json:"not_after"`
	Protocol uint64   `json:"protocol"`
	Secret   hexBytes `json:"secret"`
	Data     hexBytes `json:"data"`
	Token    hexBytes `json:"token"`
},
) {
	x.Key, x.Kind, x.ID, x.NotAfter, x.Protocol = fill(1), secure.KindJoin, fill(2)[:16], 1_800_000_000, 42
	x.Secret, x.Data = fill(3), []byte("player 7")
	g := secure.Grant{ID: [16]byte(x.ID), NotAfter: time.Unix(x.NotAfter, 0), Protocol: x.Protocol, Secret: [32]byte(x.Secret), Data: x.Data}
	key := secure.TokenKey(x.Key)
	token, err := key.Seal(x.Kind, &g, bytes.NewReader(bytes.Repeat([]byte{0x11}, 24)))
	if err != nil {
		t.Fatal(err)
	}
	x.Token = token
	return x
}

func readVectors(t *testing.T, name string, into any) {
	t.Helper()
	p, err := os.ReadFile(vectorDir + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(p, into); err != nil {
		t.Fatal(name, err)
	}
}

// checkVectors compares what was computed with the file, byte for byte.
func checkVectors(t *testing.T, name string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(vectorDir+name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(vectorDir + name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n")), got) {
		t.Fatalf("%s is not what the code computes: if the protocol changed on purpose, write it anew with -update, raise WireVersion and say so in net/PROTOCOL.md", name)
	}
}

// The packets of the vectors open as section 4 of net/PROTOCOL.md says.
func TestVectorsOpen(t *testing.T) {
	var file struct{ Vectors []*handshakeVector }
	readVectors(t, "handshake.json", &file)
	for _, v := range file.Vectors {
		for i, p := range v.Packets {
			if i%3 == 0 && p.Phase != 0 {
				t.Fatal("order of packets")
			}
			if i%3 != 0 {
				continue
			}
			o := secure.NewOpener(secure.Suite(v.Suite), secure.Secret(p.Secret))
			for k, q := range v.Packets[i : i+3] {
				if k > 0 {
					mix := []byte(nil)
					if k == 1 {
						mix = v.KEMShared
					}
					o.Prepare(mix)
				}
				if o.Expected() != q.Expected {
					t.Fatal("what the receiver expects", o.Expected(), q.Expected)
				}
				h, err := secure.ParseHeader(q.Packet)
				if err != nil {
					t.Fatal(v.Name, err)
				}
				pn, plain, advanced, err := o.Open(bytes.Clone(q.Packet), h)
				if err != nil || pn != q.Number || !bytes.Equal(plain, q.Plaintext) || advanced != (k > 0) {
					t.Fatalf("%s, %s, phase %d: number %d, % x, %v", v.Name, q.Direction, q.Phase, pn, plain, err)
				}
			}
		}
	}
}
