//! One subresource: GET, compare, PUT only on a difference, read back until it shows.

use super::report::{reported, unread};
use super::{ControlReport, Detail, Error, Event, Request, Status, StepStatus, backup};
use crate::controls::{Control, Fallback, Group, Review, Subresource};
use crate::ownership;
use crate::policy::{Document, Statement};
use crate::s3::error::Kind;
use crate::s3::{Bucket, Client, Error as S3Error};
use crate::subresource::{self, Configuration, ReadOutcome, is_other_operation, is_unsupported};
use crate::xml::DecodeError;
use s3_presign::AccountId;
use std::time::Duration;

/// The waits between read-backs; S3 shows a change within a second or two, rarely later.
const READ_BACK_MS: [u64; 7] = [0, 100, 250, 500, 1_000, 2_000, 4_000];
/// As many of them are enough for a server that keeps its configuration in one place.
const READ_BACKS_ELSEWHERE: usize = 5;

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

    async fn read(&mut self, subresource: &'static Subresource) -> Result<ReadOutcome, Error> {
        if self.bucket_absent {
            return Ok(ReadOutcome::Nothing);
        }
        Ok(subresource::read(self.bucket, subresource).await?)
    }

    /// Sends a change, unless there is a reason not to, and sees that it holds.
    async fn change(&mut self, group: &Group, mut change: Change) -> Result<Written, Error> {
        let subresource = group.subresource;
        if let Some(limit) = subresource.size_limit
            && change.target.len() > limit
        {
            return Ok(too_long(change.target.len(), limit));
        }
        self.warn_of_public_policy(subresource).await?;
        if self.request.dry_run {
            return Ok(Written::DryRun);
        }
        let mut repaired = false;
        loop {
            if let Some(before) = change.before.as_ref().filter(|_| subresource.has_backup) {
                let saved = backup::save(self.client, self.request, &before.body, self.tell);
                if let Err(why) = saved {
                    return Ok(Written::Refused(Status::Failed, why));
                }
            }
            match self.write(group, &change).await? {
                Written::Refused(Status::Denied, why) if change.was_read => {
                    // Whoever keeps us from writing may have written it themselves.
                    let is_right = self.is_right(group).await?;
                    return Ok(if is_right {
                        Written::AlreadyRight
                    } else {
                        Written::Refused(Status::Denied, why)
                    });
                }
                Written::Refused(Status::Failed, why) | Written::Mismatch(Status::Failed, why)
                    if subresource.has_backup && !repaired =>
                {
                    // Somebody may have changed the document between our GET and our PUT, or after it.
                    let Some(next) = self.rebase_on_current(group, &change).await? else {
                        return Ok(Written::Mismatch(Status::Failed, why));
                    };
                    let text = format!(
                        "{}: somebody else changed it meanwhile, merging once more",
                        subresource.get.trim_start_matches("Get")
                    );
                    self.say(StepStatus::Warn, text);
                    repaired = true;
                    change = next;
                }
                written => return Ok(written),
            }
        }
    }

    /// PUTs the target and reads it back.
    async fn write(&mut self, group: &Group, change: &Change) -> Result<Written, Error> {
        let subresource = group.subresource;
        let Err(error) = (self.put(subresource, change, change.target.clone())).await else {
            return self.read_back(group, &change.fingerprint_before).await;
        };
        let refused = self.refused(subresource, error)?;
        // A server that does not know a part may still know the rest.
        match &change.fallback {
            Some(fallback) if matches!(refused, Written::Refused(Status::Unsupported, _)) => {
                match self.put(subresource, change, fallback.body.clone()).await {
                    Ok(()) => self.read_back(group, &change.fingerprint_before).await,
                    Err(error) => self.refused(subresource, error),
                }
            }
            _ => Ok(refused),
        }
    }

    async fn put(
        &mut self,
        subresource: &'static Subresource,
        change: &Change,
        body: Vec<u8>,
    ) -> Result<(), S3Error> {
        let round_trip_header = change
            .before
            .as_ref()
            .and_then(|before| before.round_trip_header.clone());
        self.bucket
            .put(
                subresource.put,
                subresource.name,
                subresource.content_type,
                body,
                round_trip_header,
            )
            .await
            .map(drop)
    }

    /// What a refused PUT means; no answer at all ends the run.
    fn refused(&self, subresource: &Subresource, error: S3Error) -> Result<Written, Error> {
        let Some(answer) = error.response() else {
            return Err(error.into());
        };
        Ok(if answer.is_denied() {
            let action = subresource.write_action;
            let hint = subresource.access_denied_hint.unwrap_or_default();
            let why = format!("{error}; writing it needs {action}{hint}");
            Written::Refused(Status::Denied, why.into())
        } else if is_unsupported(self.bucket, &error, answer.code == "MalformedXML") {
            Written::Refused(Status::Unsupported, error.to_string().into())
        } else {
            Written::Refused(Status::Failed, Detail::Refused(error))
        })
    }

    /// A 200 is believed when the bucket shows the change, every value of it.
    async fn read_back(
        &mut self,
        group: &Group,
        fingerprint_before: &str,
    ) -> Result<Written, Error> {
        let mut last = Vec::new();
        let tries = if self.bucket.endpoint().is_aws {
            READ_BACK_MS.len()
        } else {
            READ_BACKS_ELSEWHERE
        };
        for wait in READ_BACK_MS.into_iter().take(tries) {
            self.client.context.sleep(Duration::from_millis(wait)).await;
            let body = match self.read(group.subresource).await? {
                ReadOutcome::Configured(found) => Some(found.body),
                ReadOutcome::Nothing => None,
                ReadOutcome::Denied(why) => return Ok(Written::NotReadBack(why)),
                ReadOutcome::Unsupported(why) => {
                    return Ok(Written::Mismatch(Status::Unsupported, why.into()));
                }
                ReadOutcome::Failed(why) => {
                    return Ok(Written::Mismatch(Status::Failed, why.into()));
                }
            };
            match group.review(body.as_deref(), &self.request.settings) {
                Ok((_, None)) => return Ok(Written::Verified),
                Ok((reviews, Some(_))) => last = reviews,
                Err(why) => {
                    let status = self.status_of_decode_error(&why);
                    return Ok(Written::Mismatch(status, why.to_string().into()));
                }
            }
            // Neither what was there nor what was sent: somebody else has written meanwhile.
            if group.subresource.has_backup && shown(&last) != fingerprint_before {
                break;
            }
        }
        let fallback = last.iter().filter_map(|review| review.fallback.as_ref());
        if let Some(fallback) = fallback.clone().find(|fallback| fallback.satisfied)
            && !self.bucket.endpoint().is_aws
        {
            return Ok(Written::Mismatch(
                Status::Unsupported,
                fallback.missing.to_owned().into(),
            ));
        }
        let why = format!("the server accepted it but shows {}", shown(&last));
        Ok(Written::Mismatch(Status::Failed, why.into()))
    }

    /// Whether the bucket shows what is wanted by now.
    async fn is_right(&mut self, group: &Group) -> Result<bool, Error> {
        let ReadOutcome::Configured(found) = self.read(group.subresource).await? else {
            return Ok(false);
        };
        let review = group.review(Some(&found.body), &self.request.settings);
        Ok(matches!(review, Ok((_, None))))
    }

    /// The change that is needed now, if the document is neither the one that was read nor the one that
    /// was sent.
    async fn rebase_on_current(
        &mut self,
        group: &Group,
        change: &Change,
    ) -> Result<Option<Change>, Error> {
        let ReadOutcome::Configured(found) = self.read(group.subresource).await? else {
            return Ok(None);
        };
        let review = group.review(Some(&found.body), &self.request.settings);
        let Ok((reviews, Some(target))) = review else {
            return Ok(None);
        };
        let fingerprint_before = shown(&reviews);
        Ok(
            (fingerprint_before != change.fingerprint_before).then_some(Change {
                before: Some(found),
                was_read: true,
                fallback: None,
                fingerprint_before,
                target,
            }),
        )
    }

    /// Block Public Access takes effect at once: whoever relies on a public policy is told before.
    async fn warn_of_public_policy(&mut self, subresource: &Subresource) -> Result<(), Error> {
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

    fn say(&mut self, status: StepStatus, text: String) {
        (self.tell)(Event::new(status, text));
    }

    fn status_of_decode_error(&self, why: &DecodeError) -> Status {
        if is_other_operation(self.bucket, why) {
            Status::Unsupported
        } else {
            Status::Failed
        }
    }
}

/// A change to make.
struct Change {
    /// What was there.
    before: Option<Configuration>,
    was_read: bool,
    /// Less, for a server that does not know all of it.
    fallback: Option<Fallback>,
    fingerprint_before: String,
    target: Vec<u8>,
}

/// What came of writing.
enum Written {
    NotNeeded,
    DryRun,
    /// Refused, and not needed any more.
    AlreadyRight,
    Verified,
    NotReadBack(String),
    /// Not written: what was there is there still.
    Refused(Status, Detail),
    /// Written, and not as it should be.
    Mismatch(Status, Detail),
}

fn too_long(bytes: usize, limit: usize) -> Written {
    let why = format!(
        "it would have {bytes} bytes, and S3 takes at most {limit}; shorten what is there, or give a log bucket fewer buckets to log for (some 250)"
    );
    Written::Refused(Status::Failed, why.into())
}

/// The state found: one document, whatever the number of controls.
fn shown(reviews: &[Review]) -> String {
    let first = reviews.first().map(|review| review.found.to_string());
    first.unwrap_or_default()
}
