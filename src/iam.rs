//! Returns the minimal IAM policy for a command, with the actions and resources of the requests
//! that the command sends.
//!
//! IAM silently accepts unknown action names, so a test compares the names in this module with a
//! list from AWS's service model.

mod full_audit;
mod harden;
mod joined;
mod key_policy;
mod object_arn;
mod trail;

use harden::{log_arn, to_harden, to_read_logs};
pub use joined::{for_buckets, joined};
pub use key_policy::key_policy;
pub(crate) use object_arn::object_arn;
use object_arn::objects_arn;

use crate::controls::{self, Settings};
use crate::values::KmsKey;
use serde_json::{Value, json};

/// The command for which the policy grants permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Task<'a> {
    /// `bootstrap`: creates and hardens a bucket, and presigns URLs for an object.
    Bootstrap {
        /// The key of the object for which the command presigns URLs. `None` if the command
        /// presigns no URLs.
        key: Option<&'a [u8]>,
    },
    /// `audit`: reads the configuration of each control.
    Audit {
        /// Whether the command lists the account's buckets and audits all of them.
        all: bool,
        /// The names of the subresources that the command reads for a standard, such as `policy`. `None`
        /// reads the subresources of the requested controls.
        subresources: Option<&'a [&'a str]>,
        /// The actions of the further requests that the command sends with `--full`, or nothing.
        full: &'a [&'a str],
    },
    /// `verify`: tests the controls with requests to the bucket.
    Verify {
        /// Whether the command tests that S3 rejects a public policy.
        policy: bool,
    },
    /// `list`: lists the objects that arrived.
    List {
        /// Whether the command reads the receipts of deliveries.
        receipts: bool,
        /// Whether the caller names an expected owner. On servers other than AWS, the command verifies
        /// the owner with `ListBuckets`.
        owner: bool,
    },
    /// Presigns URLs for downloads.
    PresignGet {
        /// The key of the object. `None` allows all objects of the bucket.
        key: Option<&'a [u8]>,
        /// Whether `key` is a prefix, so that the policy allows every key that begins with it.
        is_prefix: bool,
        /// Whether the URL downloads a named version of the object.
        version: bool,
    },
    /// Publishes an upload page and its link.
    Request {
        /// The prefix of all deliveries. `None` allows all objects of the bucket.
        prefix: Option<&'a [u8]>,
        /// Whether the page sends one file in parts, because the file may be larger than a form allows.
        in_parts: bool,
    },
    /// Revokes presigned URLs and links.
    Revoke {
        /// The key of the object. `None` allows all objects of the bucket.
        key: Option<&'a [u8]>,
        /// Whether `key` is a prefix, so that the policy allows every key that begins with it.
        is_prefix: bool,
    },
    /// Presigns URLs or forms for uploads.
    PresignPut {
        /// The key of the object. `None` allows all objects of the bucket.
        key: Option<&'a [u8]>,
        /// Whether `key` is a prefix, so that the policy allows every key that begins with it.
        is_prefix: bool,
        /// Whether the upload sets tags.
        tag: bool,
    },
    /// Begins a multipart upload and presigns the URLs of its requests.
    PresignMultipart {
        /// The key of the object. `None` allows all objects of the bucket.
        key: Option<&'a [u8]>,
        /// Whether `key` is a prefix, so that the policy allows every key that begins with it.
        is_prefix: bool,
        /// Whether the upload sets tags.
        tag: bool,
    },
}

