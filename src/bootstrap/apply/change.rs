//! Writes the change of one subresource, and reads it back until the bucket shows it.

use super::{Apply, Change, Written, shown};
use crate::bootstrap::{
    AfterLoss, Backup, Detail, Error, Event, Status, backup, forecast, mfa_delete, warnings,
};
use crate::controls::foreign::{self, Part};
use crate::controls::limits;
use crate::controls::{Group, Subresource};
use crate::s3::Error as S3Error;
use crate::subresource::{Configuration, ReadOutcome, is_unsupported};
use std::time::Duration;

/// The waits before each read of the configuration after a write, in milliseconds. S3 shows a
/// change within a second or two, rarely later.
const READ_BACK_MS: [u64; 7] = [0, 100, 250, 500, 1_000, 2_000, 4_000];
/// How many of these waits the program uses on servers other than AWS, which do not replicate their
/// configuration.
const READ_BACKS_ELSEWHERE: usize = 5;

impl Apply<'_, '_> {
    /// Writes a change and verifies the change, unless S3 is known to reject it.
    pub(in crate::bootstrap) async fn change(
        &mut self,
        group: &Group,
        mut change: Change,
    ) -> Result<Written, Error> {
        let subresource = group.subresource;
        if change.lacks_a_secret() {
            let why = "the configuration contains a secret of this run (or the text `(hidden)`); nothing was sent, because the secret would be lost; remove it from the configuration first";
            return Ok(Written::Refused(Status::Failed, why.to_owned().into()));
        }
        if let Some(why) = limits::objection(subresource, &change.target) {
            return Ok(Written::Refused(Status::Failed, why.into()));
        }
        if subresource.name == "lifecycle" {
            // The target has the rule for upload pages, so the rule must be there after the write.
            self.settings.has_upload_pages = true;
        }
        let existed = !self.bucket.is_fresh() && !self.bucket_absent;
        let needs_code = group.controls.iter().any(|it| it.info().id == "mfa-delete");
        let objection = match subresource.name {
            "lifecycle" if existed => mfa_delete::objection(self.bucket).await?,
            "versioning" if !needs_code => mfa_delete::without_code(change.body_before()),
            _ => None,
        };
        if let Some(why) = objection {
            return Ok(Written::Refused(Status::Failed, why.to_owned().into()));
        }
        if existed && subresource.name == "publicAccessBlock" {
            let (is_public, events) = warnings::before_blocking(self.bucket).await?;
            events.into_iter().for_each(&mut self.on_event);
            if is_public {
                // Once Block Public Access is on, S3 rejects a public policy.
                self.policy_first().await?;
            }
        }
        self.warn_of_costs();
        let before = change.body_before();
        let foreseen = if existed {
            forecast::refusal(self.bucket, subresource, before, self.request.dry_run).await?
        } else {
            None
        };
        if self.request.dry_run {
            return Ok(match foreseen {
                Some(why) => Written::Refused(Status::Failed, why.into()),
                None => Written::DryRun,
            });
        }
        change.mfa = match self.mfa_header(needs_code) {
            Ok(header) => header,
            Err(why) => return Ok(Written::Refused(Status::Failed, why.into())),
        };
        let explained = |refusal: Detail| match &foreseen {
            Some(why) => format!("{why}; {refusal}").into(),
            None => refusal,
        };
        let mut repaired = false;
        loop {
            let backup = match self.save(group, &change) {
                Ok(backup) => backup,
                Err(why) => return Ok(Written::Refused(Status::Failed, why)),
            };
            match self.write(group, &change).await? {
                Written::Refused(Status::Denied, why) if change.was_read => {
                    // The denial is no problem if an administrator, who denies this write, has
                    // already set the control.
                    let is_right = self.is_right(group).await?;
                    return Ok(if is_right {
                        Written::AlreadyRight
                    } else {
                        Written::Refused(Status::Denied, explained(why))
                    });
                }
                Written::Lost(parts, is_overtaken) => {
                    let after = if is_overtaken {
                        AfterLoss::LeftAlone
                    } else {
                        self.put_back(group, &change).await
                    };
                    return Ok(lost(parts, after, backup));
                }
                Written::Overtaken(why) if repaired => {
                    return Ok(Written::Mismatch(Status::Failed, why));
                }
                Written::Refused(Status::Failed, why) | Written::Overtaken(why)
                    if subresource.has_backup && !repaired =>
                {
                    // Another tool or person may have changed the document between this run's GET
                    // and PUT, or after the PUT.
                    let Some(next) = self.rebase_on_current(group, &change).await? else {
                        return Ok(Written::Mismatch(Status::Failed, explained(why)));
                    };
                    if next.lacks_a_secret() {
                        let why = "another tool or person wrote a configuration that contains a secret of this run (or the text `(hidden)`); the configuration stays unchanged, because a merge would lose the secret";
                        return Ok(Written::Mismatch(Status::Failed, why.to_owned().into()));
                    }
                    (self.on_event)(Event::MergedAgain {
                        configuration: subresource.get.trim_start_matches("Get"),
                    });
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
            return self.read_back(group, change, &change.target).await;
        };
        let refused = self.refused(subresource, change, error)?;
        // A server that rejects one part of the change may support the rest.
        match &change.fallback {
            Some(fallback) if matches!(refused, Written::Refused(Status::Unsupported, _)) => {
                match self.put(subresource, change, fallback.body.clone()).await {
                    Ok(()) => self.read_back(group, change, &fallback.body).await,
                    Err(error) => self.refused(subresource, change, error),
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
        if let Some(trail) = &mut self.trail {
            return trail.write(self.client, &body).await;
        }
        let round_trip_header = change
            .before
            .as_ref()
            .and_then(|before| before.round_trip_header.clone());
        let mfa = change.mfa.clone().map(|value| ("x-amz-mfa", value));
        self.bucket
            .put(
                subresource.put,
                subresource.name,
                subresource.content_type,
                body,
                mfa.or(round_trip_header),
            )
            .await
            .map(drop)
    }

    /// Turns a rejected PUT into the result of the control. Fails, which ends the run, if the
    /// request got no answer.
    fn refused(
        &self,
        subresource: &Subresource,
        change: &Change,
        error: S3Error,
    ) -> Result<Written, Error> {
        let Some(answer) = error.response() else {
            return Err(error.into());
        };
        Ok(if answer.is_denied() {
            let action = subresource.write_action;
            let hint = match change.mfa {
                Some(_) => {
                    " and, for MFA delete, the root user and a code that was not used before"
                }
                None => subresource.access_denied_hint.unwrap_or_default(),
            };
            let why = format!("{error}; writing it needs {action}{hint}");
            Written::Refused(Status::Denied, why.into())
        } else if is_unsupported(self.bucket, &error, answer.code == "MalformedXML") {
            Written::Refused(Status::Unsupported, error.to_string().into())
        } else {
            Written::Refused(Status::Failed, Detail::Refused(error))
        })
    }

    /// Verifies a write: the bucket must show every value of the change, and every part that the write kept
    /// from the previous configuration. The status 200 alone does not show that the change took effect.
    async fn read_back(
        &mut self,
        group: &Group,
        change: &Change,
        sent: &[u8],
    ) -> Result<Written, Error> {
        let before = foreign::parts(change.body_before());
        let sent = foreign::parts(Some(sent));
        // A policy that replaces another policy keeps no part of that policy.
        let is_replaced = self.settings.replace_policy && group.subresource.name == "policy";
        let carried_over = if is_replaced {
            Vec::new()
        } else {
            foreign::carried_over(&before, &sent)
        };
        let known = [before, sent].concat();
        let mut last = Vec::new();
        let mut is_set = false;
        let mut missing = Vec::new();
        let mut is_overtaken = false;
        for wait in self.waits() {
            self.client.context.sleep(wait).await;
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
            let found = foreign::parts(body.as_deref());
            missing = names(&foreign::missing(&carried_over, &found));
            match group.review(body.as_deref(), &self.settings) {
                Ok((_, None)) if missing.is_empty() => return Ok(Written::Verified),
                Ok((reviews, change)) => (last, is_set) = (reviews, change.is_none()),
                Err(why) => {
                    let status = self.status_of_decode_error(&why);
                    return Ok(Written::Mismatch(status, why.to_string().into()));
                }
            }
            // The bucket shows a part that was neither there before nor sent: another tool or person wrote the part.
            is_overtaken = group.subresource.has_backup && foreign::has_new(&found, &known);
            if is_overtaken {
                break;
            }
        }
        let mut fallbacks = last.iter().filter_map(|review| review.fallback.as_ref());
        let satisfied = fallbacks.find(|fallback| fallback.satisfied);
        let why = format!(
            "the server accepted the new configuration but shows {}",
            shown(&last)
        )
        .into();
        Ok(match satisfied {
            Some(fallback) if missing.is_empty() && !self.bucket.endpoint().is_aws => {
                Written::Mismatch(Status::Unsupported, fallback.missing.to_owned().into())
            }
            _ if is_overtaken && !is_set => Written::Overtaken(why),
            _ if !missing.is_empty() => Written::Lost(missing, is_overtaken),
            _ => Written::Mismatch(Status::Failed, why),
        })
    }

    fn waits(&self) -> impl Iterator<Item = Duration> + use<> {
        let tries = if self.bucket.endpoint().is_aws {
            READ_BACK_MS.len()
        } else {
            READ_BACKS_ELSEWHERE
        };
        let first = READ_BACK_MS.into_iter().take(tries);
        first.map(Duration::from_millis)
    }

    /// Writes the previous configuration once, as this program formats it, and reads it back.
    async fn put_back(&mut self, group: &Group, change: &Change) -> AfterLoss {
        let before = change.body_before().unwrap_or_default();
        let rewritten = group.controls[0].rewritten(before);
        let Ok(body) = rewritten else {
            return AfterLoss::NotPutBack;
        };
        if (self.put(group.subresource, change, body).await).is_err() {
            return AfterLoss::NotPutBack;
        }
        let before = foreign::parts(Some(before));
        for wait in self.waits() {
            self.client.context.sleep(wait).await;
            if let Ok(ReadOutcome::Configured(found)) = self.read(group.subresource).await
                && foreign::missing(&before, &foreign::parts(Some(&found.body))).is_empty()
            {
                return AfterLoss::PutBack;
            }
        }
        AfterLoss::NotPutBack
    }

    /// Saves the configuration before the change, if there is one that this run did not create.
    fn save(&mut self, group: &Group, change: &Change) -> Result<Option<Backup>, Detail> {
        let subresource = group.subresource;
        match &change.before {
            Some(before)
                if subresource.has_backup
                    && (!self.bucket.is_fresh() || self.trail.is_some())
                    && !foreign::parts(Some(&before.body)).is_empty() =>
            {
                let before = &restorable(group, before);
                backup::save(
                    self.trail.as_ref(),
                    self.client,
                    self.request,
                    self.bucket,
                    subresource,
                    before,
                    self.on_event,
                )
            }
            _ => Ok(None),
        }
    }

    /// Whether the bucket shows the desired state now.
    async fn is_right(&mut self, group: &Group) -> Result<bool, Error> {
        let ReadOutcome::Configured(found) = self.read(group.subresource).await? else {
            return Ok(false);
        };
        let review = group.review(Some(&found.body), &self.settings);
        Ok(matches!(review, Ok((_, None))))
    }

    /// Returns the change that the run still has to make. `None` if the document is unchanged since
    /// the last read, or has the desired state.
    async fn rebase_on_current(
        &mut self,
        group: &Group,
        change: &Change,
    ) -> Result<Option<Change>, Error> {
        let ReadOutcome::Configured(found) = self.read(group.subresource).await? else {
            return Ok(None);
        };
        let review = group.review(Some(&found.body), &self.settings);
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
                mfa: None,
            }),
        )
    }
}

/// The found configuration, formatted so that a PUT can restore it. Ceph returns a lifecycle filter in a
/// format whose prefix it ignores in a PUT, so a restored rule that deletes objects would apply to the whole
/// bucket.
fn restorable(group: &Group, before: &Configuration) -> Configuration {
    let rewritten = match group.subresource.name {
        "lifecycle" => group.controls[0].rewritten(&before.body).ok(),
        _ => None,
    };
    Configuration {
        body: rewritten.unwrap_or_else(|| before.body.clone()),
        ..before.clone()
    }
}

fn names(parts: &[&Part]) -> Vec<String> {
    parts.iter().map(|part| part.name.clone()).collect()
}

fn lost(parts: Vec<String>, after: AfterLoss, backup: Option<Backup>) -> Written {
    let detail = Detail::Lost {
        parts,
        after,
        backup,
    };
    Written::Mismatch(Status::Failed, detail)
}
