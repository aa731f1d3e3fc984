#!/bin/sh
# Runs every fuzz test of the module, one after the other, each for the time given.
#
#   tools/fuzz.sh 60s
#
# An input that fails is kept below testdata/fuzz of its package and is part of `go test` from then on: commit it.
set -eu
cd "$(dirname "$0")/.."

duration=${1:?usage: tools/fuzz.sh DURATION, for example 60s}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# deadline_only holds when the run failed for no other reason than that its time was up: before Go 1.27 the end of
# -fuzztime is now and then reported as a failure (https://go.dev/issue/75804). A real one keeps its input.
deadline_only() {
	grep -q '^ *context deadline exceeded$' "$log" && ! grep -Eq 'Failing input|panic:|fatal error:' "$log"
}

fuzz() {
	echo "== $2 ($1), $duration"
	status=0
	go test -run '^$' -fuzz "^$2\$" -fuzztime "$duration" "$1" >"$log" 2>&1 </dev/null || status=$?
	cat "$log"
	if [ "$status" -ne 0 ] && deadline_only; then
		echo "the time was up and no input failed: passed"
		status=0
	fi
	return "$status"
}

files='{{range .TestGoFiles}}{{$.ImportPath}} {{$.Dir}}/{{.}}
{{end}}{{range .XTestGoFiles}}{{$.ImportPath}} {{$.Dir}}/{{.}}
{{end}}'
list=$(go list -f "$files" ./...)
targets=$(echo "$list" | while read -r package file; do
	[ -z "$file" ] || sed -n "s|^func \(Fuzz[A-Za-z0-9_]*\)(.*|$package \1|p" "$file"
done)
if [ -z "$targets" ]; then
	echo "fuzz: no fuzz test found" >&2
	exit 1
fi

echo "$targets" | while read -r package name; do
	fuzz "$package" "$name"
done
