//! The causes of a refusal, as far as S3's code and message show them.
//!
//! A message that this module does not recognise has no cause; then the report quotes S3's message.

use super::{ErrorBody, Part};

/// The reason why S3 refused a presigned request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// This part of the canonical request differs.
    Differs(Part),
    /// The canonical requests are equal, so another secret access key signed, or the URL was changed.
    OtherSecret,
    /// Nothing known differs. These headers (name, value as S3 received it) may have been signed with
    /// different values; otherwise a different secret access key signed.
    OtherHeadersOrSecret(Vec<(String, String)>),
    /// The server says that the signature is wrong, but returns no canonical request to compare.
    SignatureOnly,
    /// The client sent headers that were not signed: S3's list of their names.
    HeadersNotSigned(String),
    /// The URL or form has expired.
    Expired,
    /// The URL is not valid yet: the clock of the signer is ahead.
    NotYetValid,
    /// The server compared the date with its clock and refused it, as Garage does.
    DateRefused,
    /// The signer lacks a permission, or a policy denies the request.
    NotPermitted,
    /// The server does not know the access key.
    UnknownAccessKey,
    /// The session of the temporary credentials has ended.
    SessionEnded,
    /// The session token is wrong or belongs to another key.
    InvalidToken,
    /// The bucket is not in the region that the URL was signed for. The text is S3's message.
    OtherRegion(String),
    /// S3 redirected the request to this host, because the bucket has another address.
    Redirect(String),
    /// The query parameters of the signature are incomplete or malformed. The text is S3's message.
    Parameters(String),
    /// The bucket accepts only SigV4.
    SigV2,
    /// The client sent an `Authorization` header together with the presigned URL.
    TwoSignatures,
    /// The client sent an ACL, but ACLs are disabled (`BucketOwnerEnforced`).
    AclSent,
    /// Object Lock demands a checksum with each upload.
    ChecksumNeeded,
    /// The bucket blocks SSE-C, or the SSE-C key of a download is missing or wrong.
    CustomerKey,
    /// The client sent the file in chunks, without a `Content-Length`.
    NoContentLength,
    /// The condition in the request failed: `If-None-Match` or `If-Match`.
    Precondition,
    /// Another request changed the object at the same time.
    Conflict,
    /// The upload is larger than S3 or the form allows. The number is the limit in bytes, if S3 names it.
    TooLarge(Option<u64>),
    /// The upload is smaller than the form allows. The number is the limit in bytes, if S3 names it.
    TooSmall(Option<u64>),
    /// The file does not have the signed or sent checksum.
    Checksum,
    /// The connection ended before the whole file had arrived.
    Incomplete,
    /// The form does not fulfil this condition of its policy.
    FormCondition(String),
    /// There is no such object.
    NoSuchKey,
    /// There is no such bucket.
    NoSuchBucket,
    /// There is no such version of the object.
    NoSuchVersion,
    /// The object is archived and must be restored first.
    Archived,
    /// The KMS key is disabled, pending deletion, missing or in another region. The text is S3's message.
    KmsKey(String),
    /// The method is not allowed for the object, as for a delete marker.
    MethodNotAllowed,
    /// The server is busy or failed: the same request may succeed later.
    TryAgain,
    /// S3 refused the request for another reason, which only S3's answer describes.
    Other {
        /// S3's code.
        code: String,
        /// S3's message.
        message: String,
    },
}

impl Cause {
    /// The cause if the signature is known to be wrong. S3 does not check permissions in this case, so only
    /// its message shows the cause.
    #[must_use]
    pub fn under_a_wrong_signature(self, body: &ErrorBody) -> Self {
        match self {
            Self::NotPermitted => Self::Other {
                code: body.code.clone(),
                message: body.message.clone(),
            },
            cause => cause,
        }
    }
}

/// The cause that the error code and the message show. `expired` is `true` if the URL has expired, because
/// Ceph refuses an expired URL without a message.
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
            _ if says("policy condition failed") => form_condition(message),
            _ if says("expired") => Cause::Expired,
            _ if says("not yet valid") || says("not valid yet") => Cause::NotYetValid,
            _ if says("is not authorized to perform") => Cause::NotPermitted,
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
        "AuthorizationQueryParametersError" => Cause::Parameters(message.to_owned()),
        "PermanentRedirect" | "TemporaryRedirect" | "Redirect" => {
            Cause::Redirect(body.endpoint.clone().unwrap_or_default())
        }
        "AccessControlListNotSupported" => Cause::AclSent,
        "InvalidRequest" | "InvalidArgument" => invalid(&lower).unwrap_or_else(other),
        "NotImplemented" if body.header_name.as_deref() == Some("Transfer-Encoding") => {
            Cause::NoContentLength
        }
        "NotImplemented" if says("transfer-encoding") => Cause::NoContentLength,
        "MissingContentLength" => Cause::NoContentLength,
        "PreconditionFailed" => Cause::Precondition,
        "ConditionalRequestConflict" | "OperationAborted" => Cause::Conflict,
        "EntityTooLarge" => Cause::TooLarge(body.limit),
        "EntityTooSmall" => Cause::TooSmall(body.limit),
        "BadDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" => {
            Cause::Checksum
        }
        "IncompleteBody" | "RequestTimeout" => Cause::Incomplete,
        "NoSuchKey" => Cause::NoSuchKey,
        "NoSuchBucket" => Cause::NoSuchBucket,
        "NoSuchVersion" => Cause::NoSuchVersion,
        "InvalidObjectState" => Cause::Archived,
        "MethodNotAllowed" => Cause::MethodNotAllowed,
        "SlowDown" | "InternalError" | "ServiceUnavailable" | "503 SlowDown" => Cause::TryAgain,
        code if code.starts_with("KMS.") => Cause::KmsKey(message.to_owned()),
        _ => other(),
    }
}

/// `InvalidRequest` and `InvalidArgument` mean many things: only the message shows which.
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
    } else {
        None
    }
}

/// `Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "in/"]`.
fn form_condition(message: &str) -> Cause {
    let condition = message
        .split_once("failed:")
        .map_or(message, |(_, rest)| rest);
    Cause::FormCondition(condition.trim().to_owned())
}

#[cfg(test)]
mod tests;
