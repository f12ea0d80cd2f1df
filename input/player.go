package input

// PlayerID numbers the players of a game. 0 is nobody, and the server.
type PlayerID uint16
