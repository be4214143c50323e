//! The variables that lead to secrets. Each names an ARN of Secrets Manager; on one machine two of them may be given
//! in clear instead.

use super::environment::{BadSetting, Variable};
use crate::http::proxy::BadProxySecret;
use crate::root_secret::{BadSecret, RootSecret};

const ROOT_SECRET_ARN: Variable = Variable {
    name: "",
    shape: "the ARN of a secret in Secrets Manager that holds at least 32 random bytes in base64url, or two such texts",
    example: "",
};
const ROOT_SECRET: Variable = Variable {
    name: "",
    shape: "at least 32 random bytes in base64url, on one machine only",
    example: "43 characters of A-Z a-z 0-9 - _",
};

/// Where the number secret is.
pub(super) static NUMBER_SECRET: RootVariables = RootVariables {
    arn: Variable {
        name: "DOORCODE_NUMBER_SECRET_ARN",
        example: "arn:aws:secretsmanager:eu-north-1:123456789012:secret:doorcode-numbers-a1b2c3",
        ..ROOT_SECRET_ARN
    },
    secret: Variable { name: "DOORCODE_NUMBER_SECRET", ..ROOT_SECRET },
};
/// Where the code secret is.
pub(super) static CODE_SECRET: RootVariables = RootVariables {
    arn: Variable {
        name: "DOORCODE_CODE_SECRET_ARN",
        example: "arn:aws:secretsmanager:eu-north-1:123456789012:secret:doorcode-codes-a1b2c3",
        ..ROOT_SECRET_ARN
    },
    secret: Variable { name: "DOORCODE_CODE_SECRET", ..ROOT_SECRET },
};
static PROXY_SECRET_ARN: Variable = Variable {
    name: "DOORCODE_PROXY_SECRET_ARN",
    shape: "the ARN of a secret in Secrets Manager that holds at least 32 characters without spaces, or nothing",
    example: "arn:aws:secretsmanager:eu-north-1:123456789012:secret:doorcode-proxy-a1b2c3",
};

/// Checks where the secrets are, as far as that is possible without a call to AWS.
pub(super) fn check() -> Result<(), BadSetting> {
    NUMBER_SECRET.root()?;
    CODE_SECRET.root()?;
    proxy_secret_arn().map(drop)
}

/// The two variables of a root secret.
pub(super) struct RootVariables {
    arn: Variable,
    /// On one machine the secret itself, when there is no ARN.
    secret: Variable,
}

/// Where a root secret is.
pub(super) enum Root {
    /// In Secrets Manager, under this ARN.
    Arn(String),
    /// Here, on one machine.
    Secret(RootSecret),
}

impl RootVariables {
    pub(super) fn root(&'static self) -> Result<Root, BadSetting> {
        if let (None, Some(text)) = (self.arn.optional(), self.secret.optional()) {
            return RootSecret::parse(&text).map(Root::Secret).map_err(|_| self.secret.malformed());
        }
        let arn = self.arn.required()?;
        // The value is not repeated: it may be a secret that was put in the wrong place.
        if is_arn_of_a_secret(&arn) { Ok(Root::Arn(arn)) } else { Err(self.arn.malformed()) }
    }

    /// What the ARN leads to is no root secret.
    pub(super) fn bad(&'static self, _: BadSecret) -> BadSetting {
        self.arn.flawed("leads to a secret that is too short, or is not base64url")
    }

    /// Secrets Manager did not give the secret. `kind` is the name of its error, whose message can repeat the ARN.
    pub(super) fn unavailable(&'static self, kind: &str) -> BadSetting {
        self.arn.flawed(&no_secret(kind))
    }
}

/// The ARN of the trusted proxy's secret; none when there is no proxy.
pub(super) fn proxy_secret_arn() -> Result<Option<String>, BadSetting> {
    PROXY_SECRET_ARN.read(|text| is_arn_of_a_secret(text).then(|| text.to_owned()))
}

/// What `DOORCODE_PROXY_SECRET_ARN` leads to cannot be the secret of a trusted proxy.
pub(super) fn bad_proxy_secret(_: BadProxySecret) -> BadSetting {
    PROXY_SECRET_ARN.flawed("leads to a secret that is too short, or has spaces")
}

/// Secrets Manager did not give that secret; `kind` as for a root secret.
pub(super) fn proxy_secret_unavailable(kind: &str) -> BadSetting {
    PROXY_SECRET_ARN.flawed(&no_secret(kind))
}

fn no_secret(kind: &str) -> String {
    format!("led to no secret (Secrets Manager: {kind})")
}

/// `arn:<partition>:secretsmanager:<region>:<account>:secret:<name>`.
fn is_arn_of_a_secret(text: &str) -> bool {
    let parts: Vec<_> = text.splitn(7, ':').collect();
    let [arn, partition, service, region, account, kind, name] = parts.as_slice() else { return false };
    let name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte);
    (*arn, *service, *kind) == ("arn", "secretsmanager", "secret")
        && partition.starts_with("aws")
        && !region.is_empty()
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(name_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_of_a_secret_is_told_from_others() {
        for arn in [
            "arn:aws:secretsmanager:eu-north-1:123456789012:secret:doorcode-a1b2c3",
            "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:team/RootSecret-AbC+1=@x",
        ] {
            assert!(is_arn_of_a_secret(arn), "{arn}");
        }
        for other in [
            "",
            "doorcode-a1b2c3",
            "arn:aws:sns:eu-north-1:123456789012:secret:doorcode",
            "arn:aws:secretsmanager:eu-north-1:123456789012:secret:",
            "arn:aws:secretsmanager:eu-north-1:123456789012:secret:two words",
            "arn:aws:secretsmanager:eu-north-1:1234:secret:doorcode",
            "arn:aws:secretsmanager::123456789012:secret:doorcode",
            "arn:gcp:secretsmanager:eu-north-1:123456789012:secret:doorcode",
            "arn:aws:dynamodb:eu-north-1:123456789012:table/doorcode",
        ] {
            assert!(!is_arn_of_a_secret(other), "{other}");
        }
    }

    /// Each example would be taken.
    #[test]
    fn the_examples_are_good() {
        for variable in [&NUMBER_SECRET.arn, &CODE_SECRET.arn, &PROXY_SECRET_ARN] {
            assert!(is_arn_of_a_secret(variable.example), "{}", variable.name);
        }
    }
}
