//! The controls: one file each, all of the same shape. They build and read bodies; they send nothing.
//!
//! [`ALL`] is the list from which bootstrap, dry run, JSON, the README table and the IAM policy come.
//! To add a control: one file with a [`Spec`], one line in [`ALL`], its fixtures and its test.

mod encryption;
mod ownership_controls;
mod public_access_block;
mod tls_only;
mod versioning;

use crate::s3::xml::Unreadable;
use s3_presign::endpoint::BucketName;
use serde::Serialize;
use serde_json::Value;

/// All controls, in the order in which they are applied: Block Public Access before the policy,
/// optional ones last. Controls of one subresource stand together and are written in one request.
pub static ALL: [&dyn Control; 5] = [
    &public_access_block::PublicAccessBlock,
    &encryption::Encryption,
    &ownership_controls::OwnershipControls,
    &tls_only::TlsOnly,
    &versioning::Versioning,
];

/// What the operator wants of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The bucket.
    pub bucket: BucketName,
    /// The partition in its ARN: `aws`, `aws-cn` …
    pub partition: &'static str,
    /// SSE-KMS with this key in place of SSE-S3.
    pub kms_key: Option<String>,
    /// S3 Bucket Keys with SSE-KMS: fewer calls to KMS.
    pub bucket_key: bool,
    /// Uploads with SSE-C stay allowed.
    pub allow_sse_c: bool,
    /// How the TLS-only statement asks for `aws:SecureTransport`.
    pub tls_condition: TlsCondition,
    /// Keep old versions.
    pub versioning: bool,
    /// Ids of controls to leave alone.
    pub skip: Vec<String>,
}

impl Settings {
    /// The mission's defaults.
    #[must_use]
    pub fn new(bucket: BucketName, partition: &'static str) -> Self {
        Settings {
            bucket,
            partition,
            kms_key: None,
            bucket_key: true,
            allow_sse_c: false,
            tls_condition: TlsCondition::Bool,
            versioning: false,
            skip: Vec::new(),
        }
    }

    /// Whether the operator wants the control of this id left alone.
    #[must_use]
    pub fn skips(&self, id: &str) -> bool {
        self.skip.iter().any(|skipped| skipped == id)
    }

    /// `arn:PARTITION:s3:::BUCKET`.
    #[must_use]
    pub fn bucket_arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.partition, self.bucket)
    }
}

/// The operator in the TLS-only statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsCondition {
    /// `Bool`: the mission's text and what scanners look for.
    #[default]
    Bool,
    /// `BoolIfExists`: on Ceph, where plain HTTP has no `aws:SecureTransport` at all, only this bites.
    BoolIfExists,
}

/// What there is to know about a control.
#[derive(Debug, PartialEq, Eq)]
pub struct Info {
    /// Kebab-case; in JSON and for `--skip` and `--require`.
    pub id: &'static str,
    /// For status lines.
    pub title: &'static str,
    /// What it is good for, in one sentence.
    pub why: &'static str,
    /// `policy` for `?policy`.
    pub subresource: &'static str,
    /// The API that reads it.
    pub get: &'static str,
    /// The API that writes it.
    pub put: &'static str,
    /// Codes of a 404 that mean: nothing is configured.
    pub absent: &'static [&'static str],
    /// IAM action to read it.
    pub read_action: &'static str,
    /// IAM action to write it.
    pub write_action: &'static str,
    /// Of the body.
    pub content_type: &'static str,
    /// Bytes that S3 takes at most.
    pub size_limit: usize,
    /// Why a write can be denied beside a missing action; empty for no other reason.
    pub denied_also: &'static str,
    /// Whether writing it without having read it can lose nothing that somebody configured.
    pub blind_write: bool,
    /// AWS Security Hub controls it satisfies.
    pub security_hub: &'static [&'static str],
    /// CIS AWS Foundations recommendations it satisfies, v5.0.
    pub cis_v5: &'static [&'static str],
    /// The same in v6.0 and v7.0.
    pub cis_v6: &'static [&'static str],
    /// The API's page.
    pub api: &'static str,
}

/// A configuration under a subresource: XML for all but the policy.
pub const XML: &str = "application/xml";

/// What a control makes of the body it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The state found; `null` for none.
    pub found: Value,
    /// The state wanted.
    pub wanted: Value,
    /// The state wanted, in a few words.
    pub summary: Option<String>,
    /// The body to send, unless all is as wanted already.
    pub change: Option<Vec<u8>>,
    /// Something less, for a server that does not know all of it.
    pub reduced: Option<Reduced>,
}

/// The part of a wanted state that any server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduced {
    /// The body to send.
    pub body: Vec<u8>,
    /// Whether the state found is this one at least.
    pub satisfied: bool,
    /// What is missing then.
    pub lacks: &'static str,
}

/// A control, as [`ALL`] holds it. Implemented through [`Spec`].
pub trait Control: Sync {
    /// What there is to know about it.
    fn info(&self) -> &'static Info;

