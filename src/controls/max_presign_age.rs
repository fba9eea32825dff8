//! The control for the maximum age of signatures. S3 rejects a presigned URL if its signature is
//! older than the limit. The limit has no effect on signatures of version 2, which contain no time of
//! signing; see [`deny_sigv2`](super::deny_sigv2).
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html>

use super::policy_statement::{POLICY, PolicyStatement, denies_all, is_within, only_value};
use super::{Info, Settings, Standards};
use crate::policy::Statement;
use s3_presign::duration;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) struct MaxPresignAge;

const OPERATOR: &str = "NumericGreaterThan";
const KEY: &str = "s3:signatureAge";

impl PolicyStatement for MaxPresignAge {
    const INFO: Info = Info {
        id: "max-presign-age",
        title: "Age limit of presigned URLs",
        why: "A presigned URL with signature version 4 stops working at this age, even if it was signed for seven days.",
        flag: "--max-presign-age",
        subresource: &POLICY,
        standards: Standards::NONE,
    };

    const SID: &'static str = "DenyOldSignatures";

    fn is_wanted(settings: &Settings) -> bool {
        settings.max_presign_age.is_some()
    }

    fn statement(settings: &Settings, _found: Option<Statement<'_>>) -> Value {
        let limit = settings.max_presign_age.unwrap_or_default();
        json!({
            "Sid": Self::SID,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": settings.both_arns(),
            "Condition": { OPERATOR: { KEY: limit.as_millis().to_string() } },
        })
    }

    /// A limit that is lower than the requested limit also satisfies the control.
    fn is_satisfied_by(statement: Statement<'_>, resource: &str, settings: &Settings) -> bool {
        denies_all(statement, resource)
            && limit(statement).is_some_and(|limit| Some(limit) <= settings.max_presign_age)
    }

    /// Whether every request that the statement denies is also denied by the new statement.
    fn is_ours(statement: Statement<'_>, settings: &Settings) -> bool {
        is_within(statement, settings)
            && limit(statement).is_some_and(|limit| Some(limit) >= settings.max_presign_age)
    }

    fn summary(settings: &Settings) -> Option<String> {
        settings.max_presign_age.map(duration::display)
    }
}

fn limit(statement: Statement<'_>) -> Option<Duration> {
    let milliseconds = only_value(statement, OPERATOR, KEY)?.parse().ok()?;
    Some(Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::tests::{policy_after, settings};

    fn with(minutes: u64) -> Settings {
        Settings {
            max_presign_age: Some(Duration::from_mins(minutes)),
            ..settings()
        }
    }

    #[test]
    fn the_limit_is_in_milliseconds_and_a_lower_limit_stays() {
        let ours = |minutes| MaxPresignAge::statement(&with(minutes), None);
        assert_eq!(
            ours(15)["Condition"],
            json!({ "NumericGreaterThan": { "s3:signatureAge": "900000" } })
        );
        assert_eq!(policy_after(&MaxPresignAge, &[ours(5)], &with(15)), None);
        assert_eq!(
            policy_after(&MaxPresignAge, &[ours(60)], &with(15)),
            Some(vec![ours(15)])
        );
        let mut part = ours(1);
        part["Resource"] = json!("arn:aws:s3:::drop-box/secret/*");
        let kept = policy_after(&MaxPresignAge, std::slice::from_ref(&part), &with(15));
        assert_eq!(kept.map(|all| all[0].clone()), Some(part));
    }
}
