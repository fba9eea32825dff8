//! One subresource: GET, compare, PUT only on a difference, read back until it shows.

use super::{ControlReport, Error, Status};
use crate::controls::{Control, Info, Review, Settings};
use crate::s3::error::Kind;
use crate::s3::xml::Unreadable;
use crate::s3::{Bucket, Client, Error as S3Error};
use std::time::Duration;

/// The waits between read-backs; S3 shows a change within a second or two, rarely later.
const READ_BACK_MS: [u64; 7] = [0, 100, 250, 500, 1_000, 2_000, 4_000];
/// As many of them are enough for a server that keeps its configuration in one place.
const READ_BACKS_ELSEWHERE: usize = 5;

pub(super) struct Apply<'a, 'b> {
    pub(super) client: &'a Client,
    pub(super) bucket: &'a mut Bucket<'b>,
    pub(super) settings: &'a Settings,
    pub(super) dry_run: bool,
    /// The bucket is not there: nothing is sent, and nothing is configured.
    pub(super) imaginary: bool,
}

/// What a GET brought.
enum Found {
    Body(Vec<u8>),
    Nothing,
    Denied(String),
    Unsupported(String),
    Failed(String),
}

impl Apply<'_, '_> {
    /// Brings the controls of one subresource to their wanted state, in one PUT.
    pub(super) async fn group(
        &mut self,
        controls: &[&'static dyn Control],
    ) -> Result<Vec<ControlReport>, Error> {
        let info = controls[0].info();
        let all = |status, detail: String| {
            let report = |control: &&'static dyn Control| {
                unread(*control, self.settings, status, detail.clone())
            };
            Ok(controls.iter().map(report).collect())
        };
        let (body, was_read) = match self.read(info).await? {
            Found::Body(body) => (Some(body), true),
            Found::Nothing => (None, true),
            Found::Unsupported(why) => return all(Status::Unsupported, why),
            Found::Failed(why) => return all(Status::Failed, why),
            Found::Denied(why) => {
                let nothing_to_lose =
                    self.bucket.fresh || controls.iter().all(|c| c.info().blind_write);
                if !nothing_to_lose {
                    let detail = format!("{why}; reading it needs {}", info.read_action);
                    return all(Status::Denied, detail);
                }
                (None, false)
            }
        };
        let (reviews, target) = match review(controls, body.as_deref(), self.settings) {
            Ok(reviewed) => reviewed,
            Err(why) => {
                let status = self.status_of_unreadable(&why);
                return all(status, why.to_string());
            }
        };
        let outcome = match target {
            None => Written::NotNeeded,
            Some(_) if self.dry_run => Written::DryRun,
            Some(target) => self.write(controls, &reviews, target).await?,
        };
        let reports = controls.iter().zip(reviews).map(|(control, review)| {
            let needed = review.change.is_some();
            let (status, verified, detail) = match &outcome {
                // Of several controls in one document only those that had to change have changed.
                Written::NotNeeded => (Status::Unchanged, was_read, None),
                Written::Verified | Written::DryRun if !needed => (Status::Unchanged, true, None),
                Written::DryRun => (Status::WouldChange, false, None),
                Written::Verified => (Status::Changed, true, None),
                Written::NotReadBack(why) => (Status::Changed, false, Some(why.clone())),
                Written::Other(status, why) => (*status, false, Some(why.clone())),
            };
            reported(*control, review, status, verified, detail)
        });
        Ok(reports.collect())
    }

    async fn read(&mut self, info: &'static Info) -> Result<Found, Error> {
        if self.imaginary {
            return Ok(Found::Nothing);
        }
        let error = match self.bucket.get(info.get, info.subresource).await {
            Ok(response) => return Ok(Found::Body(response.body)),
            Err(error) => error,
        };
        let Some(answer) = error.answer() else {
            return Err(error.into());
        };
        Ok(match answer {
            answer if answer.code == "NoSuchBucket" => return Err(error.into()),
            answer if answer.status == 404 && info.absent.contains(&answer.code.as_str()) => {
                Found::Nothing
            }
            answer if answer.is_denied() => Found::Denied(error.to_string()),
            answer if self.is_unsupported(&error, answer.status == 404) => {
                Found::Unsupported(error.to_string())
            }
            _ => Found::Failed(error.to_string()),
        })
    }

