//! One subresource: GET, compare, and a report for each of its controls.

mod change;

use super::report::{reported, unread};
use super::{ControlReport, Detail, Error, Event, OnEvent, Request, Status, mfa_delete, warnings};
use crate::controls::{
    self, Control, Fallback, Group, Review, Settings, Subresource, access_logging, event_selectors,
};
use crate::exchange::pages;
use crate::log_target::{LogTarget, Owner};
use crate::redact::lacks_a_secret;
use crate::s3::{Bucket, Client};
use crate::subresource::{self, Configuration, ReadOutcome, is_other_operation};
use crate::trail::{self, LogTrail, NoTrail};
use crate::xml::DecodeError;

pub(super) struct Apply<'a, 'b> {
    pub(super) client: &'a Client,
    pub(super) bucket: &'a mut Bucket<'b>,
    pub(super) request: &'a Request,
    /// The settings of the request, without what S3 rejects for this bucket.
    pub(super) settings: Settings,
    /// Whether the bucket is missing (dry run): nothing is sent, and nothing counts as configured.
    pub(super) bucket_absent: bool,
    pub(super) on_event: OnEvent<'a>,
    /// The reports of the bucket policy's controls, if these were applied earlier than usual.
    pub(super) policy_first: &'a mut Option<Vec<ControlReport>>,
    /// The trail that logs the data events, after the run has found the trail.
    pub(super) trail: Option<LogTrail>,
}

impl Apply<'_, '_> {
    /// Brings the controls of one subresource to their desired state, with one PUT.
    pub(super) async fn group(&mut self, group: &Group) -> Result<Vec<ControlReport>, Error> {
        let _lock = match group.subresource.name {
            event_selectors::NAME => Some(trail::LOCK.lock().await),
            _ => None,
        };
        self.apply(group).await
    }

    /// Whether a configuration that cannot be read may be written. A new bucket has no configuration that the
    /// write could remove, but a trail has.
    fn may_write_unread(&self, subresource: &Subresource) -> bool {
        let is_new = self.bucket.is_fresh() && subresource.name != event_selectors::NAME;
        is_new || subresource.safe_without_read
    }

