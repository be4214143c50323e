"""Completes a stack that `sam deploy` made on the emulator: `complete.py STACK FILE`.

The emulator's CloudFormation reads neither the body of an HTTP API, where SAM writes the routes, nor the time to live of
a table, nor which characters a generated secret may have. This reads them from the template that the emulator
processed, makes them through the API, and prints what it made. It also looks at the stream's trigger, which
CloudFormation did make. The id of the API goes to FILE.

A route that is made here is this program's reading of the template, not CloudFormation's.
"""

import json
import re
import sys

import boto3


class Stack:
    """The resources of the stack, by their names in the template."""

    def __init__(self, name):
        cloudformation = boto3.client("cloudformation")
        template = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
        self.resources = (json.loads(template) if isinstance(template, str) else template)["Resources"]
        found = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        self.ids = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}
        self.pseudo = {
            "AWS::Region": boto3.session.Session().region_name,
            "AWS::AccountId": boto3.client("sts").get_caller_identity()["Account"],
            "AWS::Partition": "aws",
        }

    def of_type(self, kind):
        """The resources of one type: id and properties."""
        resources = self.resources.items()
        return [(self.ids[name], each["Properties"]) for name, each in resources if each["Type"] == kind]

    def text(self, value):
        """What CloudFormation would make of a text with `Fn::Sub`."""
        if isinstance(value, str):
            return value
        return re.sub(r"\$\{([^}]+)\}", lambda found: self.name(found[1]), value["Fn::Sub"])

    def name(self, name):
        """What stands for `${name}`: the ARN of a function, or an id."""
        if name.endswith(".Arn"):
            function = self.ids[name.removesuffix(".Arn")]
            return boto3.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
        return self.pseudo.get(name) or self.ids[name]


def make_routes(stack):
    """The routes of the one API, from its body. Gives back the API's id."""
    gateway = boto3.client("apigatewayv2")
    [(api, properties)] = stack.of_type("AWS::ApiGatewayV2::Api")
    if gateway.get_routes(ApiId=api)["Items"]:
        sys.exit("the emulator made routes itself: this program has become needless here")
    for path, operations in properties["Body"]["paths"].items():
        for method, operation in operations.items():
            told = operation["x-amazon-apigateway-integration"]
            integration = gateway.create_integration(
                ApiId=api,
                IntegrationType=told["type"].upper(),
                IntegrationMethod=told["httpMethod"],
                IntegrationUri=stack.text(told["uri"]),
                PayloadFormatVersion=told["payloadFormatVersion"],
            )
            key = "$default" if path.endswith("$default") else f"{method.upper()} {path}"
            gateway.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{integration['IntegrationId']}")
            print(f"completed: route {key}")
    return api


def set_expiry(stack):
    """The time to live of the one table."""
    [(table, properties)] = stack.of_type("AWS::DynamoDB::Table")
    expiry = properties["TimeToLiveSpecification"]
    boto3.client("dynamodb").update_time_to_live(TableName=table, TimeToLiveSpecification=expiry)
    print(f"completed: time to live of the table, by {expiry['AttributeName']}")


def make_secrets(stack):
    """The root secrets, by the rules of the template."""
    secrets = boto3.client("secretsmanager")
    [*root_secrets] = stack.of_type("AWS::SecretsManager::Secret")
    assert len(root_secrets) == 2, root_secrets
    for secret, properties in root_secrets:
        rules = properties["GenerateSecretString"]
        secrets.put_secret_value(SecretId=secret, SecretString=secrets.get_random_password(**rules)["RandomPassword"])
        text = secrets.get_secret_value(SecretId=secret)["SecretString"]
        assert re.fullmatch("[A-Za-z0-9]{64}", text), "a root secret has another form"
        print(f"completed: root secret, by {json.dumps(rules)}")


def look_at_the_trigger(stack):
    """The stream's trigger is there, with its filter."""
    [trigger] = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    [(_, properties)] = stack.of_type("AWS::Lambda::EventSourceMapping")
    assert trigger["FilterCriteria"] == properties["FilterCriteria"], trigger
    print(f"made by CloudFormation: stream trigger with {json.dumps(trigger['FilterCriteria'])}")


def main():
    """Completes the stack of the first argument, writes to the file of the second."""
    stack = Stack(sys.argv[1])
    api = make_routes(stack)
    set_expiry(stack)
    make_secrets(stack)
    look_at_the_trigger(stack)
    with open(sys.argv[2], "w", encoding="ascii") as file:
        file.write(api)


main()
