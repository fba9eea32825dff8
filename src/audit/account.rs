//! The controls of the whole account, whose answers an audit with `--full` reads once.

use super::definitions::all_on;
use super::documents::{Documents, NotRead};
use super::outcome::Outcome;
use super::{Report, Standard, Verdict, findings};
use crate::cloudtrail::{self, EventSelectors, Events, Trail};
use crate::ownership;
use crate::s3::target::Target;
use crate::s3::{Client, Error as S3Error};
use crate::s3_control::Control;
use crate::xml::Element;
use s3_presign::AccountId;
use s3_presign::endpoint::{EndpointError, Region};
use serde_json::{Value, json};

/// The region that answers questions about multi-Region access points, which exist only in the partition
/// `aws`.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html>
const MULTI_REGION: &str = "us-west-2";

/// The account of the audited buckets, as far as an audit with `--full` can read the account.
#[derive(Debug)]
pub struct Account {
    /// The findings about the account. The name of the bucket is `account:ID`.
    pub report: Report,
    /// The controls that do not apply because the server is not AWS, with the reason.
    pub not_applicable: Vec<(Vec<&'static str>, String)>,
    id: Result<AccountId, String>,
    /// The multi-Region access points. `None` if the partition has none, or if the audit did not ask.
    multi_region: Option<Result<Vec<Element>, NotRead>>,
}

/// The outcome for a request that failed.
pub(super) fn not_read(error: &S3Error, action: &str) -> Outcome {
    Outcome::not_read(why(error, action))
}

fn why(error: &S3Error, action: &str) -> NotRead {
    let is_denied = error
        .response()
        .is_some_and(|answer| answer.is_denied() || answer.code == "AccessDeniedException");
    let needs = if is_denied {
        format!("; reading it needs {action}")
    } else {
        String::new()
    };
    (Verdict::Unknown, format!("{error}{needs}"))
}

impl Account {
    /// Reads the account. With a standard, the function reads only what the controls of the standard need.
    /// A request that fails makes a control unknown, and is no error.
    pub async fn read(client: &Client, standard: Option<Standard>) -> Self {
        let is_in = |id: &str| Standard::has(standard, id);
        let is_aws = client.config.resolve(None).is_ok_and(|it| it.is_aws);
        let id = if is_aws {
            let asked = ownership::account(client).await;
            asked.map_err(|error| error.to_string())
        } else {
            let why = "the account is not known; name the account with --expected-owner";
            ownership::known_account(client).ok_or_else(|| why.to_owned())
        };
        let region = client.config.region.clone();
        let name = id.as_ref().map_or("unknown", |id| id.as_str());
        let partition = region.partition().id;
        let mut account = Account {
            report: Report {
                account: id.as_ref().ok().map(ToString::to_string),
                is_account: true,
                ..Report::new(
                    format!("account:{name}"),
                    format!("arn:{partition}:iam::{name}:root"),
                    "all regions".to_owned(),
                )
            },
            not_applicable: Vec::new(),
            id,
            multi_region: None,
        };
        let mut documents = Documents::default();
        let no_service = |ids: &[&'static str], service: &str, variable: &str| {
            let ids: Vec<&str> = ids.iter().copied().filter(|id| is_in(id)).collect();
            let why =
                format!("the server is not AWS, and {variable} names no endpoint of {service}");
            (ids, why)
        };
        match account.s3_control(client, &region) {
            None => account.not_applicable.push(no_service(
                &["S3.1", "S3.19", "S3.24"],
                "S3 Control",
                "AWS_ENDPOINT_URL_S3_CONTROL",
            )),
            Some(found) => {
                if is_in("S3.1") {
                    let outcome = block(client, found).await;
                    documents.full.insert("S3.1", outcome);
                }
                if is_in("S3.24") && partition == "aws" {
                    account.multi_region = account.multi_region(client).await;
                }
            }
        }
        if is_in("S3.22") {
            match trails(client, &region, partition).await {
                None => account.not_applicable.push(no_service(
                    &["S3.22", "S3.23"],
                    "CloudTrail",
                    "AWS_ENDPOINT_URL_CLOUDTRAIL",
                )),
                Some([write, read]) => {
                    documents.full.insert("S3.22", write);
                    documents.full.insert("S3.23", read);
                }
            }
        }
        account.not_applicable.retain(|(ids, _)| !ids.is_empty());
        account.report.findings = findings::of_full(&documents, standard);
        account
    }

