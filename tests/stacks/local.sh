#!/usr/bin/env bash
# One whole login with the local program as `cargo run` starts it: everything in one process, the built-in engine; then its
# flags. Needs what `cargo build` builds. It does not verify what the flags mean to the pages.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/stacks/common.sh

begin

# `run FLAGS...`: starts the program with these flags at free ports, $site and $inbox, and waits until it serves.
run() {
    site=$(free_port) inbox=$(free_port)
    setsid target/debug/doorcode --port "$site" --inbox-port "$inbox" "$@" >"$scratch/doorcode.log" 2>&1 &
    program=$!
    started+=("$program")
    answers "http://localhost:$site/" "$program"
}

# `login ORIGIN PHONE`: requests a code as a page of this origin, and prints the status.
login() {
    curl --silent --output /dev/null --write-out '%{http_code}\n' --header "host: ${1#*://}" --header "origin: $1" \
        --json "{\"phone\": \"$2\"}" "http://127.0.0.1:$site/auth/login"
}

# `same WHAT WANTED FOUND`: ends the script where they differ.
same() {
    if [ "$2" != "$3" ]; then
        printf '%s: %s instead of %s\n' "$1" "$3" "$2" >&2
        exit 1
    fi
}

# `texts COUNT`: waits until so many texts are in the inbox, five seconds at most, and prints how many there are.
texts() {
    local tries count
    for ((tries = 0; tries < 50; tries++)); do
        count=$(curl --silent "http://127.0.0.1:$inbox/messages" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')
        if [ "$count" -ge "$1" ]; then break; fi
        sleep 0.1
    done
    echo "$count"
}

flags() {
    local tunnel=https://my-tunnel.example number
    run --country US,CA --origin $tunnel --origin http://localhost:5173 --relaxed --service-name 'Acme & Co'
    same 'the first line' 1 "$(head -n 1 "$scratch/doorcode.log" | grep --count '^Acme & Co .*relaxed')"
    same 'the name in the inbox' 1 "$(curl --silent "http://127.0.0.1:$inbox/" | grep --count '<title>SMS inbox · Acme &amp; Co<')"
    same 'a number as at home' 202 "$(login $tunnel '(415) 555-0100')"
    same 'the other country' 202 "$(login http://localhost:5173 '+1 604 555 0100')"
    same 'a country that is not served' 422 "$(login $tunnel '+46 70 174 06 05')"
    same 'another origin at a name of this machine' 403 "$(login http://localhost:5174 '415 555 0101')"
    same 'a name that is not allowed' 421 "$(login https://another.example '415 555 0101')"
    same 'the inbox at the name of a tunnel' 421 \
        "$(curl --silent --output /dev/null --write-out '%{http_code}' --header 'host: my-tunnel.example' "http://127.0.0.1:$inbox/messages")"
    for number in $(seq 10 34); do
        same 'one of many logins from one address' 202 "$(login $tunnel "415 555 01$number")"
    done
    same 'texts' 27 "$(texts 27)"
    end "$program"
}

# Nothing is texted again by the next run.
data() {
    run --data "$scratch/table"
    same 'a login' 202 "$(login "http://localhost:$site" '+46 70 174 06 05')"
    same 'texts of the first run' 1 "$(texts 1)"
    end "$program"
    run --data "$scratch/table"
    same 'another login' 202 "$(login "http://localhost:$site" '+46 70 174 06 06')"
    same 'texts of the second run' 1 "$(texts 1)"
    end "$program"
}

bad_flags() {
    local flag status
    for flag in --country=USA --origin=localhost:5173 --relaxed=no --service-name= --prot=1; do
        status=0
        target/debug/doorcode "$flag" >"$scratch/out" 2>"$scratch/err" || status=$?
        same "the exit code of $flag" 2 "$status"
        same "the lines of $flag" '0 1' "$(wc -l <"$scratch/out") $(wc -l <"$scratch/err")"
        same "the flag in what is said of $flag" 1 "$(grep --count -- "${flag%%=*}" "$scratch/err")"
    done
}

run
DOORCODE_STACK_URL="http://localhost:$site" DOORCODE_STACK_TEXTS="inbox http://127.0.0.1:$inbox/messages" \
    part cargo test --quiet --workspace --all-features --test stack
end "$program"
part flags
part data
part bad_flags
