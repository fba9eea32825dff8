//! The controls of a bucket that need further requests, which an audit sends only with `--full`.
//!
//! <https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html>

use super::account::{Account, all_block, not_read};
use super::documents::{Documents, NotRead};
use super::outcome::Outcome;
use super::{Standard, Verdict};
use crate::s3::bucket::BucketStatus;
use crate::s3::{Bucket, Client, Error as S3Error};
use crate::s3_control::Control;
use crate::subresource::{self, ReadOutcome};
use crate::values::Arn;
use crate::xml::Element;
use s3_presign::endpoint::BucketName;
use serde_json::{Value, json};

/// Reads the configuration that the controls of `--full` need, and adds the outcomes to `documents`. The
/// result has the warnings about this bucket, one sentence each.
///
/// # Errors
/// Fails if the bucket does not exist, or if the server did not answer a request for the bucket.
pub(super) async fn read(
    client: &Client,
    bucket: &mut Bucket<'_>,
    account: &Account,
    standard: Option<Standard>,
    documents: &mut Documents,
) -> Result<Vec<String>, S3Error> {
    let is_in = |id: &str| Standard::has(standard, id);
    let mut warnings = Vec::new();
    if is_in("S3.7") {
        let read = configuration(bucket, &REPLICATION).await?;
        let outcome = match read {
            Ok(document) => replication(client, bucket, &document, &mut warnings).await,
            Err(why) => Outcome::not_read(why),
        };
        documents.full.insert("S3.7", outcome);
    }
    for (id, source, passes) in [
        ("S3.11", &NOTIFICATION, notifies as fn(&Element) -> Outcome),
        ("S3.15", &OBJECT_LOCK, locks),
    ] {
        if is_in(id) {
            let read = configuration(bucket, source).await?;
            let outcome = read.map_or_else(Outcome::not_read, |document| passes(&document));
            documents.full.insert(id, outcome);
        }
    }
    if is_in("S3.19")
        && let Some(outcome) = access_points(client, bucket, account).await
    {
        documents.full.insert("S3.19", outcome);
    }
    if is_in("S3.24")
        && let Some(outcome) = account.multi_region_access_points(bucket.name().as_str())
    {
        documents.full.insert("S3.24", outcome);
    }
    if standard.is_none() {
        documents.read_named(bucket, "lifecycle").await?;
        // S3.20 does not apply to a bucket with a lifecycle configuration.
        if !documents.has_lifecycle_rules() {
            documents.read_named(bucket, "versioning").await?;
        }
    }
    Ok(warnings)
}

/// A subresource that no control of this program writes.
struct Source {
    name: &'static str,
    operation: &'static str,
    action: &'static str,
    root: &'static str,
    absent_codes: &'static [&'static str],
}

const REPLICATION: Source = Source {
    name: "replication",
    operation: "GetBucketReplication",
    action: "s3:GetReplicationConfiguration",
    root: "ReplicationConfiguration",
    absent_codes: &["ReplicationConfigurationNotFoundError"],
};

const NOTIFICATION: Source = Source {
    name: "notification",
    operation: "GetBucketNotificationConfiguration",
    action: "s3:GetBucketNotification",
    root: "NotificationConfiguration",
    absent_codes: &[],
};

const OBJECT_LOCK: Source = Source {
    name: "object-lock",
    operation: "GetObjectLockConfiguration",
    action: "s3:GetBucketObjectLockConfiguration",
    root: "ObjectLockConfiguration",
    absent_codes: &["ObjectLockConfigurationNotFoundError"],
};

/// Reads a subresource. A subresource that is not configured is an empty element.
async fn configuration(
    bucket: &mut Bucket<'_>,
    source: &Source,
) -> Result<Result<Element, NotRead>, S3Error> {
    let error = match bucket.get(source.operation, source.name).await {
        Ok(response) => {
            return Ok(Element::read(source.root, &response.body).map_err(|why| {
                if subresource::is_other_operation(bucket, &why) {
                    (Verdict::Unsupported, why.to_string())
                } else {
                    (Verdict::Unknown, why.to_string())
                }
            }));
        }
        Err(error) => error,
    };
    let read = subresource::classify(bucket, error, source.absent_codes, source.action)?;
    Ok(match read {
        ReadOutcome::Unsupported(why) => Err((Verdict::Unsupported, why)),
        ReadOutcome::Denied(why) | ReadOutcome::Failed(why) => Err((Verdict::Unknown, why)),
        ReadOutcome::Nothing | ReadOutcome::Configured(_) => {
            Ok(Element::node(source.root, Vec::new()))
        }
    })
}

/// S3.11: S3 sends event notifications to a topic, a queue, a function or EventBridge.
fn notifies(document: &Element) -> Outcome {
    let kinds = [
        "TopicConfiguration",
        "QueueConfiguration",
        "CloudFunctionConfiguration",
        "EventBridgeConfiguration",
    ];
    let found: Vec<&str> = kinds
        .into_iter()
        .filter(|kind| document.child(kind).is_some())
        .collect();
    Outcome::of(!found.is_empty(), json!(found))
}

