package window

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/tandem-engine/tandem/net/secure"
)

// settings are what a player need not enter twice. They are kept in the user's configuration folder.
type settings struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Key     string `json:"key"`
	Bots    int    `json:"bots"`
	Port    int    `json:"port"`
	Delay   int    `json:"delay"` // of commands, milliseconds; negative: as the game does

	path  string // empty: there is nowhere to keep them
	saved string
}

// remember reads what was kept of a game; what is missing or wrong has its default.
func remember(game string) settings {
	s := settings{Name: defaultName(), Bots: defaultBots, Port: DefaultPort, Delay: gameDelay}
	dir, err := os.UserConfigDir()
	if err != nil {
		return s
	}
	s.path = filepath.Join(dir, "tandem", game+".json")
	data, err := os.ReadFile(s.path)
	if err != nil {
		return s
	}
	kept := s
	if json.Unmarshal(data, &kept) != nil {
		return s
	}
	kept.path, kept.saved = s.path, string(data)
	kept.Bots = min(max(kept.Bots, 0), maxBots)
	if kept.Delay = min(kept.Delay, maxDelay); kept.Delay < 0 {
		kept.Delay = gameDelay
	}
	if kept.Port < 1 || kept.Port > 65535 {
		kept.Port = DefaultPort
	}
	return kept
}

func defaultName() string {
	for _, key := range [...]string{"USER", "USERNAME"} {
		if name := strings.TrimSpace(os.Getenv(key)); name != "" && name != "root" {
			return name
		}
	}
	return "Pilot"
}

// save keeps the settings if they have changed.
func (s *settings) save() error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil || s.path == "" || string(data) == s.saved {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(s.path, data, 0o600); err != nil {
		return err
	}
	s.saved = string(data)
	return nil
}

// identity is that of the games that are hosted here. It is kept, so that the key which friends have been told stays
// right; where nothing can be kept it is nil, and each game has its own.
func (s *settings) identity() (*secure.Identity, error) {
	if s.path == "" {
		return nil, nil
	}
	path := strings.TrimSuffix(s.path, ".json") + ".identity"
	if os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return nil, nil
	}
	return secure.LoadOrCreate(path)
}

// joinFlags turns "ADDRESS KEY" into the flags that join it.
func joinFlags(invite string) string {
	address, key, _ := strings.Cut(invite, " ")
	return address + " -key " + key
}
