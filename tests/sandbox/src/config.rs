//! Operations on the configuration of a bucket: Block Public Access, object ownership, policy,
//! versioning, tags.

use http::HeaderValue;
use s3s::dto::{
    BucketVersioningStatus, DeletePublicAccessBlockInput, DeletePublicAccessBlockOutput,
    GetBucketOwnershipControlsInput, GetBucketOwnershipControlsOutput, GetBucketPolicyInput,
    GetBucketPolicyOutput, GetBucketPolicyStatusInput, GetBucketPolicyStatusOutput,
    GetBucketTaggingInput, GetBucketTaggingOutput, GetBucketVersioningInput,
    GetBucketVersioningOutput, GetPublicAccessBlockInput, GetPublicAccessBlockOutput,
    MFADeleteStatus, ObjectOwnership, OwnershipControls, OwnershipControlsRule, PolicyStatus,
    PublicAccessBlockConfiguration, PutBucketOwnershipControlsInput,
    PutBucketOwnershipControlsOutput, PutBucketPolicyInput, PutBucketPolicyOutput,
    PutBucketTaggingInput, PutBucketTaggingOutput, PutBucketVersioningInput,
    PutBucketVersioningOutput, PutPublicAccessBlockInput, PutPublicAccessBlockOutput, Tag,
};
use s3s::{S3Request, S3Response, S3Result};

use crate::acl;
use crate::bucket::acl_with_enforced;
use crate::error::{Detail, fail, malformed_xml};
use crate::policy;
use crate::state::{ENFORCED, Store, lock};
use crate::users::{MFA_DEVICE, ROOT, User};

pub fn get_public_access_block(
    store: &Store,
    req: S3Request<GetPublicAccessBlockInput>,
) -> S3Result<S3Response<GetPublicAccessBlockOutput>> {
    store.with(&req.input.bucket, |bucket| {
        let Some(block) = bucket.public_access_block.clone() else {
            return Err(fail(
                404,
                "NoSuchPublicAccessBlockConfiguration",
                "The public access block configuration was not found",
            )
            .field("BucketName", &bucket.name));
        };
        Ok(S3Response::new(GetPublicAccessBlockOutput {
            public_access_block_configuration: Some(block),
        }))
    })
}

pub fn put_public_access_block(
    store: &Store,
    req: S3Request<PutPublicAccessBlockInput>,
) -> S3Result<S3Response<PutPublicAccessBlockOutput>> {
    let asked = req.input.public_access_block_configuration;
    // If the request does not contain a setting, the sandbox turns the setting off, and later
    // responses show the setting as off.
    let block = PublicAccessBlockConfiguration {
        block_public_acls: Some(asked.block_public_acls.unwrap_or(false)),
        block_public_policy: Some(asked.block_public_policy.unwrap_or(false)),
        ignore_public_acls: Some(asked.ignore_public_acls.unwrap_or(false)),
        restrict_public_buckets: Some(asked.restrict_public_buckets.unwrap_or(false)),
    };
    store.with(&req.input.bucket, |bucket| {
        bucket.public_access_block = Some(block);
        Ok(S3Response::new(PutPublicAccessBlockOutput::default()))
    })
}

pub fn delete_public_access_block(
    store: &Store,
    req: S3Request<DeletePublicAccessBlockInput>,
) -> S3Result<S3Response<DeletePublicAccessBlockOutput>> {
    store.with(&req.input.bucket, |bucket| {
        bucket.public_access_block = None;
        Ok(S3Response::new(DeletePublicAccessBlockOutput::default()))
    })
}

pub fn get_ownership(
    store: &Store,
    req: S3Request<GetBucketOwnershipControlsInput>,
) -> S3Result<S3Response<GetBucketOwnershipControlsOutput>> {
    store.with(&req.input.bucket, |bucket| {
        let Some(ownership) = bucket.ownership.clone() else {
            return Err(fail(
                404,
                "OwnershipControlsNotFoundError",
                "The bucket ownership controls were not found",
            )
            .field("BucketName", &bucket.name));
        };
        let rule = OwnershipControlsRule {
            object_ownership: ObjectOwnership::from(ownership),
        };
        Ok(S3Response::new(GetBucketOwnershipControlsOutput {
            ownership_controls: Some(OwnershipControls { rules: vec![rule] }),
        }))
    })
}

