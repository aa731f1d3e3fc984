#!/bin/sh
# Runs the demo API and the gateway in front of it until Ctrl-C, or until one of the two ends. `make run` builds what is
# needed first.
set -eu
cd "$(dirname "$0")/.."

gateway=127.0.0.1:8080
demo=127.0.0.1:8081

if ! build/portfree "$gateway" "$demo"; then
	echo "run: the demo needs ports 8080 and 8081; end what uses them, then try again" >&2
	exit 1
fi

# Caddyfile.example keeps the store and the socket of the commands in data/; Caddy opens the socket first.
mkdir -p -m 700 data

running=

# stop ends what was started and waits for it.
# shellcheck disable=SC2317 # called by the trap
stop() {
	trap - EXIT HUP INT TERM
	for pid in $running; do
		kill "$pid" 2>/dev/null || true
	done
	for pid in $running; do
		wait "$pid" || true
	done
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 0' INT # Ctrl-C is how this is meant to end
trap 'exit 143' TERM

build/demo -listen "$demo" &
demo_pid=$!
running=$demo_pid
./caddy run --config Caddyfile.example &
gateway_pid=$!
running="$gateway_pid $demo_pid"

# both_live fails, and says which one it was, once either has ended.
both_live() {
	kill -0 "$demo_pid" 2>/dev/null || {
		echo "run: the demo API has ended; its last lines above say why" >&2
		return 1
	}
	kill -0 "$gateway_pid" 2>/dev/null || {
		echo "run: the gateway has ended; its last lines above say why" >&2
		return 1
	}
}

attempts=0
until build/waitfor -timeout 500ms "http://$gateway/" 2>/dev/null; do
	both_live || exit 1
	attempts=$((attempts + 1))
	if [ "$attempts" -ge 120 ]; then
		echo "run: http://$gateway does not answer after a minute" >&2
		exit 1
	fi
done
both_live || exit 1
cat tools/try.txt

while both_live; do
	sleep 1
done
exit 1
