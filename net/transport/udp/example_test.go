package udp_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

// A datagram from one socket to another.
func Example() {
	server, err := udp.Listen("127.0.0.1:0", udp.Config{})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	client, err := udp.Dial(server.LocalAddr(), udp.Config{})
	if err != nil {
		panic(err)
	}
	defer client.Close()

	if _, err := client.WriteBatch([]transport.Datagram{{Addr: server.LocalAddr(), Data: []byte("hello")}}); err != nil {
		panic(err)
	}
	if err := server.Wait(context.Background(), 5*time.Second); err != nil {
		panic(err)
	}
	in := make([]transport.Datagram, 8)
	n, err := server.ReadBatch(in)
	fmt.Println(n, string(in[0].Data), err)
	// Output: 1 hello <nil>
}
