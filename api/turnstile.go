package api

import (
	"context"
	"sync/atomic"
	"time"
)

// How long a caller queues at a turnstile.
const (
	// maxQueue is how many may wait at once.
	maxQueue = 64
	// queuePatience is how long each of them waits.
	queuePatience = 2 * time.Second
)

// turnstile lets a number of callers through at once, in the order they came.
type turnstile struct {
	places chan struct{}
	queue  atomic.Int64 // those who wait in enter
}

func newTurnstile(places int) *turnstile { return &turnstile{places: make(chan struct{}, places)} }

// wait takes a place as soon as one is free. The only error is that of the context.
func (t *turnstile) wait(ctx context.Context) (leave func(), err error) {
	select {
	case t.places <- struct{}{}:
		return t.leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// enter is wait for those who can come again: it returns errBusy when too many wait already, or a place is long in coming.
func (t *turnstile) enter(ctx context.Context) (leave func(), err error) {
	select {
	case t.places <- struct{}{}:
		return t.leave, nil
	default:
	}
	defer t.queue.Add(-1)
	if t.queue.Add(1) > maxQueue {
		return nil, errBusy
	}
	patient, cancel := context.WithTimeoutCause(ctx, queuePatience, errBusy)
	defer cancel()
	if leave, err = t.wait(patient); err != nil {
		return nil, context.Cause(patient)
	}
	return leave, nil
}

func (t *turnstile) leave() { <-t.places }