    /// PUTs `target` and reads it back.
    async fn write(
        &mut self,
        controls: &[&'static dyn Control],
        reviews: &[Review],
        target: Vec<u8>,
    ) -> Result<Written, Error> {
        let info = controls[0].info();
        if target.len() > info.size_limit {
            let why = format!(
                "it would have {} bytes, and S3 takes at most {}; shorten what is there",
                target.len(),
                info.size_limit
            );
            return Ok(Written::Other(Status::Failed, why));
        }
        let lesser = reviews.iter().find_map(|review| review.reduced.clone());
        if let Err(error) = self.put(info, target).await {
            let refused = self.refused(info, error)?;
            // A server that does not know a part may still know the rest.
            let Some(lesser) = lesser.filter(|_| may_know_less(&refused)) else {
                return Ok(refused);
            };
            return match self.put(info, lesser.body).await {
                Ok(()) => self.read_back(controls).await,
                Err(error) => self.refused(info, error),
            };
        }
        self.read_back(controls).await
    }

    async fn put(&mut self, info: &'static Info, body: Vec<u8>) -> Result<(), S3Error> {
        self.bucket
            .put(info.put, info.subresource, info.content_type, body)
            .await
            .map(drop)
    }

    /// What a refused PUT means; no answer at all ends the run.
    fn refused(&self, info: &'static Info, error: S3Error) -> Result<Written, Error> {
        let Some(answer) = error.answer() else {
            return Err(error.into());
        };
        Ok(if answer.is_denied() {
            let why = format!(
                "{error}; writing it needs {}{}",
                info.write_action, info.denied_also
            );
            Written::Other(Status::Denied, why)
        } else if self.is_unsupported(&error, answer.code == "MalformedXML") {
            Written::Other(Status::Unsupported, error.to_string())
        } else {
            Written::Other(Status::Failed, error.to_string())
        })
    }

    /// A 200 is believed when the bucket shows the change, every value of it.
    async fn read_back(&mut self, controls: &[&'static dyn Control]) -> Result<Written, Error> {
        let info = controls[0].info();
        let mut last = Vec::new();
        let tries = if self.bucket.endpoint().is_aws {
            READ_BACK_MS.len()
        } else {
            READ_BACKS_ELSEWHERE
        };
        for wait in READ_BACK_MS.into_iter().take(tries) {
            self.client.context.sleep(Duration::from_millis(wait)).await;
            let body = match self.read(info).await? {
                Found::Body(body) => Some(body),
                Found::Nothing => None,
                Found::Denied(why) => {
                    let why = format!("{why}; reading it back needs {}", info.read_action);
                    return Ok(Written::NotReadBack(why));
                }
                Found::Unsupported(why) => return Ok(Written::Other(Status::Unsupported, why)),
                Found::Failed(why) => return Ok(Written::Other(Status::Failed, why)),
            };
            match review(controls, body.as_deref(), self.settings) {
                Ok((_, None)) => return Ok(Written::Verified),
                Ok((reviews, Some(_))) => last = reviews,
                Err(why) => {
                    return Ok(Written::Other(
                        self.status_of_unreadable(&why),
                        why.to_string(),
                    ));
                }
            }
        }
        let lesser = last.iter().filter_map(|review| review.reduced.as_ref());
        if let Some(lesser) = lesser.clone().find(|lesser| lesser.satisfied)
            && !self.bucket.endpoint().is_aws
        {
            return Ok(Written::Other(Status::Unsupported, lesser.lacks.to_owned()));
        }
        let found: Vec<String> = last.iter().map(|review| review.found.to_string()).collect();
        let why = format!("the server accepted it but shows {}", found.join(", "));
        Ok(Written::Other(Status::Failed, why))
    }

    /// AWS has every control, so there nothing is unsupported; elsewhere `or_else` widens the rule.
    fn is_unsupported(&self, error: &S3Error, or_else: bool) -> bool {
        let says_so = match &error.kind {
            Kind::Answer(answer) => answer.says_unsupported() || or_else,
            Kind::Transport(_) | Kind::Unreadable(_) => false,
        };
        says_so && !self.bucket.endpoint().is_aws
    }

    fn status_of_unreadable(&self, why: &Unreadable) -> Status {
        match why {
            Unreadable::WrongRoot { .. } if !self.bucket.endpoint().is_aws => Status::Unsupported,
            _ => Status::Failed,
        }
    }
}

/// What came of writing.
enum Written {
    NotNeeded,
    DryRun,
    Verified,
    NotReadBack(String),
    Other(Status, String),
}

fn may_know_less(refused: &Written) -> bool {
    matches!(refused, Written::Other(Status::Unsupported, _))
}

/// Lets each control of a document review what the one before it wants; the last change, if any, is
/// the body to send.
fn review(
    controls: &[&'static dyn Control],
    found: Option<&[u8]>,
    settings: &Settings,
) -> Result<(Vec<Review>, Option<Vec<u8>>), Unreadable> {
    let mut reviews = Vec::new();
    let mut target: Option<Vec<u8>> = None;
    for control in controls {
        let review = control.review(target.as_deref().or(found), settings)?;
        target = review.change.clone().or(target);
        reviews.push(review);
    }
    Ok((reviews, target))
}

/// What there is to report of a control that the operator wants left alone.
pub(super) fn skipped(control: &'static dyn Control, settings: &Settings) -> ControlReport {
    unread(control, settings, Status::Skipped, "--skip".to_owned())
}

/// What there is to report of a control whose state is not known.
fn unread(
    control: &'static dyn Control,
    settings: &Settings,
    status: Status,
    detail: String,
) -> ControlReport {
    let review = control.review(None, settings);
    let review = review.expect("nothing found is nothing unreadable");
    reported(control, review, status, false, Some(detail))
}

fn reported(
    control: &'static dyn Control,
    review: Review,
    status: Status,
    verified: bool,
    detail: Option<String>,
) -> ControlReport {
    let info = control.info();
    ControlReport {
        id: info.id,
        title: info.title,
        status,
        verified,
        found: review.found,
        wanted: review.wanted,
        summary: review.summary,
        detail,
    }
}
