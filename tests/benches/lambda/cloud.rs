//! What a function meets in AWS besides Lambda: DynamoDB, SNS and Secrets Manager, each behind TLS of its own.
//!
//! The embedded DynamoDB and the inbox are those of the local program. Everything is on this machine, so that no time passes on
//! the way; a name still has to be looked up, and hands are still shaken.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use secrecy::ExposeSecret;
use tests::aws::SecretsManager;
use tests::browser::ORIGIN;
use tests::stack::Stack;
use tests::tls::Certificate;
use tokio::net::TcpListener;

/// The name in the certificate.
const HOST: &str = "localhost";

/// Where Debian and Amazon Linux keep the certificates that are trusted.
const TRUSTED: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

const NUMBER_SECRET_ARN: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:numbers";
const CODE_SECRET_ARN: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:codes";

/// A session token of Lambda is this long, more or less, and goes with each call.
const SESSION_TOKEN: usize = 900;

/// The settings with which a function finds everything, as the template gives them to it. Certificates are kept in
/// `folder`.
pub async fn environment(stack: &Stack, folder: &Path) -> BTreeMap<String, String> {
    let certificate = Certificate::of(&[HOST]);
    let bundle = folder.join("trusted.pem");
    // With those that a function finds in Lambda, since reading them is part of its start.
    let trusted = TRUSTED.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    fs::write(&bundle, trusted + &certificate.root).expect("a file of certificates");

    let secrets = SecretsManager::start().await;
    for arn in [NUMBER_SECRET_ARN, CODE_SECRET_ARN] {
        secrets.keep(arn, Some(stack.secret().expose_secret()));
    }
    let dynamodb = tls(&certificate, stack.engine()).await;
    let sns = tls(&certificate, stack.sns()).await;
    let secrets = tls(&certificate, secrets.url()).await;
    let token = "x".repeat(SESSION_TOKEN);
    [
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.as_str()),
        ("AWS_ENDPOINT_URL_SNS", &sns),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &secrets),
        ("SSL_CERT_FILE", bundle.to_str().expect("a name in UTF-8")),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("AWS_SESSION_TOKEN", &token),
        ("DOORCODE_TABLE", stack.table_name()),
        ("DOORCODE_NUMBER_SECRET_ARN", NUMBER_SECRET_ARN),
        ("DOORCODE_CODE_SECRET_ARN", CODE_SECRET_ARN),
        ("DOORCODE_COUNTRIES", "SE,NO"),
        ("DOORCODE_DEFAULT_COUNTRY", "SE"),
        ("DOORCODE_DOMAIN", "login.example"),
        // The usual quotas, but for those of an hour, in which a run has more logins than they allow. A quota has as many
        // items to read as its limit needs, so what is usual is what should be measured.
        ("DOORCODE_COUNTRY_TEXTS_PER_HOUR", "800"),
        ("DOORCODE_BLOCK_NUMBERS_PER_HOUR", "1000"),
        ("DOORCODE_IP_REQUESTS_PER_QUARTER_HOUR", "1000000"),
        ("DOORCODE_IP_REQUESTS_PER_DAY", "1000000"),
        ("DOORCODE_ORIGINS", ORIGIN),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// Puts TLS before `upstream` (`http://127.0.0.1:8000`), and tells where.
async fn tls(certificate: &Certificate, upstream: &str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("a bound port").port();
    certificate.before(upstream.trim_start_matches("http://"), listener);
    format!("https://{HOST}:{port}")
}
