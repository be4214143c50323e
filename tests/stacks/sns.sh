#!/usr/bin/env bash
# A text to moto, a stand-in for SNS that nobody here wrote: it speaks SNS's own protocol, and refuses what SNS refuses.
#
# moto keeps the number and the text, no attributes; those are looked at in deployed.sh, whose emulator keeps them.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/stacks/common.sh

venv moto

begin

port=$(free_port)
setsid target/venv-moto/bin/moto_server -H 127.0.0.1 -p "$port" >"$scratch/moto.log" 2>&1 &
moto=$!
started+=("$moto")
answers "http://127.0.0.1:$port/moto-api/data.json" "$moto"

DOORCODE_SNS="moto http://127.0.0.1:$port" part cargo test --quiet --workspace --all-features --test sns
