//! The control for versioning, with which overwritten and deleted objects can be restored.

use super::{Info, Settings, Spec, Standards, Subresource, XML};
use crate::xml::{DecodeError, Element, Shape};
use serde_json::Value;

pub(super) struct Versioning;

pub(super) const STATUS: &str = "Status";
pub(super) const MFA_DELETE: &str = "MfaDelete";
pub(super) const SHAPE: Shape = Shape::Object(&[
    (STATUS, Shape::Text),
    (MFA_DELETE, Shape::Named("MFADelete", &Shape::Text)),
]);

const ROOT: &str = "VersioningConfiguration";

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html>
pub(super) static SUBRESOURCE: Subresource = Subresource {
    name: "versioning",
    get: "GetBucketVersioning",
    put: "PutBucketVersioning",
    // If versioning was never enabled on a bucket, S3 answers with the status 200 and an empty
    // element.
    absent_codes: &[],
    read_action: "s3:GetBucketVersioning",
    write_action: "s3:PutBucketVersioning",
    content_type: XML,
    size_limit: None,
    round_trip_header: None,
    has_backup: false,
    access_denied_hint: None,
    safe_without_read: true,
};

impl Spec for Versioning {
    type State = Element;

    const INFO: Info = Info {
        id: "versioning",
        title: "Versioning",
        why: "An object that is overwritten or deleted can be restored.",
        flag: "--versioning",
        subresource: &SUBRESOURCE,
        standards: Standards {
            security_hub: &["S3.14"],
            cis_v5: &[],
            cis_v6: &[],
        },
    };

    fn is_wanted(settings: &Settings) -> bool {
        settings.versioning
    }

    fn read(body: &[u8]) -> Result<Element, DecodeError> {
        Element::read(ROOT, body)?.checked(&SHAPE)
    }

    /// Omits `MfaDelete` from the request, because only the root user with a code from the MFA
    /// device may send a request that contains `MfaDelete`. If `MfaDelete` is missing in the
    /// request, S3 does not change MFA delete.
    fn write(state: &Element) -> Vec<u8> {
        state.clone().without(MFA_DELETE).write()
    }

    fn json(state: &Element) -> Value {
        state.json(&SHAPE)
    }

    fn desired(found: Option<&Element>, _settings: &Settings) -> Element {
        Element::or_empty(found, ROOT).with([Element::leaf(STATUS, "Enabled")])
    }

    fn audit_note(found: Option<&Element>) -> Option<&'static str> {
        Some(if found.is_some_and(has_mfa_delete) {
            "MFA delete is on (Security Hub S3.20, CIS v5 2.1.2, v6/v7 3.1.2)"
        } else {
            "MFA delete is off; only the root user can switch it on, and S3 does not allow it together with a lifecycle configuration (Security Hub S3.20, CIS v5 2.1.2, v6/v7 3.1.2)"
        })
    }

    fn summary(desired: &Element, settings: &Settings) -> Option<String> {
        if settings.mfa_delete.is_some() {
            return None;
        }
        let state = if has_mfa_delete(desired) { "on" } else { "off" };
        Some(format!("MFA delete {state}"))
    }

    fn apply_note(_found: Option<&Element>, _desired: &Element) -> Option<&'static str> {
        Some(
            "wait 15 minutes before the first upload, because until then S3 may answer 404 for a new object",
        )
    }
}

fn has_mfa_delete(state: &Element) -> bool {
    state.text_of(MFA_DELETE) == "Enabled"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::Control;

    #[test]
    fn the_body_equals_the_documented_one_and_never_contains_mfa_delete() {
        let settings = super::super::tests::settings();
        let found = b"<VersioningConfiguration><Status>Suspended</Status><MfaDelete>Disabled</MfaDelete><NewOption>1</NewOption></VersioningConfiguration>";
        let review = Versioning.review(Some(found), &settings).unwrap();
        assert_eq!(
            String::from_utf8(review.change.unwrap()).unwrap(),
            "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status><NewOption>1</NewOption></VersioningConfiguration>"
        );
    }

    #[test]
    fn an_empty_element_means_that_versioning_was_never_on() {
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
