//! ACLs: canned ACLs, grants in headers, the effect of grants, and buckets with disabled ACLs.

use http::HeaderMap;
use s3s::dto::{
    AccessControlPolicy, GetBucketAclInput, GetBucketAclOutput, Grant, Grantee, Owner, Permission,
    PutBucketAclInput, PutBucketAclOutput, Type,
};
use s3s::{S3Request, S3Response, S3Result};

use crate::error::{access_denied, fail, invalid_argument};
use crate::state::{Bucket, Store};
use crate::users::{User, canonical_id};

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";
const OWNER_ONLY: &str = "bucket-owner-full-control";

fn to_account(account: &str, permission: &'static str) -> Grant {
    grant(
        Type::CANONICAL_USER,
        Some(canonical_id(account)),
        None,
        permission,
    )
}

fn to_group(uri: &str, permission: &'static str) -> Grant {
    grant(Type::GROUP, None, Some(uri.to_owned()), permission)
}

fn grant(
    kind: &'static str,
    id: Option<String>,
    uri: Option<String>,
    permission: &'static str,
) -> Grant {
    Grant {
        grantee: Some(Grantee {
            display_name: None,
            email_address: None,
            id,
            type_: Type::from_static(kind),
            uri,
        }),
        permission: Some(Permission::from_static(permission)),
    }
}

pub fn private(owner: &User) -> Vec<Grant> {
    vec![to_account(owner.account_id, Permission::FULL_CONTROL)]
}

/// Returns the ACL in the headers of a request, or `None` if the headers contain no ACL.
pub fn requested(headers: &HeaderMap, owner: &User) -> S3Result<Option<Vec<Grant>>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(canned) = text("x-amz-acl") {
        let mut acl = private(owner);
        match canned {
            "private" | OWNER_ONLY | "bucket-owner-read" | "aws-exec-read" => {}
            "public-read" => acl.push(to_group(ALL_USERS, Permission::READ)),
            "public-read-write" => {
                acl.push(to_group(ALL_USERS, Permission::READ));
                acl.push(to_group(ALL_USERS, Permission::WRITE));
            }
            "authenticated-read" => acl.push(to_group(AUTHENTICATED, Permission::READ)),
            "log-delivery-write" => {
                acl.push(to_group(LOG_DELIVERY, Permission::WRITE));
                acl.push(to_group(LOG_DELIVERY, Permission::READ_ACP));
            }
            other => return Err(invalid_argument("", "x-amz-acl", other)),
        }
        return Ok(Some(acl));
    }
    let mut acl = Vec::new();
    for (header, permission) in [
        ("x-amz-grant-full-control", Permission::FULL_CONTROL),
        ("x-amz-grant-read", Permission::READ),
        ("x-amz-grant-read-acp", Permission::READ_ACP),
        ("x-amz-grant-write", Permission::WRITE),
        ("x-amz-grant-write-acp", Permission::WRITE_ACP),
    ] {
        for grantee in text(header).unwrap_or_default().split(',') {
            match grantee.trim().split_once('=') {
                Some(("uri", uri)) => acl.push(to_group(uri.trim_matches('"'), permission)),
                Some((_, id)) => {
                    let id = Some(id.trim_matches('"').to_owned());
                    acl.push(grant(Type::CANONICAL_USER, id, None, permission));
                }
                None => {}
            }
        }
    }
    Ok((!acl.is_empty()).then_some(acl))
}

fn group(grant: &Grant) -> Option<&str> {
    grant.grantee.as_ref()?.uri.as_deref()
}

pub fn is_public(acl: &[Grant]) -> bool {
    acl.iter()
        .any(|grant| matches!(group(grant), Some(ALL_USERS | AUTHENTICATED)))
}

/// Returns whether the log-delivery group may write to this bucket and read its ACL.
pub fn delivers_logs(acl: &[Grant]) -> bool {
    [Permission::WRITE, Permission::READ_ACP]
        .iter()
        .all(|wanted| {
            acl.iter().any(|grant| {
                let given = grant.permission.as_ref().map(Permission::as_str);
                group(grant) == Some(LOG_DELIVERY)
                    && (given == Some(*wanted) || given == Some(Permission::FULL_CONTROL))
            })
        })
}

