//! The control for MFA delete, with which only the root user can delete old versions of objects.
//!
//! Bootstrap sends the code of the MFA device in the header `x-amz-mfa`. The state has no code, so this control
//! is pure like the others.

use super::versioning::{self, MFA_DELETE, STATUS, Versioning};
use super::{Info, Settings, Spec, Standards};
use crate::xml::{DecodeError, Element};
use serde_json::Value;

pub(super) struct MfaDelete;

impl Spec for MfaDelete {
    type State = Element;

    const INFO: Info = Info {
        id: "mfa-delete",
        title: "MFA delete",
        why: "Only the root user, with a code of the MFA device, can delete an old version or suspend versioning.",
        flag: "--mfa-delete",
        subresource: &versioning::SUBRESOURCE,
        // The audit reports S3.20 with the control for versioning.
        standards: Standards::NONE,
    };

    fn is_wanted(settings: &Settings) -> bool {
        settings.mfa_delete.is_some()
    }

    fn read(body: &[u8]) -> Result<Element, DecodeError> {
        Versioning::read(body)
    }

    fn write(state: &Element) -> Vec<u8> {
        state.write()
    }

    fn json(state: &Element) -> Value {
        Versioning::json(state)
    }

    /// S3 requires the status of versioning in each request that changes MFA delete.
    fn desired(found: Option<&Element>, settings: &Settings) -> Element {
        Versioning::desired(found, settings).with([
            Element::leaf(STATUS, "Enabled"),
            Element::leaf(MFA_DELETE, "Enabled"),
        ])
    }

    fn summary(_desired: &Element, _settings: &Settings) -> Option<String> {
        Some(
            "while it is on, only the root user with a code can delete old versions, and S3 accepts no lifecycle rules"
                .to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::Control;

    #[test]
    fn the_body_equals_the_documented_one() {
        let settings = super::super::tests::settings();
        let bodies = [
            "<Status>Enabled</Status>",
            "",
            "<Status>Suspended</Status><MfaDelete>Disabled</MfaDelete>",
        ];
        for found in bodies {
            let found = format!("<VersioningConfiguration>{found}</VersioningConfiguration>");
            let review = MfaDelete.review(Some(found.as_bytes()), &settings).unwrap();
            assert_eq!(
                String::from_utf8(review.change.unwrap()).unwrap(),
                "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>"
            );
        }
    }
}
