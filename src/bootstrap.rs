//! Bootstrap: make or adopt a bucket, bring every control to its wanted state, hand out two URLs.
//!
//! Prints nothing: what happens is told as [`Event`]s, what came of it as a [`Report`].

mod apply;
mod backup;
mod forecast;
mod grants;
mod report;
mod warnings;

pub use backup::Backup;
pub use report::{
    AfterLoss, ControlReport, Detail, Event, Outcome, PresignedUrl, Report, Status, StepStatus,
};

use crate::controls::{self, Control, Group, Settings};
use crate::ownership::{self, Existence};
use crate::s3::bucket::{BucketStatus, CreateOptions, CreateOutcome};
use crate::s3::{Bucket, Client, Error as S3Error, ErrorResponse};
use crate::values::KmsKey;
use s3_presign::endpoint::{BucketName, EndpointError, Region, Scheme};
use s3_presign::timestamp::rfc3339;
use s3_presign::url::InvalidRequest;
use s3_presign::{Expiry, Method, ObjectKey, Presigner};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// The bucket and what is wanted of it.
    pub settings: Settings,
    /// How long to wait after making a bucket: new accounts need it.
    pub settle: Duration,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// Ids of controls that must be supported: without one of them the run has failed.
    pub require: Vec<String>,
    /// Make the bucket in the account's own namespace.
    pub account_regional: bool,
    /// The folder in which a configuration is saved before it is changed; `None` for
    /// [`Context::state_folder`](crate::context::Context::state_folder).
    pub backup_dir: Option<PathBuf>,
    /// The URLs to hand out at the end.
    pub presign: Option<(ObjectKey, Expiry)>,
}

/// Why a run stopped.
#[derive(Debug, Clone)]
pub enum Error {
    /// The bucket must not be used.
    NotOwned(ownership::Error),
    /// `CreateBucket` says that the name is taken, and the bucket cannot be seen.
    Taken(BucketName, ErrorResponse),
    /// It was made, and is not to be seen.
    NotSeen(String),
    /// The KMS key is in another region than the bucket.
    KmsRegion {
        /// The key.
        key: KmsKey,
        /// The bucket's region.
        bucket: Region,
    },
    /// The endpoint cannot address such a bucket.
    Endpoint(EndpointError),
    /// A call failed for good.
    S3(S3Error),
    /// No URL can be made.
    Presign(InvalidRequest),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOwned(error) => error.fmt(f),
            Self::Taken(bucket, answer) => write!(
                f,
                "bucket name `{bucket}` is taken by another account: S3 answered {answer}"
            ),
            Self::NotSeen(bucket) => {
                write!(f, "bucket `{bucket}` was created but cannot be seen yet")
            }
            Self::KmsRegion { key, bucket } => write!(
                f,
                "KMS key `{key}` is in another region than the bucket, which is in {bucket}"
            ),
            Self::Endpoint(error) => error.fmt(f),
            Self::S3(error) => error.fmt(f),
            Self::Presign(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotOwned(error) => error.source(),
            Self::Endpoint(error) => error.source(),
            Self::S3(error) => error.source(),
            Self::Presign(error) => error.source(),
            Self::Taken(..) | Self::NotSeen(_) | Self::KmsRegion { .. } => None,
        }
    }
}

impl From<S3Error> for Error {
    fn from(error: S3Error) -> Self {
        Error::S3(error)
    }
}

