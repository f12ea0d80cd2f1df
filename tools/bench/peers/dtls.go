package main

import (
	"context"
	"net"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

func serveDTLS(ctx context.Context, addr string, m *meter.Server) error {
	cert, err := certificate()
	if err != nil {
		return err
	}
	a, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return err
	}
	l, err := dtls.ListenWithOptions("udp", a, dtls.WithCertificates(cert))
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { l.Close() })()
	ready(l.Addr())
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go echoDTLS(conn, m)
	}
}

// echoDTLS shakes hands with the first Read.
func echoDTLS(conn net.Conn, m *meter.Server) {
	defer conn.Close()
	p := make([]byte, 2048)
	for {
		n, err := conn.Read(p)
		if err != nil {
			return
		}
		if _, err := conn.Write(p[:n]); err != nil {
			return
		}
		m.Echoed(1)
	}
}

type dtlsSession struct{ conn *dtls.Conn }

func dialDTLS(addr string) (meter.Session, error) {
	a, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, err
	}
	conn, err := dtls.DialWithOptions("udp", a, dtls.WithInsecureSkipVerify(true))
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	return dtlsSession{conn}, conn.HandshakeContext(ctx)
}

func (s dtlsSession) Send(p []byte) error {
	_, err := s.conn.Write(p)
	return err
}

func (s dtlsSession) Receive(p []byte, deadline time.Time) (int, error) {
	_ = s.conn.SetReadDeadline(deadline)
	n, err := s.conn.Read(p)
	return n, late(err)
}

func (s dtlsSession) Close() error { return s.conn.Close() }
