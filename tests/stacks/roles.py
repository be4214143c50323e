"""Roles on the emulator, which enforces them by action and resource when it runs with AUTH=true.

`roles.py adapt TEMPLATE` changes a built template where the emulator reads a role otherwise than IAM does, and prints
what it changed. `roles.py control STACK URL HOST` takes the policy of start-login away and looks that it can then do
nothing: otherwise the roles were not enforced, and the tests before say nothing about them.
"""

import re
import sys
import urllib.error
import urllib.request

ADAPTATIONS = [
    (
        "calls do not tell their keys: `dynamodb:LeadingKeys` must be absent, not present",
        r"(dynamodb:LeadingKeys: )'false'",
        r"\1'true'",
    ),
    (
        "`Ref` of a secret is its name: the resource is the ARN with this name",
        r"(Action: secretsmanager:GetSecretValue\n\s+Resource:\n\s+)Ref: (NumberSecret|CodeSecret)",
        r"\1Fn::Sub: arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${\2}-*",
    ),
]


def adapt(path):
    """Changes the template at this path."""
    with open(path, encoding="utf-8") as file:
        template = file.read()
    for reason, before, after in ADAPTATIONS:
        template, count = re.subn(before, after, template)
        if count == 0:
            sys.exit(f"nothing to adapt for: {reason}")
        print(f"adapted in {count} places: {reason}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(template)


def control(stack, url, host):
    """Looks that a function can do nothing without its policy."""
    import boto3

    resources = boto3.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    [role] = [each["PhysicalResourceId"] for each in resources if each["LogicalResourceId"] == "StartLoginRole"]
    boto3.client("iam").delete_role_policy(RoleName=role, PolicyName="steps")
    headers = {"host": host, "content-type": "application/json", "sec-fetch-site": "same-origin"}
    request = urllib.request.Request(f"{url}/auth/login", b'{"phone": "+46701740605"}', headers)
    try:
        status = urllib.request.urlopen(request).status
    except urllib.error.HTTPError as refusal:
        status = refusal.code
    if status != 503:
        sys.exit(f"start-login without its policy answers {status}: the roles are not enforced")
    print("start-login without its policy answers 503: the roles are enforced")


{"adapt": adapt, "control": control}[sys.argv[1]](*sys.argv[2:])