    async fn apply(&mut self, group: &Group) -> Result<Vec<ControlReport>, Error> {
        let settings = &self.settings.clone();
        let all = |status, detail: String| {
            let report = |control: &&'static dyn Control| {
                unread(*control, settings, status, detail.clone().into())
            };
            Ok(group.controls.iter().map(report).collect())
        };
        let (found, was_read) = match self.read(group.subresource).await? {
            ReadOutcome::Configured(found) => (Some(found), true),
            ReadOutcome::Nothing => (None, true),
            ReadOutcome::Unsupported(why) => return all(Status::Unsupported, why),
            ReadOutcome::Failed(why) => return all(Status::Failed, why),
            ReadOutcome::Denied(_) if self.may_write_unread(group.subresource) => (None, false),
            ReadOutcome::Denied(why) => return all(Status::Denied, why),
        };
        let body = found.as_ref().map(|found| found.body.as_slice());
        let mut log_target = None;
        if group.subresource.name == "logging" {
            log_target = LogTarget::find(self.client, self.bucket, settings).await?;
        }
        if let Some(target) = &mut log_target {
            match &target.owner {
                Owner::Same | Owner::Missing => {}
                Owner::Other(why) => return all(Status::Failed, why.clone()),
                Owner::Unproven(why) => (self.on_event)(Event::LogBucketUnproven(why.clone())),
            }
            self.settings = target.without_refused_grants(settings, body).await?;
            let logging = self.settings.logging.as_ref();
            let leaves_out_grants = logging.is_some_and(|logging| logging.without_grants)
                && body.is_some_and(access_logging::has_grants);
            if self.request.dry_run && leaves_out_grants {
                // A normal run reports the obstacle with the control.
                (self.on_event)(Event::LogGrantsWouldBeRemoved);
            }
        }
        if group.subresource.name == "lifecycle" && was_read && !self.bucket_absent {
            self.find_upload_pages(body).await?;
        }
        let settings = &self.settings.clone();
        let (reviews, target) = match group.review(body, settings) {
            Ok(reviewed) => reviewed,
            Err(why) => return all(self.status_of_decode_error(&why), why.to_string()),
        };
        if group.subresource.name == "policy"
            && let Some(body) = body
        {
            warnings::of_policy(self.client, body).for_each(&mut self.on_event);
        }
        if let Some(target) = &mut log_target {
            for why in target.obstacles(self.client, settings, body).await? {
                (self.on_event)(Event::LogsMayNotArrive(why));
            }
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
                    mfa: None,
                };
                self.change(group, change).await?
            }
        };
        let reports = group.controls.iter().zip(reviews).map(|(control, review)| {
            let needed = review.change.is_some();
            let (status, verified, detail) = match &outcome {
                // One PUT writes several controls; only those that differed have changed.
                Written::NotNeeded => (Status::Unchanged, was_read, None),
                Written::Verified | Written::DryRun if !needed => (Status::Unchanged, true, None),
                // Nothing was written, because this control was already in the desired state.
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
                Written::Overtaken(why) => (Status::Failed, false, Some(why.clone())),
                Written::Lost(parts, _) => {
                    let why = format!("the bucket no longer shows {}", parts.join(", "));
                    (Status::Failed, false, Some(why.into()))
                }
            };
            reported(*control, review, status, verified, detail)
        });
        Ok(reports.collect())
    }

    /// Names the costs of a change of a trail.
    fn warn_of_costs(&mut self) {
        if self.trail.is_some() {
            (self.on_event)(Event::DataEventsCost);
        }
    }

    /// Asks for a code of the MFA device if the change needs a code, and returns the value of `x-amz-mfa`.
    fn mfa_header(&mut self, needs_code: bool) -> Result<Option<String>, String> {
        let Some(serial) = self.settings.mfa_delete.as_ref().filter(|_| needs_code) else {
            return Ok(None);
        };
        (self.on_event)(Event::MfaDeleteNeedsCode);
        mfa_delete::code(self.client, serial).map(Some)
    }

    /// Adds to the settings whether the bucket has upload pages, if the review depends on upload
    /// pages.
    async fn find_upload_pages(&mut self, body: Option<&[u8]>) -> Result<(), Error> {
        match pages::located(self.bucket, &self.settings, body).await {
            Ok(settings) => self.settings = settings,
            // The rule for upload pages affects no other objects, so it is also written if nothing is known.
            Err(error) if error.response().is_some() => self.settings.has_upload_pages = true,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    pub(super) async fn read(
        &mut self,
        subresource: &'static Subresource,
    ) -> Result<ReadOutcome, Error> {
        if subresource.name == event_selectors::NAME {
            return self.read_selectors().await;
        }
        if self.bucket_absent {
            return Ok(ReadOutcome::Nothing);
        }
        Ok(subresource::read(self.bucket, subresource).await?)
    }

    /// Reads the event selectors of the trail, which exists even if the bucket does not.
    async fn read_selectors(&mut self) -> Result<ReadOutcome, Error> {
        let trail = match self.trail.take() {
            Some(trail) => trail,
            None => match LogTrail::find(self.client, self.bucket, &self.settings).await? {
                Ok(trail) => trail,
                Err(NoTrail::OwnTarget(why)) => return Ok(ReadOutcome::Failed(why)),
                Err(NoTrail::Other(outcome)) => return Ok(outcome),
            },
        };
        let trail = self.trail.insert(trail);
        Ok(trail.read(self.client, self.bucket).await?)
    }

    /// Applies the controls of the bucket policy earlier than usual.
    pub(super) async fn policy_first(&mut self) -> Result<(), Error> {
        let groups = controls::wanted(&self.settings).into_iter();
        for group in groups.filter(|group| group.subresource.name == "policy") {
            *self.policy_first = Some(Box::pin(self.group(&group)).await?);
        }
        Ok(())
    }

    pub(super) fn status_of_decode_error(&self, why: &DecodeError) -> Status {
        if is_other_operation(self.bucket, why) {
            Status::Unsupported
        } else {
            Status::Failed
        }
    }
}

/// A change of one subresource.
pub(super) struct Change {
    /// The configuration before the change.
    pub(super) before: Option<Configuration>,
    pub(super) was_read: bool,
    /// A smaller change, for a server that does not support all of it.
    pub(super) fallback: Option<Fallback>,
    pub(super) fingerprint_before: String,
    pub(super) target: Vec<u8>,
    /// The value of the header `x-amz-mfa`: the serial number of the MFA device, and a code.
    pub(super) mfa: Option<String>,
}

impl Change {
    pub(super) fn body_before(&self) -> Option<&[u8]> {
        self.before.as_ref().map(|before| before.body.as_slice())
    }

    /// Whether a secret is hidden in the new configuration, or in the previous one, which a backup
    /// contains and which may be restored. The server has the secret where the document has
    /// `(hidden)`.
    fn lacks_a_secret(&self) -> bool {
        lacks_a_secret(&self.target) || self.body_before().is_some_and(lacks_a_secret)
    }
}

/// The result of a change.
pub(super) enum Written {
    NotNeeded,
    DryRun,
    /// S3 denied the write, but the bucket already has the desired state.
    AlreadyRight,
    Verified,
    NotReadBack(String),
    /// S3 rejected the write, so the configuration is unchanged.
    Refused(Status, Detail),
    /// The write succeeded, but the bucket does not show the desired state.
    Mismatch(Status, Detail),
    /// Another tool or person wrote meanwhile, so the bucket does not show the change.
    Overtaken(Detail),
    /// The bucket no longer shows these parts, which were there before and were sent. The flag is
    /// `true` if another tool or person wrote meanwhile.
    Lost(Vec<String>, bool),
}

/// The state found. All controls of a subresource share one document, so the first review contains that
/// document.
pub(super) fn shown(reviews: &[Review]) -> String {
    let first = reviews.first().map(|review| review.found.to_string());
    first.unwrap_or_default()
}
