package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	readyPoll = 50 * time.Millisecond
	stopGrace = 10 * time.Second
	logTail   = 6 << 10 // bytes
)

// Environment returns the variables that tell a server under test about the configuration it is to run in.
func (g Group) Environment() []string {
	variables := []string{"CONFORMANCE_MODE=" + g.Mode, "CONFORMANCE_OPTIONS=" + g.Options, "CONFORMANCE_RATELIMIT=off"}
	if g.Max > 0 {
		variables = append(variables[:2],
			"CONFORMANCE_RATELIMIT=on",
			"CONFORMANCE_RATELIMIT_INTERVAL="+strconv.FormatInt(g.Interval.Milliseconds(), 10),
			"CONFORMANCE_RATELIMIT_MAX="+strconv.Itoa(g.Max),
		)
	}
	return variables
}

// Server is a server under test, running as a process of its own.
type Server struct {
	stop context.CancelFunc
	done chan struct{} // closed when the process has ended
	err  error         // how it ended; to be read after done
	log  string
}

// StartServer starts a program with the given variables added to the environment. The directory, which should be empty,
// becomes its working directory and its place for temporary files, and holds its log.
func StartServer(ctx context.Context, program, directory string, environment []string) (*Server, error) {
	ctx, cancel := context.WithCancel(ctx)
	server := &Server{stop: cancel, done: make(chan struct{}), log: filepath.Join(directory, "server.log")}
	log, err := os.Create(server.log)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("starting the server: %w", err)
	}
	command := exec.CommandContext(ctx, program)
	command.Dir = directory
	command.Env = append(append(os.Environ(), "TMPDIR="+directory), environment...)
	command.Stdout, command.Stderr = log, log
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = stopGrace
	if err := command.Start(); err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("starting the server: %w", err), log.Close())
	}
	go func() {
		defer close(server.done)
		server.err = errors.Join(command.Wait(), log.Close())
	}()
	return server, nil
}

// Stop ends the process, forcibly when it does not end in time, and waits for that.
func (s *Server) Stop() {
	s.stop()
	<-s.done
}

// Await waits until something answers at the URL without a server error.
func (s *Server) Await(ctx context.Context, url string, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		answer, err := Send(ctx, http.MethodGet, url, nil, nil)
		if err == nil && answer.Status < http.StatusInternalServerError {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("the server ended while it was starting: %w", s.err)
		case <-ctx.Done():
			return fmt.Errorf("nothing answers at %s: %w", url, ctx.Err())
		case <-time.After(readyPoll):
		}
	}
}

// LogTail returns the end of what the server wrote.
func (s *Server) LogTail() string {
	raw, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	if len(raw) > logTail {
		raw = raw[len(raw)-logTail:]
	}
	return string(raw)
}

// FreePort returns a loopback port that nothing listened on a moment ago.
func FreePort(ctx context.Context) (int, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}
