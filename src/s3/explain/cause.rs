//! Determines why S3 refused a request, from S3's error code and message.
//!
//! If this module does not recognize a message, the cause is [`Cause::Other`], and the report
//! quotes S3's message.

use super::{ErrorBody, Part};

/// The reason why S3 refused a presigned request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// This part of the canonical request differs from the signed canonical request.
    Differs(Part),
    /// The canonical requests are equal, so a different secret access key signed the request, or
    /// the signature in the URL was changed.
    OtherSecret,
    /// The known parts of the canonical requests are equal. Either these headers (name, and value
    /// as S3 received it) were signed with different values, or a different secret access key
    /// signed the request.
    OtherHeadersOrSecret(Vec<(String, String)>),
    /// The server rejected the signature, but its answer contains no canonical request to compare.
    SignatureOnly,
    /// The client sent headers that were not signed. The text is S3's list of the header names.
    HeadersNotSigned(String),
    /// The URL or form has expired.
    Expired,
    /// The URL is not valid yet, because the clock of the signer is ahead.
    NotYetValid,
    /// The server compared the date of the request with its clock and rejected the date, as Garage
    /// does.
    DateRefused,
    /// The signer lacks a permission, or a policy denies the request.
    NotPermitted,
    /// S3's message names the permission that the signer lacks, and often the policy that denies the
    /// request. The text is S3's message.
    Denied(String),
    /// The server does not know the access key.
    UnknownAccessKey,
    /// The session of the temporary credentials has ended.
    SessionEnded,
    /// The session token is wrong or belongs to another access key.
    InvalidToken,
    /// The URL was signed for a region other than the bucket's region. The text is S3's message.
    OtherRegion(String),
    /// S3 redirected the request to this host, because the bucket is at a different endpoint.
    Redirect(String),
    /// S3 redirected the request to this host for now, for example because the bucket is new.
    TemporaryRedirect(String),
    /// The URL lacks parameters of the signature. The text is S3's message.
    Parameters(String),
    /// The URL has a lifetime of more than 7 days.
    LifetimeTooLong,
    /// The bucket accepts only SigV4.
    SigV2,
    /// The client sent an `Authorization` header together with the presigned URL.
    TwoSignatures,
    /// The client sent an ACL, but ACLs are disabled (`BucketOwnerEnforced`).
    AclSent,
    /// The bucket has Object Lock, which requires a checksum for each upload.
    ChecksumNeeded,
    /// The bucket blocks SSE-C, or the SSE-C key of a download is missing or wrong.
    CustomerKey,
    /// The client sent the file in chunks, without a `Content-Length`.
    NoContentLength,
    /// This condition of the request is not fulfilled, such as `If-None-Match`. The text is empty if
    /// S3's answer does not name the condition.
    Precondition(String),
    /// Another request changed the object at the same time.
    Conflict,
    /// The upload is larger than S3 or the form allows. The number is the limit in bytes, if S3's
    /// answer contains the limit.
    TooLarge(Option<u64>),
    /// The upload is smaller than the form allows. The number is the limit in bytes, if S3's answer
    /// contains the limit.
    TooSmall(Option<u64>),
    /// The checksum of the uploaded file differs from the signed checksum or from the checksum that
    /// the client sent.
    Checksum,
    /// The connection ended before the whole file had arrived.
    Incomplete,
    /// The form does not fulfil this condition of its policy.
    FormCondition(String),
    /// The client sent the body with the content type of a form, so S3 read the body as parameters
    /// of the query.
    FormContentType,
    /// The multipart upload does not exist: it was completed or aborted, or its ID is wrong.
    NoSuchUpload,
    /// A part other than the last one is smaller than S3 allows. The text is the part number.
    SmallPart(String),
    /// The list of parts contains a part that has not arrived, or a wrong `ETag`.
    UnknownPart,
    /// The list of parts is not in ascending order, or contains a part twice.
    PartOrder,
    /// The parts in the list do not add up to the signed size of the object.
    UploadSize,
    /// The object does not exist.
    NoSuchKey,
    /// The bucket does not exist.
    NoSuchBucket,
    /// The requested version of the object does not exist.
    NoSuchVersion,
    /// The object is archived and must be restored before a download.
    Archived,
    /// The KMS key is disabled, pending deletion, missing or in another region. The text is S3's message.
    KmsKey(String),
    /// S3 does not allow the method for this object, for example because the object is a delete
    /// marker.
    MethodNotAllowed,
    /// The server is overloaded or failed. The same request may succeed later.
    TryAgain,
    /// S3 refused the request for a reason that this program does not recognize.
    Other {
        /// S3's code.
        code: String,
        /// S3's message.
        message: String,
    },
}

impl Cause {
    /// Returns the cause to report if the program knows that the signature is wrong. S3 does not
    /// check permissions for a wrong signature, so a missing permission cannot be the cause, and
    /// the report quotes S3's message instead.
    #[must_use]
    pub fn under_a_wrong_signature(self, body: &ErrorBody) -> Self {
        match self {
            Self::NotPermitted | Self::Denied(_) => Self::Other {
                code: body.code.clone(),
                message: body.message.clone(),
            },
            cause => cause,
        }
    }
}

