//! The documents of a bucket that an audit has read.

use super::Verdict;
pub(super) use super::outcome::NotRead;
use super::outcome::Outcome;
use crate::controls::{ALL, Subresource};
use crate::policy::Document;
use crate::s3::{Bucket, Error as S3Error};
use crate::subresource::{self, ReadOutcome};
use crate::xml::Element;
use std::collections::BTreeMap;

/// The result of reading a subresource.
pub(super) enum Read {
    /// The body of the answer, or `None` if nothing is configured.
    Body(Option<Vec<u8>>),
    /// The verdict [`Verdict::Unknown`] or [`Verdict::Unsupported`], and the reason.
    NotRead(Verdict, String),
}

/// What an audit has read.
#[derive(Default)]
pub(super) struct Documents {
    /// The documents by the name of the subresource, such as `policy`.
    bodies: BTreeMap<&'static str, Read>,
    /// The outcomes of the controls that only `--full` answers, by the ID, such as `S3.7`. A control that
    /// does not apply has no outcome.
    pub(super) full: BTreeMap<&'static str, Outcome>,
}

impl Documents {
    /// Reads a subresource, unless it was read before.
    ///
    /// # Errors
    /// Fails if the bucket does not exist, or if the server did not answer.
    pub(super) async fn read(
        &mut self,
        bucket: &mut Bucket<'_>,
        subresource: &'static Subresource,
    ) -> Result<&Read, S3Error> {
        if !self.bodies.contains_key(subresource.name) {
            let read = subresource::read(bucket, subresource).await?;
            self.insert(subresource.name, read);
        }
        Ok(&self.bodies[subresource.name])
    }

    /// Adds the result of a read.
    pub(super) fn insert(&mut self, name: &'static str, read: ReadOutcome) {
        let read = match read {
            ReadOutcome::Configured(found) => Read::Body(Some(found.body)),
            ReadOutcome::Nothing => Read::Body(None),
            ReadOutcome::Denied(why) | ReadOutcome::Failed(why) => {
                Read::NotRead(Verdict::Unknown, why)
            }
            ReadOutcome::Unsupported(why) => Read::NotRead(Verdict::Unsupported, why),
        };
        self.bodies.insert(name, read);
    }

    /// Reads the subresource with this name, which a control of [`ALL`] configures.
    ///
    /// # Errors
    /// Fails if the bucket does not exist, or if the server did not answer.
    pub(super) async fn read_named(
        &mut self,
        bucket: &mut Bucket<'_>,
        name: &str,
    ) -> Result<(), S3Error> {
        let all = ALL.iter().map(|control| control.info().subresource);
        for subresource in all.filter(|subresource| subresource.name == name) {
            self.read(bucket, subresource).await?;
        }
        Ok(())
    }

    /// Returns the body of a document. `None` if the audit did not ask for the document, because the
    /// caller skips its controls.
    pub(super) fn body(&self, name: &str) -> Option<Result<Option<&[u8]>, NotRead>> {
        Some(match self.bodies.get(name)? {
            Read::Body(body) => Ok(body.as_deref()),
            Read::NotRead(verdict, why) => Err((*verdict, why.clone())),
        })
    }

    /// Returns a document as XML with this root element. A document that is not configured is an empty
    /// element.
    pub(super) fn xml(&self, name: &str, root: &str) -> Option<Result<Element, NotRead>> {
        Some(self.body(name)?.and_then(|body| match body {
            None => Ok(Element::node(root, Vec::new())),
            Some(body) => {
                Element::read(root, body).map_err(|why| (Verdict::Unknown, why.to_string()))
            }
        }))
    }

    /// Whether the bucket has a lifecycle rule, as far as the audit has read the rules.
    pub(super) fn has_lifecycle_rules(&self) -> bool {
        let document = self.xml("lifecycle", "LifecycleConfiguration");
        matches!(document, Some(Ok(document)) if document.child("Rule").is_some())
    }

    /// Returns the bucket policy. A policy that is not configured has no statements.
    pub(super) fn policy(&self) -> Option<Result<Document, NotRead>> {
        Some(self.body("policy")?.and_then(|body| match body {
            None => Ok(Document::default()),
            Some(body) => Document::read(body).map_err(|why| (Verdict::Unknown, why.to_string())),
        }))
    }
}
