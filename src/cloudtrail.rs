//! A client for the few CloudTrail calls that this program needs: the trails of the account, and the event
//! selectors that decide which requests a trail logs.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html>

pub use crate::controls::event_selectors::{EventSelectors, Events};

use crate::http::Response;
use crate::s3::client::Call;
use crate::s3::target::Target;
use crate::s3::{Client, Error};
use crate::values::Arn;
use crate::xml::DecodeError;
use s3_presign::endpoint::Region;
use serde_json::{Map, Value, json};

/// The maximum size of an answer in bytes. The selectors of a trail have at most 500 values.
const ANSWER_LIMIT: usize = 1 << 20;

/// A trail, as `DescribeTrails` describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trail {
    /// The name of the trail.
    pub name: String,
    /// The ARN of the trail, which contains the account that owns the trail.
    pub arn: String,
    /// The region in which the trail was created, and which answers questions about its selectors.
    pub home_region: Option<Region>,
    /// The bucket that receives the logs.
    pub bucket: String,
    /// Whether the trail logs the requests of all regions.
    pub is_multi_region: bool,
    /// Whether the trail logs the requests of all accounts of the organization.
    pub is_organization: bool,
}

impl Trail {
    fn read(found: &Value) -> Self {
        let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        let is = |name: &str| found[name] == true;
        Trail {
            name: text("Name"),
            arn: text("TrailARN"),
            home_region: Region::parse(&text("HomeRegion")).ok(),
            bucket: text("S3BucketName"),
            is_multi_region: is("IsMultiRegionTrail"),
            is_organization: is("IsOrganizationTrail"),
        }
    }

    /// Returns the ID of the account that owns the trail. An organization trail appears in each account of
    /// the organization, but the management account owns the trail.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        Arn::parse(&self.arn).map(|arn| arn.account)
    }
}

/// Sends `DescribeTrails`. The result contains the trails of the target's region, and the multi-region and
/// organization trails of other regions and accounts that log requests in this region. `names` contains
/// names or ARNs of trails, or nothing for all trails. The IAM action is `cloudtrail:DescribeTrails`.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html>
///
/// # Errors
/// Fails if CloudTrail answers with an error, or if there is no readable answer.
pub async fn describe_trails(
    client: &Client,
    target: &mut Target,
    names: &[&str],
) -> Result<Vec<Trail>, Error> {
    let body = json!({ "trailNameList": names, "includeShadowTrails": true });
    let answer = call(client, target, "DescribeTrails", &body).await?;
    let trails = list(&answer, "trailList");
    let trails = trails.ok_or_else(|| missing("DescribeTrails", "trailList"))?;
    Ok(trails.iter().map(Trail::read).collect())
}

/// Sends `GetEventSelectors` for the trail with this ARN to the trail's home region. The IAM action is
/// `cloudtrail:GetEventSelectors`.
///
/// # Errors
/// Fails if CloudTrail answers with an error, or if there is no readable answer.
pub async fn get_event_selectors(
    client: &Client,
    target: &mut Target,
    arn: &str,
) -> Result<EventSelectors, Error> {
    let body = json!({ "TrailName": arn });
    let answer = call(client, target, "GetEventSelectors", &body).await?;
    let basic = list(&answer, "EventSelectors");
    let advanced = list(&answer, "AdvancedEventSelectors");
    if basic.is_none() && advanced.is_none() {
        return Err(missing("GetEventSelectors", "EventSelectors"));
    }
    Ok(EventSelectors {
        basic: basic.unwrap_or_default().to_vec(),
        advanced: advanced.unwrap_or_default().to_vec(),
    })
}

/// Sends `PutEventSelectors` to the trail's home region. `body` has the trail and all its selectors, because the
/// request replaces the selectors. The IAM action is `cloudtrail:PutEventSelectors`.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html>
///
/// # Errors
/// Fails if CloudTrail answers with an error, or if there is no readable answer.
pub async fn put_event_selectors(
    client: &Client,
    target: &mut Target,
    body: &Value,
) -> Result<(), Error> {
    call(client, target, "PutEventSelectors", body)
        .await
        .map(drop)
}

/// Sends `GetTrailStatus` to the trail's home region and returns whether the trail logs now, because an
/// operator can stop a trail. The IAM action is `cloudtrail:GetTrailStatus`.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html>
///
/// # Errors
/// Fails if CloudTrail answers with an error, or if there is no readable answer.
pub async fn is_logging(client: &Client, target: &mut Target, arn: &str) -> Result<bool, Error> {
    let answer = call(client, target, "GetTrailStatus", &json!({ "Name": arn })).await?;
    let is_logging = answer.get("IsLogging").and_then(Value::as_bool);
    is_logging.ok_or_else(|| missing("GetTrailStatus", "IsLogging"))
}

/// Returns the list with this name. CloudTrail omits the list of the other kind of selectors, or sends
/// `null`.
fn list<'a>(answer: &'a Map<String, Value>, name: &str) -> Option<&'a [Value]> {
    Some(answer.get(name)?.as_array()?.as_slice())
}

/// The error for an answer without a list that every answer has.
fn missing(operation: &'static str, name: &str) -> Error {
    let why = DecodeError::Malformed(format!("{name} is missing"));
    Error::unreadable(operation, why)
}

/// Sends one call of the JSON protocol and returns the JSON object of the answer.
async fn call(
    client: &Client,
    target: &mut Target,
    operation: &'static str,
    body: &Value,
) -> Result<Map<String, Value>, Error> {
    let header = |name: &str, value: String| (name.to_owned(), value);
    let call = Call {
        operation,
        method: "POST",
        headers: vec![
            header("content-type", "application/x-amz-json-1.1".to_owned()),
            header(
                "x-amz-target",
                format!("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{operation}"),
            ),
        ],
        body: body.to_string().into_bytes(),
        keep_region: true,
        answer_limit: Some(ANSWER_LIMIT),
        ..Call::default()
    };
    let response = client.send(target, &call).await?;
    object(&response).map_err(|why| Error::unreadable(operation, why))
}

fn object(response: &Response) -> Result<Map<String, Value>, DecodeError> {
    serde_json::from_slice(&response.body)
        .map_err(|_| DecodeError::Malformed("the answer is not a JSON object".to_owned()))
}
