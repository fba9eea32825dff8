//! Decides whether a caller may send a request, from the expected owner, the account, the bucket
//! policy, the ACL and Block Public Access. Then checks the digests of the body.

use std::sync::Arc;

use s3s::access::{S3Access, S3AccessContext};
use s3s::dto::Permission;
use s3s::{S3Request, S3Result};

use crate::acl;
use crate::call::Call;
use crate::digest;
use crate::error::{Detail, access_denied, fail};
use crate::facts::RequestFacts;
use crate::policy::{Principal, Question, Verdict, is_public, judge, like};
use crate::state::{Bucket, Store, lock};
use crate::users::{OWNER, User};

/// Whether the caller may list the bucket. If the caller may list the bucket, the response for a
/// missing key is 404, otherwise 403.
#[derive(Debug, Clone, Copy)]
pub struct MayList(pub bool);

pub struct Guard(pub Arc<Store>);

#[async_trait::async_trait]
impl S3Access for Guard {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let user = cx
            .credentials()
            .and_then(|keys| User::by_key(&keys.access_key));
        let operation = cx.s3_op().name().to_owned();
        let extensions = cx.extensions_mut();
        let Some(call) = extensions.get::<Arc<Call>>().cloned() else {
            return Err(access_denied());
        };
        let may_list = check(&self.0, &call, user, &operation)?;
        extensions.insert(may_list);
        Ok(())
    }
}

/// Authorizes one operation of a request with a valid signature, and returns whether the caller may
/// list the bucket.
pub fn check(
    store: &Store,
    call: &Call,
    user: Option<&User>,
    operation: &str,
) -> S3Result<MayList> {
    expected_owner_is_an_account(call)?;
    let mut may_list = MayList(false);
    match operation {
        "ListBuckets" | "CreateBucket" if user.is_none() => return Err(access_denied()),
        "ListBuckets" => identity(store, user, "s3:ListAllMyBuckets", "*")?,
        "CreateBucket" => {
            let arn = format!(
                "arn:aws:s3:::{}",
                call.bucket.as_deref().unwrap_or_default()
            );
            identity(store, user, "s3:CreateBucket", &arn)?;
            if call.header("x-amz-object-ownership").is_some() {
                identity(store, user, "s3:PutBucketOwnershipControls", &arn)?;
            }
        }
        _ => {
            let name = call.bucket.as_deref().unwrap_or_default();
            if let Some(bucket) = store.buckets().get(name) {
                expected_owner(call, bucket)?;
                let action = action(operation, call);
                identity(store, user, action, &bucket.arn())
                    .map_err(|error| error.header("x-amz-bucket-region", &bucket.region))?;
                decide(call, user, bucket, action, call.object_key().as_deref())?;
                policy_is_the_owners(operation, user, bucket)?;
                may_list.0 = decide(call, user, bucket, "s3:ListBucket", None).is_ok()
                    && identity(store, user, "s3:ListBucket", "").is_ok();
            } else if let Some(name) = call.bucket.as_deref() {
                // A caller without the permission gets 403, so that the response does not show
                // whether the bucket exists.
                let arn = format!("arn:aws:s3:::{name}");
                identity(store, user, action(operation, call), &arn)?;
            }
        }
    }
    digest::check(call, operation)?;
    Ok(may_list)
}

/// Checks the identity policy of [`crate::OWNER`], if a test has set one. On AWS, a bucket policy
/// without an identity policy can permit an action to a user of the same account, but the sandbox
/// does not imitate this rule.
fn identity(store: &Store, user: Option<&User>, action: &str, resource: &str) -> S3Result<()> {
    match user {
        Some(user) if !permits(store, user, action) => {
            let who = user.arn("aws");
            let why = format!(
                "User: {who} is not authorized to perform: {action} on resource: \"{resource}\" because no identity-based policy allows the {action} action"
            );
            Err(fail(403, "AccessDenied", why))
        }
        _ => Ok(()),
    }
}

