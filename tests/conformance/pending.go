package conformance

import (
	"fmt"
	"os"
	"strings"
)

// Pending lists the scenarios that a server is known not to pass yet.
type Pending struct {
	patterns []string // area/name or area/*
}

// LoadPending reads a file with one pattern per line: area/name, or area/* for a whole area. What follows a # is a
// comment.
func LoadPending(path string) (*Pending, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("loading the pending scenarios: %w", err)
	}
	return parsePending(string(raw))
}

func parsePending(list string) (*Pending, error) {
	var pending Pending
	number := 0
	for line := range strings.Lines(list) {
		number++
		pattern, _, _ := strings.Cut(line, "#")
		pattern = strings.TrimSpace(pattern)
		if pattern == "" {
			continue
		}
		area, name, _ := strings.Cut(pattern, "/")
		if area == "" || name == "" || strings.ContainsAny(pattern, " \t") || strings.Contains(area, "*") ||
			(name != "*" && strings.Contains(name, "*")) {
			return nil, fmt.Errorf("line %d of the pending scenarios: %q is neither area/name nor area/*", number, pattern)
		}
		pending.patterns = append(pending.patterns, pattern)
	}
	return &pending, nil
}

// Pattern returns the first pattern that covers a scenario, or nothing.
func (p *Pending) Pattern(label string) string {
	for _, pattern := range p.patterns {
		if covers(pattern, label) {
			return pattern
		}
	}
	return ""
}

// Idle returns the patterns that cover no scenario which an earlier one does not cover.
func (p *Pending) Idle(labels []string) []string {
	busy := make(map[string]bool)
	for _, label := range labels {
		busy[p.Pattern(label)] = true
	}
	var idle []string
	seen := make(map[string]bool)
	for _, pattern := range p.patterns {
		if !busy[pattern] || seen[pattern] {
			idle = append(idle, pattern)
		}
		seen[pattern] = true
	}
	return idle
}

func covers(pattern, label string) bool {
	if area, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(label, area)
	}
	return pattern == label
}
