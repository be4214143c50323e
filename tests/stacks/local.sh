#!/usr/bin/env bash
# One whole login with the local program as `cargo run` starts it: everything in one process, the built-in engine. Needs
# what `cargo build` builds.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/stacks/common.sh

begin

site=$(free_port) inbox=$(free_port)
setsid target/debug/doorcode --port "$site" --inbox-port "$inbox" >"$scratch/doorcode.log" 2>&1 &
program=$!
started+=("$program")
answers "http://localhost:$site/" "$program"
DOORCODE_STACK_URL="http://localhost:$site" DOORCODE_STACK_TEXTS="inbox http://127.0.0.1:$inbox/messages" \
    part cargo test --quiet --workspace --all-features --test stack