    /// Returns S3 Control in a region as target, and the account. `None` if the server is not AWS and no
    /// setting names an endpoint of S3 Control.
    pub(super) fn s3_control(
        &self,
        client: &Client,
        region: &Region,
    ) -> Option<Result<(Target, &AccountId), NotRead>> {
        let unknown = |why: String| Some(Err((Verdict::Unknown, why)));
        let services = match &client.services {
            Ok(services) => services,
            Err(why) => return unknown(why.clone()),
        };
        let id = match &self.id {
            Ok(id) => id,
            Err(why) => {
                return if services.has_s3_control(&client.config) {
                    unknown(why.clone())
                } else {
                    None
                };
            }
        };
        match services.s3_control(&client.config, region, id) {
            Ok(target) => target.map(|target| Ok((target, id))),
            Err(error) => unknown(error.to_string()),
        }
    }

    async fn multi_region(&self, client: &Client) -> Option<Result<Vec<Element>, NotRead>> {
        let region = Region::parse(MULTI_REGION).ok()?;
        let (target, account) = match self.s3_control(client, &region)? {
            Ok(found) => found,
            Err(why) => return Some(Err(why)),
        };
        let mut control = Control {
            client,
            target,
            account,
        };
        let listed = control.multi_region_access_points().await;
        Some(listed.map_err(|error| why(&error, "s3:ListMultiRegionAccessPoints")))
    }

