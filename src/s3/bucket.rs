//! The S3 calls that concern one bucket.
//!
//! This file never sends a DELETE, or a PUT with an empty body, to a subresource. A server that
//! does not know the subresource would delete or create the bucket, as Ceph does for some
//! subresources.

mod multipart;
mod object;
mod objects;

pub use multipart::StartedUpload;
pub use objects::{ListedObject, ObjectPage};

use super::client::{Call, Client, other_region};
use super::error::{Error, ErrorResponse, Kind};
use super::target::Target;
use crate::http::Response;
use crate::values::Tag;
use crate::xml::{self, Element};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use s3_presign::AccountId;
use s3_presign::endpoint::{BucketName, Endpoint, EndpointError, Region};

/// A bucket and the [`Client`] that sends the calls.
#[derive(Debug)]
pub struct Bucket<'a> {
    client: &'a Client,
    name: BucketName,
    target: Target,
}

/// The result of `HeadBucket`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketStatus {
    /// The bucket exists, and the credentials have access to the bucket.
    Accessible,
    /// The bucket does not exist.
    Missing,
    /// S3 denied the request, because another account owns the bucket or because a permission is
    /// missing.
    Denied(ErrorResponse),
}

/// Options of `CreateBucket`.
#[derive(Debug, Clone, Default)]
pub struct CreateOptions {
    /// Whether to create the bucket with ACLs disabled. This option affects only requests to AWS.
    pub object_ownership_enforced: bool,
    /// Whether to create the bucket in the namespace of the account, where no other account can use
    /// the same name.
    pub account_regional: bool,
    /// Whether the call fails if the server answers that the bucket belongs to a different region.
    pub keep_region: bool,
    /// The tags that AWS sets in the same call, because the policy of an organization may require
    /// tags for new buckets.
    pub tags: Vec<Tag>,
}

/// The result of `CreateBucket`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateOutcome {
    /// S3 created the bucket.
    Created,
    /// S3 answered that your account already owns the bucket.
    AlreadyYours,
    /// The server requires this region instead of the requested region.
    OtherRegion(Region),
    /// A bucket with this name exists. Some servers also answer "already exists" for a bucket of
    /// your own account, so only `HeadBucket` shows the owner.
    AlreadyExists(ErrorResponse),
}

impl<'a> Bucket<'a> {
    /// Returns a bucket in the configured region. Later answers of S3 may change the region.
    ///
    /// # Errors
    /// Fails if the endpoint does not support buckets with this name.
    pub fn new(client: &'a Client, name: BucketName) -> Result<Self, EndpointError> {
        Self::in_region(client, name, client.config.region.clone())
    }

    /// Returns a bucket in a known region.
    ///
    /// # Errors
    /// Fails if the endpoint does not support buckets with this name.
    pub fn in_region(
        client: &'a Client,
        name: BucketName,
        region: Region,
    ) -> Result<Self, EndpointError> {
        Ok(Bucket {
            client,
            target: Target::bucket(&client.config, name.clone(), region)?,
            name,
        })
    }

    /// The bucket's name.
    #[must_use]
    pub fn name(&self) -> &BucketName {
        &self.name
    }

