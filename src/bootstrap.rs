//! Bootstrap: creates or adopts a bucket, brings every control to its desired state, and presigns two URLs.
//!
//! This module prints nothing: it emits [`Event`]s during a run, and returns a [`Report`].

mod apply;
mod backup;
mod error;
mod event;
mod forecast;
mod mfa_delete;
mod report;
mod warnings;

pub use backup::Backup;
pub use error::Error;
pub use event::{Event, OnEvent};
pub use mfa_delete::Obstacle as MfaDeleteObstacle;
pub use report::{AfterLoss, ControlReport, Detail, Outcome, PresignedUrl, Report, Status};

use crate::controls::{self, Control, Group, Settings};
use crate::ownership::{self, Existence};
use crate::s3::bucket::{BucketStatus, CreateOptions, CreateOutcome};
use crate::s3::{Bucket, Client};
use s3_presign::endpoint::Scheme;
use s3_presign::timestamp::rfc3339;
use s3_presign::url::InvalidRequest;
use s3_presign::{Expiry, Method, ObjectKey, Presigner};
use std::path::PathBuf;
use std::time::Duration;

/// The bucket to harden, and the options of the run.
#[derive(Debug, Clone)]
pub struct Request {
    /// The bucket, and its desired state.
    pub settings: Settings,
    /// How long to wait after the creation of a bucket, because AWS does not show a new bucket at once.
    pub settle: Duration,
    /// Whether the run only reports the changes that it would make, and writes nothing.
    pub dry_run: bool,
    /// IDs of controls that the server must support; otherwise the run fails.
    pub require: Vec<String>,
    /// Whether the run fails if the server would create the bucket in a region other than the
    /// requested one.
    pub keep_region: bool,
    /// Whether to create the bucket in the account-regional namespace.
    pub account_regional: bool,
    /// The folder in which the run saves each configuration before it changes the configuration;
    /// `None` for [`Context::state_folder`](crate::context::Context::state_folder).
    pub backup_dir: Option<PathBuf>,
    /// The object for which to presign a PUT and a GET, and how long the URLs are valid.
    pub presign: Option<(ObjectKey, Expiry)>,
}

/// Runs `request`. `on_event` receives every event as soon as it happens.
///
/// # Errors
/// Fails if the bucket must not be used, or cannot be created or found, or if S3 does not answer. A
/// failed control is not an error; the report lists it.
#[allow(clippy::missing_panics_doc)] // This function never panics, because every applied control has a report.
pub async fn run(
    client: &Client,
    request: &Request,
    on_event: OnEvent<'_>,
) -> Result<Report, Error> {
    let settings = &request.settings;
    let mut bucket = Bucket::new(client, settings.bucket.clone()).map_err(Error::Endpoint)?;
    let created = establish(client, &mut bucket, request, on_event).await?;
    check_kms_region(&bucket, settings)?;
    if !created && !bucket.is_fresh() {
        mfa_delete::check(client, &mut bucket, settings).await?;
    }
    let request = &Request {
        settings: ownership::located(client, &bucket, settings),
        ..request.clone()
    };
    let settings = &request.settings;
    if bucket.is_fresh() && !request.settle.is_zero() {
        on_event(Event::Settling(request.settle));
        client.context.sleep(request.settle).await;
    }

    let is_skipped = |control: &dyn Control| settings.skips(control.info().id);
    let mut reports = Vec::new();
    let mut policy_first = None;
    for group in controls::groups(|control| control.is_wanted(settings)) {
        let active: Vec<_> = (group.controls.iter().copied())
            .filter(|control| !is_skipped(*control))
            .collect();
        let is_policy = group.subresource.name == "policy";
        let early = policy_first.take_if(|_| is_policy);
        let mut apply = apply::Apply {
            client,
            bucket: &mut bucket,
            request,
            settings: settings.clone(),
            bucket_absent: request.dry_run && created,
            on_event: &mut *on_event,
            policy_first: &mut policy_first,
            trail: None,
        };
        let mut applied = if active.is_empty() {
            Vec::new()
        } else if let Some(reports) = early {
            reports
        } else {
            let subresource = group.subresource;
            let active = Group {
                subresource,
                controls: active,
            };
            apply.group(&active).await?
        }
        .into_iter();
        for control in group.controls {
            let report = if is_skipped(control) {
                report::skipped(control, settings)
            } else {
                applied.next().expect("one report for each control")
            };
            on_event(report.event(&request.require));
            reports.push(report);
        }
    }

    let outcome = Outcome::of(&reports, created && request.dry_run, &request.require);
    let mut urls = Vec::new();
    if let Some((key, expires_in)) = &request.presign
        && !request.dry_run
    {
        if outcome == Outcome::Failed {
            on_event(Event::UrlsWithheld);
        } else {
            urls = presign(client, &bucket, key, *expires_in).map_err(Error::Presign)?;
            let tls_only = reports
                .iter()
                .any(|report| report.id == "tls-only" && report.status != Status::Skipped);
            if tls_only && bucket.endpoint().scheme == Scheme::Http {
                on_event(Event::UrlsArePlainHttp);
            }
            on_event(Event::UrlsMade {
                key: key.clone(),
                expires_at: urls[0].expires_at.clone(),
            });
        }
    }
    Ok(Report {
        bucket: settings.bucket.to_string(),
        region: bucket.region().to_string(),
        created: created && !request.dry_run,
        controls: reports,
        urls,
        outcome,
    })
}