/// S3.15: Object Lock is on, with or without a default retention.
fn locks(document: &Element) -> Outcome {
    let enabled = document.text_of("ObjectLockEnabled");
    let retention = document
        .child("Rule")
        .and_then(|rule| rule.child("DefaultRetention"));
    let mode = retention.map(|retention| retention.text_of("Mode").to_owned());
    let found = json!({ "ObjectLockEnabled": enabled, "Mode": mode });
    Outcome::of(enabled == "Enabled", found)
}

/// S3.7: an enabled rule replicates to a bucket in another region. One `HeadBucket` for each target shows
/// the region and whether the target belongs to the account, because the configuration does not.
async fn replication(
    client: &Client,
    bucket: &Bucket<'_>,
    document: &Element,
    warnings: &mut Vec<String>,
) -> Outcome {
    let mut targets: Vec<Target> = Vec::new();
    let rules = document.all("Rule");
    for rule in rules.filter(|rule| rule.text_of("Status") == "Enabled") {
        let Some(destination) = rule.child("Destination") else {
            continue;
        };
        let arn = destination.text_of("Bucket").to_owned();
        if targets.iter().all(|known| known.arn != arn) {
            let account = destination.text_of("Account").to_owned();
            targets.push(Target::find(client, bucket, arn, &account).await);
        }
    }
    if bucket.endpoint().is_aws {
        warnings.extend(targets.iter().filter_map(Target::warning));
    }
    let found: Vec<Value> = targets.iter().map(Target::json).collect();
    let is_elsewhere = |target: &Target| {
        let region = target.region.as_ref();
        region.map(|region| region != bucket.region().as_str())
    };
    let passes = targets.iter().any(|it| is_elsewhere(it) == Some(true));
    let unread = targets.iter().find(|it| is_elsewhere(it).is_none());
    let mut outcome = match unread {
        Some(target) if !passes => Outcome::not_read((
            Verdict::Unknown,
            format!("the region of the target {} is unknown", target.arn),
        )),
        _ => Outcome::of(passes, json!(found)),
    };
    if !warnings.is_empty() {
        outcome = outcome.with(warnings.join("; "));
    } else if !passes && unread.is_none() && !targets.is_empty() {
        outcome = outcome.with("all targets are in the region of the bucket");
    }
    outcome
}

/// The target of a replication rule.
struct Target {
    arn: String,
    region: Option<String>,
    /// The account that the rule makes the owner of the copies, if the rule names an account.
    account: Option<String>,
    /// Whether the account of the bucket owns the target. `None` if S3 did not confirm the owner.
    is_own: Option<bool>,
}

impl Target {
    async fn find(client: &Client, bucket: &Bucket<'_>, arn: String, account: &str) -> Self {
        let own = crate::ownership::proven_account(client);
        let account = Some(account.to_owned()).filter(|account| !account.is_empty());
        let mut target = Target {
            region: None,
            is_own: match (&account, &own) {
                (Some(account), Some(own)) if account != own.as_str() => Some(false),
                _ => None,
            },
            account,
            arn,
        };
        let name = Arn::parse(&target.arn).map_or("", |arn| arn.resource);
        let Ok((name, _)) = BucketName::parse_compatible(name) else {
            return target;
        };
        let opened = Bucket::in_region(client, name, bucket.region().clone());
        let Ok(mut head) = opened else {
            return target;
        };
        head.expect_owner(own.clone());
        match head.head().await {
            Ok(BucketStatus::Accessible) => {
                target.region = Some(head.region().to_string());
                target.is_own = target.is_own.or(own.map(|_| true));
            }
            Ok(BucketStatus::Denied(answer)) => target.region = answer.region,
            // The target is missing, or its region stays unknown.
            Ok(BucketStatus::Missing) | Err(_) => {}
        }
        target
    }

    /// The warning about a target that another account owns, or may own.
    fn warning(&self) -> Option<String> {
        let arn = &self.arn;
        match (self.is_own, &self.account) {
            (Some(true), _) => None,
            (Some(false), Some(account)) => Some(format!(
                "replicates objects to {arn} of the account {account}"
            )),
            _ => Some(format!(
                "replicates objects to {arn}, and S3 does not confirm that this account owns the target"
            )),
        }
    }

    fn json(&self) -> Value {
        json!({ "Bucket": self.arn, "Account": self.account, "Region": self.region })
    }
}

/// S3.19: all access points of the bucket block public access. The control does not apply to a bucket
/// without access points.
async fn access_points(client: &Client, bucket: &Bucket<'_>, account: &Account) -> Option<Outcome> {
    let (target, id) = match account.s3_control(client, bucket.region())? {
        Ok(found) => found,
        Err(why) => return Some(Outcome::not_read(why)),
    };
    let mut control = Control {
        client,
        target,
        account: id,
    };
    let names = match control.access_points(bucket.name().as_str()).await {
        Ok(names) => names,
        Err(error) => return Some(not_read(&error, "s3:ListAccessPoints")),
    };
    let mut points = Vec::new();
    for name in names {
        match control.access_point(&name).await {
            Ok(point) => points.push((name, point)),
            Err(error) => return Some(not_read(&error, "s3:GetAccessPoint")),
        }
    }
    let blocks = points.iter().map(|(name, point)| {
        let block = point.child("PublicAccessBlockConfiguration");
        (name.as_str(), block)
    });
    all_block(blocks)
}
