//! The control for server access logging: S3 records requests and delivers the logs to another bucket.

use super::{Info, Settings, Spec, Standards, Subresource, XML};
use crate::xml::{DecodeError, Element, Shape};
use serde_json::Value;

pub(super) struct AccessLogging;

const ROOT: &str = "BucketLoggingStatus";
const ENABLED: &str = "LoggingEnabled";
const GRANTS: &str = "TargetGrants";

/// The shape for JSON. Reading does not check it, because servers return further elements.
pub(super) const SHAPE: Shape = Shape::Object(&[(
    ENABLED,
    Shape::Object(&[
        ("TargetBucket", Shape::Text),
        ("TargetPrefix", Shape::Text),
        (
            GRANTS,
            Shape::Items(
                "Grant",
                &Shape::Object(&[("Grantee", GRANTEE), ("Permission", Shape::Text)]),
            ),
        ),
        (
            "TargetObjectKeyFormat",
            Shape::Object(&[
                ("SimplePrefix", Shape::Object(&[])),
                (
                    "PartitionedPrefix",
                    Shape::Object(&[("PartitionDateSource", Shape::Text)]),
                ),
            ]),
        ),
    ]),
)]);
const GRANTEE: Shape = Shape::Object(&[
    ("xsi:type", Shape::Named("Type", &Shape::Attribute)),
    ("DisplayName", Shape::Text),
    ("EmailAddress", Shape::Text),
    ("ID", Shape::Text),
    ("URI", Shape::Text),
]);

/// Whether a logging configuration has grants. A grant gives another account access to the logs.
pub(crate) fn has_grants(body: &[u8]) -> bool {
    AccessLogging::read(body).is_ok_and(|status| grants_in(&status))
}

fn grants_in(status: &Element) -> bool {
    (status.child(ENABLED)).is_some_and(|enabled| enabled.child(GRANTS).is_some())
}

