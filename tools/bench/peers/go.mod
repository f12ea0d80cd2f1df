module github.com/tandem-engine/tandem/tools/bench/peers

go 1.26.0

require (
	github.com/pion/dtls/v3 v3.1.15
	github.com/quic-go/quic-go v0.62.0
	github.com/tandem-engine/tandem v0.0.0
	github.com/xtaci/kcp-go/v5 v5.6.8
)

require (
	github.com/klauspost/cpuid/v2 v2.3.0 // indirect
	github.com/klauspost/reedsolomon v1.14.2 // indirect
	github.com/pion/logging v0.2.4 // indirect
	github.com/pion/transport/v5 v5.0.0 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	github.com/templexxx/cpu v0.1.0 // indirect
	github.com/templexxx/xorsimd v0.4.2 // indirect
	github.com/tjfoc/gmsm v1.4.1 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/tandem-engine/tandem => ../../..