/// Does it. `tell` sees every step as it happens.
///
/// # Panics
/// Never: every control that is applied is reported.
pub async fn run(
    client: &Client,
    request: &Request,
    tell: &mut dyn FnMut(Event),
) -> Result<Report, Error> {
    let settings = &request.settings;
    let mut bucket = Bucket::new(client, settings.bucket.clone()).map_err(Error::Endpoint)?;
    let created = establish(client, &mut bucket, request, tell).await?;
    check_kms_region(&bucket, settings)?;
    let request = &Request {
        settings: ownership::located(client, &bucket, settings),
        ..request.clone()
    };
    let settings = &request.settings;
    if bucket.is_fresh() && !request.settle.is_zero() {
        let text = format!("Settling for {} s", request.settle.as_secs_f32());
        tell_step(tell, StepStatus::Ok, text);
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
            tell: &mut *tell,
            policy_first: &mut policy_first,
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
            tell(report.event(&request.require));
            reports.push(report);
        }
    }

    let outcome = Outcome::of(&reports, created && request.dry_run, &request.require);
    let mut urls = Vec::new();
    if let Some((key, expires_in)) = &request.presign
        && !request.dry_run
    {
        if outcome == Outcome::Failed {
            let text = "No URLs: the bucket is not as it should be".to_owned();
            tell_step(tell, StepStatus::Skip, text);
        } else {
            urls = presign(client, &bucket, key, *expires_in).map_err(Error::Presign)?;
            let tls_only = reports
                .iter()
                .any(|report| report.id == "tls-only" && report.status != Status::Skipped);
            if tls_only && bucket.endpoint().scheme == Scheme::Http {
                let text = "The URLs are plain HTTP, which the TLS-only policy refuses: name an https endpoint";
                tell_step(tell, StepStatus::Warn, text.to_owned());
            }
            let text = format!(
                "Presigned PUT and GET for {key}, valid until {}",
                urls[0].expires_at
            );
            tell_step(tell, StepStatus::Ok, text);
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

/// S3 takes any key and fails every upload later, so a key of another region is refused here: the
/// region is known for certain only now.
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

/// Finds the bucket or makes it; `true` if it was (or would be) made.
///
/// Whose a bucket is, HEAD settles: codes of `CreateBucket` do not (AWS says 200 to your own in
/// us-east-1 and resets its ACL; some servers say `BucketAlreadyExists` of your own). So what exists
/// is never created again.
async fn establish(
    client: &Client,
    bucket: &mut Bucket<'_>,
    request: &Request,
    tell: &mut dyn FnMut(Event),
) -> Result<bool, Error> {
    let name = bucket.name().clone();
    let configured = bucket.region().clone();
    if adopt(client, bucket, tell).await? {
        if *bucket.region() != configured {
            let region = bucket.region();
            tell_step(
                tell,
                StepStatus::Warn,
                format!("It is in {region}, not in {configured}: going on in {region}"),
            );
        }
        return Ok(false);
    }
    check_kms_region(bucket, &request.settings)?;
    let region = bucket.region().clone();
    if request.dry_run {
        tell_step(
            tell,
            StepStatus::Warn,
            format!("Bucket would be created in {region}: {name}"),
        );
        return Ok(true);
    }
    let options = CreateOptions {
        object_ownership_enforced: !request.settings.skips("ownership-controls"),
        account_regional: request.account_regional,
        tags: if request.settings.skips("tags") {
            Vec::new()
        } else {
            request.settings.tags.clone()
        },
    };
    match bucket.create(&options).await? {
        CreateOutcome::Created => {}
        CreateOutcome::AlreadyYours => {
            // It was not there a moment ago: an earlier try of this call made it, and its answer was
            // lost, or another run did.
            bucket.mark_fresh();
            return if adopt(client, bucket, tell).await? {
                Ok(false)
            } else {
                Err(Error::NotSeen(name.to_string()))
            };
        }
        CreateOutcome::AlreadyExists(answer) => {
            if adopt(client, bucket, tell).await? {
                return Ok(false);
            }
            let text = format!("Bucket name is taken: {name}");
            tell_step(tell, StepStatus::Fail, text);
            return Err(Error::Taken(name, answer));
        }
    }
    bucket.mark_fresh();
    match bucket.head().await? {
        BucketStatus::Accessible => tell_step(
            tell,
            StepStatus::Ok,
            format!("Bucket created in {region}: {name}"),
        ),
        BucketStatus::Missing => return Err(Error::NotSeen(name.to_string())),
        // s3:ListBucket is missing; the bucket is ours all the same, for we made it.
        BucketStatus::Denied(_) => tell_step(
            tell,
            StepStatus::Warn,
            format!("Bucket created in {region}: {name} (not seen: no s3:ListBucket)"),
        ),
    }
    Ok(true)
}

fn tell_step(tell: &mut dyn FnMut(Event), status: StepStatus, text: String) {
    tell(Event::new(status, text));
}

/// Takes the bucket over if it exists and is ours; `false` if there is none.
async fn adopt(
    client: &Client,
    bucket: &mut Bucket<'_>,
    tell: &mut dyn FnMut(Event),
) -> Result<bool, Error> {
    let proven = ownership::prove(client, bucket).await;
    let name = bucket.name();
    let (status, text) = match &proven {
        Ok(Existence::Missing) => return Ok(false),
        Ok(Existence::Owned) => {
            let text = format!("Bucket already exists and is yours: {name}");
            (StepStatus::Skip, text)
        }
        Ok(Existence::Unproven(why)) => {
            let text = format!(
                "Bucket exists, and these credentials may use it: {name} (whose it is cannot be proven: {why})"
            );
            (StepStatus::Warn, text)
        }
        Err(ownership::Error::AnotherAccount(..)) => {
            let text = format!("Bucket belongs to another account: {name}");
            (StepStatus::Fail, text)
        }
        Err(ownership::Error::Denied(..)) => (StepStatus::Fail, format!("Access denied: {name}")),
        Err(ownership::Error::AccountUnknown(_) | ownership::Error::Unproven(..)) => {
            let text = format!("Whose the bucket is cannot be proven: {name}");
            (StepStatus::Fail, text)
        }
        Err(ownership::Error::S3(error)) => return Err(Error::S3(error.clone())),
    };
    tell_step(tell, status, text);
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
                url: presigner.url(key.as_bytes()),
                expires_at: rfc3339(expires_at),
            })
        })
        .collect()
}
