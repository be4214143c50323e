#!/usr/bin/env bash
# Functions whose settings are wrong: each program by itself, with a stand-in for Lambda and Secrets Manager. Needs what
# `cargo build` builds.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/stacks/common.sh

part cargo test --quiet --workspace --all-features --test settings
