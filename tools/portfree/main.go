// Command portfree succeeds when every address it is given can be listened on, and names those that are taken.
//
//	portfree HOST:PORT...
package main

import (
	"context"
	"fmt"
	"net"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: portfree HOST:PORT...")
		os.Exit(2)
	}
	failed := false
	for _, address := range os.Args[1:] {
		if err := listen(context.Background(), address); err != nil {
			fmt.Fprintf(os.Stderr, "cannot listen on %s: %v\n", address, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

// listen opens address for a moment.
func listen(ctx context.Context, address string) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return listener.Close()
}
