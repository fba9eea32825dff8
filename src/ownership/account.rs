//! The account of the credentials, which the credentials name or STS returns.

use super::Error;
use crate::controls::Settings;
use crate::credentials::sts;
use crate::http::{Exchange, Service};
use crate::retry::{Policy, Retry, Retryable};
use crate::s3::owner::UnknownAccount;
use crate::s3::{Bucket, Client};
use s3_presign::AccountId;
use std::time::Duration;

/// The limit for all attempts to ask STS, because a network without a route to it must not stall a run.
const STS_TIMEOUT: Duration = Duration::from_secs(5);

/// The account that is known without a request: the expected one, or the one that the source of the
/// credentials returned. An account from a variable or a profile does not count, because the user wrote it.
#[must_use]
pub fn known_account(client: &Client) -> Option<AccountId> {
    let credentials = &client.credentials;
    let proven = || {
        credentials
            .account_id
            .clone()
            .filter(|_| credentials.account_is_proven)
    };
    client.owner.expected.clone().or_else(proven)
}

/// The account, if an earlier request found it. Sends no request.
#[must_use]
pub fn proven_account(client: &Client) -> Option<AccountId> {
    let answered = || client.owner.answered.get()?.clone().ok();
    known_account(client).or_else(answered)
}

/// Returns these settings with the bucket's region and account added, if the region and the account
/// are known. AWS only.
#[must_use]
pub fn located(client: &Client, bucket: &Bucket<'_>, settings: &Settings) -> Settings {
    let is_aws = bucket.endpoint().is_aws;
    Settings {
        account: proven_account(client).filter(|_| is_aws),
        region: is_aws.then(|| bucket.region().clone()),
        ..settings.clone()
    }
}

/// Returns the account of the credentials on AWS. This function asks STS at most once per run.
///
/// # Errors
/// Fails if STS did not answer, or answered with an error.
pub async fn account(client: &Client) -> Result<AccountId, Error> {
    if let Some(known) = known_account(client) {
        return Ok(known);
    }
    let answered = &client.owner.answered;
    let answered = answered.get_or_init(|| ask_sts(client)).await;
    answered.clone().map_err(Error::AccountUnknown)
}

/// Whether the credentials belong to the root user of an account. `None` if STS did not answer. This function
/// asks STS at most once per run.
pub async fn is_root(client: &Client) -> Option<bool> {
    let owner = &client.owner;
    let answered = owner.answered.get_or_init(|| ask_sts(client)).await;
    answered.as_ref().ok()?;
    Some(owner.arn.get()?.ends_with(":root"))
}

async fn ask_sts(client: &Client) -> Result<AccountId, UnknownAccount> {
    let url = client.owner.sts.as_ref().map_err(Clone::clone)?;
    let policy = Policy {
        max_attempts: 2,
        call_timeout: STS_TIMEOUT,
        ..client.retry
    };
    let mut retry = Retry::new(&policy, &client.context, &client.observer);
    let asked = async {
        loop {
            let region = client.config.region.signing_region();
            let request =
                sts::caller_identity_request(url, region, &client.credentials, client.now());
            let request = request?;
            let outcome = client.http.send(&request).await;
            let is_transient = match &outcome {
                Ok(response) => response.status >= 500,
                Err(error) => error.is_transient(),
            };
            let exchange = Exchange::new(&request, &outcome);
            let retryable = Retryable::until_attempts_if(is_transient);
            if retry.again(exchange, retryable, None).await.is_none() {
                return outcome;
            }
        }
    };
    let outcome = tokio::time::timeout(STS_TIMEOUT, asked).await;
    let response = outcome
        .map_err(|_| format!("STS gave no answer within {} s", STS_TIMEOUT.as_secs()))?
        .map_err(|error| UnknownAccount {
            why: format!("STS: {}", error.in_one_line()),
            failure: Some(error.of(Service::Sts)),
        })?;
    let identity = sts::read_caller_identity(&response, client.context.secrets())?;
    // STS is asked only once, so the value was not set before.
    let _ = client.owner.arn.set(identity.arn);
    identity
        .account
        .parse()
        .map_err(|_| "STS answered with an invalid account ID".to_owned().into())
}
