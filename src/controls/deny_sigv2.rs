//! The control that denies requests with a signature of version 2 (`SigV2`). The condition key
//! `s3:signatureAge` has no effect on these requests, so `--max-presign-age` does not limit them.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html>

use super::policy_statement::{POLICY, PolicyStatement, denies_all, is_within, only_value};
use super::{Info, Settings, Standards};
use crate::policy::Statement;
use serde_json::{Value, json};

pub(super) struct DenySigV2;

const OPERATOR: &str = "StringEquals";
const KEY: &str = "s3:signatureversion";
/// The value of the key for a request with a signature of version 2.
const VERSION_2: &str = "AWS";

impl PolicyStatement for DenySigV2 {
    const INFO: Info = Info {
        id: "deny-sigv2",
        title: "Denial of SigV2 signatures",
        why: "The age limit of presigned URLs has no effect on URLs with the old signature version 2.",
        flag: "--deny-sigv2",
        subresource: &POLICY,
        standards: Standards::NONE,
    };

    const SID: &'static str = "DenySignatureVersion2";

    fn is_wanted(settings: &Settings) -> bool {
        settings.deny_sigv2
    }

    fn statement(settings: &Settings, _found: Option<Statement<'_>>) -> Value {
        json!({
            "Sid": Self::SID,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": settings.both_arns(),
            "Condition": { OPERATOR: { KEY: VERSION_2 } },
        })
    }

    fn is_satisfied_by(statement: Statement<'_>, resource: &str, _settings: &Settings) -> bool {
        denies_all(statement, resource) && is_about_version_2(statement)
    }

    /// Whether every request that the statement denies is also denied by the new statement.
    fn is_ours(statement: Statement<'_>, settings: &Settings) -> bool {
        is_within(statement, settings) && is_about_version_2(statement)
    }
}

fn is_about_version_2(statement: Statement<'_>) -> bool {
    only_value(statement, OPERATOR, KEY).is_some_and(|value| value == VERSION_2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::tests::{policy_after, settings};

    #[test]
    fn the_statement_is_added_unless_an_equal_denial_exists() {
        let wanted = Settings {
            deny_sigv2: true,
            ..settings()
        };
        let ours = DenySigV2::statement(&wanted, None);
        assert_eq!(
            ours["Condition"],
            json!({ "StringEquals": { "s3:signatureversion": "AWS" } })
        );
        let mut theirs = ours.clone();
        theirs["Sid"] = json!("Theirs");
        assert_eq!(policy_after(&DenySigV2, &[theirs.clone()], &wanted), None);
        theirs["Condition"] = json!({ "StringEquals": { KEY: "AWS4-HMAC-SHA256" } });
        assert_eq!(
            policy_after(&DenySigV2, &[theirs.clone()], &wanted),
            Some(vec![theirs, ours])
        );
    }
}
