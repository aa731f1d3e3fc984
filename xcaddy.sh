#!/bin/sh
# Builds Caddy with this checkout of Gatewright inside.
#
#   ./xcaddy.sh [output [xcaddy build arguments...]]
#
# The output is ./caddy unless named. Caddy has the version that go.mod requires. Whatever follows the output goes to
# `xcaddy build`, for example: ./xcaddy.sh ./caddy --with github.com/mholt/caddy-l4
set -eu

module=github.com/gatewright/gatewright
caddy=github.com/caddyserver/caddy/v2

fail() {
	echo "xcaddy.sh: $*" >&2
	exit 1
}

# number turns a Go version such as 1.26.8 or 1.27rc1 into a number that can be compared: 1026008, 1027000.
number() {
	echo "$1" | awk -F . '{ printf "%d%03d%03d\n", $1, $2, $3 }'
}

case ${1:-} in
-h | --help)
	sed -n '2,/^set/ { /^set/d; s/^# \{0,1\}//; p; }' "$0"
	exit 0
	;;
-*) fail "the first argument is the output file, not $1 (try ./xcaddy.sh --help)" ;;
esac

# The output is meant from where the caller stands; everything else happens at the root of the checkout.
output=${1:-}
[ $# -eq 0 ] || shift
case $output in
'') output=caddy ;;
/*) ;;
*) output=$PWD/$output ;;
esac
cd "$(dirname "$0")"

# Go refuses a go.mod that is too new for it by itself, but late and without saying where to get another.
wanted=$(awk '$1 == "go" { print $2; exit }' go.mod)
command -v go >/dev/null || fail "Go is not installed; version $wanted or later is needed (https://go.dev/dl/)"
found=$(go env GOVERSION)
if [ "$(number "${found#go}")" -lt "$(number "$wanted")" ]; then
	fail "Go $wanted or later is needed, this is $found (https://go.dev/dl/)"
fi

version=$(go list -m -f '{{.Version}}' "$caddy")
export CGO_ENABLED=0

# Without a version behind --with, the newest one would be looked up although the module is replaced; where it is not
# published, some proxies answer that with an error that ends the build. A named version that is replaced is not looked
# up at all, so this works with every GOPROXY, "direct" and "off" included.
exec go tool -modfile=tools/go.mod xcaddy build "$version" --output "$output" \
	--with "$module@v0.0.0" --replace "$module=." "$@"
