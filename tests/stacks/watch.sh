#!/usr/bin/env bash
# One whole login with each function a process of its own, started by `cargo lambda watch`, and the table in DynamoDB
# Local. The local program does the rest. Needs what `cargo build --workspace --all-features --bins` builds.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/stacks/common.sh
. tests/stacks/dynamodb.sh

venv sam
node_packages

begin

table=$(free_port) site=$(free_port) inbox=$(free_port) functions=$(free_port)
start_dynamodb "$table" "$scratch/dynamodb.log"

# The settings of this repository, with these ports.
sed -e "s/:8000/:$table/; s/:8081/:$inbox/; s/:8080/:$site/g" .env.local >"$scratch/env"
setsid target/venv-sam/bin/cargo-lambda lambda watch --env-file "$scratch/env" --ignore-changes --all-features \
    --invoke-address 127.0.0.1 --invoke-port "$functions" >"$scratch/watch.log" 2>&1 &
watch=$!
started+=("$watch")
setsid target/debug/doorcode --functions "http://127.0.0.1:$functions" --dynamodb "http://127.0.0.1:$table" \
    --port "$site" --inbox-port "$inbox" >"$scratch/doorcode.log" 2>&1 &
program=$!
started+=("$program")
answers "http://127.0.0.1:$functions/" "$watch"

# A function starts with its first call. The page is then there; the others start with the login.
answers "http://localhost:$site/" "$program"
DOORCODE_STACK_URL="http://localhost:$site" DOORCODE_STACK_TEXTS="inbox http://127.0.0.1:$inbox/messages" \
    part cargo test --quiet --workspace --all-features --test stack
for function in start-login deliver-code verify-code register session pages; do
    grep -q "Running \`target/debug/$function\`" "$scratch/watch.log" || { echo "$function never ran" >&2; exit 1; }
done
