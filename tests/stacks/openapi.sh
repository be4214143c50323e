#!/usr/bin/env bash
# Is the API as infra/openapi.yaml says? Lints the file with redocly, starts the local program, and calls every route
# from the file (openapi.py; schemathesis makes the odd requests, openapi.toml says which). Needs target/debug/doorcode.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/stacks/common.sh

redocly=target/node-redocly
# No compiled files beside the sources.
export PYTHONDONTWRITEBYTECODE=1
venv schemathesis 'schemathesis>=4.32,<5'

# Node and its packages, as Debian and Ubuntu package them.
install_npm() {
    if command -v npm >/dev/null; then
        return
    fi
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends npm >/dev/null
}

install_redocly() {
    if [ -x $redocly/node_modules/.bin/redocly ]; then
        return
    fi
    install_npm
    npm install --silent --no-fund --no-audit --prefix $redocly '@redocly/cli@2'
}

lint() {
    REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true NODE_NO_WARNINGS=1 \
        $redocly/node_modules/.bin/redocly lint infra/openapi.yaml --extends recommended-strict
}

install_redocly
part lint

begin
# What the program said, without the refusals: those were asked for.
complain() {
    grep --invert-match '"level":"INFO"' "$scratch/doorcode.log" >&2 || true
}

port=$(free_port)
inbox_port=$(free_port)
setsid target/debug/doorcode --port "$port" --inbox-port "$inbox_port" >"$scratch/doorcode.log" 2>&1 &
program=$!
started+=("$program")
answers "http://localhost:$port/" "$program"

part target/venv-schemathesis/bin/python tests/stacks/openapi.py "http://localhost:$port" "http://localhost:$inbox_port"
