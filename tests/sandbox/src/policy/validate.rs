//! Finds policies that PutBucketPolicy refuses: invalid JSON, missing elements, resources of other
//! buckets, and documents that are too long.

use s3s::{S3Error, S3Result};
use serde_json::Value;

use super::{statements, texts};
use crate::error::fail;

const MAX_BYTES: usize = 20 * 1024;

/// Parses and validates a policy for the bucket with this ARN.
///
/// # Errors
/// Fails with S3's error for a malformed policy.
pub fn parse(text: &str, bucket_arn: &str) -> S3Result<Value> {
    let not_json = || malformed("Policies must be valid JSON and the first byte must be '{'");
    if text.len() > MAX_BYTES {
        return Err(malformed(
            "Policy exceeds the maximum allowed document size.",
        ));
    }
    if !text.starts_with('{') {
        return Err(not_json());
    }
    let policy: Value = serde_json::from_str(text).map_err(|_| not_json())?;
    if policy.get("Statement").is_none() {
        return Err(malformed("Missing required field Statement"));
    }
    if let Some(version) = policy.get("Version")
        && version != "2012-10-17"
        && version != "2008-10-17"
    {
        return Err(malformed("The policy must contain a valid version string"));
    }
    if statements(&policy).next().is_none() {
        return Err(malformed("Could not parse the policy: Statement is empty!"));
    }
    for statement in statements(&policy) {
        check(statement, bucket_arn)?;
    }
    Ok(policy)
}

fn malformed(message: &'static str) -> S3Error {
    fail(400, "MalformedPolicy", message)
}

fn check(statement: &Value, bucket_arn: &str) -> S3Result<()> {
    if !statement.is_object() {
        return Err(malformed(
            "Policies must be valid JSON and the first byte must be '{'",
        ));
    }
    let effect = &statement["Effect"];
    if effect.is_null() {
        return Err(malformed("Missing required field Effect"));
    }
    if effect != "Allow" && effect != "Deny" {
        return Err(malformed(
            "Invalid effect: the effect must be Allow or Deny",
        ));
    }
    let either = |element: &str| {
        let not = format!("Not{element}");
        let found = statement
            .get(element)
            .or_else(|| statement.get(not.as_str()));
        found.filter(|value| !value.is_null())
    };
    let Some(principal) = either("Principal") else {
        return Err(malformed("Missing required field Principal"));
    };
    if !(principal == "*" || principal.as_object().is_some_and(|map| !map.is_empty())) {
        return Err(malformed("Invalid principal in policy"));
    }
    if texts(&principal["AWS"]).any(|name| !is_principal(name)) {
        return Err(malformed("Invalid principal in policy"));
    }
    let Some(actions) = either("Action") else {
        return Err(malformed("Missing required field Action"));
    };
    let is_action = |action: &str| {
        action == "*"
            || action.split_once(':').is_some_and(|(service, name)| {
                service.eq_ignore_ascii_case("s3") && !name.is_empty()
            })
    };
    if texts(actions).next().is_none() || !texts(actions).all(is_action) {
        return Err(malformed("Policy has invalid action"));
    }
    let Some(resources) = either("Resource") else {
        return Err(malformed("Missing required field Resource"));
    };
    let is_ours = |resource: &str| {
        let rest = resource.strip_prefix(bucket_arn);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest.starts_with('*'))
    };
    if texts(resources).next().is_none() || !texts(resources).all(is_ours) {
        return Err(malformed("Policy has invalid resource"));
    }
    match statement.get("Condition") {
        None | Some(Value::Object(_)) => Ok(()),
        Some(_) => Err(malformed("Policy has an invalid condition key")),
    }
}

fn is_principal(name: &str) -> bool {
    name == "*"
        || name.starts_with("arn:")
        // S3 returns a unique id (AIDA…, AROA…) instead of the ARN of a deleted user or role, and
        // PutBucketPolicy refuses such an id.
        || (name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()))
}