/// Returns the prefix of the log names that the control configures. `found` is the body of the
/// existing configuration, whose prefix the control keeps if the settings name none.
pub(crate) fn log_prefix(found: Option<&[u8]>, settings: &Settings) -> String {
    let found = found.and_then(|body| AccessLogging::read(body).ok());
    let desired = AccessLogging::desired(found.as_ref(), settings);
    let enabled = desired.child(ENABLED);
    enabled.map_or_else(String::new, |it| it.text_of("TargetPrefix").to_owned())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html>
static SUBRESOURCE: Subresource = Subresource {
    name: "logging",
    get: "GetBucketLogging",
    put: "PutBucketLogging",
    // If logging is off, S3 answers with the status 200 and an empty element.
    absent_codes: &[],
    read_action: "s3:GetBucketLogging",
    write_action: "s3:PutBucketLogging",
    content_type: XML,
    size_limit: None,
    round_trip_header: None,
    has_backup: true,
    access_denied_hint: None,
    // A write without a read could replace the log target that another tool or person has
    // configured.
    safe_without_read: false,
};

impl Spec for AccessLogging {
    /// The state contains the complete document, because another tool or person may have configured
    /// the format of the log names and the grants, and the control must preserve both.
    type State = Element;

    const INFO: Info = Info {
        id: "access-logging",
        title: "Server access logging",
        why: "S3 logs requests to the bucket, including requests made with presigned URLs.",
        flag: "--log-bucket",
        subresource: &SUBRESOURCE,
        standards: Standards {
            security_hub: &["S3.9"],
            cis_v5: &["3.4"],
            cis_v6: &["4.4"],
        },
    };

    fn is_wanted(settings: &Settings) -> bool {
        settings.logging.is_some()
    }

    fn read(body: &[u8]) -> Result<Element, DecodeError> {
        Element::read(ROOT, body)
    }

    fn write(state: &Element) -> Vec<u8> {
        state.write()
    }

    fn json(state: &Element) -> Value {
        state.json(&SHAPE)
    }

    fn desired(found: Option<&Element>, settings: &Settings) -> Element {
        let Some(logging) = &settings.logging else {
            return found.cloned().unwrap_or_default();
        };
        let status = Element::or_empty(found, ROOT);
        let mut enabled = Element::or_empty(status.child(ENABLED), ENABLED);
        if logging.without_grants {
            enabled = enabled.without(GRANTS);
        }
        let is_there = enabled.text_of("TargetBucket") == logging.bucket.as_str();
        let prefix = match &logging.prefix {
            Some(prefix) => prefix.clone(),
            None if is_there => enabled.text_of("TargetPrefix").to_owned(),
            None => format!("{}/", settings.bucket),
        };
        status.with([enabled.with([
            Element::leaf("TargetBucket", &logging.bucket),
            Element::leaf("TargetPrefix", &prefix),
        ])])
    }

    fn summary(desired: &Element, _settings: &Settings) -> Option<String> {
        let enabled = desired.child(ENABLED)?;
        let (bucket, prefix) = (
            enabled.text_of("TargetBucket"),
            enabled.text_of("TargetPrefix"),
        );
        Some(format!("to {bucket}/{prefix}"))
    }

    fn apply_note(found: Option<&Element>, desired: &Element) -> Option<&'static str> {
        (found.is_some_and(grants_in) && !grants_in(desired)).then_some(
            "the grants on the logs were removed: ACLs are off on the log bucket, so S3 rejects grants",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::Logging;
    use super::*;
    use crate::controls::{Control, tests::settings};
    use s3_presign::endpoint::BucketName;

    fn with() -> Settings {
        Settings {
            logging: Some(Logging {
                bucket: BucketName::parse("the-logs").unwrap(),
                prefix: Some("drop/".to_owned()),
                without_grants: false,
                is_made_by_run: false,
            }),
            ..settings()
        }
    }

    fn document(enabled: &str) -> String {
        format!(
            "<BucketLoggingStatus xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LoggingEnabled>{enabled}</LoggingEnabled></BucketLoggingStatus>"
        )
    }

    fn sent(found: &str) -> Option<String> {
        let review = AccessLogging
            .review(Some(found.as_bytes()), &with())
            .unwrap();
        review.change.map(|body| String::from_utf8(body).unwrap())
    }

    const OURS: &str = "<TargetBucket>the-logs</TargetBucket><TargetPrefix>drop/</TargetPrefix>";

    /// The names are those of botocore's service model: the argument of `aws s3api put-bucket-logging`.
    #[test]
    fn json_is_that_of_the_aws_cli() {
        let xml = "<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix/>\
            <TargetGrants><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>u</URI></Grantee>\
            <Permission>READ</Permission></Grant></TargetGrants>\
            <TargetObjectKeyFormat><SimplePrefix/></TargetObjectKeyFormat></LoggingEnabled></BucketLoggingStatus>";
        let status = AccessLogging::read(xml.as_bytes()).unwrap();
        assert_eq!(
            AccessLogging::json(&status),
            serde_json::json!({"LoggingEnabled": {
                "TargetBucket": "logs",
                "TargetPrefix": "",
                "TargetGrants": [{"Grantee": {"Type": "Group", "URI": "u"}, "Permission": "READ"}],
                "TargetObjectKeyFormat": {"SimplePrefix": {}},
            }})
        );
    }

    #[test]
    fn an_empty_element_means_that_logging_is_off() {
        assert_eq!(sent("<BucketLoggingStatus/>"), Some(document(OURS)));
    }

    #[test]
    fn keeps_the_existing_prefix_unless_the_settings_name_another() {
        let mut settings = with();
        settings.logging.as_mut().unwrap().prefix = None;
        let review = |bucket: &str| {
            let found = document(&format!(
                "<TargetBucket>{bucket}</TargetBucket><TargetPrefix>all/</TargetPrefix>"
            ));
            AccessLogging
                .review(Some(found.as_bytes()), &settings)
                .unwrap()
        };
        let kept = review("the-logs");
        assert_eq!(kept.change, None);
        assert_eq!(kept.summary.as_deref(), Some("to the-logs/all/"));
        let moved = review("elsewhere");
        assert_eq!(moved.summary.as_deref(), Some("to the-logs/drop-box/"));
    }

    #[test]
    fn removes_grants_with_a_note_if_acls_are_off_on_the_log_bucket() {
        let grants = "<TargetGrants><Grant><Permission>READ</Permission></Grant></TargetGrants>";
        let found = document(&format!("{OURS}{grants}"));
        assert_eq!(sent(&found), None);
        let mut settings = with();
        settings.logging.as_mut().unwrap().without_grants = true;
        let review = AccessLogging
            .review(Some(found.as_bytes()), &settings)
            .unwrap();
        let sent = String::from_utf8(review.change.unwrap()).unwrap();
        assert_eq!(sent, document(OURS));
        assert!(review.apply_note.unwrap().contains("grants on the logs"));
    }

    #[test]
    fn accepts_elements_in_any_order_and_keeps_the_format_of_log_names() {
        let format = "<TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat>";
        assert_eq!(sent(&document(&format!("{format}{OURS}"))), None);
        assert_eq!(
            sent(&document(&format!(
                "<TargetBucket>elsewhere</TargetBucket><TargetPrefix></TargetPrefix>{format}"
            ))),
            Some(document(&format!("{OURS}{format}")))
        );
    }
}
