//! Tests which cause each error code and message of S3 has.

use super::*;

fn cause(code: &str, message: &str) -> Cause {
    let body = ErrorBody {
        code: code.to_owned(),
        message: message.to_owned(),
        ..ErrorBody::default()
    };
    of(&body, false)
}

#[test]
#[allow(clippy::too_many_lines)] // a table
fn a_message_that_names_its_cause_has_that_cause() {
    let region = "Error parsing the X-Amz-Credential parameter; the region \"us-west-1\" is wrong; expecting \"us-east-1\"";
    for (code, message, expected) in [
        ("AccessDenied", "Access Denied", Cause::NotPermitted),
        (
            "NoSuchUpload",
            "The specified upload does not exist.",
            Cause::NoSuchUpload,
        ),
        (
            "InvalidPart",
            "One or more of the specified parts could not be found.",
            Cause::UnknownPart,
        ),
        (
            "InvalidPartOrder",
            "The list of parts was not in ascending order.",
            Cause::PartOrder,
        ),
        (
            "InvalidRequest",
            "The provided 'x-amz-mp-object-size' header does not match the actual object size.",
            Cause::UploadSize,
        ),
        ("AccessDenied", "Request has expired", Cause::Expired),
        (
            "AccessDenied",
            "Invalid according to Policy: Policy expired.",
            Cause::Expired,
        ),
        (
            "AccessDenied",
            "Request is not yet valid",
            Cause::NotYetValid,
        ),
        (
            "AccessDenied",
            "Request is not valid yet",
            Cause::NotYetValid,
        ),
        (
            "AccessDenied",
            "Invalid according to Policy: Policy Condition failed: [\"starts-with\", \"$key\", \"in/\"]",
            Cause::FormCondition("[\"starts-with\", \"$key\", \"in/\"]".to_owned()),
        ),
        (
            "AccessDenied",
            "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.",
            Cause::CustomerKey,
        ),
        (
            "AuthorizationQueryParametersError",
            region,
            Cause::OtherRegion(region.to_owned()),
        ),
        (
            "InvalidRequest",
            "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
            Cause::ChecksumNeeded,
        ),
        (
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
            Cause::SigV2,
        ),
        (
            "InvalidRequest",
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
            Cause::CustomerKey,
        ),
        ("InvalidRequest", "Date is too old", Cause::DateRefused),
        (
            "InvalidArgument",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
            Cause::TwoSignatures,
        ),
        (
            "AccessControlListNotSupported",
            "The bucket does not allow ACLs",
            Cause::AclSent,
        ),
        (
            "MissingContentLength",
            "You must provide the Content-Length HTTP header.",
            Cause::NoContentLength,
        ),
        (
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
            Cause::Precondition(String::new()),
        ),
        (
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size",
            Cause::TooLarge(None),
        ),
        (
            "BadDigest",
            "The SHA256 you specified did not match the calculated checksum.",
            Cause::Checksum,
        ),
        (
            "KMS.DisabledException",
            "arn:aws:kms:eu-west-1:111122223333:key/k is disabled.",
            Cause::KmsKey("arn:aws:kms:eu-west-1:111122223333:key/k is disabled.".to_owned()),
        ),
        (
            "ExpiredToken",
            "The provided token has expired.",
            Cause::SessionEnded,
        ),
        ("SignatureDoesNotMatch", "m", Cause::SignatureOnly),
        (
            "SlowDown",
            "Please reduce your request rate.",
            Cause::TryAgain,
        ),
    ] {
        assert_eq!(cause(code, message), expected, "{code} {message}");
    }
}

