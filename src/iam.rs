//! The least IAM policy for a command: the actions of the calls it makes, on what it makes them on.
//!
//! Action names are those of AWS's service model; what IAM does not know it takes in silence, so a test
//! holds them against a list taken from there.

use crate::controls::{self, Settings};
use crate::values::KmsKey;
use serde_json::{Value, json};

/// What the policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task<'a> {
    /// Make and harden the bucket; URLs for this key, if any.
    Bootstrap {
        /// The object of the two URLs.
        key: Option<&'a [u8]>,
    },
    /// Read every control; with `all`, list the account's buckets.
    Audit {
        /// Whether buckets are listed.
        all: bool,
    },
    /// Prove the controls with real requests.
    Verify {
        /// Whether a public policy is tried.
        policy: bool,
    },
    /// Sign URLs to download: this key, or any.
    PresignGet {
        /// The object.
        key: Option<&'a [u8]>,
        /// Whether a version is named.
        version: bool,
    },
    /// Sign URLs to upload: this key, or any.
    PresignPut {
        /// The object.
        key: Option<&'a [u8]>,
        /// Whether objects are tagged.
        tag: bool,
    },
}

/// The policy, in the bucket's partition. `log_bucket` is one that bootstrap makes and hardens too. Off
/// AWS (`is_aws`), whose a bucket is comes from `ListBuckets`: see [`crate::ownership`].
#[must_use]
pub fn policy(
    task: Task<'_>,
    settings: &Settings,
    log_bucket: Option<&Settings>,
    is_aws: bool,
) -> Value {
    let mut statements = Vec::new();
    let mut allow = |sid: &str, actions: Vec<&str>, resource: Value| {
        if !actions.is_empty() {
            statements.push(json!({
                "Sid": sid,
                "Effect": "Allow",
                "Action": actions,
                "Resource": resource,
            }));
        }
    };
    let bucket = json!(settings.bucket_arn());
    let object = |key: Option<&[u8]>| json!(object_arn(settings, key));
    let kms = |actions: &[&'static str]| match &settings.kms_key {
        Some(_) => actions.to_vec(),
        None => Vec::new(),
    };
    let key_arn = json!(settings.kms_key.as_ref().map(KmsKey::as_str));
    match task {
        Task::Bootstrap { key } => {
            allow("Harden", to_harden(settings, is_aws), bucket);
            if let Some(key) = key {
                allow(
                    "Exchange",
                    vec!["s3:GetObject", "s3:PutObject"],
                    object(Some(key)),
                );
                allow("Key", kms(&["kms:Decrypt", "kms:GenerateDataKey"]), key_arn);
            }
            if let Some(log) = log_bucket {
                allow(
                    "HardenLogs",
                    to_harden(log, is_aws),
                    json!(log.bucket_arn()),
                );
            }
            allow("List", to_list(is_aws), json!("*"));
        }
        Task::Audit { all } => {
            let mut actions = Vec::new();
            if !all {
                actions.push("s3:ListBucket");
            }
            for group in controls::wanted(settings) {
                actions.push(group.subresource.read_action);
            }
            allow("List", to_list(is_aws && !all), json!("*"));
            if all {
                allow(
                    "Read",
                    actions,
                    json!(format!("arn:{}:s3:::*", settings.partition)),
                );
            } else {
                allow("Read", actions, bucket);
            }
        }
        Task::Verify { policy } => {
            let probes = format!("{}/.s3-secure-bucket/*", settings.bucket_arn());
            // What is to be refused must be refused by the bucket, not for want of a permission.
            let mut actions = vec![
                "s3:GetObject",
                "s3:PutObject",
                "s3:PutObjectAcl",
                "s3:DeleteObject",
            ];
            let mut on_bucket = vec!["s3:ListBucket"];
            if policy {
                on_bucket.extend(["s3:GetBucketPolicy", "s3:PutBucketPolicy"]);
            }
            if settings.versioning {
                actions.extend(["s3:GetObjectVersion", "s3:DeleteObjectVersion"]);
                on_bucket.push("s3:ListBucketVersions");
            }
            allow("Look", on_bucket, bucket);
            allow("Probe", actions, json!(probes));
            allow("List", to_list(is_aws), json!("*"));
            allow("Key", kms(&["kms:Decrypt", "kms:GenerateDataKey"]), key_arn);
        }
        Task::PresignGet { key, version } => {
            let action = if version {
                "s3:GetObjectVersion"
            } else {
                "s3:GetObject"
            };
            allow("Download", vec![action], object(key));
            allow("Key", kms(&["kms:Decrypt"]), key_arn);
        }
        Task::PresignPut { key, tag } => {
            let mut actions = vec!["s3:PutObject"];
            if tag {
                actions.push("s3:PutObjectTagging");
            }
            allow("Upload", actions, object(key));
            allow("Key", kms(&["kms:GenerateDataKey"]), key_arn);
        }
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The actions of bootstrap on the bucket itself.
fn to_harden(settings: &Settings, is_aws: bool) -> Vec<&'static str> {
    let mut actions = vec!["s3:CreateBucket", "s3:ListBucket"];
    if is_aws && !settings.tags.is_empty() {
        // For those in the create itself; without it, the bucket is tagged afterwards.
        actions.push("s3:TagResource");
    }
    for group in controls::wanted(settings) {
        let subresource = group.subresource;
        actions.extend([subresource.read_action, subresource.write_action]);
        if subresource.name == "publicAccessBlock" {
            // Before it is switched on for a bucket that somebody uses.
            actions.extend([
                "s3:GetBucketPolicyStatus",
                "s3:GetBucketAcl",
                "s3:GetBucketWebsite",
            ]);
        }
    }
    actions
}

/// The action that shows, off AWS, which buckets belong to the caller.
fn to_list(is_aws: bool) -> Vec<&'static str> {
    if is_aws {
        Vec::new()
    } else {
        vec!["s3:ListAllMyBuckets"]
    }
}

