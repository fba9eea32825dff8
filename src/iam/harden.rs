//! The actions that bootstrap needs on a bucket and on its log bucket.

use super::trail;
use crate::controls::{self, Settings};
use serde_json::{Value, json};

/// Returns the actions that bootstrap needs on the bucket itself.
pub(super) fn to_harden(settings: &Settings, is_aws: bool) -> Vec<&'static str> {
    let mut actions = vec!["s3:CreateBucket", "s3:ListBucket"];
    if is_aws && !settings.tags.is_empty() {
        // A CreateBucket request with tags needs the action s3:TagResource. If IAM denies this
        // action, bootstrap sets the tags after it has created the bucket.
        actions.push("s3:TagResource");
    }
    for group in trail::of_bucket(controls::wanted(settings)) {
        let subresource = group.subresource;
        actions.extend([subresource.read_action, subresource.write_action]);
        if subresource.name == "lifecycle" && is_aws && !settings.versioning {
            // Bootstrap reads the versioning state before it writes lifecycle rules, because S3
            // rejects lifecycle rules while MFA delete is on.
            actions.push("s3:GetBucketVersioning");
        }
        if settings.mfa_delete.is_some() && subresource.name == "versioning" {
            // Bootstrap switches MFA delete on only if the bucket has no lifecycle rules.
            actions.push("s3:GetLifecycleConfiguration");
        }
        if subresource.name == "publicAccessBlock" {
            // Bootstrap needs these actions to check for public access before it switches Block
            // Public Access on.
            actions.extend([
                "s3:GetBucketPolicyStatus",
                "s3:GetBucketAcl",
                "s3:GetBucketWebsite",
            ]);
        }
    }
    actions
}

/// Returns the read actions for an existing log bucket, with which the program verifies the owner
/// of the log bucket and checks whether S3 can deliver logs to it.
pub(super) fn to_read_logs(settings: &Settings) -> Vec<&'static str> {
    let is_read = settings.logging.is_some() && !settings.skips("access-logging");
    let actions = [
        "s3:ListBucket",
        "s3:GetBucketPolicy",
        "s3:GetEncryptionConfiguration",
        "s3:GetBucketOwnershipControls",
    ];
    if is_read {
        actions.to_vec()
    } else {
        Vec::new()
    }
}

/// Returns the ARN of the log bucket, or `null` if the settings request no access logging.
pub(super) fn log_arn(settings: &Settings) -> Value {
    let logging = settings.logging.as_ref();
    json!(logging.map(|logging| settings.arn_of(&logging.bucket)))
}
