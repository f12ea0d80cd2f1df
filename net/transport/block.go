package transport

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// BlockList holds addresses and networks that an Endpoint does not talk to: it
// ignores their handshakes and ends their connections with reason Banned. It is
// safe for use by several goroutines, may be shared by Endpoints, and its zero
// value blocks nobody.
type BlockList struct {
	mu      sync.Mutex // for changes; readers take set
	set     atomic.Pointer[blockSet]
	version atomic.Uint64
	added   []netip.Prefix // by Add
	file    []netip.Prefix // by Reload
	path    string
	stamp   time.Time
	size    int64
}

// blockSet is immutable: prefixes by length, so that a look-up is one map
// access for each length in use.
type blockSet struct {
	prefixes map[netip.Prefix]struct{}
	bits4    []int
	bits6    []int
}

// maxBlockFile bounds a block list file in bytes.
const maxBlockFile = 16 << 20

// LoadBlockList reads a file: one address or CIDR network a line, "#" begins a
// comment. A line that is neither is an error that names it.
func LoadBlockList(path string) (*BlockList, error) {
	b := &BlockList{path: path}
	if _, err := b.Reload(); err != nil {
		return nil, err
	}
	return b, nil
}

// Reload reads the file again if its time or size has changed, and reports
// whether it had. On an error the list stays as it was. Call it every few
// seconds, or on a signal.
func (b *BlockList) Reload() (changed bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.path == "" {
		return false, errors.New("transport: this block list has no file: use LoadBlockList")
	}
	info, err := os.Stat(b.path)
	if err != nil {
		return false, fmt.Errorf("block list: %w", err)
	}
	if info.ModTime().Equal(b.stamp) && info.Size() == b.size && b.set.Load() != nil {
		return false, nil
	}
	f, err := os.Open(b.path)
	if err != nil {
		return false, fmt.Errorf("block list: %w", err)
	}
	defer f.Close()
	list, err := parseBlockList(io.LimitReader(f, maxBlockFile))
	if err != nil {
		return false, fmt.Errorf("block list %s: %w", b.path, err)
	}
	b.file, b.stamp, b.size = list, info.ModTime(), info.Size()
	b.rebuild()
	return true, nil
}

func parseBlockList(r io.Reader) (list []netip.Prefix, err error) {
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		line, _, _ := strings.Cut(s.Text(), "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		p, err := ParsePrefix(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		list = append(list, p)
	}
	return list, s.Err()
}

// ParsePrefix reads an address or a network in CIDR form.
func ParsePrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a network such as 192.0.2.0/24", text)
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return netip.Prefix{}, fmt.Errorf("%q covers all of IPv4: write the IPv4 network itself", text)
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// Add blocks a network.
func (b *BlockList) Add(p netip.Prefix) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p = p.Masked(); !slices.Contains(b.added, p) {
		b.added = append(b.added, p)
		b.rebuild()
	}
}

// Remove takes back what Add has added. What is in the file stays blocked.
func (b *BlockList) Remove(p netip.Prefix) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.added, p.Masked()); i >= 0 {
		b.added = slices.Delete(b.added, i, i+1)
		b.rebuild()
	}
}

// List is everything that is blocked.
func (b *BlockList) List() []netip.Prefix {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append(slices.Clone(b.added), b.file...)
}

// Blocked reports whether an address is blocked.
func (b *BlockList) Blocked(a netip.Addr) bool {
	s := b.set.Load()
	if s == nil {
		return false
	}
	bits := s.bits6
	if a = a.Unmap().WithZone(""); a.Is4() {
		bits = s.bits4
	}
	for _, n := range bits {
		p, err := a.Prefix(n)
		if err != nil {
			continue
		}
		if _, ok := s.prefixes[p]; ok {
			return true
		}
	}
	return false
}

func (b *BlockList) rebuild() {
	s := &blockSet{prefixes: make(map[netip.Prefix]struct{}, len(b.added)+len(b.file))}
	for _, list := range [][]netip.Prefix{b.added, b.file} {
		for _, p := range list {
			s.prefixes[p] = struct{}{}
			bits := &s.bits6
			if p.Addr().Is4() {
				bits = &s.bits4
			}
			if !slices.Contains(*bits, p.Bits()) {
				*bits = append(*bits, p.Bits())
			}
		}
	}
	b.set.Store(s)
	b.version.Add(1)
}

// blocked reports whether an address is on the Endpoint's block list.
func (e *Endpoint) blocked(a netip.Addr) bool {
	return e.cfg.Block != nil && e.cfg.Block.Blocked(a)
}

// dropBlocked ends connections of addresses that the block list has come to
// hold since the last call.
func (e *Endpoint) dropBlocked() {
	if e.cfg.Block == nil {
		return
	}
	v := e.cfg.Block.version.Load()
	if v == e.blockVersion {
		return
	}
	e.blockVersion = v
	for _, c := range e.conns {
		if c.state < Closing && e.blocked(c.addr.Addr()) {
			c.Close(Banned, "")
		}
	}
}