/// Returns whether the identity policy of the user allows the action.
pub fn permits(store: &Store, user: &User, action: &str) -> bool {
    let allows = |pattern: &String| like(&pattern.to_lowercase(), &action.to_lowercase());
    let permitted = lock(&store.permitted);
    let patterns = permitted.as_ref().filter(|_| *user == OWNER);
    patterns.is_none_or(|patterns| patterns.iter().any(allows))
}

/// Permits or refuses an action on a bucket, or on an object in the bucket.
pub fn decide(
    call: &Call,
    user: Option<&User>,
    bucket: &Bucket,
    action: &str,
    key: Option<&str>,
) -> S3Result<()> {
    let bucket_arn = bucket.arn();
    let resource = match key {
        Some(key) => format!("{bucket_arn}/{key}"),
        None => bucket_arn,
    };
    let arn = user.map(|user| user.arn(bucket.partition()));
    let verdict = bucket
        .policy
        .as_ref()
        .map_or(Verdict::Silent, |(_, policy)| {
            let principal = match (user, &arn) {
                (Some(user), Some(arn)) => Principal::User {
                    account: user.account_id,
                    arn,
                },
                _ => Principal::Anonymous,
            };
            let facts = &RequestFacts { call, user, bucket };
            judge(
                policy,
                &Question {
                    principal,
                    action,
                    resource: &resource,
                    facts,
                },
            )
        });
    let denied = || access_denied().header("x-amz-bucket-region", &bucket.region);
    if verdict == Verdict::Deny {
        let who = arn.as_deref().unwrap_or("anonymous");
        let why = format!(
            "User: {who} is not authorized to perform: {action} on resource: \"{resource}\" with an explicit deny in a resource-based policy"
        );
        return Err(fail(403, "AccessDenied", why).header("x-amz-bucket-region", &bucket.region));
    }
    if user.is_some_and(|user| user.account_id == bucket.owner.account_id) {
        return Ok(());
    }
    let public = bucket
        .policy
        .as_ref()
        .is_some_and(|(_, policy)| is_public(policy));
    let restricted = public && bucket.blocks(|block| block.restrict_public_buckets);
    if verdict == Verdict::Allow && !restricted {
        return Ok(());
    }
    if acl_allows(user, bucket, action, key) {
        Ok(())
    } else {
        Err(denied())
    }
}

fn acl_allows(user: Option<&User>, bucket: &Bucket, action: &str, key: Option<&str>) -> bool {
    let (on_object, permission) = match action {
        "s3:ListBucket" | "s3:ListBucketVersions" | "s3:ListBucketMultipartUploads" => {
            (false, Permission::READ)
        }
        "s3:PutObject" | "s3:DeleteObject" => (false, Permission::WRITE),
        "s3:GetBucketAcl" => (false, Permission::READ_ACP),
        "s3:PutBucketAcl" => (false, Permission::WRITE_ACP),
        "s3:GetObject" | "s3:GetObjectVersion" => (true, Permission::READ),
        _ => return false,
    };
    let acl = if on_object {
        let versions = key.and_then(|key| bucket.objects.get(key));
        match versions.and_then(|versions| versions.last()) {
            Some(version) => &version.acl,
            None => return false,
        }
    } else {
        &bucket.acl
    };
    let ignored = acl::is_public(acl) && bucket.blocks(|block| block.ignore_public_acls);
    !bucket.acls_disabled() && !ignored && acl::allows(acl, user, permission)
}

