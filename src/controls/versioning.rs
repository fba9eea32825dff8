//! Versioning: what is overwritten or deleted can be restored.

use super::{Info, Settings, Spec, XML};
use crate::xml::{self, Unreadable};
use serde::{Deserialize, Serialize};

pub(super) struct Versioning;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct State {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Only the root user can change it, with a code from the device: it is told, never sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa_delete: Option<String>,
}

const ROOT: &str = "VersioningConfiguration";

impl Spec for Versioning {
    type State = State;

    const INFO: Info = Info {
        id: "versioning",
        title: "Versioning",
        why: "An object that is overwritten or deleted can be restored.",
        flag: "--versioning",
        subresource: "versioning",
        get: "GetBucketVersioning",
        put: "PutBucketVersioning",
        // A bucket that never had versioning answers 200 with an empty element.
        absent: &[],
        read_action: "s3:GetBucketVersioning",
        write_action: "s3:PutBucketVersioning",
        content_type: XML,
        size_limit: usize::MAX,
        carried_header: None,
        backup: false,
        denied_also: "",
        blind_write: true,
        security_hub: &["S3.14"],
        cis_v5: &[],
        cis_v6: &[],
        api: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html",
    };

    fn is_wanted(settings: &Settings) -> bool {
        settings.versioning
    }

    fn read(body: &[u8]) -> Result<State, Unreadable> {
        xml::read(ROOT, body)
    }

    fn write(state: &State) -> Vec<u8> {
        let without_mfa = State {
            mfa_delete: None,
            ..state.clone()
        };
        xml::write(ROOT, &without_mfa)
    }

    fn desired(found: Option<&State>, _settings: &Settings) -> State {
        State {
            status: Some("Enabled".to_owned()),
            mfa_delete: found.and_then(|state| state.mfa_delete.clone()),
        }
    }

    fn aside(found: Option<&State>) -> Option<&'static str> {
        Some(match found.and_then(|state| state.mfa_delete.as_deref()) {
            Some("Enabled") => "MFA delete is on (Security Hub S3.20, CIS v5 2.1.2, v6/v7 3.1.2)",
            _ => {
                "MFA delete is off (Security Hub S3.20, CIS v5 2.1.2, v6/v7 3.1.2); only the root user can switch it on"
            }
        })
    }

    fn summary(desired: &State, _settings: &Settings) -> Option<String> {
        let is_on = desired.mfa_delete.as_deref() == Some("Enabled");
        Some(format!("MFA delete {}", if is_on { "on" } else { "off" }))
    }

    fn note(_desired: &State) -> Option<&'static str> {
        Some(
            "wait 15 minutes before the first upload: until then S3 may answer 404 for what was written",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::Control;

    #[test]
    fn the_body_is_the_documented_one_and_never_names_mfa_delete() {
        let settings = super::super::tests::settings();
        let found = b"<VersioningConfiguration><Status>Suspended</Status><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>";
        let review = Versioning.review(Some(found), &settings).unwrap();
        assert_eq!(
            String::from_utf8(review.change.unwrap()).unwrap(),
            "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>"
        );
    }

    #[test]
    fn a_bucket_that_never_had_versioning_answers_an_empty_element() {
        let settings = super::super::tests::settings();
        let found = b"<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>";
        assert!(
            Versioning
                .review(Some(found), &settings)
                .unwrap()
                .change
                .is_some()
        );
        let on = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        assert_eq!(Versioning.review(Some(on), &settings).unwrap().change, None);
    }
}
