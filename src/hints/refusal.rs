//! Explains why S3 refused a presigned request, and which option of the command line helps.

use crate::s3::explain::{Cause, Part};
use std::borrow::Cow;

/// Returns one or two sentences about the cause, for the report of `inspect`.
#[allow(clippy::too_many_lines)] // a table
pub(crate) fn refusal(cause: &Cause) -> Cow<'static, str> {
    match cause {
        Cause::Differs(part) => differs(part).into(),
        Cause::HeadersNotSigned(names) if names.is_empty() => {
            "the client sent headers that are not signed: remove the headers from the request, or sign the headers with --header".into()
        }
        Cause::HeadersNotSigned(names) => format!(
            "the client sent headers that are not signed ({names}): remove the headers from the request, or sign the headers with --header"
        )
        .into(),
        Cause::OtherHeadersOrSecret(headers) => other_headers(headers).into(),
        Cause::OtherRegion(message) => format!(
            "the URL is signed for a region other than the bucket's: sign the URL again with the right --region (S3 answered: {message})"
        )
        .into(),
        Cause::Redirect(host) if host.is_empty() => {
            "S3 redirects to another host, because the bucket is in another region: sign the URL again with the right --region".into()
        }
        Cause::Redirect(host) => format!(
            "S3 redirects to {host}, because the bucket is in another region: sign the URL again with the right --region"
        )
        .into(),
        Cause::TemporaryRedirect(host) => format!(
            "S3 redirects to {}, for example because the bucket is new: wait, or sign the URL again with the --region of the bucket",
            if host.is_empty() { "another host" } else { host }
        )
        .into(),
        Cause::Parameters(message) => format!(
            "the URL lacks parameters of the signature: copy the URL whole, in quotes (S3 answered: {message})"
        )
        .into(),
        Cause::LifetimeTooLong => "the URL has a lifetime of more than 7 days: sign a new URL with --expires-in 7d or less".into(),
        Cause::Denied(message) => format!("S3 answered: {message}").into(),
        Cause::FormCondition(condition) => format!(
            "the form does not fulfil this condition of its policy: {condition}"
        )
        .into(),
        Cause::KmsKey(message) => format!(
            "the KMS key cannot be used (S3 answered: {message})"
        )
        .into(),
        Cause::TooLarge(Some(limit)) => format!("the file is larger than the limit of {limit} bytes").into(),
        Cause::TooSmall(Some(limit)) => format!("the file is smaller than the minimum of {limit} bytes").into(),
        Cause::SmallPart(number) => format!(
            "part {number} is smaller than 5 MiB: only the last part of an upload may be smaller"
        )
        .into(),
        Cause::Other { code, message } if message.is_empty() => format!("S3 answered {code} without a message").into(),
        Cause::Other { code, message } => format!("S3 answered {code}: {message}").into(),
        Cause::OtherSecret => "S3's canonical request matches the URL: a different secret access key signed the URL, or the date, region or signature in the URL was changed afterwards".into(),
        Cause::SignatureOnly => "the server calculated a different signature, and its answer has no canonical request to compare: check the method, the signed headers and the secret access key".into(),
        Cause::Expired => "the URL or form was used after it had expired: sign a new one".into(),
        Cause::NotYetValid => "the URL is not valid yet, because the clock of the signer is ahead: set the clock, and sign a new URL".into(),
        Cause::DateRefused => "the server rejects the date: check the clocks of signer and server, and sign a new URL".into(),
        Cause::NotPermitted => "the signer lacks a permission (with SSE-KMS also kms:Decrypt or kms:GenerateDataKey), a policy denies the request (plain HTTP, for example), or the object does not exist and the signer lacks s3:ListBucket".into(),
        Cause::UnknownAccessKey => "the server does not know the access key: the key was deleted or deactivated, the key belongs to another partition or server, or the key is temporary and the URL lacks its session token".into(),
        Cause::SessionEnded => "the session that signed the URL has expired: sign a new URL".into(),
        Cause::InvalidToken => "the session token is damaged or belongs to another access key: copy the URL whole, and look for a `+` that became a space".into(),
        Cause::SigV2 => "the URL has a SigV2 signature, which the bucket refuses: sign a SigV4 URL".into(),
        Cause::TwoSignatures => "the client sent an Authorization header together with the presigned URL: send the URL without credentials".into(),
        Cause::AclSent => "the client sent x-amz-acl, which S3 rejects with BucketOwnerEnforced: leave that header out".into(),
        Cause::ChecksumNeeded => "the bucket's Object Lock demands a checksum: sign the URL with --checksum-sha256, or send Content-MD5".into(),
        Cause::CustomerKey => "the request uses SSE-C, and either the bucket blocks SSE-C or the customer's key is missing or wrong".into(),
        Cause::NoContentLength => "the client sent the file in chunks, without a Content-Length: upload a file instead of a pipe (curl -T FILE)".into(),
        Cause::Precondition(header) if header.is_empty() => "a condition failed: with --no-overwrite, an object with this name exists already".into(),
        Cause::Precondition(header) if header == "If-None-Match" => "the condition If-None-Match failed: an object with this name exists already".into(),
        Cause::Precondition(header) => format!("the condition {header} of the request failed").into(),
        Cause::Conflict => "another request changed the object or bucket at the same time: try again".into(),
        Cause::TooLarge(_) => "the file is too large: one upload has at most 5 GiB, and a form at most what its policy allows".into(),
        Cause::TooSmall(_) => "the file is smaller than the form's policy allows, or a part of a multipart upload is smaller than 5 MiB".into(),
        Cause::Checksum => "the file does not have the checksum that was signed or sent".into(),
        Cause::Incomplete => "the connection ended before the whole file had arrived: upload the file again".into(),
        Cause::FormContentType => "the client sent the list of parts with the content type of a form, so S3 read the list as parameters of the URL: send the header Content-Type: application/xml".into(),
        Cause::NoSuchUpload => "the upload was completed or aborted, or its ID is wrong: a HEAD request of the object shows whether the upload was completed".into(),
        Cause::UnknownPart => "the list of parts contains a part that has not arrived, or a wrong ETag: list the parts, and send the missing parts".into(),
        Cause::PartOrder => "the list of parts is not in ascending order, or contains a part twice: sort the parts by number".into(),
        Cause::UploadSize => "the parts in the list do not add up to the signed size of the object: list all parts of the upload".into(),
        Cause::NoSuchKey => "the bucket has no object with this name".into(),
        Cause::NoSuchBucket => "there is no bucket with this name".into(),
        Cause::NoSuchVersion => "the object has no such version".into(),
        Cause::Archived => "the object is archived: restore it before the download".into(),
        Cause::MethodNotAllowed => "S3 does not allow this method for the URL; for example, the version can be a delete marker".into(),
        Cause::TryAgain => "the server is busy or failed: send the same request again".into(),
    }
}

