#!/usr/bin/env bash
# The templates, read by two tools that nobody here wrote: SAM with cfn-lint, which knows what CloudFormation takes, and
# checkov, which knows what a deployment should not do. Neither calls anybody; infra/checkov.yaml says what is skipped and
# why.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/stacks/common.sh

venv sam
venv checkov

export SAM_CLI_TELEMETRY=0
unset AWS_PROFILE AWS_SESSION_TOKEN
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
part target/venv-sam/bin/sam validate --lint --template infra/template.yaml
part target/venv-sam/bin/sam validate --lint --template infra/cloudfront.yaml
# No key of its makers' service, which it would send the results to.
part env --unset=BC_API_KEY target/venv-checkov/bin/checkov --config-file infra/checkov.yaml
