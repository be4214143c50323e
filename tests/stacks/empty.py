"""Deletes all items of a stack's table: `empty.py STACK`. Only for the emulator: no role of Doorcode may scan."""

import sys

import boto3

resources = boto3.client("cloudformation").describe_stack_resources(StackName=sys.argv[1])["StackResources"]
[table] = [each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::DynamoDB::Table"]
dynamodb = boto3.client("dynamodb")
items = dynamodb.scan(TableName=table)["Items"]
for item in items:
    dynamodb.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})
print(f"deleted {len(items)} items")
