//! The parts of a bucket's configuration that affect a link. The survey reads the four controls of
//! the baseline and the lifecycle rules. If Block Public Access is not completely on, the survey
//! also asks whether the bucket is public.

use super::Error;
use crate::controls::{self, Settings, Subresource};
use crate::grants::{self, Grants};
use crate::policy::Document;
use crate::s3::error::Kind;
use crate::s3::{Bucket, Error as S3Error, ErrorResponse};
use crate::subresource::{self, ReadOutcome};
use crate::xml::Element;
use std::collections::BTreeMap;
use std::time::Duration;

/// A control of the baseline that the bucket lacks, or a part of the configuration that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The title of the control, or what is not known.
    pub title: &'static str,
    /// Why the configuration could not be read. `None` if the control differs from the baseline.
    pub unread: Option<String>,
}

/// After how many days lifecycle rules delete the deliveries and the page of a link, or `None` if
/// no rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The days after which deliveries expire.
    pub deliveries: Option<u64>,
    /// The days after which pages expire.
    pub pages: Option<u64>,
}

/// The configuration of a bucket.
pub(super) struct Survey {
    pub(super) gaps: Vec<Gap>,
    /// Whether all four settings of Block Public Access are on.
    pub(super) blocks_public_access: bool,
    /// The configured documents, by the name of their subresource.
    documents: BTreeMap<&'static str, Vec<u8>>,
    policy: Option<Document>,
    /// Whether the lifecycle rules could be read. A bucket without rules counts as read.
    rules_are_known: bool,
}

impl Survey {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Fails if the bucket does not exist, or the server did not answer.
    pub(super) async fn read(
        bucket: &mut Bucket<'_>,
        settings: &Settings,
    ) -> Result<Self, S3Error> {
        let mut survey = Survey {
            gaps: Vec::new(),
            blocks_public_access: false,
            documents: BTreeMap::new(),
            policy: None,
            rules_are_known: false,
        };
        for group in controls::wanted(settings) {
            let unread = survey.document(bucket, group.subresource).await?.err();
            let body = survey.documents.get(group.subresource.name);
            for control in group.controls {
                let info = control.info();
                let unread = match (&unread, control.review(body.map(Vec::as_slice), settings)) {
                    (Some(why), _) => Some(why.clone()),
                    (None, Err(why)) => Some(why.to_string()),
                    (None, Ok(review)) if review.change.is_some() => None,
                    (None, Ok(_)) => {
                        survey.blocks_public_access |= info.id == "public-access-block";
                        continue;
                    }
                };
                survey.gaps.push(Gap {
                    title: info.title,
                    unread,
                });
            }
        }
        let lifecycle = controls::groups(|control| control.info().subresource.name == "lifecycle");
        for group in lifecycle {
            survey.rules_are_known = survey.document(bucket, group.subresource).await?.is_ok();
        }
        let policy = survey.documents.get("policy");
        survey.policy = policy.and_then(|body| Document::read(body).ok());
        Ok(survey)
    }

    /// Reads one document. The inner error says why the program could not read the document.
    async fn document(
        &mut self,
        bucket: &mut Bucket<'_>,
        subresource: &'static Subresource,
    ) -> Result<Result<(), String>, S3Error> {
        Ok(match subresource::read(bucket, subresource).await? {
            ReadOutcome::Configured(found) => {
                self.documents.insert(subresource.name, found.body);
                Ok(())
            }
            ReadOutcome::Nothing => Ok(()),
            ReadOutcome::Denied(why) | ReadOutcome::Unsupported(why) | ReadOutcome::Failed(why) => {
                Err(why)
            }
        })
    }

    /// Refuses a bucket whose policy or ACL is public. Sends nothing if Block Public Access is on. If S3 denies
    /// one of the requests, the survey has another gap.
    pub(super) async fn refuse_public(&mut self, bucket: &mut Bucket<'_>) -> Result<(), Error> {
        if self.blocks_public_access {
            return Ok(());
        }
        let is_public = match bucket.is_policy_public().await {
            Ok(is_public) => is_public,
            Err(error) if matches!(error.kind, Kind::Transport(_)) => return Err(error.into()),
            // The bucket has no policy, the server does not support the request, or the credentials
            // lack the permission.
            Err(error) => {
                self.add_if_denied(
                    &error,
                    "Whether the bucket policy is public",
                    "s3:GetBucketPolicyStatus",
                );
                self.policy.as_ref().is_some_and(Document::allows_everyone)
            }
        };
        if is_public {
            return Err(Error::Public("the bucket policy is public".to_owned()));
        }
        match grants::of_others(bucket).await? {
            Grants::Others(grants) => {
                let public = grants.into_iter().find(|grant| grant.is_public);
                if let Some(grant) = public {
                    return Err(Error::Public(format!("its ACL grants {}", grant.text())));
                }
            }
            Grants::Denied(error) => {
                self.add_if_denied(&error, "Whether the ACL is public", "s3:GetBucketAcl");
            }
            Grants::Unknown => {}
        }
        Ok(())
    }

    /// Adds a gap if S3 denied a request, because the credentials lack the IAM action.
    fn add_if_denied(&mut self, error: &S3Error, title: &'static str, action: &str) {
        if error.response().is_some_and(ErrorResponse::is_denied) {
            self.gaps.push(Gap {
                title,
                unread: Some(format!("{error}; reading it needs {action}")),
            });
        }
    }

    /// The largest age of a signature that the policy allows for the page and for uploads.
    pub(super) fn signature_age_limit(
        &self,
        settings: &Settings,
        page_key: &str,
        folder: &str,
    ) -> Option<Duration> {
        let policy = self.policy.as_ref()?;
        let limit = |key: &str| policy.signature_age_limit(&arn(settings, key));
        [page_key, folder].into_iter().filter_map(limit).min()
    }

