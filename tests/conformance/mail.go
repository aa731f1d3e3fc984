package conformance

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"
)

const (
	mailPoll    = 50 * time.Millisecond
	noMailPause = 400 * time.Millisecond
)

// mailFields are the keys of a message that are compared.
var mailFields = []string{"from", "to", "reply_to", "subject", "html", "text"}

type mailArguments struct {
	To  string `json:"to"`
	Nth int    `json:"nth"` // 1 by default
}

// mail waits for a mail, compares it and captures from it.
func (r *run) mail(ctx context.Context, step *Step) error {
	arguments := mailArguments{Nth: 1}
	if err := r.vars.fillInto(step.Mail, &arguments); err != nil {
		return err
	}
	if step.Expect == nil {
		return errUnrecorded
	}
	message, err := r.awaitMail(ctx, arguments)
	if err != nil {
		return err
	}
	var want struct {
		Mail map[string]any `json:"mail"`
	}
	if err := r.vars.fillInto(step.Expect, &want); err != nil {
		return err
	}
	if err := compareMail(want.Mail, message); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(step.Capture)) {
		value, err := captureMail(step.Capture[name], message)
		if err != nil {
			return err
		}
		r.vars[name] = value
	}
	return nil
}

func (r *run) awaitMail(ctx context.Context, wanted mailArguments) (map[string]any, error) {
	deadline := time.Now().Add(r.patience)
	for {
		seen, err := r.messages(ctx, wanted.To)
		if err != nil {
			return nil, err
		}
		if len(seen) >= wanted.Nth {
			return seen[wanted.Nth-1], nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("expected mail number %d to %s, got %d", wanted.Nth, wanted.To, len(seen))
		}
		if err := pause(ctx, mailPoll); err != nil {
			return nil, err
		}
	}
}

func (r *run) noMail(ctx context.Context, step *Step) error {
	var arguments mailArguments
	if err := r.vars.fillInto(step.NoMail, &arguments); err != nil {
		return err
	}
	wait := noMailPause
	if step.AfterMS > 0 {
		wait = time.Duration(step.AfterMS) * time.Millisecond
	}
	if err := pause(ctx, wait); err != nil {
		return err
	}
	seen, err := r.messages(ctx, arguments.To)
	if err == nil && len(seen) > 0 {
		err = fmt.Errorf("expected no mail to %s, got %d", arguments.To, len(seen))
	}
	return err
}

// messages asks the sink for the mails to an address, oldest first.
func (r *run) messages(ctx context.Context, to string) ([]map[string]any, error) {
	url := r.target.file.MailURL + "/messages?to=" + percentEncode(to)
	answer, err := Send(ctx, http.MethodGet, url, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("asking for mails: %w", err)
	}
	var body struct {
		Messages []map[string]any `json:"messages"`
	}
	if err := answer.into(http.StatusOK, &body); err != nil {
		return nil, fmt.Errorf("asking for mails: %w", err)
	}
	return body.Messages, nil
}

func compareMail(want, message map[string]any) error {
	got := make(map[string]any, len(mailFields))
	for _, field := range mailFields {
		got[field] = message[field]
	}
	if plain, _ := got["text"].(string); plain != "" && equal(want["text"], want["html"]) {
		want = maps.Clone(want)
		want["text"] = "<any>" // recorded as the HTML once more; a real text does better
	}
	if err := Differ(want, got, got); err != nil {
		return fmt.Errorf("mail %w", err)
	}
	return nil
}

// captureMail returns the first group of a pattern, from the text or else from the HTML.
func captureMail(pattern string, message map[string]any) (string, error) {
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return "", fmt.Errorf("capturing from a mail: %w", err)
	}
	for _, part := range []string{"text", "html"} {
		body, _ := message[part].(string)
		if found := compiled.FindStringSubmatch(body); len(found) > 1 {
			return found[1], nil
		}
	}
	return "", fmt.Errorf("the mail has nothing like %s", pattern)
}
