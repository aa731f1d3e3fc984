#!/bin/sh
# Makes the client libraries of js/package-lock.json ready in js/node_modules. Where Node.js is missing it is installed,
# if that is possible without asking. Does nothing when everything is there already.
set -eu
cd "$(dirname "$0")/js"

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "$0: the client tests need Node.js >= 20.18.2 with npm; install it and try again" >&2
		exit 1
	fi
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm
fi

node -e '
	const [major, minor, patch] = process.versions.node.split(".").map(Number)
	process.exit(major > 20 || (major === 20 && (minor > 18 || (minor === 18 && patch >= 2))) ? 0 : 1)
' || {
	echo "$0: the client tests need Node.js >= 20.18.2, and $(command -v node) is $(node --version)" >&2
	exit 1
}

# What is installed has a copy of the lock file it came from.
if ! cmp -s package-lock.json node_modules/.installed; then
	npm ci --no-audit --no-fund --ignore-scripts
	cp package-lock.json node_modules/.installed
fi
