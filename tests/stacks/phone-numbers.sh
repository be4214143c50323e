#!/usr/bin/env bash
# Are the expectations of shared/src/phone/regions.rs still what PyPI's `phonenumbers` says? Its version is that of the
# metadata in `rlibphonenumber`: move both at once, and write the file anew: `tests/stacks/phone-numbers.sh write`.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/stacks/common.sh

expectations=shared/src/phone/regions.tsv

venv phonenumbers
if [ "${1:-}" = write ]; then
    target/venv-phonenumbers/bin/python tests/stacks/phone_numbers.py >"$expectations"
else
    target/venv-phonenumbers/bin/python tests/stacks/phone_numbers.py | diff - "$expectations"
fi
