//go:build !linux

package echo

import (
	"context"
	"errors"

	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

var errLinux = errors.New("recvmmsg and sendmmsg are Linux's")

func serveBare(context.Context, string, *meter.Server, listening) error { return errLinux }

func serveBlocking(context.Context, string, *meter.Server, listening) error { return errLinux }