    /// Returns the region for which requests are signed.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.target.region
    }

    /// Returns the endpoint that receives the requests.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.target.endpoint
    }

    /// Whether this run created the bucket.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.target.is_fresh
    }

    /// Sets the account that must own the bucket. Every later call except `create` sends the
    /// expected account, and S3 rejects the call if another account owns the bucket. With `None`,
    /// no call sends an account.
    pub fn expect_owner(&mut self, account: Option<AccountId>) {
        self.target.owner = account;
    }

    /// Marks the bucket as new. Later calls retry the answer "no such bucket", because a new bucket
    /// may not be visible yet.
    pub fn mark_fresh(&mut self) {
        self.target.is_fresh = true;
    }

    /// Sends `HeadBucket`. The IAM action is `s3:ListBucket`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>
    pub async fn head(&mut self) -> Result<BucketStatus, Error> {
        let call = Call {
            operation: "HeadBucket",
            method: "HEAD",
            ..Call::default()
        };
        match self.call(&call).await {
            Ok(_) => Ok(BucketStatus::Accessible),
            Err(error) => match error.response() {
                Some(answer) if answer.status == 404 => Ok(BucketStatus::Missing),
                Some(answer) if answer.is_denied() => Ok(BucketStatus::Denied(answer.clone())),
                _ => Err(error),
            },
        }
    }

    /// Sends one GET to find out why S3 refused `HeadBucket`, because an answer to HEAD has no
    /// body. The GET is `ListObjectsV2` with `max-keys=0`, which needs the same permission,
    /// `s3:ListBucket`.
    ///
    /// # Errors
    /// Fails if the server does not accept the credentials or the region. If the status of the HEAD
    /// was 400, this method fails for every error of the GET.
    pub async fn explain_refusal(&mut self, head: ErrorResponse) -> Result<BucketStatus, Error> {
        let call = Call {
            operation: "HeadBucket",
            method: "GET",
            query: "list-type=2&max-keys=0".to_owned(),
            answer_limit: Some(64 << 10),
            once: true,
            ..Call::default()
        };
        let is_denied = head.is_denied();
        let error = match self.call(&call).await {
            Ok(_) if is_denied => return Ok(BucketStatus::Denied(head)),
            Ok(_) => return Ok(BucketStatus::Accessible),
            Err(error) => error,
        };
        match error.response() {
            Some(answer) if answer.refuses_credentials() => Err(error),
            Some(answer) if answer.is_denied() => Ok(BucketStatus::Denied(answer.clone())),
            Some(answer) if answer.status == 404 && !is_denied => Ok(BucketStatus::Missing),
            Some(answer) if is_denied && answer.code == "RequestTimeTooSkewed" => Err(error),
            _ if is_denied => Ok(BucketStatus::Denied(head)),
            Some(answer) if !answer.code.is_empty() => Err(error),
            _ => Err(Error {
                operation: call.operation,
                kind: Kind::Response(head),
            }),
        }
    }

    /// Sends `CreateBucket`. The IAM action is `s3:CreateBucket`; on AWS, the call also needs
    /// `s3:PutBucketOwnershipControls`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
    ///
    /// Tags also need the IAM action `s3:TagResource`. If S3 denies the call with tags, this method
    /// creates the bucket without tags.
    pub async fn create(&mut self, options: &CreateOptions) -> Result<CreateOutcome, Error> {
        let call = self.create_call(options);
        let mut result = self.call(&call).await;
        let has_tags = !options.tags.is_empty() && self.endpoint().is_aws;
        if let Err(error) = &result
            && has_tags
            && error
                .response()
                .is_some_and(|answer| answer.code == "AccessDenied")
        {
            let options = CreateOptions {
                tags: Vec::new(),
                ..options.clone()
            };
            result = self.call(&self.create_call(&options)).await;
        }
        match result {
            // An HTML page as answer does not come from S3, so no bucket was created.
            Ok(response) if xml::root_element(&response.body) == Err(xml::DecodeError::Html) => {
                Err(Error::unreadable(call.operation, xml::DecodeError::Html))
            }
            Ok(_) => Ok(CreateOutcome::Created),
            Err(error) => match error.response() {
                Some(answer) if answer.code == "BucketAlreadyOwnedByYou" => {
                    Ok(CreateOutcome::AlreadyYours)
                }
                Some(answer) if answer.code == "BucketAlreadyExists" => {
                    Ok(CreateOutcome::AlreadyExists(answer.clone()))
                }
                Some(answer) if options.keep_region => {
                    match other_region(answer, &self.target.region) {
                        Some(named) => Ok(CreateOutcome::OtherRegion(named)),
                        None => Err(error),
                    }
                }
                _ => Err(error),
            },
        }
    }

    /// Returns the request. Without `LocationConstraint`, the request means the region us-east-1.
    /// On AWS, a header disables ACLs from the creation on; other servers may reject that header.
    fn create_call(&self, options: &CreateOptions) -> Call {
        let endpoint = self.endpoint();
        let mut call = Call {
            operation: "CreateBucket",
            method: "PUT",
            keep_region: options.keep_region,
            ..Call::default()
        };
        let mut header = |name: &str, value: &str| {
            call.headers.push((name.to_owned(), value.to_owned()));
        };
        if endpoint.is_aws && options.object_ownership_enforced {
            header("x-amz-object-ownership", "BucketOwnerEnforced");
        }
        if options.account_regional || (endpoint.is_aws && self.name.is_account_regional()) {
            header("x-amz-bucket-namespace", "account-regional");
        }
        let mut configuration = Vec::new();
        if endpoint.signing_region != "us-east-1" {
            configuration.push(Element::leaf("LocationConstraint", self.region()));
        }
        if endpoint.is_aws && !options.tags.is_empty() {
            let tag = |tag: &Tag| {
                let parts = [("Key", tag.key()), ("Value", tag.value())];
                Element::node(
                    "Tag",
                    parts.map(|(name, text)| Element::leaf(name, text)).into(),
                )
            };
            let tags = options.tags.iter().map(tag).collect();
            configuration.push(Element::node("Tags", tags));
        }
        if !configuration.is_empty() {
            call.body = Element::node("CreateBucketConfiguration", configuration).write();
        }
        call
    }

    /// Sends `GET ?subresource`.
    pub async fn get(
        &mut self,
        operation: &'static str,
        subresource: &'static str,
    ) -> Result<Response, Error> {
        let call = Call {
            operation,
            method: "GET",
            query: subresource.to_owned(),
            answer_limit: Some(answer_limit(subresource)),
            ..Call::default()
        };
        self.call(&call).await
    }

    /// Sends `PUT ?subresource` with `Content-MD5`, which S3 requires and all servers support.
    /// `header` is the name and the value of an additional header.
    ///
    /// # Panics
    /// Panics if the body is empty, because some servers would create the bucket, as the comment at
    /// the start of this file explains.
    pub async fn put(
        &mut self,
        operation: &'static str,
        subresource: &'static str,
        content_type: &'static str,
        body: Vec<u8>,
        header: Option<(&'static str, String)>,
    ) -> Result<Response, Error> {
        assert!(
            !body.is_empty(),
            "an empty PUT ?{subresource} could create a bucket"
        );
        let md5 = BASE64.encode(Md5::digest(&body));
        let mut headers = vec![
            ("content-type".into(), content_type.into()),
            ("content-md5".into(), md5),
        ];
        headers.extend(header.map(|(name, value)| (name.to_owned(), value)));
        let call = Call {
            operation,
            method: "PUT",
            query: subresource.to_owned(),
            headers,
            body,
            ..Call::default()
        };
        self.call(&call).await
    }

    /// Sends `GetBucketPolicyStatus` and returns whether the bucket policy is public. The IAM
    /// action is `s3:GetBucketPolicyStatus`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html>
    pub async fn is_policy_public(&mut self) -> Result<bool, Error> {
        const OPERATION: &str = "GetBucketPolicyStatus";
        let response = self.get(OPERATION, "policyStatus").await?;
        let is_public = Element::read("PolicyStatus", &response.body)
            .and_then(|status| Ok(status.text("IsPublic")?.unwrap_or_default().to_owned()))
            .map_err(|why| Error::unreadable(OPERATION, why))?;
        // The comparison ignores the case, because some servers answer `TRUE` in upper case.
        Ok(is_public.eq_ignore_ascii_case("true"))
    }

    async fn call(&mut self, call: &Call) -> Result<Response, Error> {
        self.client.send(&mut self.target, call).await
    }
}

/// Returns the maximum size of a configuration that the program accepts, in bytes. S3 allows 20 KB
/// for a policy; other servers may allow more.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>
fn answer_limit(subresource: &str) -> usize {
    match subresource {
        // A thousand lifecycle rules, each with a filter and actions, have less than 1 MiB.
        "lifecycle" => 1 << 20,
        // S3 allows 64 KB for CORS rules, and the answer may be formatted.
        "cors" => 256 << 10,
        _ => 64 << 10,
    }
}

#[cfg(test)]
mod tests;
