package main

import (
	"context"
	"time"

	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
	"github.com/xtaci/kcp-go/v5"
)

// kcpKey encrypts: everybody's, as the bench's identity is.
var kcpKey = []byte("tandem bench: this is no secret!")

// setUp chooses low latency over low overhead, as games do.
func setUp(s *kcp.UDPSession) {
	s.SetNoDelay(1, 10, 2, 1)
	s.SetWindowSize(256, 256)
	s.SetACKNoDelay(true)
	s.SetWriteDelay(false)
}

func serveKCP(ctx context.Context, addr string, m *meter.Server) error {
	block, err := kcp.NewAESBlockCrypt(kcpKey)
	if err != nil {
		return err
	}
	l, err := kcp.ListenWithOptions(addr, block, 0, 0)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { l.Close() })()
	_ = l.SetReadBuffer(4 << 20)
	_ = l.SetWriteBuffer(4 << 20)
	ready(l.Addr())
	for {
		s, err := l.AcceptKCP()
		if err != nil {
			return err
		}
		setUp(s)
		go echoKCP(s, m)
	}
}

func echoKCP(s *kcp.UDPSession, m *meter.Server) {
	p := make([]byte, 2048)
	for {
		n, err := s.Read(p)
		if err != nil {
			return
		}
		if _, err := s.Write(p[:n]); err != nil {
			return
		}
		m.Echoed(1)
	}
}

type kcpSession struct{ s *kcp.UDPSession }

func dialKCP(addr string) (meter.Session, error) {
	block, err := kcp.NewAESBlockCrypt(kcpKey)
	if err != nil {
		return nil, err
	}
	s, err := kcp.DialWithOptions(addr, block, 0, 0)
	if err != nil {
		return nil, err
	}
	setUp(s)
	return kcpSession{s}, nil
}

func (k kcpSession) Send(p []byte) error {
	_, err := k.s.Write(p)
	return err
}

func (k kcpSession) Receive(p []byte, deadline time.Time) (int, error) {
	_ = k.s.SetReadDeadline(deadline)
	n, err := k.s.Read(p)
	return n, late(err)
}

func (k kcpSession) Close() error { return k.s.Close() }