/// Returns whether an ACL has a grant to a grantee other than the owner.
pub fn opens(acl: &[Grant], owner: &User) -> bool {
    let own = canonical_id(owner.account_id);
    acl.iter().any(|grant| {
        grant
            .grantee
            .as_ref()
            .and_then(|grantee| grantee.id.as_deref())
            != Some(&own)
    })
}

/// Returns whether an ACL gives `permission` to this user. `None` is an anonymous caller.
pub fn allows(acl: &[Grant], user: Option<&User>, permission: &str) -> bool {
    let id = user.map(|user| canonical_id(user.account_id));
    acl.iter().any(|grant| {
        let given = grant.permission.as_ref().map(Permission::as_str);
        let fits = given == Some(permission) || given == Some(Permission::FULL_CONTROL);
        let named = match group(grant) {
            Some(ALL_USERS) => true,
            Some(AUTHENTICATED) => user.is_some(),
            Some(_) => false,
            None => {
                id.is_some()
                    && grant
                        .grantee
                        .as_ref()
                        .and_then(|grantee| grantee.id.clone())
                        == id
            }
        };
        fits && named
    })
}

/// Returns the ACL of a new object or bucket. Returns an error if ACLs are disabled, or if the ACL
/// is public and public ACLs are blocked.
pub fn for_new(bucket: &Bucket, headers: &HeaderMap) -> S3Result<Vec<Grant>> {
    let acl = requested(headers, bucket.owner)?;
    let canned = headers
        .get("x-amz-acl")
        .and_then(|value| value.to_str().ok());
    match acl {
        None => Ok(private(bucket.owner)),
        Some(_) if bucket.acls_disabled() && canned != Some(OWNER_ONLY) => Err(not_supported()),
        Some(acl) if is_public(&acl) && bucket.blocks(|block| block.block_public_acls) => {
            Err(access_denied())
        }
        Some(acl) => Ok(acl),
    }
}

fn not_supported() -> s3s::S3Error {
    fail(
        400,
        "AccessControlListNotSupported",
        "The bucket does not allow ACLs",
    )
}

/// Returns the ACL that a `PUT ?acl` request sets, from its headers or its body.
fn for_put(
    bucket: &Bucket,
    headers: &HeaderMap,
    body: Option<AccessControlPolicy>,
) -> S3Result<Vec<Grant>> {
    let in_headers = requested(headers, bucket.owner)?.is_some();
    let Some(body) = body.filter(|_| !in_headers) else {
        if in_headers {
            return for_new(bucket, headers);
        }
        return Err(fail(
            400,
            "MissingSecurityHeader",
            "Your request was missing a required header",
        ));
    };
    let acl = body.grants.unwrap_or_default();
    if bucket.acls_disabled() && opens(&acl, bucket.owner) {
        return Err(not_supported());
    }
    if is_public(&acl) && bucket.blocks(|block| block.block_public_acls) {
        return Err(access_denied());
    }
    Ok(acl)
}

fn owner(bucket: &Bucket) -> Owner {
    Owner {
        display_name: None,
        id: Some(canonical_id(bucket.owner.account_id)),
    }
}

fn shown(bucket: &Bucket, acl: &[Grant]) -> Vec<Grant> {
    if bucket.acls_disabled() {
        private(bucket.owner)
    } else {
        acl.to_vec()
    }
}

pub fn get_bucket_acl(
    store: &Store,
    req: S3Request<GetBucketAclInput>,
) -> S3Result<S3Response<GetBucketAclOutput>> {
    store.with(&req.input.bucket, |bucket| {
        Ok(S3Response::new(GetBucketAclOutput {
            grants: Some(shown(bucket, &bucket.acl)),
            owner: Some(owner(bucket)),
        }))
    })
}

pub fn put_bucket_acl(
    store: &Store,
    req: S3Request<PutBucketAclInput>,
) -> S3Result<S3Response<PutBucketAclOutput>> {
    store.with(&req.input.bucket, |bucket| {
        bucket.acl = for_put(bucket, &req.headers, req.input.access_control_policy)?;
        Ok(S3Response::new(PutBucketAclOutput::default()))
    })
}