    /// Whether these settings ask for it.
    fn is_wanted(&self, settings: &Settings) -> bool;

    /// Compares the body that was found (`None`: nothing configured) with what is wanted.
    fn review(&self, found: Option<&[u8]>, settings: &Settings) -> Result<Review, Unreadable>;
}

/// What one control's file says.
pub trait Spec: Sync {
    /// The configuration, every element of it optional: servers leave out what they like.
    type State: Clone + PartialEq + Serialize;

    /// What there is to know about it.
    const INFO: Info;

    /// Whether these settings ask for it; the mission's defaults always do.
    #[must_use]
    fn is_wanted(_settings: &Settings) -> bool {
        true
    }

    /// Reads a body.
    fn read(body: &[u8]) -> Result<Self::State, Unreadable>;

    /// Writes a body.
    fn write(state: &Self::State) -> Vec<u8>;

    /// The state to reach from the one found. What is stronger than asked for, and what is somebody
    /// else's, is carried over: so a state is as wanted if and only if it is its own `desired`.
    fn desired(found: Option<&Self::State>, settings: &Settings) -> Self::State;

    /// The state in a few words, where the title does not say it.
    fn summary(_desired: &Self::State) -> Option<String> {
        None
    }

    /// Less than `desired`, for servers that refuse or forget a part, and what is missing then.
    fn reduced(_desired: &Self::State) -> Option<(Self::State, &'static str)> {
        None
    }
}

impl<S: Spec> Control for S {
    fn info(&self) -> &'static Info {
        const { &S::INFO }
    }

    fn is_wanted(&self, settings: &Settings) -> bool {
        S::is_wanted(settings)
    }

    fn review(&self, found: Option<&[u8]>, settings: &Settings) -> Result<Review, Unreadable> {
        let found = found.map(S::read).transpose()?;
        let desired = S::desired(found.as_ref(), settings);
        let reduced = S::reduced(&desired).map(|(state, lacks)| Reduced {
            body: S::write(&state),
            satisfied: found.as_ref() == Some(&state),
            lacks,
        });
        Ok(Review {
            change: (found.as_ref() != Some(&desired)).then(|| S::write(&desired)),
            found: json(&found),
            wanted: json(&desired),
            summary: S::summary(&desired),
            reduced,
        })
    }
}

fn json<T: Serialize>(state: &T) -> Value {
    serde_json::to_value(state).expect("configurations are structs of texts and lists")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::BTreeSet;

    pub(crate) fn settings() -> Settings {
        Settings {
            versioning: true,
            ..Settings::new(BucketName::parse("drop-box").unwrap(), "aws")
        }
    }

    #[test]
    fn ids_are_unique_and_kebab_case_and_every_api_page_is_named() {
        let mut seen = BTreeSet::new();
        for control in ALL {
            let info = control.info();
            assert!(seen.insert(info.id), "{} twice", info.id);
            assert!(
                info.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{}",
                info.id
            );
            let page = format!(
                "https://docs.aws.amazon.com/AmazonS3/latest/API/API_{}.html",
                info.put
            );
            assert_eq!(info.api, page, "{}", info.id);
            assert!(
                info.get.starts_with("Get") && info.put.starts_with("Put"),
                "{}",
                info.id
            );
            assert!(
                info.read_action.starts_with("s3:Get") && info.write_action.starts_with("s3:Put")
            );
            assert!(
                !info.why.is_empty() && info.why.ends_with('.'),
                "{}",
                info.id
            );
        }
    }

    #[test]
    fn what_a_control_writes_satisfies_it_when_it_is_read_back() {
        for control in ALL {
            let id = control.info().id;
            let from_nothing = control.review(None, &settings()).unwrap();
            let body = from_nothing
                .change
                .expect("nothing configured is never as wanted");
            let again = control.review(Some(&body), &settings()).unwrap();
            assert_eq!(again.change, None, "{id}");
            assert_eq!(again.found, from_nothing.wanted, "{id}");
        }
    }

    #[test]
    fn a_server_that_answers_something_else_satisfies_nothing() {
        let list = b"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name></ListBucketResult>";
        for control in ALL {
            for body in [
                &list[..],
                b"",
                b"<!DOCTYPE html><html></html>",
                b"null",
                b"[]",
            ] {
                let review = control.review(Some(body), &settings());
                assert!(review.is_err(), "{}: {review:?}", control.info().id);
            }
        }
    }

    #[test]
    fn controls_of_one_subresource_stand_together() {
        let runs: Vec<&str> = ALL
            .chunk_by(|a, b| a.info().subresource == b.info().subresource)
            .map(|run| run[0].info().subresource)
            .collect();
        let distinct: BTreeSet<&str> = runs.iter().copied().collect();
        assert_eq!(runs.len(), distinct.len(), "{runs:?}");
    }
}