/// Returns the IAM action that an operation needs.
fn action(operation: &str, call: &Call) -> &'static str {
    let versioned = call.query("versionId").is_some();
    match operation {
        "GetPublicAccessBlock" => "s3:GetBucketPublicAccessBlock",
        "PutPublicAccessBlock" | "DeletePublicAccessBlock" => "s3:PutBucketPublicAccessBlock",
        "GetBucketEncryption" => "s3:GetEncryptionConfiguration",
        "PutBucketEncryption" => "s3:PutEncryptionConfiguration",
        "GetBucketLifecycleConfiguration" => "s3:GetLifecycleConfiguration",
        "PutBucketLifecycleConfiguration" => "s3:PutLifecycleConfiguration",
        "GetBucketOwnershipControls" => "s3:GetBucketOwnershipControls",
        "PutBucketOwnershipControls" => "s3:PutBucketOwnershipControls",
        "GetBucketPolicy" => "s3:GetBucketPolicy",
        "PutBucketPolicy" => "s3:PutBucketPolicy",
        "GetBucketPolicyStatus" => "s3:GetBucketPolicyStatus",
        "GetBucketVersioning" => "s3:GetBucketVersioning",
        "PutBucketVersioning" => "s3:PutBucketVersioning",
        "GetBucketLogging" => "s3:GetBucketLogging",
        "PutBucketLogging" => "s3:PutBucketLogging",
        "GetBucketTagging" => "s3:GetBucketTagging",
        "PutBucketTagging" => "s3:PutBucketTagging",
        "GetBucketCors" => "s3:GetBucketCORS",
        "PutBucketCors" => "s3:PutBucketCORS",
        "GetBucketWebsite" => "s3:GetBucketWebsite",
        "PutBucketWebsite" => "s3:PutBucketWebsite",
        "GetBucketReplication" => "s3:GetReplicationConfiguration",
        "GetBucketNotificationConfiguration" => "s3:GetBucketNotification",
        "GetObjectLockConfiguration" => "s3:GetBucketObjectLockConfiguration",
        "GetBucketAcl" => "s3:GetBucketAcl",
        "PutBucketAcl" => "s3:PutBucketAcl",
        "DeleteBucket" => "s3:DeleteBucket",
        "HeadBucket" | "ListObjectsV2" => "s3:ListBucket",
        "ListObjectVersions" => "s3:ListBucketVersions",
        "ListMultipartUploads" => "s3:ListBucketMultipartUploads",
        "ListParts" => "s3:ListMultipartUploadParts",
        "AbortMultipartUpload" => "s3:AbortMultipartUpload",
        "GetObject" | "HeadObject" if versioned => "s3:GetObjectVersion",
        "GetObject" | "HeadObject" => "s3:GetObject",
        "DeleteObject" if versioned => "s3:DeleteObjectVersion",
        "DeleteObject" => "s3:DeleteObject",
        "GetObjectTagging" => "s3:GetObjectTagging",
        "PutObject"
        | "PostObject"
        | "CreateMultipartUpload"
        | "UploadPart"
        | "CompleteMultipartUpload" => "s3:PutObject",
        _ => "s3:Unknown",
    }
}

/// Returns an error if a user of another account reads, writes or deletes the bucket policy. S3
/// permits requests for the bucket policy only to the bucket owner's account, even if the policy
/// permits them to other accounts.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>
fn policy_is_the_owners(operation: &str, user: Option<&User>, bucket: &Bucket) -> S3Result<()> {
    let is_about_the_policy =
        ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"].contains(&operation);
    let is_owner = user.is_some_and(|user| user.account_id == bucket.owner.account_id);
    if is_about_the_policy && !is_owner {
        return Err(fail(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        ));
    }
    Ok(())
}

fn expected_owner_is_an_account(call: &Call) -> S3Result<()> {
    match call.header("x-amz-expected-bucket-owner") {
        Some(account)
            if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Err(fail(
                400,
                "InvalidBucketOwnerAWSAccountID",
                format!(
                    "The value of the expected bucket owner parameter must be an AWS Account ID... [{account}]"
                ),
            ))
        }
        _ => Ok(()),
    }
}

fn expected_owner(call: &Call, bucket: &Bucket) -> S3Result<()> {
    match call.header("x-amz-expected-bucket-owner") {
        Some(account) if account != bucket.owner.account_id => {
            Err(access_denied().header("x-amz-bucket-region", &bucket.region))
        }
        _ => Ok(()),
    }
}

/// Returns the parsed HTTP request, and its caller (`None` if the request is anonymous).
pub fn parties<T>(req: &S3Request<T>) -> S3Result<(Arc<Call>, Option<&'static User>)> {
    let call = req
        .extensions
        .get::<Arc<Call>>()
        .cloned()
        .ok_or_else(access_denied)?;
    let user = req
        .credentials
        .as_ref()
        .and_then(|keys| User::by_key(&keys.access_key));
    Ok((call, user))
}
