//! The operations CreateBucket, HeadBucket, DeleteBucket and ListBuckets.

use http::{HeaderMap, HeaderValue};
use s3s::dto::{
    DeleteBucketInput, DeleteBucketOutput, HeadBucketInput, HeadBucketOutput, ListBucketsInput,
    ListBucketsOutput, Owner, PublicAccessBlockConfiguration, Tag,
};
use s3s::{S3Error, S3Request, S3Response, S3Result};

use crate::acl;
use crate::call::Call;
use crate::config::check_tags;
use crate::encryption::Encryption;
use crate::error::{Detail, access_denied, fail, invalid_argument};
use crate::signature::is_region;
use crate::state::{Bucket, ENFORCED, Store, find};
use crate::users::{User, canonical_id};

const OWNERSHIPS: [&str; 3] = [ENFORCED, "BucketOwnerPreferred", "ObjectWriter"];

/// The settings in a CreateBucket request.
pub struct Creation<'a> {
    pub call: &'a Call,
    pub user: &'static User,
    pub constraint: Option<String>,
    pub tags: Vec<Tag>,
}

/// Creates a bucket and returns the headers of the response.
pub fn create(store: &Store, creation: Creation<'_>) -> S3Result<HeaderMap> {
    let Creation {
        call,
        user,
        constraint,
        tags,
    } = creation;
    let name = call.bucket.as_deref().unwrap_or_default();
    check_name(name)?;
    check_namespace(call, user, name)?;
    let region = region(store, call, constraint.as_deref())?;
    check_tags(&tags, &[])?;
    let ownership = call.header("x-amz-object-ownership").map(str::to_owned);
    if let Some(ownership) = ownership
        .as_deref()
        .filter(|value| !OWNERSHIPS.contains(value))
    {
        let message = format!("Invalid x-amz-object-ownership header: {ownership}");
        return Err(invalid_argument(
            message,
            "x-amz-object-ownership",
            ownership,
        ));
    }
    let mut bucket = Bucket::bare(name, user, &region, store.now());
    bucket.tags.clone_from(&tags);
    bucket.ownership = ownership;
    if store.aws_defaults {
        bucket.public_access_block = Some(all_blocked());
        bucket.encryption = Some(Encryption::aws_default());
        bucket.ownership.get_or_insert_with(|| ENFORCED.to_owned());
    }
    if let Some(acl) = acl::requested(&call.headers, user)? {
        if bucket.acls_disabled() && acl::opens(&acl, user) {
            return Err(acl_with_enforced());
        }
        bucket.acl = acl;
    }
    if call.header("x-amz-bucket-object-lock-enabled") == Some("true") {
        bucket.versioning = Some("Enabled".to_owned());
    }

    let location = match &constraint {
        Some(_) => format!("http://{name}.s3.amazonaws.com/"),
        None => format!("/{name}"),
    };
    let arn = bucket.arn();
    let mut buckets = store.buckets();
    match buckets.get_mut(name) {
        Some(present) if present.owner != user => {
            return Err(fail(409, "BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.").field("BucketName", name));
        }
        // In us-east-1, AWS answers 200 if the owner creates the same bucket again, and resets the
        // ACL of the bucket.
        Some(present)
            if present.region == "us-east-1" && constraint.is_none() && tags.is_empty() =>
        {
            present.acl = bucket.acl;
        }
        Some(_) => {
            return Err(fail(409, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.").field("BucketName", name));
        }
        None => {
            buckets.insert(name.to_owned(), bucket);
        }
    }
    let mut headers = HeaderMap::new();
    for (name, value) in [("location", location), ("x-amz-bucket-arn", arn)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    Ok(headers)
}

pub fn all_blocked() -> PublicAccessBlockConfiguration {
    PublicAccessBlockConfiguration {
        block_public_acls: Some(true),
        block_public_policy: Some(true),
        ignore_public_acls: Some(true),
        restrict_public_buckets: Some(true),
    }
}

pub fn acl_with_enforced() -> S3Error {
    fail(
        400,
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    )
}

fn check_name(name: &str) -> S3Result<()> {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    let allowed = |byte: &u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
    };
    let good = (3..=63).contains(&name.len())
        && bytes.iter().all(allowed)
        && edge(bytes.first())
        && edge(bytes.last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !["xn--", "sthree-", "amzn-s3-demo-"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
            .iter()
            .any(|suffix| name.ends_with(suffix));
    if good {
        return Ok(());
    }
    Err(fail(
        400,
        "InvalidBucketName",
        "The specified bucket is not valid.",
    )
    .field("BucketName", name))
}

/// Checks names such as `PREFIX-ACCOUNT-REGION-an`, with which only the account ACCOUNT may create
/// a bucket.
fn check_namespace(call: &Call, user: &User, name: &str) -> S3Result<()> {
    let region = call
        .claim
        .as_ref()
        .map_or("us-east-1", |claim| claim.region());
    let suffix = format!("-{}-{region}-an", user.account_id);
    let regional = match call.header("x-amz-bucket-namespace") {
        Some("account-regional") => true,
        Some("global") | None => false,
        Some(other) => {
            return Err(invalid_argument(
                "Invalid x-amz-bucket-namespace header",
                "x-amz-bucket-namespace",
                other,
            ));
        }
    };
    if regional && !name.ends_with(&suffix) {
        return Err(fail(
            400,
            "InvalidNamespaceHeader",
            format!(
                "The requested bucket name did not include the account-regional namespace suffix, but the provided x-amz-bucket-namespace header value is account-regional. Specify {suffix} as the bucket name suffix to create a bucket in your account-regional namespace, or remove the header."
            ),
        ));
    }
    if !regional && name.ends_with("-an") {
        return Err(fail(
            400,
            "InvalidBucketName",
            "The specified bucket is not valid.",
        )
        .field("BucketName", name));
    }
    Ok(())
}

/// Returns the region of a new bucket, which is the region of the signature.
fn region(store: &Store, call: &Call, constraint: Option<&str>) -> S3Result<String> {
    let signed = call
        .claim
        .as_ref()
        .map_or("us-east-1", |claim| claim.region());
    let asked = match constraint {
        Some("EU") => Some("eu-west-1"),
        other => other,
    };
    let incompatible = |what: &str| {
        fail(
            400,
            "IllegalLocationConstraintException",
            format!(
                "The {what} location constraint is incompatible for the region specific endpoint this request was sent to."
            ),
        )
    };
    match asked {
        None if signed == "us-east-1" || signed == store.region => Ok(signed.to_owned()),
        None => Err(incompatible("unspecified")),
        Some(asked) if asked == "us-east-1" || (signed == "us-east-1" && !is_region(asked)) => {
            Err(fail(
                400,
                "InvalidLocationConstraint",
                "The specified location-constraint is not valid",
            )
            .field("LocationConstraint", asked))
        }
        Some(asked) if asked == signed => Ok(signed.to_owned()),
        Some(_) => Err(incompatible(constraint.unwrap_or_default())),
    }
}

pub fn head(
    store: &Store,
    req: S3Request<HeadBucketInput>,
) -> S3Result<S3Response<HeadBucketOutput>> {
    store.with(&req.input.bucket, |bucket| {
        let mut response = S3Response::new(HeadBucketOutput {
            access_point_alias: Some(false),
            bucket_region: Some(bucket.region.clone()),
            ..HeadBucketOutput::default()
        });
        if let Ok(arn) = HeaderValue::try_from(bucket.arn()) {
            response.headers.insert("x-amz-bucket-arn", arn);
        }
        let xml_type = HeaderValue::from_static("application/xml");
        response
            .headers
            .insert(http::header::CONTENT_TYPE, xml_type);
        Ok(response)
    })
}

pub fn delete(
    store: &Store,
    req: S3Request<DeleteBucketInput>,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    let name = &req.input.bucket;
    let mut buckets = store.buckets();
    let bucket = find(&mut buckets, name)?;
    if !bucket.objects.is_empty() {
        let message = match bucket.versioning {
            Some(_) => {
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
            }
            None => "The bucket you tried to delete is not empty",
        };
        return Err(fail(409, "BucketNotEmpty", message).field("BucketName", name));
    }
    buckets.remove(name);
    Ok(S3Response::new(DeleteBucketOutput::default()))
}

pub fn list(
    store: &Store,
    req: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let user = req
        .credentials
        .as_ref()
        .and_then(|keys| User::by_key(&keys.access_key));
    let user = user.ok_or_else(access_denied)?;
    let input = req.input;
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after = input.continuation_token.as_deref().unwrap_or_default();
    let in_region = |bucket: &Bucket| {
        let region = input.bucket_region.as_ref();
        region.is_none_or(|region| *region == bucket.region)
    };
    let most = match input.max_buckets {
        None => store.page.unwrap_or(10_000),
        Some(most @ 1..=10_000) => usize::try_from(most).unwrap_or_default(),
        Some(most) => {
            let message = "Argument max-buckets must be an integer between 1 and 10000";
            return Err(invalid_argument(message, "max-buckets", &most.to_string()));
        }
    };
    let mut buckets: Vec<s3s::dto::Bucket> = store
        .buckets()
        .values()
        .filter(|bucket| bucket.owner == user && bucket.name.starts_with(prefix))
        .filter(|bucket| in_region(bucket) && bucket.name.as_str() > after)
        .take(most + 1)
        .map(|bucket| s3s::dto::Bucket {
            bucket_region: Some(bucket.region.clone()),
            creation_date: Some(bucket.created.into()),
            name: Some(bucket.name.clone()),
        })
        .collect();
    // The sandbox uses the last bucket name of the page as the continuation token. Clients must not
    // interpret continuation tokens.
    let has_more = buckets.len() > most;
    buckets.truncate(most);
    let last = buckets.last().and_then(|bucket| bucket.name.clone());
    Ok(S3Response::new(ListBucketsOutput {
        buckets: Some(buckets),
        owner: Some(Owner {
            display_name: None,
            id: Some(canonical_id(user.account_id)),
        }),
        continuation_token: last.filter(|_| has_more),
        prefix: input.prefix,
    }))
}