pub fn put_ownership(
    store: &Store,
    req: S3Request<PutBucketOwnershipControlsInput>,
) -> S3Result<S3Response<PutBucketOwnershipControlsOutput>> {
    let [rule] = req.input.ownership_controls.rules.as_slice() else {
        return Err(malformed_xml());
    };
    let ownership = rule.object_ownership.as_str();
    if ![ENFORCED, "BucketOwnerPreferred", "ObjectWriter"].contains(&ownership) {
        return Err(malformed_xml());
    }
    store.with(&req.input.bucket, |bucket| {
        if ownership == ENFORCED && acl::opens(&bucket.acl, bucket.owner) {
            return Err(acl_with_enforced());
        }
        bucket.ownership = Some(ownership.to_owned());
        Ok(S3Response::new(PutBucketOwnershipControlsOutput::default()))
    })
}

pub fn get_policy(
    store: &Store,
    req: S3Request<GetBucketPolicyInput>,
) -> S3Result<S3Response<GetBucketPolicyOutput>> {
    store.with(&req.input.bucket, |bucket| {
        let Some((text, _)) = bucket.policy.clone() else {
            return Err(no_policy(&bucket.name));
        };
        let mut response = S3Response::new(GetBucketPolicyOutput { policy: Some(text) });
        let json = HeaderValue::from_static("application/json");
        response.headers.insert(http::header::CONTENT_TYPE, json);
        Ok(response)
    })
}

fn no_policy(name: &str) -> s3s::S3Error {
    fail(
        404,
        "NoSuchBucketPolicy",
        "The bucket policy does not exist",
    )
    .field("BucketName", name)
}

pub fn put_policy(
    store: &Store,
    req: S3Request<PutBucketPolicyInput>,
) -> S3Result<S3Response<PutBucketPolicyOutput>> {
    let user = req
        .credentials
        .as_ref()
        .and_then(|keys| User::by_key(&keys.access_key));
    store.with(&req.input.bucket, |bucket| {
        let parsed = policy::parse(&req.input.policy, &bucket.arn())?;
        if bucket.blocks(|block| block.block_public_policy) && policy::is_public(&parsed) {
            let who = user.map_or_else(|| "anonymous".to_owned(), |user| user.arn(bucket.partition()));
            let arn = bucket.arn();
            return Err(fail(403, "AccessDenied", format!("User: {who} is not authorized to perform: s3:PutBucketPolicy on resource: \"{arn}\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.")));
        }
        bucket.policy = Some((req.input.policy.clone(), parsed));
        Ok(S3Response::with_status(PutBucketPolicyOutput::default(), http::StatusCode::NO_CONTENT))
    })
}

pub fn get_policy_status(
    store: &Store,
    req: S3Request<GetBucketPolicyStatusInput>,
) -> S3Result<S3Response<GetBucketPolicyStatusOutput>> {
    store.with(&req.input.bucket, |bucket| {
        let Some((_, policy)) = &bucket.policy else {
            return Err(no_policy(&bucket.name));
        };
        let is_public = Some(policy::is_public(policy));
        Ok(S3Response::new(GetBucketPolicyStatusOutput {
            policy_status: Some(PolicyStatus { is_public }),
        }))
    })
}

pub fn get_versioning(
    store: &Store,
    req: S3Request<GetBucketVersioningInput>,
) -> S3Result<S3Response<GetBucketVersioningOutput>> {
    store.with(&req.input.bucket, |bucket| {
        let status = bucket.versioning.clone().map(BucketVersioningStatus::from);
        Ok(S3Response::new(GetBucketVersioningOutput {
            mfa_delete: bucket
                .mfa_delete
                .then(|| MFADeleteStatus::from_static(MFADeleteStatus::ENABLED)),
            status,
        }))
    })
}

