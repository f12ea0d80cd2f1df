//go:build !linux

package echo

import (
	"context"
	"errors"

	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

func serveBare(context.Context, string, *meter.Server) error {
	return errors.New("recvmmsg and sendmmsg are Linux's")
}
