package main

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

const alpn = "echo"

var quicConfig = &quic.Config{EnableDatagrams: true}

func serveQUIC(ctx context.Context, addr string, m *meter.Server) error {
	cert, err := certificate()
	if err != nil {
		return err
	}
	l, err := quic.ListenAddr(addr, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{alpn}}, quicConfig)
	if err != nil {
		return err
	}
	defer l.Close()
	ready(l.Addr())
	for {
		conn, err := l.Accept(ctx)
		if err != nil {
			return err
		}
		go echoQUIC(ctx, conn, m)
	}
}

func echoQUIC(ctx context.Context, conn *quic.Conn, m *meter.Server) {
	for {
		p, err := conn.ReceiveDatagram(ctx)
		if err != nil {
			return
		}
		if conn.SendDatagram(p) == nil {
			m.Echoed(1)
		}
	}
}

type quicSession struct{ conn *quic.Conn }

func dialQUIC(addr string) (meter.Session, error) {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	conn, err := quic.DialAddr(ctx, addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{alpn}}, quicConfig)
	return quicSession{conn}, err
}

func (s quicSession) Send(p []byte) error { return s.conn.SendDatagram(append([]byte(nil), p...)) }

func (s quicSession) Receive(p []byte, deadline time.Time) (int, error) {
	ctx, stop := context.WithDeadline(s.conn.Context(), deadline)
	defer stop()
	d, err := s.conn.ReceiveDatagram(ctx)
	return copy(p, d), late(err)
}

func (s quicSession) Close() error { return s.conn.CloseWithError(0, "") }
