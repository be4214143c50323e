#!/usr/bin/env bash
# Is the API as infra/openapi.yaml says? Lints the file with redocly, starts the local program, and calls every route
# from the file (openapi.py; schemathesis makes the odd requests, openapi.toml says which). Needs target/debug/doorcode.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/stacks/common.sh

# No compiled files beside the sources.
export PYTHONDONTWRITEBYTECODE=1
venv schemathesis
node_packages

lint() {
    REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true NODE_NO_WARNINGS=1 \
        target/node/node_modules/.bin/redocly lint infra/openapi.yaml --extends recommended-strict
}

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