    /// The networks to which the policy limits the page or uploads.
    pub(super) fn networks(
        &self,
        settings: &Settings,
        page_key: &str,
        folder: &str,
    ) -> Vec<String> {
        let Some(policy) = &self.policy else {
            return Vec::new();
        };
        let of = |key: &str| policy.network_conditions(&arn(settings, key));
        let mut all: Vec<String> = [page_key, folder].into_iter().flat_map(of).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The headers that the policy demands of every upload, each with a value.
    ///
    /// # Errors
    /// Fails if a form cannot send such a header, or if the program does not know its value.
    pub(super) fn demanded_headers(&self) -> Result<Vec<(String, String)>, Error> {
        let demanded = self.policy.as_ref().map(Document::demanded_headers);
        let encryption = self.documents.get("encryption");
        let of_bucket = |name: &str| -> Option<String> {
            let body = encryption?;
            let document = Element::read("ServerSideEncryptionConfiguration", body).ok()?;
            let rule = document.child("Rule")?;
            let default = rule.child("ApplyServerSideEncryptionByDefault")?;
            let value = default.text_of(name);
            (!value.is_empty()).then(|| value.to_owned())
        };
        let mut all = Vec::new();
        for header in demanded.into_iter().flatten() {
            let (name, value) = header.split_once(": ").unwrap_or((&header, "VALUE"));
            let value = match (name, value) {
                ("x-amz-server-side-encryption", "VALUE") => {
                    let own = of_bucket("SSEAlgorithm");
                    own.unwrap_or_else(|| "AES256".to_owned())
                }
                ("x-amz-server-side-encryption-aws-kms-key-id", "VALUE") => {
                    of_bucket("KMSMasterKeyID").ok_or_else(|| Error::Demanded(header.clone()))?
                }
                (_, "VALUE") => return Err(Error::Demanded(header)),
                (name, _) if !form_has(name) => return Err(Error::Demanded(header)),
                (_, value) => value.to_owned(),
            };
            all.push((name.to_owned(), value));
        }
        Ok(all)
    }

    /// The days after which the lifecycle rules expire deliveries and pages. `None` if the rules are not known.
    pub(super) fn rules(&self, folder: &str, page_key: &str) -> Option<Rules> {
        if !self.rules_are_known {
            return None;
        }
        let Some(body) = self.documents.get("lifecycle") else {
            return Some(Rules {
                deliveries: None,
                pages: None,
            });
        };
        let document = Element::read("LifecycleConfiguration", body).ok()?;
        let days = |key: &str| {
            document
                .all("Rule")
                .filter_map(|rule| days(rule, key))
                .min()
        };
        Some(Rules {
            deliveries: days(folder),
            pages: days(page_key),
        })
    }
}

/// The ARN of an object.
fn arn(settings: &Settings, key: &str) -> String {
    format!("{}/{key}", settings.bucket_arn())
}

/// Whether a form has a field that replaces this header.
fn form_has(header: &str) -> bool {
    // A form has its tags in an XML document instead of a header, and SSE-C needs a key from the
    // sender.
    header.starts_with("x-amz-")
        && !header.starts_with("x-amz-tagging")
        && !header.starts_with("x-amz-copy-source")
        && !header.starts_with("x-amz-server-side-encryption-customer")
}

/// After how many days an enabled lifecycle rule expires every object whose key begins with `key`.
fn days(rule: &Element, key: &str) -> Option<u64> {
    if rule.text_of("Status") != "Enabled" {
        return None;
    }
    let days = rule.child("Expiration")?.text_of("Days").parse().ok()?;
    let filter = rule.child("Filter");
    let and = filter.and_then(|filter| filter.child("And"));
    let narrow = ["Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan"];
    let parts = [filter, and].into_iter().flatten();
    if parts
        .clone()
        .any(|part| narrow.iter().any(|name| part.child(name).is_some()))
    {
        return None;
    }
    let prefixes = parts.chain([rule]).map(|part| part.text_of("Prefix"));
    let prefix = prefixes
        .max_by_key(|prefix| prefix.len())
        .unwrap_or_default();
    key.starts_with(prefix).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_days_after_which_a_rule_expires_a_key() {
        let rule = |inside: &str| {
            let body = format!("<Rule><Status>Enabled</Status>{inside}</Rule>");
            Element::read("Rule", body.as_bytes()).unwrap()
        };
        let expires = "<Expiration><Days>30</Days></Expiration>";
        for (inside, expected) in [
            (format!("<Filter/>{expires}"), Some(30)),
            (format!("<Prefix></Prefix>{expires}"), Some(30)),
            (
                format!("<Filter><Prefix>in/</Prefix></Filter>{expires}"),
                Some(30),
            ),
            (
                format!("<Filter><Prefix>out/</Prefix></Filter>{expires}"),
                None,
            ),
            (
                format!("<Filter><And><Prefix>in/</Prefix><Tag/></And></Filter>{expires}"),
                None,
            ),
            (format!("<Filter><Tag/></Filter>{expires}"), None),
            (
                "<Filter/><Transition><Days>3</Days></Transition>".to_owned(),
                None,
            ),
        ] {
            assert_eq!(days(&rule(&inside), "in/x/"), expected, "{inside}");
        }
        let off = format!("<Rule><Status>Disabled</Status><Filter/>{expires}</Rule>");
        let off = Element::read("Rule", off.as_bytes()).unwrap();
        assert_eq!(days(&off, "in/x/"), None);
    }
}
