//! Sends the change of one subresource, and reads it back until it shows.

use super::Apply;
use crate::bootstrap::{Detail, Error, Status, StepStatus, backup, forecast, warnings};
use crate::controls::{Fallback, Group, Review, Subresource};
use crate::s3::Error as S3Error;
use crate::subresource::{Configuration, ReadOutcome, is_unsupported};
use std::time::Duration;

/// The waits between read-backs; S3 shows a change within a second or two, rarely later.
const READ_BACK_MS: [u64; 7] = [0, 100, 250, 500, 1_000, 2_000, 4_000];
/// As many of them are enough for a server that keeps its configuration in one place.
const READ_BACKS_ELSEWHERE: usize = 5;

impl Apply<'_, '_> {
    /// Sends a change, unless there is a reason not to, and sees that it holds.
    pub(in crate::bootstrap) async fn change(
        &mut self,
        group: &Group,
        mut change: Change,
    ) -> Result<Written, Error> {
        let subresource = group.subresource;
        if let Some(limit) = subresource.size_limit
            && change.target.len() > limit
        {
            return Ok(too_long(change.target.len(), limit));
        }
        let existed = !self.bucket.is_fresh() && !self.bucket_absent;
        if existed && subresource.name == "publicAccessBlock" {
            let (is_public, texts) = warnings::before_blocking(self.bucket).await?;
            self.warn(texts);
            if is_public {
                // Once Block Public Access is on, S3 takes no policy that is public.
                self.policy_first().await?;
            }
        }
        let before = change.before.as_ref().map(|before| before.body.as_slice());
        let foreseen = if existed {
            forecast::refusal(self.bucket, subresource, before).await?
        } else {
            None
        };
        if self.request.dry_run {
            return Ok(match foreseen {
                Some(why) => Written::Refused(Status::Failed, why.into()),
                None => Written::DryRun,
            });
        }
        let explained = |refusal: Detail| match &foreseen {
            Some(why) => format!("{why}; {refusal}").into(),
            None => refusal,
        };
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
                        Written::Refused(Status::Denied, explained(why))
                    });
                }
                Written::Refused(Status::Failed, why) | Written::Mismatch(Status::Failed, why)
                    if subresource.has_backup && !repaired =>
                {
                    // Somebody may have changed the document between our GET and our PUT, or after it.
                    let Some(next) = self.rebase_on_current(group, &change).await? else {
                        return Ok(Written::Mismatch(Status::Failed, explained(why)));
                    };
                    let text = format!(
                        "{}: somebody else changed it meanwhile, merging once more",
                        subresource.get.trim_start_matches("Get")
                    );
                    self.say(StepStatus::Warn, text);
                    repaired = true;
                    change = next;
                }
                Written::Refused(status, why) => {
                    return Ok(Written::Refused(status, explained(why)));
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
}

/// A change to make.
pub(in crate::bootstrap) struct Change {
    /// What was there.
    pub(in crate::bootstrap) before: Option<Configuration>,
    pub(in crate::bootstrap) was_read: bool,
    /// Less, for a server that does not know all of it.
    pub(in crate::bootstrap) fallback: Option<Fallback>,
    pub(in crate::bootstrap) fingerprint_before: String,
    pub(in crate::bootstrap) target: Vec<u8>,
}

/// What came of writing.
pub(in crate::bootstrap) enum Written {
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
pub(in crate::bootstrap) fn shown(reviews: &[Review]) -> String {
    let first = reviews.first().map(|review| review.found.to_string());
    first.unwrap_or_default()
}
