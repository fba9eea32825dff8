//! Audits a bucket: compares the existing state of each control with the desired state, finds out who
//! has access from outside the account, and changes nothing.

mod access;
mod account;
mod baseline;
mod checks;
mod definitions;
mod documents;
mod exceptions;
mod findings;
mod full;
mod outcome;
mod verdict;

pub use access::{Access, AccessGrant};
pub use account::Account;
pub(crate) use checks::Check;
pub use checks::{Standard, UnknownStandard};
pub use exceptions::Exceptions;
pub use findings::Finding;
pub(crate) use findings::{Fix, Topic};
pub use verdict::{Severity, Verdict};

use crate::controls::{self, OF_ACCESS, Settings};
use crate::ownership::{self, Existence};
use crate::s3::{Bucket, Client, Error as S3Error};
use documents::Documents;
use s3_presign::AccountId;
use s3_presign::endpoint::{EndpointError, Region};
use std::fmt;

/// What an audit compares a bucket with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Scope {
    /// The standard that replaces the baseline. `None` compares the bucket with the baseline that
    /// [`bootstrap`](crate::Client::bootstrap) produces.
    pub standard: Option<Standard>,
    /// The accounts that may have access. Access of any other account is drift. `None` reports access
    /// of other accounts without a verdict.
    pub allowed_accounts: Option<Vec<AccountId>>,
}

/// The result of an audit of one bucket.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The bucket's name.
    pub bucket: String,
    /// The bucket's ARN.
    pub arn: String,
    /// The bucket's region.
    pub region: String,
    /// The account that owns the bucket, if the program could verify the owner.
    pub account: Option<String>,
    /// The reason why the program cannot verify the owner of the bucket. `None` if your account, or
    /// the account that the caller expects, is verified as the owner.
    pub unproven: Option<String>,
    /// Whether the report is about the account instead of a bucket. `bucket` is `account:ID` then.
    pub(crate) is_account: bool,
    /// Warnings about the bucket, one sentence each, whose subject is the bucket.
    pub(crate) warnings: Vec<String>,
    /// Who has access from outside the account.
    pub(crate) access: Access,
    /// The public access, in one sentence. `None` if the bucket is not public.
    pub(crate) public: Option<String>,
    /// The findings: public access, access from outside, and one for each control that the settings
    /// request. With a standard, one for each control of that standard.
    pub findings: Vec<Finding>,
}

impl Report {
    /// A report without findings, about a bucket or the account.
    pub(crate) fn new(bucket: String, arn: String, region: String) -> Self {
        Report {
            bucket,
            arn,
            region,
            account: None,
            unproven: None,
            is_account: false,
            warnings: Vec::new(),
            access: Access::default(),
            public: None,
            findings: Vec::new(),
        }
    }

    /// Returns the worst verdict of all findings.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let all = self.findings.iter().map(|finding| finding.verdict);
        all.min().unwrap_or(Verdict::Compliant)
    }

    /// Whether everyone has access to the bucket, and no exception accepts this access.
    #[must_use]
    pub fn is_public(&self) -> bool {
        let is_accepted = |it: &Finding| {
            let is_about_it = matches!(it.topic.id, "public-access" | "S3.2" | "S3.3");
            it.verdict == Verdict::Accepted && is_about_it
        };
        self.public.is_some() && !self.findings.iter().any(is_accepted)
    }

    /// Returns the severity of the worst drift.
    pub(crate) fn severity(&self) -> Option<Severity> {
        let drift = self
            .findings
            .iter()
            .filter(|it| it.verdict == Verdict::Drift);
        drift.map(Finding::severity).min()
    }
}

/// The reason why a bucket could not be audited.
#[derive(Debug, Clone)]
pub enum Error {
    /// The endpoint does not support buckets with this name.
    Endpoint(EndpointError),
    /// Another account owns the bucket, or the program cannot verify that the caller's account owns it.
    NotOwned(ownership::Error),
    /// A request failed, for example because the bucket does not exist or the server did not
    /// answer.
    S3(S3Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(error) => error.fmt(f),
            Self::NotOwned(error) => error.fmt(f),
            Self::S3(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Endpoint(error) => error.source(),
            Self::NotOwned(error) => error.source(),
            Self::S3(error) => error.source(),
        }
    }
}

/// Reads the configuration of each control that `settings` request, with one GET request for each
/// subresource. `region` is the bucket's region, or `None` if the caller does not know the region. With
/// `full`, the audit also answers the controls that need further requests.
///
/// # Errors
/// Returns an [`Error`] if the bucket could not be audited.
pub async fn run(
    client: &Client,
    settings: &Settings,
    region: Option<Region>,
    scope: &Scope,
    full: Option<&Account>,
) -> Result<Report, Error> {
    let region = region.unwrap_or_else(|| client.config.region.clone());
    let bucket = Bucket::in_region(client, settings.bucket.clone(), region);
    let mut bucket = bucket.map_err(Error::Endpoint)?;
    let unproven = match ownership::prove_for_reading(client, &mut bucket).await {
        Ok(Existence::Unproven(why)) => Some(why),
        // A missing bucket is not an error at this point, because the first GET request fails with
        // S3's error `NoSuchBucket`.
        Ok(Existence::Owned | Existence::Missing) => None,
        Err(ownership::Error::S3(error)) => return Err(Error::S3(error)),
        Err(error) => return Err(Error::NotOwned(error)),
    };
    let settings = &ownership::located(client, &bucket, settings);
    let mut documents = Documents::default();
    let mut findings = Vec::new();
    if let Some(standard) = scope.standard {
        for name in standard.subresources() {
            let read = documents.read_named(&mut bucket, name).await;
            read.map_err(Error::S3)?;
        }
    } else {
        for group in controls::wanted(settings) {
            let found = baseline::audit(client, &mut bucket, &group, settings, &mut documents);
            findings.extend(found.await?);
        }
        // The audit finds public access also if the caller skips these controls.
        for name in OF_ACCESS {
            let read = documents.read_named(&mut bucket, name).await;
            read.map_err(Error::S3)?;
        }
    }
    let mut warnings = Vec::new();
    if let Some(account) = full {
        let read = full::read(client, &mut bucket, account, scope.standard, &mut documents);
        warnings = read.await.map_err(Error::S3)?;
    }
    // An account that the server did not compare says nothing about the bucket.
    let account = ownership::proven_account(client).filter(|_| unproven.is_none());
    let allowed = scope.allowed_accounts.as_deref();
    let access = access::find(&mut bucket, &documents, account.as_ref(), allowed).await;
    let access = access.map_err(Error::S3)?;
    let of_access = findings::of_access(&documents, &access, allowed.is_some());
    let [public, _] = &of_access;
    let is_public = public.verdict == Verdict::Drift;
    let public = public.detail.clone().filter(|_| is_public);
    if let Some(standard) = scope.standard {
        let checks = standard.checks(full.is_some());
        findings = findings::of_standard(checks, &documents, &access, settings);
    } else {
        findings.splice(0..0, of_access);
        if full.is_some() {
            findings.extend(findings::of_full(&documents, None));
        }
        findings::add_ids(&mut findings, &documents, &access, settings);
        if full.is_some() {
            let mfa_delete = findings::mfa_delete(&findings, &documents, &access, settings);
            findings.extend(mfa_delete);
        }
    }
    let name = settings.bucket.to_string();
    Ok(Report {
        account: account.map(|account| account.to_string()),
        unproven,
        warnings,
        access,
        public,
        findings,
        ..Report::new(name, settings.bucket_arn(), bucket.region().to_string())
    })
}
