//! What the deployment must hold, told from its template: an emulator of AWS knows neither the kinds of item in roles
//! nor throttles nor the time to live, so these are checked here. Each rule is also shown templates that break it.

mod access;
mod api;
mod kept;
mod settings;
mod watched;

use access::{bound_to_kinds, narrow_actions, own_roles, proxy_secret, root_secrets, start_login_is_blind, texts_only};
use api::{access_log, one_way_in, routes, throttles};
use kept::{logs, stream_event, table};
use settings::{limits, prices, test_numbers, texts, told};
use watched::{alarms, counts, every_function, log_rights, used_up_quotas};

use crate::resources::{TEXT, Template};

/// One thing that must hold. It gives back what is wrong.
struct Rule {
    name: &'static str,
    look: fn(&Template) -> Vec<String>,
    /// Changes of the template that break it.
    broken_by: &'static [(&'static str, &'static str)],
}

const RULES: [Rule; 24] = [
    Rule {
        name: "each route leads to its function",
        look: routes,
        broken_by: &[
            ("Path: /auth/register", "Path: /auth/account"),
            ("Properties: { ApiId: !Ref Api, Method: DELETE, Path: /auth/session }", "Properties: { ApiId: !Ref Api }"),
            ("CodeUri: ../functions/session", "CodeUri: ../functions/register"),
        ],
    },
    Rule {
        name: "each function has a role of its own",
        look: own_roles,
        broken_by: &[
            ("Role: !GetAtt PagesRole.Arn", "Role: !GetAtt SessionRole.Arn"),
            ("ManagedPolicyArns: [!Ref WriteLogs]", "ManagedPolicyArns: [arn:aws:iam::aws:policy/ReadOnlyAccess]"),
            ("ManagedPolicyArns: [!Ref WriteLogs]", "ManagedPolicyArns: [!Ref WriteLogs, !Ref UseKey]"),
        ],
    },
    Rule {
        name: "start-login reads nothing",
        look: start_login_is_blind,
        broken_by: &[(
            "[dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem]",
            "[dynamodb:PutItem, dynamodb:GetItem]",
        )],
    },
    Rule {
        name: "only deliver-code sends texts, and nobody writes to a topic",
        look: texts_only,
        broken_by: &[
            ("Action: dynamodb:DeleteItem", "Action: [sns:Publish]"),
            ("Effect: Deny", "Effect: Allow"),
            ("Resource: !Sub arn:${AWS::Partition}:sns:*:*:*", "Resource: !Ref AlarmTopic"),
        ],
    },
    Rule {
        name: "no action is a pattern, searches the table, or stands on all resources",
        look: narrow_actions,
        broken_by: &[
            ("Action: dynamodb:BatchGetItem", "Action: dynamodb:*"),
            ("Action: dynamodb:BatchGetItem", "Action: dynamodb:Query"),
            ("Action: [logs:CreateLogStream, logs:PutLogEvents]", "Action: [logs:CreateLogStream, dynamodb:Scan]"),
            ("Resource: !GetAtt Undelivered.Arn\n\n", "Resource: \"*\"\n\n"),
            ("Effect: Deny\n                Action", "Effect: Deny\n                NotAction"),
        ],
    },
    Rule {
        name: "access to items is bound to their kinds",
        look: bound_to_kinds,
        broken_by: &[
            (r#"["NUMBER#*", "WRONG_CODES#*", "THROTTLE#*", "QUOTA#*"]"#, r#"["*"]"#),
            (r#"["NUMBER#*", "WRONG_CODES#*", "THROTTLE#*", "QUOTA#*"]"#, r##"["NUMBER#*", "#*"]"##),
            (r#"["NUMBER#*", "WRONG_CODES#*", "THROTTLE#*", "QUOTA#*"]"#, "[]"),
            (r#""Null": { "dynamodb:LeadingKeys": "false" }"#, r#""Null": { "dynamodb:LeadingKeys": "true" }"#),
            ("ForAllValues:StringLike", "ForAnyValue:StringLike"),
            ("Resource: !GetAtt Table.Arn", "Resource: !Sub ${Table.Arn}/index/*"),
        ],
    },
    Rule {
        name: "each root secret is made once, kept, and read by who needs it",
        look: root_secrets,
        broken_by: &[
            ("PasswordLength: 64", "PasswordLength: 32"),
            ("ExcludePunctuation: true", "ExcludePunctuation: false"),
            (
                "    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n    Properties:\n      Description: The keys of one-time",
                "    Properties:\n      Description: The keys of one-time",
            ),
            (
                "          DOORCODE_CODE_SECRET_ARN: !GetAtt CodeSecret.Id\n          DOORCODE_DOMAIN",
                "          DOORCODE_DOMAIN",
            ),
            // Whoever may be called first must not read it.
            (
                "                Resource: !Ref NumberSecret\n              - !If",
                "                Resource: !Ref CodeSecret\n              - !If",
            ),
        ],
    },
    Rule {
        name: "the secret of the trusted proxy is read by start-login, and only where there is one",
        look: proxy_secret,
        broken_by: &[
            ("                  Resource: !Ref ProxySecretArn\n", "                  Resource: !Ref CodeSecret\n"),
            (
                "              - !If\n                - HasProxySecret\n                - Effect",
                "              - !If\n                - HasKey\n                - Effect",
            ),
            ("  HasProxySecret: !Not", "  HasProxy: !Not"),
            (
                "          DOORCODE_PROXY_SECRET_ARN: !If [HasProxySecret, !Ref ProxySecretArn, !Ref AWS::NoValue]\n",
                "          DOORCODE_PROXY_SECRET_ARN: !Ref ProxySecretArn\n",
            ),
        ],
    },
    Rule {
        name: "the stream hands over what a code request wrote, in time, and gives up into a queue",
        look: stream_event,
        broken_by: &[
            (r#"{"S": ["requested"]}"#, r#"{"S": ["sent"]}"#),
            (r#", "untried": {"S": ["yes"]}"#, ""),
            ("MaximumRecordAgeInSeconds: 120", "MaximumRecordAgeInSeconds: -1"),
            ("MaximumRecordAgeInSeconds: 120", "MaximumRecordAgeInSeconds: 119"),
            ("MaximumRetryAttempts: 3", "MaximumRetryAttempts: -1"),
            ("BisectBatchOnFunctionError: true", "BisectBatchOnFunctionError: false"),
            ("FunctionResponseTypes: [ReportBatchItemFailures]", "FunctionResponseTypes: []"),
            ("Destination: !GetAtt Undelivered.Arn", "Destination: !Ref AlarmTopic"),
            ("StreamViewType: NEW_IMAGE", "StreamViewType: KEYS_ONLY"),
        ],
    },
    Rule {
        name: "the table forgets what is over and keeps what is not",
        look: table,
        broken_by: &[
            ("AttributeName: expires_at", "AttributeName: expires"),
            ("        Enabled: true", "        Enabled: false"),
            ("PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false"),
            ("DeletionProtectionEnabled: true", "DeletionProtectionEnabled: false"),
            (
                "    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n    Properties:\n      BillingMode",
                "    Properties:\n      BillingMode",
            ),
            ("BillingMode: PAY_PER_REQUEST", "BillingMode: PROVISIONED"),
        ],
    },
    Rule {
        name: "logs are kept for 90 days at most",
        look: logs,
        broken_by: &[
            ("AllowedValues: [1, 3, 5, 7, 14, 30, 60, 90]", "AllowedValues: [30, 90, 365]"),
            ("RetentionInDays: !Ref LogRetentionInDays", "KmsKeyId: !Ref KeyArn"),
            ("      LogGroup: !Ref Logs\n", ""),
        ],
    },
    Rule {
        name: "no line of the access log tells who called",
        look: access_log,
        broken_by: &[
            ("$context.requestTimeEpoch", "$context.identity.sourceIp"),
            (r#""$context.routeKey""#, r#""$context.path""#),
        ],
    },
    Rule {
        name: "each route of a login has its own throttle",
        look: throttles,
        broken_by: &[
            (r#""POST /auth/code": { ThrottlingRateLimit: 50"#, r#""POST /auth/code": { ThrottlingRateLimit: 1000"#),
            (r#""POST /auth/login/resend": {"#, r#""POST /auth/resend": {"#),
            ("ThrottlingRateLimit: !Ref CallsPerSecond, ", ""),
        ],
    },
    Rule {
        name: "each function is told the settings that it reads, and no others",
        look: told,
        broken_by: &[
            ("          DOORCODE_MAX_PRICE: !Ref MaxPrice\n", ""),
            ("          DOORCODE_DOMAIN: !If [HasDomain, !Ref Domain, !Ref AWS::NoValue]\n", ""),
            ("          DOORCODE_COUNTRIES: !Ref Countries\n", ""),
            ("        DOORCODE_LOG: !Ref LogLevel\n", "        DOORCODE_CODE_SECRET: !Ref CodeSecret\n"),
        ],
    },
    Rule {
        name: "texts have one sender, and a name that fits",
        look: texts,
        broken_by: &[
            (
                "  ServiceName:\n    Type: String\n    Default: Doorcode",
                "  ServiceName:\n    Type: String\n    Default: Door",
            ),
            ("    MaxLength: 30\n", "    MaxLength: 31\n"),
            (
                "      - Assert: !Equals [!Ref OriginationNumber, \"\"]\n",
                "      - Assert: !Equals [!Ref SenderId, \"\"]\n",
            ),
            ("  IndiaNeedsItsText:\n", "  IndiaNeedsNothing:\n"),
        ],
    },
    Rule {
        name: "the usual limits are those of the code",
        look: limits,
        broken_by: &[(
            "  IpRequestsPerDay:\n    Type: Number\n    Default: 60",
            "  IpRequestsPerDay:\n    Type: Number\n    Default: 61",
        )],
    },
    Rule {
        name: "numbers that nobody has are not taken without a word and an alarm",
        look: test_numbers,
        broken_by: &[
            (
                "  TestNumbers:\n    Type: String\n    Default: \"no\"",
                "  TestNumbers:\n    Type: String\n    Default: \"yes\"",
            ),
            ("    Condition: TakesTestNumbers\n", "    Condition: HasAlarms\n"),
            ("[!Ref TestNumbers, \"yes\"]", "[!Ref TestNumbers, \"no\"]"),
            ("  TestNumbersOn:", "  TestNumbersOff:"),
        ],
    },
    Rule {
        name: "what a deployer may choose of a text is what its function takes",
        look: prices,
        broken_by: &[
            ("    Default: 0.20\n", "    Default: 0.50\n"),
            ("    MinValue: 0.001\n    MaxValue: 10\n", "    MinValue: 0.001\n    MaxValue: 11\n"),
            ("    MinValue: 0.001\n", "    MinValue: 0\n"),
        ],
    },
    Rule {
        name: "the API is reached by TLS 1.2 at one address, and by pages of its own origin",
        look: one_way_in,
        broken_by: &[
            ("SecurityPolicy: TLS_1_2", "SecurityPolicy: TLS_1_0"),
            ("!If [ServesDomain, true, false]", "false"),
            ("      DisableExecuteApiEndpoint:", "      CorsConfiguration: true\n      DisableExecuteApiEndpoint:"),
        ],
    },
    Rule {
        name: "what the functions count becomes a metric",
        look: counts,
        broken_by: &[
            (r#"'{ $.metric = "texts_suppressed" }'"#, r#"'{ $.metric = "texts_sent" }'"#),
            ("MetricName: texts_failed\n          MetricValue", "MetricName: unsent\n          MetricValue"),
            ("LogGroupName: !Ref Logs\n      FilterPattern", "LogGroupName: !Ref AccessLogs\n      FilterPattern"),
        ],
    },
    Rule {
        name: "a text that a used up quota stops is counted",
        look: used_up_quotas,
        broken_by: &[("*-quota", "*-used")],
    },
    Rule {
        name: "what goes wrong raises an alarm that somebody hears",
        look: alarms,
        broken_by: &[
            ("  CodesGuessed:", "  CodesTyped:"),
            ("      AlarmActions: [!Ref AlarmTopic]\n", ""),
            ("MetricName: errors\n      Statistic", "MetricName: faults\n      Statistic"),
        ],
    },
    Rule {
        name: "what watches all functions watches each of them",
        look: every_function,
        broken_by: &[
            (
                "Dimensions: [{ Name: FunctionName, Value: !Ref Pages }]",
                "Dimensions: [{ Name: FunctionName, Value: !Ref Session }]",
            ),
            ("MetricName: Throttles,", "MetricName: Errors,"),
            ("  FunctionsFail:", "  FunctionFails:"),
            (
                r#"["AWS/Lambda", "Errors", "FunctionName", "${Pages}"]"#,
                r#"["AWS/Lambda", "Errors", "FunctionName", "${Session}"]"#,
            ),
        ],
    },
    Rule {
        name: "functions add to the logs and change nothing there",
        look: log_rights,
        broken_by: &[
            ("[logs:CreateLogStream, logs:PutLogEvents]", "[logs:CreateLogStream, logs:PutRetentionPolicy]"),
            ("[kms:Decrypt, ", "[logs:DeleteLogStream, kms:Decrypt, "),
        ],
    },
];

/// What an emulator cannot show, in the order of the list of requirements: D-05, F-01…F-03, F-05, F-06, F-08, F-09,
/// I-10, K-06, K-09, L-05, L-06, P-03, P-05.
#[test]
fn the_template_holds_all_rules() {
    let template = Template::parse(TEXT);
    for rule in RULES {
        let flaws = (rule.look)(&template);
        assert!(flaws.is_empty(), "{}:\n{}", rule.name, flaws.join("\n"));
    }
}

#[test]
fn each_rule_finds_a_template_that_breaks_it() {
    for rule in RULES {
        assert!(!rule.broken_by.is_empty(), "{}: nothing shows that it is looked at", rule.name);
        for (from, to) in rule.broken_by {
            assert!(TEXT.contains(from), "{}: the template has no {from:?}", rule.name);
            let broken = Template::parse(&TEXT.replace(from, to));
            assert!(!(rule.look)(&broken).is_empty(), "{}: {from:?} became {to:?} and nobody saw it", rule.name);
        }
    }
}