pub fn put_versioning(
    store: &Store,
    req: S3Request<PutBucketVersioningInput>,
) -> S3Result<S3Response<PutBucketVersioningOutput>> {
    let asked = &req.input.versioning_configuration;
    let status = match asked.status.as_ref().map(BucketVersioningStatus::as_str) {
        None => {
            return Err(fail(
                400,
                "IllegalVersioningConfigurationException",
                "The Versioning element must be specified",
            ));
        }
        Some(status @ ("Enabled" | "Suspended")) => status.to_owned(),
        Some(_) => return Err(malformed_xml()),
    };
    let mfa = asked
        .mfa_delete
        .as_ref()
        .map(|mfa| mfa.as_str() == "Enabled");
    let has_code = has_code(store, &req);
    store.with(&req.input.bucket, |bucket| {
        if !has_code && (bucket.mfa_delete || mfa == Some(true)) {
            let message = if bucket.mfa_delete {
                "Mfa Authentication must be used for this request"
            } else {
                "Mfa Authentication must accompany a request to change MFA Delete"
            };
            return Err(fail(403, "AccessDenied", message));
        }
        bucket.mfa_delete = mfa.unwrap_or(bucket.mfa_delete);
        bucket.versioning = Some(status);
        Ok(S3Response::new(PutBucketVersioningOutput::default()))
    })
}

/// Whether the root user sent the request, with a code of the MFA device that was not used before.
fn has_code(store: &Store, req: &S3Request<PutBucketVersioningInput>) -> bool {
    let header = req.headers.get("x-amz-mfa");
    let value = header.and_then(|value| value.to_str().ok());
    let code = value.and_then(|value| value.strip_prefix(MFA_DEVICE)?.strip_prefix(' '));
    let user = (req.credentials.as_ref()).and_then(|keys| User::by_key(&keys.access_key));
    let is_code = |code: &&str| code.len() == 6 && code.starts_with('1');
    match code.filter(is_code) {
        Some(code) if user == Some(&ROOT) => lock(&store.used_codes).insert(code.to_owned()),
        _ => false,
    }
}

/// Checks the tags of a bucket: no key may occur twice. A request must repeat the system tags
/// (`aws:…`) of a bucket unchanged, and must not add system tags.
pub fn check_tags(tags: &[Tag], before: &[Tag]) -> S3Result<()> {
    let mut keys: Vec<&str> = tags.iter().filter_map(|tag| tag.key.as_deref()).collect();
    if keys.len() != tags.len() || tags.iter().any(|tag| tag.value.is_none()) {
        return Err(malformed_xml());
    }
    let is_system = |tag: &&Tag| {
        tag.key
            .as_deref()
            .is_some_and(|key| key.starts_with("aws:"))
    };
    let system_tag = |tag: &Tag, message: &'static str| {
        let key = tag.key.as_deref().unwrap_or_default();
        fail(400, "InvalidTag", message).field("TagKey", key)
    };
    if let Some(tag) = tags
        .iter()
        .filter(is_system)
        .find(|tag| !before.contains(tag))
    {
        let message = "System tags cannot be added/updated by requester";
        return Err(system_tag(tag, message));
    }
    if let Some(tag) = before
        .iter()
        .filter(is_system)
        .find(|tag| !tags.contains(tag))
    {
        return Err(system_tag(
            tag,
            "System tags cannot be removed by requester",
        ));
    }
    if let Some(key) = keys
        .iter()
        .find(|key| key.is_empty() || key.chars().count() > 128)
    {
        return Err(
            fail(400, "InvalidTag", "The TagKey you have provided is invalid").field("TagKey", key),
        );
    }
    keys.sort_unstable();
    if let Some(twice) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(fail(
            400,
            "InvalidTag",
            "Cannot provide multiple Tags with the same key",
        )
        .field("TagKey", twice[0]));
    }
    Ok(())
}

pub fn get_tagging(
    store: &Store,
    req: S3Request<GetBucketTaggingInput>,
) -> S3Result<S3Response<GetBucketTaggingOutput>> {
    store.with(&req.input.bucket, |bucket| {
        if bucket.tags.is_empty() {
            return Err(fail(404, "NoSuchTagSet", "The TagSet does not exist")
                .field("BucketName", &bucket.name));
        }
        Ok(S3Response::new(GetBucketTaggingOutput {
            tag_set: bucket.tags.clone(),
        }))
    })
}

pub fn put_tagging(
    store: &Store,
    req: S3Request<PutBucketTaggingInput>,
) -> S3Result<S3Response<PutBucketTaggingOutput>> {
    store.with(&req.input.bucket, |bucket| {
        check_tags(&req.input.tagging.tag_set, &bucket.tags)?;
        bucket.tags = req.input.tagging.tag_set;
        Ok(S3Response::with_status(
            PutBucketTaggingOutput::default(),
            http::StatusCode::NO_CONTENT,
        ))
    })
}