/// Returns the policy as JSON, with ARNs in the bucket's partition.
///
/// `log_bucket` has the settings of a log bucket, if bootstrap also creates and hardens one. On
/// servers other than AWS (`is_aws` is `false`), the policy allows `ListBuckets`, with which the
/// program verifies the owner of a bucket; see [`crate::ownership`].
#[must_use]
#[allow(clippy::too_many_lines)] // The function has one branch for each command.
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
    let objects = |key, is_prefix| json!(objects_arn(settings, key, is_prefix));
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
                    objects(Some(key), false),
                );
                allow("Key", kms(&["kms:Decrypt", "kms:GenerateDataKey"]), key_arn);
            }
            match log_bucket {
                Some(log) => allow(
                    "HardenLogs",
                    to_harden(log, is_aws),
                    json!(log.bucket_arn()),
                ),
                None => allow("ReadLogs", to_read_logs(settings), log_arn(settings)),
            }
            allow("List", to_list(is_aws), json!("*"));
            for (sid, actions, resource) in trail::statements(settings, true) {
                allow(sid, actions, resource);
            }
        }
        Task::Audit {
            all,
            subresources,
            full,
        } => {
            let mut actions = Vec::new();
            let groups = match subresources {
                Some(names) => controls::groups(|it| names.contains(&it.info().subresource.name)),
                None => trail::of_bucket(controls::wanted_or_of_access(settings)),
            };
            // The rule for upload pages is required only if the bucket has such pages.
            let lists = groups
                .iter()
                .any(|group| group.subresource.name == "lifecycle");
            if !all || (lists && subresources.is_none()) {
                actions.push("s3:ListBucket");
            }
            for group in groups {
                actions.push(group.subresource.read_action);
                // Who has access depends on these, too.
                match group.subresource.name {
                    "policy" => actions.push("s3:GetBucketPolicyStatus"),
                    "ownershipControls" => actions.push("s3:GetBucketAcl"),
                    _ => {}
                }
            }
            let on_account = full_audit::add(&mut actions, full);
            allow("ReadAccount", on_account, json!("*"));
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
            if subresources.is_none() {
                allow("ReadLogs", to_read_logs(settings), log_arn(settings));
                for (sid, actions, resource) in trail::statements(settings, false) {
                    allow(sid, actions, resource);
                }
            }
        }
        Task::Verify { policy } => {
            let probes = format!("{}/.s3-secure-bucket/*", settings.bucket_arn());
            // The policy allows the actions of the denied probes, because the bucket must reject
            // these probes. Without permissions for the probes, IAM would reject the probes before
            // the bucket could.
            let mut actions = vec![
                "s3:GetObject",
                "s3:PutObject",
                "s3:PutObjectAcl",
                "s3:DeleteObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            ];
            let mut on_bucket = vec!["s3:ListBucket", "s3:ListBucketMultipartUploads"];
            if policy {
                on_bucket.extend(["s3:GetBucketPolicy", "s3:PutBucketPolicy"]);
            }
            if !settings.cors_origins.is_empty() {
                on_bucket.push("s3:GetBucketCORS");
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
        Task::Request { prefix, in_parts } => {
            let mut on_bucket = vec!["s3:ListBucket"];
            for group in trail::of_bucket(controls::wanted(settings)) {
                on_bucket.push(group.subresource.read_action);
            }
            on_bucket.extend([
                "s3:GetLifecycleConfiguration",
                "s3:GetBucketPolicyStatus",
                "s3:GetBucketAcl",
            ]);
            allow("Look", on_bucket, bucket);
            let pages = format!("{}/.s3-secure-bucket/pages/*", settings.bucket_arn());
            let on_page = vec![
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
            ];
            allow("Page", on_page, json!(pages));
            let mut files = object_arn(settings, prefix);
            if prefix.is_some() {
                files.push('*');
            }
            let mut on_files = vec!["s3:PutObject"];
            if in_parts {
                // The page lists the parts and reads the size of the object.
                on_files.extend([
                    "s3:ListMultipartUploadParts",
                    "s3:AbortMultipartUpload",
                    "s3:GetObject",
                ]);
            }
            allow("Upload", on_files, json!(files));
            allow("List", to_list(is_aws), json!("*"));
            allow("Key", kms(&["kms:Decrypt", "kms:GenerateDataKey"]), key_arn);
        }
        Task::List { receipts, owner } => {
            allow("Look", vec!["s3:ListBucket"], bucket);
            if receipts {
                let all = format!("{}/*/receipt.json", settings.bucket_arn());
                allow("Receipts", vec!["s3:GetObject"], json!(all));
                allow("Key", kms(&["kms:Decrypt"]), key_arn);
            }
            allow("List", to_list(is_aws || !owner), json!("*"));
        }
        Task::Revoke { key, is_prefix } => {
            let on_bucket = vec![
                "s3:ListBucket",
                "s3:GetBucketPolicy",
                "s3:PutBucketPolicy",
                "s3:ListBucketMultipartUploads",
            ];
            allow("Look", on_bucket, bucket);
            // The program proves the revocation with a presigned GET, and finds the folder of a link in its
            // page.
            let pages = format!("{}/.s3-secure-bucket/pages/*", settings.bucket_arn());
            allow(
                "Page",
                vec!["s3:GetObject", "s3:DeleteObject"],
                json!(pages),
            );
            let on_files = vec!["s3:GetObject", "s3:AbortMultipartUpload"];
            allow("Prove", on_files, objects(key, is_prefix));
            allow("List", to_list(is_aws), json!("*"));
            allow("Key", kms(&["kms:Decrypt"]), key_arn);
        }
        Task::PresignGet {
            key,
            is_prefix,
            version,
        } => {
            let action = if version {
                "s3:GetObjectVersion"
            } else {
                "s3:GetObject"
            };
            allow("Download", vec![action], objects(key, is_prefix));
            allow("Key", kms(&["kms:Decrypt"]), key_arn);
        }
        Task::PresignPut {
            key,
            is_prefix,
            tag,
        } => {
            let mut actions = vec!["s3:PutObject"];
            if tag {
                actions.push("s3:PutObjectTagging");
            }
            allow("Upload", actions, objects(key, is_prefix));
            allow("Key", kms(&["kms:GenerateDataKey"]), key_arn);
        }
        Task::PresignMultipart {
            key,
            is_prefix,
            tag,
        } => {
            // HeadObject, with which the client finds out whether the upload is complete, needs
            // s3:GetObject.
            let mut actions = vec![
                "s3:PutObject",
                "s3:ListMultipartUploadParts",
                "s3:AbortMultipartUpload",
                "s3:GetObject",
            ];
            if tag {
                actions.push("s3:PutObjectTagging");
            }
            allow("Look", vec!["s3:ListBucket"], bucket);
            allow("Upload", actions, objects(key, is_prefix));
            allow("List", to_list(is_aws), json!("*"));
            allow("Key", kms(&["kms:Decrypt", "kms:GenerateDataKey"]), key_arn);
        }
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Returns the action that lists the caller's buckets. On servers other than AWS, the program
/// verifies the owner of a bucket with the list of the caller's buckets.
fn to_list(is_aws: bool) -> Vec<&'static str> {
    if is_aws {
        Vec::new()
    } else {
        vec!["s3:ListAllMyBuckets"]
    }
}

#[cfg(test)]
mod tests;