fn other_headers(headers: &[(String, String)]) -> String {
    let seen: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: `{value}`"))
        .collect();
    format!(
        "S3's canonical request matches the URL. A URL does not contain the values of its signed headers; S3 received {}. If one of them was signed with a different value, that is the cause (compare with --header 'NAME: VALUE'); otherwise a different secret access key signed the URL",
        seen.join(", ")
    )
}

fn differs(part: &Part) -> &'static str {
    match part {
        Part::Method => {
            "the URL was signed for one method and used with another: curl -T sends PUT, a link in a browser sends GET"
        }
        Part::Path => {
            "a client changed the path: curl (without --path-as-is) and browsers rewrite `.` and `..`; some clients decode the path, encode it twice or merge slashes"
        }
        Part::Query(_) => {
            "the query was changed after signing: copy the whole URL, in quotes, and add nothing to it"
        }
        Part::Header(name) => match name.as_str() {
            "host" => {
                "the request reached S3 with a host name other than the signed one, because of a proxy or because customers reach the endpoint by another name (sign that name with presign --public-endpoint)"
            }
            "content-type" => {
                "the client sent a Content-Type other than the signed one: send the signed value, byte for byte (curl --header 'Content-Type: …')"
            }
            "content-length" => "the size of the file or part differs from the signed size",
            _ => "the client must send exactly the signed value of this header",
        },
        Part::SignedHeadersOrPayload => {
            "the client signs or hashes the request itself: use the presigned URL in a client without credentials"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(cause: &Cause, expected: &str) {
        assert_eq!(refusal(cause), expected);
    }

    #[test]
    fn a_refusal_is_explained_with_what_to_do() {
        says(
            &Cause::Differs(Part::Method),
            "the URL was signed for one method and used with another: curl -T sends PUT, a link in a browser sends GET",
        );
        says(
            &Cause::Differs(Part::Header("host".to_owned())),
            "the request reached S3 with a host name other than the signed one, because of a proxy or because customers reach the endpoint by another name (sign that name with presign --public-endpoint)",
        );
        says(
            &Cause::HeadersNotSigned("x-amz-acl".to_owned()),
            "the client sent headers that are not signed (x-amz-acl): remove the headers from the request, or sign the headers with --header",
        );
        says(
            &Cause::OtherHeadersOrSecret(vec![(
                "content-type".to_owned(),
                "text/plain".to_owned(),
            )]),
            "S3's canonical request matches the URL. A URL does not contain the values of its signed headers; S3 received content-type: `text/plain`. If one of them was signed with a different value, that is the cause (compare with --header 'NAME: VALUE'); otherwise a different secret access key signed the URL",
        );
    }

    #[test]
    fn an_unknown_refusal_is_s3s_own_words_and_nothing_else() {
        let other = |code: &str, message: &str| Cause::Other {
            code: code.to_owned(),
            message: message.to_owned(),
        };
        says(
            &other("InvalidURI", "Couldn't parse the specified URI."),
            "S3 answered InvalidURI: Couldn't parse the specified URI.",
        );
        says(&other("Teapot", ""), "S3 answered Teapot without a message");
    }
}
