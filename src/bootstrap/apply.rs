//! One subresource: GET, compare, and a report for each of its controls.

use super::change::{Change, Written, shown};
use super::report::{reported, unread};
use super::{ControlReport, Detail, Error, Event, Request, Status, StepStatus};
use crate::controls::{Control, Group, Subresource};
use crate::ownership;
use crate::policy::{Document, Statement};
use crate::s3::error::Kind;
use crate::s3::{Bucket, Client};
use crate::subresource::{self, ReadOutcome, is_other_operation};
use crate::xml::DecodeError;
use s3_presign::AccountId;

pub(super) struct Apply<'a, 'b> {
    pub(super) client: &'a Client,
    pub(super) bucket: &'a mut Bucket<'b>,
    pub(super) request: &'a Request,
    /// The bucket is not there (dry run): nothing is sent, and nothing is configured.
    pub(super) bucket_absent: bool,
    pub(super) tell: &'a mut dyn FnMut(Event),
}

impl Apply<'_, '_> {
    /// Brings the controls of one subresource to their wanted state, in one PUT.
    pub(super) async fn group(&mut self, group: &Group) -> Result<Vec<ControlReport>, Error> {
        let settings = &self.request.settings;
        let all = |status, detail: String| {
            let detail = Detail::Text(detail);
            let report =
                |control: &&'static dyn Control| unread(*control, settings, status, detail.clone());
            Ok(group.controls.iter().map(report).collect())
        };
        let (found, was_read) = match self.read(group.subresource).await? {
            ReadOutcome::Configured(found) => (Some(found), true),
            ReadOutcome::Nothing => (None, true),
            ReadOutcome::Unsupported(why) => return all(Status::Unsupported, why),
            ReadOutcome::Failed(why) => return all(Status::Failed, why),
            ReadOutcome::Denied(why) => {
                if !self.bucket.is_fresh() && !group.subresource.safe_without_read {
                    return all(Status::Denied, why);
                }
                (None, false)
            }
        };
        let body = found.as_ref().map(|found| found.body.as_slice());
        let (reviews, target) = match group.review(body, settings) {
            Ok(reviewed) => reviewed,
            Err(why) => return all(self.status_of_decode_error(&why), why.to_string()),
        };
        if group.subresource.name == "policy"
            && let Some(body) = body
        {
            self.report_outside_access(body);
        }
        let outcome = match target {
            None => Written::NotNeeded,
            Some(target) => {
                let change = Change {
                    before: found,
                    was_read,
                    fallback: reviews.iter().find_map(|review| review.fallback.clone()),
                    fingerprint_before: shown(&reviews),
                    target,
                };
                self.change(group, change).await?
            }
        };
        let reports = group.controls.iter().zip(reviews).map(|(control, review)| {
            let needed = review.change.is_some();
            let (status, verified, detail) = match &outcome {
                // Of several controls in one document only those that had to change have changed.
                Written::NotNeeded => (Status::Unchanged, was_read, None),
                Written::Verified | Written::DryRun if !needed => (Status::Unchanged, true, None),
                // Nothing was written, and this one was right already.
                Written::Refused(..) if !needed && was_read => (Status::Unchanged, true, None),
                Written::AlreadyRight => (Status::Unchanged, true, None),
                Written::DryRun => (Status::WouldChange, false, None),
                Written::Verified => (
                    Status::Changed,
                    true,
                    review.apply_note.map(|note| note.to_owned().into()),
                ),
                Written::NotReadBack(why) if !needed => {
                    (Status::Unchanged, false, Some(why.clone().into()))
                }
                Written::NotReadBack(why) => (Status::Changed, false, Some(why.clone().into())),
                Written::Refused(status, why) | Written::Mismatch(status, why) => {
                    (*status, false, Some(why.clone()))
                }
            };
            reported(*control, review, status, verified, detail)
        });
        Ok(reports.collect())
    }

    /// Names the statements of the policy found that let other accounts in: they stay, and the caller
    /// should know of them.
    fn report_outside_access(&mut self, policy: &[u8]) {
        let Ok(document) = Document::read(policy) else {
            return;
        };
        let account = ownership::proven_account(self.client);
        let described = |statement: Statement<'_>| {
            let who = statement.allows_outside(account.as_ref().map(AccountId::as_str));
            let sid = statement.sid().unwrap_or("without a Sid");
            let what = statement.actions().join(", ");
            (!who.is_empty()).then(|| format!("{sid} allows {what} to {}", who.join(", ")))
        };
        let all: Vec<String> = document.statements().filter_map(described).collect();
        if !all.is_empty() {
            let text = format!(
                "The bucket policy lets other accounts in: {}",
                all.join("; ")
            );
            self.say(StepStatus::Warn, text);
        }
    }

    pub(super) async fn read(
        &mut self,
        subresource: &'static Subresource,
    ) -> Result<ReadOutcome, Error> {
        if self.bucket_absent {
            return Ok(ReadOutcome::Nothing);
        }
        Ok(subresource::read(self.bucket, subresource).await?)
    }

    /// Block Public Access takes effect at once: whoever relies on a public policy is told before.
    pub(super) async fn warn_of_public_policy(
        &mut self,
        subresource: &Subresource,
    ) -> Result<(), Error> {
        if subresource.name != "publicAccessBlock" || self.bucket.is_fresh() || self.bucket_absent {
            return Ok(());
        }
        match self.bucket.is_policy_public().await {
            Ok(true) => self.say(
                StepStatus::Warn,
                "The bucket policy is public: what it grants to everybody ends with Block Public Access"
                    .to_owned(),
            ),
            Ok(false) => {}
            Err(error) => match &error.kind {
                Kind::Transport(_) | Kind::Endpoint(_) => return Err(error.into()),
                Kind::Response(answer) if answer.is_denied() => self.say(
                    StepStatus::Warn,
                    format!("Whether the bucket policy is public is not known: {error}; reading it needs s3:GetBucketPolicyStatus"),
                ),
                // No policy, or a server that does not know the question.
                Kind::Response(_) | Kind::Unreadable(_) => {}
            },
        }
        Ok(())
    }

    pub(super) fn say(&mut self, status: StepStatus, text: String) {
        (self.tell)(Event::new(status, text));
    }

    pub(super) fn status_of_decode_error(&self, why: &DecodeError) -> Status {
        if is_other_operation(self.bucket, why) {
            Status::Unsupported
        } else {
            Status::Failed
        }
    }
}