/// Rejects a KMS key in a region other than the bucket's. S3 would accept such a key and fail every
/// later upload. The bucket's region is certain only after the bucket was found or created.
fn check_kms_region(bucket: &Bucket<'_>, settings: &Settings) -> Result<(), Error> {
    match &settings.kms_key {
        Some(key)
            if key
                .region()
                .is_some_and(|at| at != bucket.region().as_str()) =>
        {
            Err(Error::KmsRegion {
                key: key.clone(),
                bucket: bucket.region().clone(),
            })
        }
        _ => Ok(()),
    }
}

/// Finds the bucket or creates it; `true` if it was (or would be) created.
///
/// `HeadBucket` shows whether the bucket exists and is yours, and the error codes of `CreateBucket`
/// do not. AWS answers 200 for your own bucket in us-east-1 and resets its ACL, and some servers
/// answer `BucketAlreadyExists`. So `CreateBucket` is never sent for an existing bucket.
async fn establish(
    client: &Client,
    bucket: &mut Bucket<'_>,
    request: &Request,
    on_event: OnEvent<'_>,
) -> Result<bool, Error> {
    let name = bucket.name().clone();
    let configured = bucket.region().clone();
    if adopt(client, bucket, on_event).await? {
        if *bucket.region() != configured {
            on_event(Event::RegionChanged {
                from: configured,
                to: bucket.region().clone(),
            });
        }
        return Ok(false);
    }
    if request.keep_region && *bucket.region() != configured {
        return Err(Error::OtherRegion(configured, bucket.region().clone()));
    }
    check_kms_region(bucket, &request.settings)?;
    mfa_delete::require_root(client, bucket, &request.settings).await?;
    let region = bucket.region().clone();
    if request.dry_run {
        on_event(Event::BucketWouldBeCreated {
            bucket: name,
            region,
        });
        return Ok(true);
    }
    let options = CreateOptions {
        object_ownership_enforced: !request.settings.skips("ownership-controls"),
        account_regional: request.account_regional,
        keep_region: request.keep_region,
        tags: if request.settings.skips("tags") {
            Vec::new()
        } else {
            request.settings.tags.clone()
        },
    };
    match bucket.create(&options).await? {
        CreateOutcome::Created => {}
        CreateOutcome::OtherRegion(named) => return Err(Error::OtherRegion(configured, named)),
        CreateOutcome::AlreadyYours => {
            // `HeadBucket` reported a moment ago that the bucket does not exist. An earlier attempt
            // of this call created the bucket and the answer was lost, or another run created it.
            bucket.mark_fresh();
            return if adopt(client, bucket, on_event).await? {
                Ok(false)
            } else {
                Err(Error::NotSeen(name.to_string()))
            };
        }
        CreateOutcome::AlreadyExists(answer) => {
            if adopt(client, bucket, on_event).await? {
                return Ok(false);
            }
            on_event(Event::BucketNameTaken(name.clone()));
            return Err(Error::Taken(name, answer));
        }
    }
    bucket.mark_fresh();
    client.owner.add_created(&name);
    let is_confirmed = match bucket.head().await? {
        BucketStatus::Accessible => true,
        BucketStatus::Missing => return Err(Error::NotSeen(name.to_string())),
        // The credentials lack s3:ListBucket. CreateBucket succeeded, so the caller's account owns the
        // bucket.
        BucketStatus::Denied(_) => false,
    };
    on_event(Event::BucketCreated {
        bucket: name,
        region,
        is_confirmed,
    });
    Ok(true)
}

/// Checks that the bucket exists and that the caller's account owns it. Returns `false` if there is no such
/// bucket.
async fn adopt(
    client: &Client,
    bucket: &mut Bucket<'_>,
    on_event: OnEvent<'_>,
) -> Result<bool, Error> {
    let proven = ownership::prove(client, bucket).await;
    // Servers other than AWS have no accounts.
    let expected = client.owner.expected.clone();
    let owner = expected.filter(|_| bucket.endpoint().is_aws);
    let bucket = bucket.name().clone();
    on_event(match &proven {
        Ok(Existence::Missing) => return Ok(false),
        Ok(Existence::Owned) => Event::BucketFound {
            bucket,
            unproven: None,
            owner,
        },
        Ok(Existence::Unproven(why)) => Event::BucketFound {
            bucket,
            unproven: Some(why.clone()),
            owner: None,
        },
        Err(ownership::Error::AnotherAccount(..)) => Event::BucketOfAnotherAccount(bucket),
        Err(ownership::Error::Denied(..)) => Event::BucketDenied(bucket),
        Err(ownership::Error::AccountUnknown(_) | ownership::Error::Unproven(..)) => {
            Event::BucketUnproven(bucket)
        }
        Err(ownership::Error::S3(error)) => return Err(Error::S3(error.clone())),
    });
    proven.map(|_| true).map_err(|error| match error {
        ownership::Error::S3(error) => Error::S3(error),
        error => Error::NotOwned(error),
    })
}

fn presign(
    client: &Client,
    bucket: &Bucket<'_>,
    key: &ObjectKey,
    expires_in: Expiry,
) -> Result<Vec<PresignedUrl>, InvalidRequest> {
    let at = client.now();
    let end = at + expires_in.duration();
    let expires_at = client
        .credentials
        .expires_at
        .map_or(end, |credentials| credentials.min(end));
    [Method::Put, Method::Get]
        .into_iter()
        .map(|method| {
            let presigner = Presigner::new(&s3_presign::Request {
                method,
                endpoint: bucket.endpoint(),
                credentials: &client.credentials,
                at,
                expires_in,
                headers: &[],
                query: &[],
            })?;
            Ok(PresignedUrl {
                method: method.as_str(),
                key: key.to_string(),
                url: presigner.url(key),
                expires_at: rfc3339(expires_at),
            })
        })
        .collect()
}