/// Determines the cause from the error code and the message. `expired` is `true` if the URL has
/// expired. Without `expired`, the cause would be unclear on Ceph, which refuses an expired URL
/// without a message.
pub(super) fn of(body: &ErrorBody, expired: bool) -> Cause {
    let message = body.message.trim();
    let lower = message.to_ascii_lowercase();
    let says = |words: &str| lower.contains(words);
    let other = || Cause::Other {
        code: body.code.clone(),
        message: message.to_owned(),
    };
    match body.code.as_str() {
        "AccessDenied" => match message {
            "" if expired => Cause::Expired,
            "" | "Access Denied" | "Access Denied." | "AccessDenied" => Cause::NotPermitted,
            // The message contains names of users and objects, which may contain any other words.
            _ if says("is not authorized to perform") => Cause::Denied(message.to_owned()),
            _ if says("policy condition failed") => form_condition(message),
            _ if says("expired") && !says("token") => Cause::Expired,
            _ if says("not yet valid") || says("not valid yet") => Cause::NotYetValid,
            _ if says("were not signed") => Cause::HeadersNotSigned(String::new()),
            _ if says("customer provided keys") || says("sse-c") => Cause::CustomerKey,
            _ => other(),
        },
        "SignatureDoesNotMatch" => Cause::SignatureOnly,
        "InvalidAccessKeyId" => Cause::UnknownAccessKey,
        "ExpiredToken" | "TokenRefreshRequired" => Cause::SessionEnded,
        "InvalidToken" => Cause::InvalidToken,
        "RequestTimeTooSkewed" => Cause::DateRefused,
        "AuthorizationQueryParametersError" | "AuthorizationHeaderMalformed"
            if says("the region") && says("expecting") =>
        {
            Cause::OtherRegion(message.to_owned())
        }
        "AuthorizationQueryParametersError" if says("requires the x-amz-") => {
            Cause::Parameters(message.to_owned())
        }
        "AuthorizationQueryParametersError" if says("less than a week") => Cause::LifetimeTooLong,
        "PermanentRedirect" => Cause::Redirect(body.endpoint.clone().unwrap_or_default()),
        "TemporaryRedirect" | "Redirect" => {
            Cause::TemporaryRedirect(body.endpoint.clone().unwrap_or_default())
        }
        "AccessControlListNotSupported" => Cause::AclSent,
        "InvalidRequest" | "InvalidArgument" => invalid(&lower).unwrap_or_else(other),
        "NotImplemented" if body.header_name.as_deref() == Some("Transfer-Encoding") => {
            Cause::NoContentLength
        }
        "NotImplemented" if says("transfer-encoding") => Cause::NoContentLength,
        "MissingContentLength" => Cause::NoContentLength,
        "PreconditionFailed" => precondition(body),
        "ConditionalRequestConflict" | "OperationAborted" => Cause::Conflict,
        "EntityTooLarge" => Cause::TooLarge(body.limit),
        "EntityTooSmall" => match &body.part_number {
            Some(number) => Cause::SmallPart(number.clone()),
            None => Cause::TooSmall(body.limit),
        },
        "BadDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" => {
            Cause::Checksum
        }
        "IncompleteBody" | "RequestTimeout" => Cause::Incomplete,
        "NoSuchUpload" => Cause::NoSuchUpload,
        "InvalidPart" => Cause::UnknownPart,
        "InvalidPartOrder" => Cause::PartOrder,
        "NoSuchKey" => Cause::NoSuchKey,
        "NoSuchBucket" => Cause::NoSuchBucket,
        "NoSuchVersion" => Cause::NoSuchVersion,
        "InvalidObjectState" if says("restore is not allowed") => other(),
        "InvalidObjectState" => Cause::Archived,
        "MethodNotAllowed" => Cause::MethodNotAllowed,
        "SlowDown" | "InternalError" | "ServiceUnavailable" | "503 SlowDown" => Cause::TryAgain,
        code if code.starts_with("KMS.") => Cause::KmsKey(message.to_owned()),
        _ => other(),
    }
}

/// A failed precondition is a header of the request, or a rule of S3 such as `Bucket POST must be of
/// the enclosure-type multipart/form-data`.
fn precondition(body: &ErrorBody) -> Cause {
    match body.condition.as_deref().map(str::trim) {
        Some(rule) if !rule.starts_with("If-") => Cause::Other {
            code: body.code.clone(),
            message: format!("{} ({rule})", body.message.trim()),
        },
        header => Cause::Precondition(header.unwrap_or_default().to_owned()),
    }
}

/// The codes `InvalidRequest` and `InvalidArgument` have many causes, so only the message shows the
/// cause.
fn invalid(lower: &str) -> Option<Cause> {
    let says = |words: &str| lower.contains(words);
    if says("only one auth mechanism") {
        Some(Cause::TwoSignatures)
    } else if says("authorization mechanism you have provided is not supported") {
        Some(Cause::SigV2)
    } else if says("object lock parameters") && (says("content-md5") || says("checksum")) {
        Some(Cause::ChecksumNeeded)
    } else if says("customer provided") || says("stored using a form of server side encryption") {
        Some(Cause::CustomerKey)
    } else if says("date is too old") || says("date is in the future") {
        Some(Cause::DateRefused)
    } else if says("x-amz-mp-object-size") {
        Some(Cause::UploadSize)
    } else {
        None
    }
}

/// Parses the condition in a message such as `Invalid according to Policy: Policy Condition failed:
/// ["starts-with", "$key", "in/"]`.
fn form_condition(message: &str) -> Cause {
    let condition = message
        .split_once("failed:")
        .map_or(message, |(_, rest)| rest);
    Cause::FormCondition(condition.trim().to_owned())
}

#[cfg(test)]
mod tests;
