//! The control for a log bucket: the bucket policy allows S3 to deliver access logs, but only the
//! logs of the named buckets.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html>

use super::policy_statement::{POLICY, PolicyStatement};
use super::{Info, Settings, Standards};
use crate::policy::Statement;
use serde_json::{Value, json};

pub(super) struct AccessLogDelivery;

const SERVICE: &str = "logging.s3.amazonaws.com";
const SOURCE: &str = "aws:SourceArn";
const ACCOUNT: &str = "aws:SourceAccount";

impl PolicyStatement for AccessLogDelivery {
    const INFO: Info = Info {
        id: "log-delivery",
        title: "Access log delivery",
        why: "S3 may deliver access logs to this bucket, but only those of the named buckets.",
        flag: "--create-log-bucket",
        subresource: &POLICY,
        standards: Standards::NONE,
    };

    /// AWS's documentation uses this Sid in its example.
    const SID: &'static str = "S3ServerAccessLogsPolicy";

    fn is_wanted(settings: &Settings) -> bool {
        settings.log_delivery.is_some()
    }

    /// The new statement lists the source buckets of the existing statement in their order,
    /// followed by the new source buckets.
    fn statement(settings: &Settings, found: Option<Statement<'_>>) -> Value {
        let mut sources = found.map(sources).unwrap_or_default();
        for arn in wanted(settings) {
            if !sources.contains(&arn) {
                sources.push(arn);
            }
        }
        let account = settings.log_delivery.as_ref().map(|it| it.account.clone());
        json!({
            "Sid": Self::SID,
            "Effect": "Allow",
            "Principal": { "Service": SERVICE },
            "Action": "s3:PutObject",
            "Resource": target(settings),
            "Condition": {
                "ArnLike": { SOURCE: if sources.len() == 1 { json!(sources[0]) } else { json!(sources) } },
                "StringEquals": { ACCOUNT: account },
            },
        })
    }

    fn resources(settings: &Settings) -> Vec<String> {
        vec![target(settings)]
    }

    fn is_satisfied_by(statement: Statement<'_>, _resource: &str, settings: &Settings) -> bool {
        let named = sources(statement);
        is_delivery(statement, settings) && wanted(settings).iter().all(|arn| named.contains(arn))
    }

    fn is_ours(statement: Statement<'_>, settings: &Settings) -> bool {
        is_delivery(statement, settings)
    }

    fn summary(settings: &Settings) -> Option<String> {
        let sources = &settings.log_delivery.as_ref()?.sources;
        Some(match &sources[..] {
            [one] => format!("from {one}"),
            many => format!("from {} buckets", many.len()),
        })
    }
}

fn wanted(settings: &Settings) -> Vec<String> {
    let buckets = settings.log_delivery.iter().flat_map(|it| &it.sources);
    buckets.map(|bucket| settings.arn_of(bucket)).collect()
}

/// Returns the ARN pattern of the delivered logs: `arn:aws:s3:::LOGS/PREFIX*`.
fn target(settings: &Settings) -> String {
    let prefix = settings.log_delivery.as_ref().map(|it| it.prefix.as_str());
    format!("{}/{}*", settings.bucket_arn(), prefix.unwrap_or_default())
}

/// Returns the ARNs of the source buckets in the conditions of the statement.
fn sources(statement: Statement<'_>) -> Vec<String> {
    let all = statement.conditions().unwrap_or_default();
    all.into_iter()
        .filter(|(_, key, _)| key.eq_ignore_ascii_case(SOURCE))
        .flat_map(|(_, _, values)| values)
        .collect()
}

/// Whether the statement allows only the log delivery service to write the logs of this account
/// under this prefix. This function does not compare the source buckets.
fn is_delivery(statement: Statement<'_>, settings: &Settings) -> bool {
    let account = settings.log_delivery.as_ref().map(|it| it.account.as_str());
    let fits = |(operator, key, values): &(&str, &str, Vec<String>)| {
        if key.eq_ignore_ascii_case(SOURCE) {
            operator.starts_with("Arn") && !operator.contains("Not")
        } else {
            key.eq_ignore_ascii_case(ACCOUNT)
                && *operator == "StringEquals"
                && values.iter().map(String::as_str).eq(account)
        }
    };
    statement.allowed_services() == [SERVICE]
        && statement.covers_action("s3:PutObject")
        && statement.all_actions_within("s3:PutObject")
        && statement.covers_resource(&target(settings))
        && statement.all_resources_within(&[target(settings)])
        && statement
            .conditions()
            .is_some_and(|all| all.len() == 2 && all.iter().all(fits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::tests::{policy_after, settings};
    use s3_presign::endpoint::BucketName;

    fn from(sources: &[&str]) -> Settings {
        let names = sources.iter().map(|name| BucketName::parse(name).unwrap());
        Settings {
            log_delivery: Some(super::super::settings::LogDelivery {
                sources: names.collect(),
                account: "111122223333".to_owned(),
                prefix: "s3/".to_owned(),
            }),
            ..settings()
        }
    }

    #[test]
    fn the_statement_equals_the_documented_one() {
        assert_eq!(
            AccessLogDelivery::statement(&from(&["source-1"]), None).to_string(),
            r#"{"Sid":"S3ServerAccessLogsPolicy","Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::drop-box/s3/*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::source-1"},"StringEquals":{"aws:SourceAccount":"111122223333"}}}"#
        );
    }

    #[test]
    fn a_new_source_bucket_is_added_to_the_existing_ones() {
        let one = AccessLogDelivery::statement(&from(&["source-1"]), None);
        let two = AccessLogDelivery::statement(&from(&["source-1", "source-2"]), None);
        assert_eq!(
            policy_after(&AccessLogDelivery, &[one], &from(&["source-2"])),
            Some(vec![two.clone()])
        );
        assert_eq!(
            policy_after(&AccessLogDelivery, &[two], &from(&["source-1"])),
            None
        );
    }

    #[test]
    fn a_statement_that_allows_other_writes_does_not_satisfy_the_control() {
        let settings = from(&["source-1"]);
        let ours = AccessLogDelivery::statement(&settings, None);
        let with = |change: fn(&mut Value)| {
            let mut other = ours.clone();
            other["Sid"] = json!("Theirs");
            change(&mut other);
            other
        };
        for theirs in [
            with(|s| s["Condition"]["StringEquals"][ACCOUNT] = json!("444455556666")),
            with(|s| s["Principal"] = json!("*")),
            with(|s| s["Action"] = json!("s3:*")),
            with(|s| s["Resource"] = json!("arn:aws:s3:::drop-box/other/*")),
            with(|s| {
                s["Condition"].as_object_mut().unwrap().remove("ArnLike");
            }),
        ] {
            assert_eq!(
                policy_after(&AccessLogDelivery, std::slice::from_ref(&theirs), &settings),
                Some(vec![theirs, ours.clone()])
            );
        }
    }
}