/// `arn:aws:s3:::BUCKET/KEY`, in which IAM takes `*`, `?` and `$` for themselves only as `${*}` …
fn object_arn(settings: &Settings, key: Option<&[u8]>) -> String {
    let mut arn = format!("{}/", settings.bucket_arn());
    let Some(key) = key else {
        return arn + "*";
    };
    for c in String::from_utf8_lossy(key).chars() {
        match c {
            '*' | '?' | '$' => arn += &format!("${{{c}}}"),
            // Not UTF-8: any character will do.
            char::REPLACEMENT_CHARACTER => arn.push('?'),
            c => arn.push(c),
        }
    }
    arn
}

#[cfg(test)]
mod tests {
    use super::*;
    use s3_presign::endpoint::BucketName;

    fn settings() -> Settings {
        Settings::new(BucketName::parse("drop-box").unwrap(), "aws-cn")
    }

    #[test]
    fn only_what_is_called_is_allowed_and_only_where() {
        let key: &[u8] = b"in/*.txt";
        let with_key = Settings {
            kms_key: "arn:aws-cn:kms:cn-north-1:111122223333:key/1".parse().ok(),
            skip: vec!["encryption".to_owned(), "ownership-controls".to_owned()],
            ..settings()
        };
        assert_eq!(
            policy(Task::Bootstrap { key: Some(key) }, &with_key, None, true),
            json!({"Version": "2012-10-17", "Statement": [
                {"Sid": "Harden", "Effect": "Allow", "Action": [
                    "s3:CreateBucket", "s3:ListBucket",
                    "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock", "s3:GetBucketPolicyStatus",
                    "s3:GetBucketAcl", "s3:GetBucketWebsite",
                    "s3:GetBucketPolicy", "s3:PutBucketPolicy"
                ], "Resource": "arn:aws-cn:s3:::drop-box"},
                {"Sid": "Exchange", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws-cn:s3:::drop-box/in/${*}.txt"},
                {"Sid": "Key", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "arn:aws-cn:kms:cn-north-1:111122223333:key/1"},
            ]})
        );
        assert_eq!(
            policy(
                Task::PresignPut {
                    key: None,
                    tag: false
                },
                &settings(),
                None,
                true,
            )["Statement"],
            json!([{"Sid": "Upload", "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "arn:aws-cn:s3:::drop-box/*"}])
        );
    }

    #[test]
    fn an_audit_may_write_nothing() {
        let read = policy(Task::Audit { all: true }, &settings(), None, true).to_string();
        assert!(
            !read.contains("s3:Put") && !read.contains("s3:Create"),
            "{read}"
        );
        assert!(read.contains("s3:ListAllMyBuckets") && read.contains("s3:GetBucketPolicy"));
    }
    #[test]
    fn off_aws_the_buckets_of_the_caller_are_listed() {
        for task in [
            Task::Bootstrap { key: None },
            Task::Audit { all: false },
            Task::Verify { policy: false },
        ] {
            let list = json!({"Sid": "List", "Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": "*"});
            for is_aws in [true, false] {
                let policy = policy(task, &settings(), None, is_aws);
                let statements = policy["Statement"].as_array().unwrap();
                assert_eq!(statements.contains(&list), !is_aws, "{task:?}");
            }
        }
    }
}