    /// S3.24: the multi-Region access points with this bucket block public access. `None` if the bucket is
    /// in none of them.
    pub(super) fn multi_region_access_points(&self, bucket: &str) -> Option<Outcome> {
        let points = match self.multi_region.as_ref()? {
            Ok(points) => points,
            Err(why) => return Some(Outcome::not_read(why.clone())),
        };
        let has = |point: &&Element| {
            let regions = point.child("Regions").into_iter();
            regions
                .flat_map(|regions| regions.all("Region"))
                .any(|region| region.text_of("Bucket") == bucket)
        };
        all_block(points.iter().filter(has).map(|point| {
            let name = point.text_of("Name");
            (name, point.child("PublicAccessBlock"))
        }))
    }
}

/// S3.1: all four settings of the account are on.
async fn block(client: &Client, found: Result<(Target, &AccountId), NotRead>) -> Outcome {
    let (target, account) = match found {
        Ok(found) => found,
        Err(why) => return Outcome::not_read(why),
    };
    let mut control = Control {
        client,
        target,
        account,
    };
    match control.public_access_block().await {
        Ok(block) => {
            let block = block.as_ref();
            all_on(&Element::or_empty(block, "PublicAccessBlockConfiguration"))
        }
        Err(error) => not_read(&error, "s3:GetAccountPublicAccessBlock"),
    }
}

/// A multi-Region trail.
struct Found {
    trail: Trail,
    selectors: EventSelectors,
    /// Whether the trail logs now. The audit asks only about trails that could satisfy a control.
    is_logging: bool,
}

/// S3.22 and S3.23: a multi-Region trail logs all writes, or all reads, of the objects in all buckets.
/// `None` if the server is not AWS and no setting names an endpoint of CloudTrail.
async fn trails(client: &Client, region: &Region, partition: &str) -> Option<[Outcome; 2]> {
    let mut found: Vec<Found> = Vec::new();
    let mut unread: Option<NotRead> = None;
    let listed = match target(client, region)? {
        Ok(mut target) => cloudtrail::describe_trails(client, &mut target, &[])
            .await
            .map_err(|error| why(&error, "cloudtrail:DescribeTrails")),
        Err(why) => Err(why),
    };
    let listed = match listed {
        Ok(listed) => listed,
        Err(why) => return Some([Outcome::not_read(why.clone()), Outcome::not_read(why)]),
    };
    for trail in listed.into_iter().filter(|trail| trail.is_multi_region) {
        match selectors(client, region, &trail, partition).await {
            Ok((selectors, is_logging)) => found.push(Found {
                trail,
                selectors,
                is_logging,
            }),
            Err((verdict, why)) => {
                unread = Some((verdict, format!("the trail {}: {why}", trail.arn)));
            }
        }
    }
    Some([Events::Write, Events::Read].map(|events| {
        let covering = || {
            let all = found.iter();
            all.filter(|it| it.selectors.log_all_objects(events, partition))
        };
        let arns: Vec<&str> = covering()
            .filter(|it| it.is_logging)
            .map(|it| it.trail.arn.as_str())
            .collect();
        let passes = !arns.is_empty();
        match (&unread, covering().next()) {
            _ if passes => Outcome::of(true, json!(arns)),
            (Some(why), _) => Outcome::not_read(why.clone()),
            (None, Some(stopped)) => Outcome::of(false, json!(arns))
                .with(format!("the trail {} is stopped", stopped.trail.arn)),
            (None, None) if found.is_empty() => {
                Outcome::of(false, json!(arns)).with("the account has no multi-Region trail")
            }
            (None, None) => {
                let all: Vec<&str> = found.iter().map(|it| it.trail.arn.as_str()).collect();
                let text = format!("no selector logs all buckets in {}", all.join(", "));
                Outcome::of(false, json!(arns)).with(text)
            }
        }
    }))
}

/// Returns CloudTrail in a region as target.
fn target(client: &Client, region: &Region) -> Option<Result<Target, NotRead>> {
    let services = match &client.services {
        Ok(services) => services,
        Err(why) => return Some(Err((Verdict::Unknown, why.clone()))),
    };
    let target = services.cloudtrail(&client.config, region);
    let unknown = |error: EndpointError| (Verdict::Unknown, error.to_string());
    target.map_err(unknown).transpose()
}

/// Reads the selectors of a trail in the trail's home region, and whether the trail logs now.
async fn selectors(
    client: &Client,
    region: &Region,
    trail: &Trail,
    partition: &str,
) -> Result<(EventSelectors, bool), NotRead> {
    let home = trail.home_region.as_ref().unwrap_or(region);
    if home.partition().id != partition {
        let why = format!("the home region {home} is in another partition");
        return Err((Verdict::Unknown, why));
    }
    let unknown = || (Verdict::Unknown, "CloudTrail has no endpoint".to_owned());
    let mut target = target(client, home).ok_or_else(unknown)??;
    let selectors = cloudtrail::get_event_selectors(client, &mut target, &trail.arn);
    let selectors = selectors
        .await
        .map_err(|error| why(&error, "cloudtrail:GetEventSelectors"))?;
    let is_candidate = [Events::Read, Events::Write]
        .iter()
        .any(|events| selectors.log_all_objects(*events, partition));
    if !is_candidate {
        return Ok((selectors, false));
    }
    let status = cloudtrail::is_logging(client, &mut target, &trail.arn).await;
    match status {
        Ok(is_logging) => Ok((selectors, is_logging)),
        Err(error) => Err(why(&error, "cloudtrail:GetTrailStatus")),
    }
}

/// The outcome for access points with these names and settings of Block Public Access. `None` if there are
/// no access points.
pub(super) fn all_block<'a>(
    points: impl Iterator<Item = (&'a str, Option<&'a Element>)>,
) -> Option<Outcome> {
    let (mut found, mut open) = (serde_json::Map::new(), Vec::new());
    for (name, block) in points {
        let outcome = all_on(&Element::or_empty(block, "PublicAccessBlockConfiguration"));
        if outcome.verdict == Verdict::Drift {
            open.push(name.to_owned());
        }
        found.insert(name.to_owned(), outcome.found);
    }
    if found.is_empty() {
        return None;
    }
    let outcome = Outcome::of(open.is_empty(), Value::Object(found));
    Some(if open.is_empty() {
        outcome
    } else {
        let names = open.join(", ");
        outcome.with(format!(
            "Block Public Access is not completely on for {names}"
        ))
    })
}
