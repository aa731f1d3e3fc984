package conformance

import (
	"context"
	"maps"
	"slices"
	"time"
)

// step carries out one step and compares what came of it.
func (r *run) step(ctx context.Context, step *Step) error {
	switch {
	case step.Do != nil:
		return r.do(ctx, step.Do)
	case step.WaitMS > 0:
		return pause(ctx, time.Duration(step.WaitMS)*time.Millisecond)
	case step.Mail != nil:
		return r.mail(ctx, step)
	case step.NoMail != nil:
		return r.noMail(ctx, step)
	case step.Request == nil || step.Expect == nil:
		return errUnrecorded
	}
	answer, err := r.request(ctx, step.Request)
	for i := 1; err == nil && i < step.Repeat; i++ {
		answer, err = r.request(ctx, step.Request)
	}
	if err != nil {
		return err
	}
	if err := r.compare(step.Expect, answer); err != nil {
		return err
	}
	return r.captureAll(step.Capture, answer)
}

func (r *run) captureAll(sources map[string]string, answer *Answer) error {
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		value, err := r.capture(sources[name], answer)
		if err != nil {
			return err
		}
		r.vars[name] = value
	}
	return nil
}

// pause waits, or returns the error of a context that ends before.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
