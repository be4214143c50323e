#!/usr/bin/env bash
# Tests of tests/it on DynamoDB Local, Amazon's own engine, instead of the embedded one; then one whole login with the local
# program on it; then the local program once more on the same table. Needs target/debug/doorcode.
#
# `dynamodb-local.sh` runs the tests of the store's contract, of races, of whole logins and of what is counted: they are what
# an engine can answer in another way. `dynamodb-local.sh all` runs the whole suite, which takes some minutes more.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/stacks/common.sh
. tests/stacks/dynamodb.sh

# Tests that cannot run on it, each with the reason.
left_out=(
    # It deletes what is over by the real time; in the tests it is another, so that nothing is deleted behind their back.
    time::the_sweep_takes_only_what_is_over
    table::jobs::a_locked_number_outlives_every_sweep
)

begin

node_packages
port=$(free_port)
start_dynamodb "$port" "$scratch/dynamodb.log"

# What is run: names of tests begin so.
chosen=(table:: races:: logins:: again:: either_text:: lost_answers:: throttles:: quotas:: countries:: rotation:: registration::)
if [ "${1:-}" = all ]; then chosen=(); fi

skips=()
for test in "${left_out[@]}"; do
    echo "-- left out: $test"
    skips+=(--skip "$test")
done
DOORCODE_TEST_DYNAMODB="http://127.0.0.1:$port" \
    part cargo test --quiet --workspace --all-features --test doorcode -- "${skips[@]}" "${chosen[@]}"

start_doorcode() {
    setsid target/debug/doorcode --dynamodb "http://127.0.0.1:$port" --secret-file "$scratch/secret" \
        --port "$site" --inbox-port "$inbox" >>"$scratch/doorcode.log" 2>&1 &
    program=$!
    started+=("$program")
    answers "http://localhost:$site/" "$program"
}

# `texts COUNT`: waits for that many texts in the inbox, and a moment longer for one too many.
texts() {
    local tries found
    for ((tries = 0; tries < 100; tries++)); do
        found=$(curl -s "http://localhost:$inbox/messages" | grep -o '"to"' | wc -l || true)
        if [ "$tries" -gt 20 ] && [ "$found" -eq "$1" ]; then return; fi
        sleep 0.1
    done
    echo "$found texts, not $1" >&2
    return 1
}

# After a restart the stream is read again from its beginning. No text goes out again, and a new one does.
restart() {
    end "$program"
    start_doorcode
    texts 0
    curl -sf "http://localhost:$site/auth/login" -H "origin: http://localhost:$site" \
        -H 'content-type: application/json' -d '{"phone": "+447400123456"}' >/dev/null
    texts 1
}

site=$(free_port) inbox=$(free_port)
start_doorcode
DOORCODE_STACK_URL="http://localhost:$site" DOORCODE_STACK_TEXTS="inbox http://127.0.0.1:$inbox/messages" \
    part cargo test --quiet --workspace --all-features --test stack
part restart
