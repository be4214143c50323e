#!/usr/bin/env bash
# One login on a deployed stack: `sam build` and `sam deploy` as a deployer does, to an emulator of AWS on this machine.
#
# Real are the template, the API's events, six native Lambda processes, the table, its stream with the trigger and the
# filter of the template, the roles, the root secrets, and SNS, whose texts the test reads. The emulator is ministack. Its
# CloudFormation leaves some things out, which complete.py does from the same template, and it reads roles in its own
# way, to which roles.py adapts them; both say what they do.
#
# What this does not verify, since the emulator does not do it, and where it is verified instead:
# - The kinds of item in roles (`dynamodb:LeadingKeys`): actions and resources are enforced, kinds are not.
#   tests/it/roles.rs compares each role with the calls that its function makes; tests/it/template.rs holds what no role
#   may have.
# - Time to live: nothing expires while this runs. tests/it/time.rs, with a clock that is moved.
# - Throttling: routes have no limit here. tests/it/template.rs holds the limits; the quota of an address is
#   Doorcode's own, tests/it/time.rs.
# - Partial batch answers and bisection: the emulator takes any answer as success. tests/it/stream.rs, through the stream poller
#   of the local program, whose own tests are in infra/local/src/stream/batch.rs; tests/it/template.rs holds the settings.
# - Access logs, alarms and the dashboard: tests/stacks/template.sh reads them, nothing writes to them. The emulator's
#   CloudFormation refuses alarms on more than one metric, hence `Alarms=no`.
# - The processor: functions are built for x86_64, and by default arm64 is deployed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/stacks/common.sh

venv sam
venv ministack

stack=doorcode-test
build=target/sam
begin

port=$(free_port)
# No account, no region and no credentials of whoever runs this: all is at the emulator.
unset AWS_PROFILE AWS_SESSION_TOKEN
export AWS_ENDPOINT_URL="http://127.0.0.1:$port" AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export SAM_CLI_TELEMETRY=0

# SAM with cargo-lambda beside it.
sam() {
    PATH="$PWD/target/venv-sam/bin:$PATH" command sam "$@"
}

# What each function weighs: as a program, and as the archive that Lambda unpacks at each cold start.
sizes() {
    python3 - "$build" <<'PYTHON'
import io, pathlib, sys, zipfile
for program in sorted(pathlib.Path(sys.argv[1]).glob("*/bootstrap")):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        file.write(program, "bootstrap")
    print(f"-- {program.parent.name}: {program.stat().st_size:,} bytes, {archive.tell():,} zipped")
PYTHON
}

# In a folder of its own: what is adapted to the emulator is for nobody to deploy. `deployed.sh release` builds the release as
# it is deployed, which takes some minutes for the optimisation over all crates, once for each function. Without it the same
# profile is built without that optimisation, in the same build system, and sizes are those of no deployment.
if [ "${1:-}" != release ]; then
    export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1
fi
part sam build --build-dir "$build" --parameter-overrides Architecture=x86_64
sizes

# The other way to bring a function to AWS: what `cargo lambda deploy` would do by the metadata of its Cargo.toml.
dry_run() {
    local function name
    for function in functions/*/; do
        name=$(basename "$function")
        target/venv-sam/bin/cargo-lambda lambda deploy --dry-run --binary-name "$name" "$stack-$name" >"$scratch/dry-run.log" 2>&1
        grep --quiet 'memory: Some' "$scratch/dry-run.log" || { echo "$name: its metadata was not read" >&2; return 1; }
    done
}
part dry_run

part target/venv-ministack/bin/python tests/stacks/roles.py adapt "$build/template.yaml"

# On this machine only, with roles enforced, and without the services that it would open ports for.
AUTH=true TMPDIR=$scratch BIND_HOST=127.0.0.1 GATEWAY_PORT=$port IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 \
    setsid target/venv-ministack/bin/ministack >"$scratch/emulator.log" 2>&1 &
emulator=$!
started+=("$emulator")
answers "$AWS_ENDPOINT_URL/_ministack/health" "$emulator"

# SAM looks for its settings beside the template. It tells of each resource, which is of use only when it fails.
part sam deploy --config-file "$PWD/samconfig.toml" --template-file "$build/template.yaml" --stack-name "$stack" \
    --no-confirm-changeset --no-progressbar \
    --parameter-overrides Architecture=x86_64 Alarms=no Countries=SE TestNumbers=yes >"$scratch/deploy" 2>&1 ||
    { cat "$scratch/deploy" >&2; exit 1; }
grep --extended-regexp '^(-- |Successfully created/)' "$scratch/deploy"
part target/venv-ministack/bin/python tests/stacks/complete.py "$stack" "$scratch/api"

api=$(cat "$scratch/api").execute-api.localhost

# A browser, first, since it uses one number only, which the other tests may take. The tests of the browser that need
# a clock stay with the local program.
tls=$(free_port) phone=$(free_port)
setsid target/venv-ministack/bin/python tests/stacks/tls.py "$port" "$tls" "$phone" >"$scratch/tls.log" 2>&1 &
tls_process=$!
started+=("$tls_process")
answers "http://127.0.0.1:$phone/" "$tls_process"
DOORCODE_SITE="https://$api" DOORCODE_PHONE="http://127.0.0.1:$phone" \
    DOORCODE_BROWSER="--ignore-certificate-errors;--host-resolver-rules=MAP $api:443 127.0.0.1:$tls" \
    part cargo test --quiet --workspace --all-features --test browser comes_back_to_the_same_account
part target/venv-ministack/bin/python tests/stacks/empty.py "$stack"

DOORCODE_STACK_URL=$AWS_ENDPOINT_URL DOORCODE_STACK_HOST="$api:$port" \
    DOORCODE_STACK_TEXTS="ministack $AWS_ENDPOINT_URL/_ministack/sns/sms-messages" \
    part cargo test --quiet --workspace --all-features --test stack

# The attributes of a text, which moto does not keep.
DOORCODE_SNS="ministack $AWS_ENDPOINT_URL" part cargo test --quiet --workspace --all-features --test sns

part target/venv-ministack/bin/python tests/stacks/roles.py control "$stack" "$AWS_ENDPOINT_URL" "$api:$port"
