// Command waitfor waits until a URL answers, whatever the status, and fails when it has not done so in time.
//
//	waitfor [-timeout 30s] URL
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"
)

// interval is the pause between two attempts.
const interval = 50 * time.Millisecond

func main() {
	timeout := flag.Duration("timeout", 30*time.Second, "give up after this `duration`")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: waitfor [-timeout 30s] URL")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}

	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	err := wait(ctx, flag.Arg(0))
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "waitfor:", err)
		os.Exit(1)
	}
}

// wait returns nil as soon as url has answered one GET, and the last failure once ctx is done.
func wait(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	client := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for {
		resp, err := client.Do(req)
		if err == nil {
			return resp.Body.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no answer in time: %w", err)
		case <-time.After(interval):
		}
	}
}
