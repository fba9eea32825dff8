//! The calls on one bucket.
//!
//! This file sends no DELETE and no PUT with an empty body to a subresource. A server that does not know the
//! subresource (such as Ceph for some subresources) would delete or create the bucket.

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

/// A bucket, and the calls on it through a [`Client`].
#[derive(Debug)]
pub struct Bucket<'a> {
    client: &'a Client,
    name: BucketName,
    target: Target,
}

/// The result of `HeadBucket`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketStatus {
    /// The bucket exists, and these credentials may use it.
    Accessible,
    /// There is no such bucket.
    Missing,
    /// S3 denied the request: another account may own the bucket, or a permission is missing.
    Denied(ErrorResponse),
}

/// Options of `CreateBucket`.
#[derive(Debug, Clone, Default)]
pub struct CreateOptions {
    /// Creates the bucket with ACLs disabled. This option affects only requests to AWS.
    pub object_ownership_enforced: bool,
    /// Creates the bucket in the account's own namespace, where no other account can take the name.
    pub account_regional: bool,
    /// Fails if the server names another region for the bucket.
    pub keep_region: bool,
    /// Tags that AWS sets in the same call, because an organisation's policy may demand them.
    pub tags: Vec<Tag>,
}

/// The result of `CreateBucket`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateOutcome {
    /// The bucket was created.
    Created,
    /// S3 answered that your account already owns the bucket.
    AlreadyYours,
    /// The server names this region instead of the requested one.
    OtherRegion(Region),
    /// The name is taken. Only `HeadBucket` shows who owns the bucket, because some servers give this answer
    /// for your own bucket.
    AlreadyExists(ErrorResponse),
}

impl<'a> Bucket<'a> {
    /// A bucket in the configured region, unless S3 names a different one later.
    ///
    /// # Errors
    /// The endpoint cannot address a bucket with this name.
    pub fn new(client: &'a Client, name: BucketName) -> Result<Self, EndpointError> {
        Self::in_region(client, name, client.config.region.clone())
    }

    /// A bucket whose region is known.
    ///
    /// # Errors
    /// The endpoint cannot address a bucket with this name.
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

    /// The region for which requests are signed.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.target.region
    }

    /// The endpoint to which requests go.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.target.endpoint
    }

    /// Whether this run created the bucket.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.target.is_fresh
    }

    /// Sets the account that must own the bucket. Every later call except create sends it; with `None`, no
    /// call does.
    pub fn expect_owner(&mut self, account: Option<AccountId>) {
        self.target.owner = account;
    }

    /// Marks the bucket as new: later calls retry on "no such bucket", which is eventual consistency.
    pub fn mark_fresh(&mut self) {
        self.target.is_fresh = true;
    }

    /// `HeadBucket`: IAM `s3:ListBucket`.
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

    /// Asks with one GET why `HeadBucket` was refused, because an answer to HEAD has no body. `ListObjectsV2`
    /// for no object needs the same permission, `s3:ListBucket`.
    ///
    /// # Errors
    /// The server does not accept the credentials or the region. If HEAD was answered with 400, any failure
    /// is an error.
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

    /// `CreateBucket`: IAM `s3:CreateBucket`, on AWS `s3:PutBucketOwnershipControls` too.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
    ///
    /// Tags also need `s3:TagResource`. If S3 denies the tags, the bucket is created without tags.
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
            // An answer with a body such as an HTML page does not come from S3, so no bucket was created.
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

    /// A request without `LocationConstraint` means us-east-1. On AWS the bucket is created with ACLs
    /// disabled, so they are never enabled; other servers may reject that header.
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

    /// `GET ?subresource`.
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

    /// `PUT ?subresource`, with `Content-MD5`, which S3 requires and every server supports. `header` is one
    /// more header, as name and value.
    ///
    /// # Panics
    /// The body is empty. The comment at the start of this file gives the reason for this check.
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

    /// `GetBucketPolicyStatus`: IAM `s3:GetBucketPolicyStatus`. Whether the bucket policy is public.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html>
    pub async fn is_policy_public(&mut self) -> Result<bool, Error> {
        const OPERATION: &str = "GetBucketPolicyStatus";
        let response = self.get(OPERATION, "policyStatus").await?;
        let is_public = Element::read("PolicyStatus", &response.body)
            .and_then(|status| Ok(status.text("IsPublic")?.unwrap_or_default().to_owned()))
            .map_err(|why| Error::unreadable(OPERATION, why))?;
        // Some servers answer `TRUE` in upper case.
        Ok(is_public.eq_ignore_ascii_case("true"))
    }

    async fn call(&mut self, call: &Call) -> Result<Response, Error> {
        self.client.send(&mut self.target, call).await
    }
}

/// The limit for a configuration, in bytes. S3 allows 20 KB for a policy; other servers may allow more.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>
fn answer_limit(subresource: &str) -> usize {
    match subresource {
        // This limit has room for a thousand rules, each with a filter and actions.
        "lifecycle" => 1 << 20,
        _ => 64 << 10,
    }
}

#[cfg(test)]
mod tests;