/// An error code with many meanings must have no cause, because a wrong cause would mislead the
/// user.
#[test]
fn a_message_that_is_not_known_has_no_cause_but_itself() {
    for (code, message) in [
        (
            "AccessDenied",
            "Access Denied because object protected by object lock.",
        ),
        (
            "AccessDenied",
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
        ),
        (
            "InvalidRequest",
            "Value for x-amz-checksum-crc32 header is invalid.",
        ),
        (
            "InvalidRequest",
            "Specifying both Canned ACLs and Header Grants is not allowed",
        ),
        (
            "InvalidRequest",
            "Bucket is missing Object Lock Configuration",
        ),
        ("InvalidRequest", ""),
        (
            "IllegalLocationConstraintException",
            "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.",
        ),
        ("InvalidArgument", "Invalid version id specified"),
        (
            "InvalidArgument",
            "The secret key was invalid for the specified algorithm.",
        ),
        (
            "NotImplemented",
            "A header you provided implies functionality that is not implemented",
        ),
        (
            "AccessForbidden",
            "CORSResponse: CORS is not enabled for this bucket.",
        ),
        ("InvalidURI", "Couldn't parse the specified URI."),
        (
            "InvalidDigest",
            "The Content-MD5 you specified was invalid.",
        ),
        ("UnexpectedContent", "This request does not support content"),
        (
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        ),
        ("", ""),
    ] {
        let other = Cause::Other {
            code: code.to_owned(),
            message: message.to_owned(),
        };
        assert_eq!(cause(code, message), other, "{code} {message}");
    }
}

#[test]
fn an_answer_without_a_message_is_judged_by_the_end_of_the_url() {
    let body = ErrorBody {
        code: "AccessDenied".to_owned(),
        ..ErrorBody::default()
    };
    assert_eq!(of(&body, true), Cause::Expired);
    assert_eq!(of(&body, false), Cause::NotPermitted);
}

#[test]
fn fields_beside_the_message_show_more() {
    let chunked = ErrorBody {
        code: "NotImplemented".to_owned(),
        message: "A header you provided implies functionality that is not implemented".to_owned(),
        header_name: Some("Transfer-Encoding".to_owned()),
        ..ErrorBody::default()
    };
    assert_eq!(of(&chunked, false), Cause::NoContentLength);
    let moved = ErrorBody {
        code: "PermanentRedirect".to_owned(),
        endpoint: Some("b.s3.eu-west-1.amazonaws.com".to_owned()),
        ..ErrorBody::default()
    };
    assert_eq!(
        of(&moved, false),
        Cause::Redirect("b.s3.eu-west-1.amazonaws.com".to_owned())
    );
    let large = ErrorBody {
        code: "EntityTooLarge".to_owned(),
        limit: Some(1024),
        ..ErrorBody::default()
    };
    assert_eq!(of(&large, false), Cause::TooLarge(Some(1024)));
}

/// The table has each error code and message that recordings of AWS contain.
#[test]
fn each_recorded_answer_has_the_right_cause_or_none() {
    let table = include_str!("../../../../tests/data/s3-answers.txt");
    let mut expected = "";
    let mut seen = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            expected = name.trim_end_matches(']');
            continue;
        }
        let (code, message) = line.split_once(':').unwrap();
        let found = format!("{:?}", cause(code, message.trim()));
        let name = found.split(|c: char| !c.is_alphanumeric()).next().unwrap();
        assert_eq!(name, expected, "{line}");
        seen += 1;
    }
    assert!(seen > 140, "{seen}");
}

#[test]
fn a_failed_precondition_names_the_header_or_the_rule() {
    let of = |condition: &str| {
        let body = ErrorBody {
            code: "PreconditionFailed".to_owned(),
            message: "No.".to_owned(),
            condition: Some(condition.to_owned()),
            ..ErrorBody::default()
        };
        of(&body, false)
    };
    let header = Cause::Precondition("If-None-Match".to_owned());
    assert_eq!(of("If-None-Match"), header);
    let rule = "Bucket POST must be of the enclosure-type multipart/form-data";
    let quoted = Cause::Other {
        code: "PreconditionFailed".to_owned(),
        message: format!("No. ({rule})"),
    };
    assert_eq!(of(rule), quoted);
}
