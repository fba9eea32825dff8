//! The trail that logs the data events of a bucket: finds the trail, and reads and writes its event selectors.

use crate::cloudtrail::{self, Trail};
use crate::controls::Settings;
use crate::controls::event_selectors::{ADVANCED, BASIC};
use crate::ownership;
use crate::s3::target::Target;
use crate::s3::{Bucket, Client, Error as S3Error};
use crate::subresource::{Configuration, ReadOutcome, classify};
use s3_presign::endpoint::Region;
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// A run holds this lock from the read of the selectors to the end of the write, because a write replaces all
/// selectors, and a run may configure several buckets at the same time.
pub(crate) static LOCK: Mutex<()> = Mutex::const_new(());

/// A trail whose event selectors the account may change, with CloudTrail in the trail's home region.
pub(crate) struct LogTrail {
    arn: String,
    target: Target,
    /// The home region of the trail.
    pub(crate) region: Region,
}

/// The reason why a trail cannot log a bucket.
pub(crate) enum NoTrail {
    /// The bucket receives the logs of the trail, so each log would cause another log.
    OwnTarget(String),
    /// The trail is missing, belongs to another account, or cannot be read.
    Other(ReadOutcome),
}

impl LogTrail {
    /// Finds the trail that `settings` name, and checks the owner, the region and the target of the trail.
    ///
    /// # Errors
    /// Fails if CloudTrail did not respond.
    pub(crate) async fn find(
        client: &Client,
        bucket: &Bucket<'_>,
        settings: &Settings,
    ) -> Result<Result<Self, NoTrail>, S3Error> {
        let failed = |why: String| Ok(Err(NoTrail::Other(ReadOutcome::Failed(why))));
        let Some(name) = &settings.data_events else {
            return failed("the settings name no trail".to_owned());
        };
        let of_arn = name.arn().and_then(|arn| Region::parse(arn.region).ok());
        let asked = of_arn.unwrap_or_else(|| bucket.region().clone());
        let cloudtrail = |region: &Region| match &client.services {
            Ok(services) => services
                .cloudtrail(&client.config, region)
                .map_err(|error| error.to_string()),
            Err(why) => Err(why.clone()),
        };
        let mut target = match cloudtrail(&asked) {
            Ok(Some(target)) => target,
            Ok(None) => {
                let why = "the server is not AWS, and AWS_ENDPOINT_URL_CLOUDTRAIL names no endpoint of CloudTrail";
                return Ok(Err(NoTrail::Other(ReadOutcome::Unsupported(
                    why.to_owned(),
                ))));
            }
            Err(why) => return failed(why),
        };
        let found = cloudtrail::describe_trails(client, &mut target, &[name.as_str()]).await;
        let trails = match found {
            Ok(trails) => trails,
            Err(error) => {
                let outcome = classify(bucket, error, &[], "cloudtrail:DescribeTrails")?;
                return Ok(Err(NoTrail::Other(outcome)));
            }
        };
        // Some servers return all trails.
        let is_named = |trail: &Trail| [&trail.name, &trail.arn].contains(&&name.to_string());
        let Some(trail) = trails.into_iter().find(is_named) else {
            return failed(format!(
                "there is no trail {name} in {asked}; a trail of another region needs its ARN"
            ));
        };
        let account = if bucket.endpoint().is_aws {
            match ownership::account(client).await {
                Ok(account) => Some(account),
                Err(error) => {
                    return failed(format!(
                        "the owner of trail {name} cannot be verified: {error}"
                    ));
                }
            }
        } else {
            ownership::known_account(client)
        };
        if let Some(account) = account
            && trail.account() != Some(account.as_str())
        {
            let owner = trail.account().unwrap_or("unknown");
            let kind = if trail.is_organization {
                "organization trail"
            } else {
                "trail"
            };
            return failed(format!(
                "{kind} {name} belongs to account {owner}, and only that account can change its event selectors"
            ));
        }
        if trail.bucket == settings.bucket.as_str() {
            return Ok(Err(NoTrail::OwnTarget(format!(
                "the bucket receives the logs of trail {name}, so each log would cause another log"
            ))));
        }
        let Trail {
            arn,
            home_region,
            is_multi_region,
            ..
        } = trail;
        let region = home_region.unwrap_or_else(|| asked.clone());
        if bucket.endpoint().is_aws && !is_multi_region && region != *bucket.region() {
            return failed(format!(
                "trail {name} logs only requests in {region}, and the bucket is in {}",
                bucket.region()
            ));
        }
        if region != asked {
            target = match cloudtrail(&region) {
                Ok(Some(target)) => target,
                Ok(None) => return failed(format!("there is no CloudTrail in {region}")),
                Err(why) => return failed(why),
            };
        }
        Ok(Ok(LogTrail {
            arn,
            target,
            region,
        }))
    }

    /// Reads the event selectors. The body has the members of a `PutEventSelectors` request.
    ///
    /// # Errors
    /// Fails if CloudTrail did not respond.
    pub(crate) async fn read(
        &mut self,
        client: &Client,
        bucket: &Bucket<'_>,
    ) -> Result<ReadOutcome, S3Error> {
        let read = cloudtrail::get_event_selectors(client, &mut self.target, &self.arn).await;
        let selectors = match read {
            Ok(selectors) => selectors,
            Err(error) => return classify(bucket, error, &[], "cloudtrail:GetEventSelectors"),
        };
        let (name, list) = if selectors.advanced.is_empty() {
            (BASIC, selectors.basic)
        } else {
            (ADVANCED, selectors.advanced)
        };
        let body = json!({ "TrailName": self.arn, name: list })
            .to_string()
            .into_bytes();
        Ok(ReadOutcome::Configured(Configuration {
            body,
            round_trip_header: None,
        }))
    }

    /// Writes the event selectors, which replace all selectors of the trail.
    ///
    /// # Errors
    /// Fails if CloudTrail rejects the selectors, or did not respond.
    pub(crate) async fn write(&mut self, client: &Client, body: &[u8]) -> Result<(), S3Error> {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        cloudtrail::put_event_selectors(client, &mut self.target, &body).await
    }
}
