//! The checks of AWS that come before the check of a signature: the format, the time, the region
//! and unsigned headers.

use http::header::HOST;
use s3s::{S3Error, S3Result};
use time::format_description::well_known::Iso8601;
use time::{Duration, OffsetDateTime};

use crate::call::{AuthType, Call, Claim};
use crate::error::{Detail, fail};
use crate::state::Store;

const WEEK: i64 = 604_800;
const MAX_SKEW: Duration = Duration::minutes(15);
const QUERY_PARAMETERS: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
];

/// Refuses a signature that is malformed, expired, not yet valid or for a different region, and a
/// signature that does not cover every `x-amz-*` header.
pub fn examine(store: &Store, call: &Call) -> S3Result<()> {
    if is_version_2(call) {
        let name = call.bucket.as_deref().unwrap_or_default();
        let is_accepted = store
            .buckets()
            .get(name)
            .is_some_and(|bucket| bucket.accepts_sigv2);
        // `s3s` checks the signature and its end.
        return if is_accepted {
            Ok(())
        } else {
            Err(fail(
                400,
                "InvalidRequest",
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
            ))
        };
    }
    let presigned = QUERY_PARAMETERS
        .iter()
        .filter(|name| call.query(name).is_some())
        .count();
    if presigned > 0 && presigned < QUERY_PARAMETERS.len() {
        return Err(query_error(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        ));
    }
    if presigned > 0
        && let Some(authorization) = call.header("authorization")
    {
        return Err(fail(
            400,
            "InvalidArgument",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
        )
        .field("ArgumentName", "Authorization")
        .field("ArgumentValue", authorization));
    }
    let Some(claim) = &call.claim else {
        return match call.header("authorization") {
            Some(_) => Err(fail(
                400,
                "InvalidArgument",
                "Unsupported Authorization Type",
            )),
            None => Ok(()),
        };
    };
    scope(store, call, claim)?;
    match claim.how {
        AuthType::Header => header_clock(call, claim)?,
        AuthType::Query => query_clock(call, claim)?,
        AuthType::Form => return Ok(()),
    }
    unsigned_headers(call, claim)?;
    encoded_headers(call, claim)
}

/// Refuses a signature over a header value that is not ASCII. S3 decodes header values that are not
/// ASCII in another encoding than clients sign, so the signatures never match.
fn encoded_headers(call: &Call, claim: &Claim) -> S3Result<()> {
    let mut signed = claim.signed_headers.iter();
    let is_ascii = |name: &String| {
        let mut values = call.headers.get_all(name.as_str()).iter();
        values.all(|value| value.as_bytes().is_ascii())
    };
    if signed.all(is_ascii) {
        return Ok(());
    }
    Err(fail(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    ))
}

/// Returns whether the request has a signature of version 2.
fn is_version_2(call: &Call) -> bool {
    call.query("AWSAccessKeyId").is_some()
        || call
            .header("authorization")
            .is_some_and(|value| value.starts_with("AWS "))
}

fn query_error(message: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    fail(400, "AuthorizationQueryParametersError", message)
}

/// Checks the parts of a credential: key, date, region, service and `aws4_request`.
fn scope(store: &Store, call: &Call, claim: &Claim) -> S3Result<()> {
    let wrong = |what: &str| match claim.how {
        AuthType::Query => query_error(format!(
            "Error parsing the X-Amz-Credential parameter; {what}"
        )),
        _ => fail(
            400,
            "AuthorizationHeaderMalformed",
            format!("The authorization header is malformed; {what}"),
        ),
    };
    let [_, date, region, service, terminal] = claim.credential.as_slice() else {
        return Err(wrong(
            "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
        ));
    };
    if let Some(algorithm) = call.query("X-Amz-Algorithm")
        && algorithm != "AWS4-HMAC-SHA256"
    {
        return Err(query_error(
            "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
        ));
    }
    if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong(&format!(
            "incorrect date format \"{date}\". This date in the credential must be in the format \"yyyyMMdd\"."
        )));
    }
    if service != "s3" {
        return Err(wrong(&format!(
            "incorrect service \"{service}\". This endpoint belongs to \"s3\"."
        )));
    }
    if terminal != "aws4_request" {
        return Err(wrong(&format!(
            "incorrect terminal \"{terminal}\". This endpoint uses \"aws4_request\"."
        )));
    }
    let Some(expected) = wrong_region(store, call, region) else {
        return Ok(());
    };
    let error = if claim.how == AuthType::Query {
        wrong(&format!(
            "the region \"{region}\" is wrong; expecting \"{expected}\""
        ))
    } else {
        wrong(&format!(
            "the region '{region}' is wrong; expecting '{expected}'"
        ))
    };
    Err(error
        .field("Region", &expected)
        .header("x-amz-bucket-region", &expected))
}

/// Returns the region for which the client must sign the request, if the signature names a
/// different region.
fn wrong_region(store: &Store, call: &Call, region: &str) -> Option<String> {
    let buckets = store.buckets();
    let bucket = call.bucket.as_ref().and_then(|name| buckets.get(name));
    match bucket {
        Some(bucket) if !call.creates_bucket() => {
            (bucket.region != region).then(|| bucket.region.clone())
        }
        // If the bucket does not exist, the sandbox accepts a signature for any region, as the
        // endpoint of that region does.
        _ => (!is_region(region) && region != store.region).then(|| store.region.clone()),
    }
}

/// Returns whether a text has the format of a region name, such as `us-east-1`, `us-gov-west-1` or
/// `eusc-de-east-1`.
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digit = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let word = |part: &&str| part.len() > 1 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    (3..=4).contains(&parts.len())
        && parts.last().is_some_and(digit)
        && parts[..parts.len() - 1].iter().all(word)
}

fn header_clock(call: &Call, claim: &Claim) -> S3Result<()> {
    if call.header("x-amz-content-sha256").is_none() {
        return Err(fail(
            400,
            "InvalidRequest",
            "Missing required header for this request: x-amz-content-sha256",
        ));
    }
    let Some(signed_at) = claim.signed_at() else {
        return Err(fail(
            403,
            "AccessDenied",
            "AWS authentication requires a valid Date or x-amz-date header",
        ));
    };
    if (call.now - signed_at).abs() > MAX_SKEW {
        return Err(fail(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
        .field("RequestTime", &claim.amz_date)
        .field("ServerTime", &iso(call.now))
        .field("MaxAllowedSkewMilliseconds", "900000"));
    }
    Ok(())
}

fn query_clock(call: &Call, claim: &Claim) -> S3Result<()> {
    let Some(signed_at) = claim.signed_at() else {
        return Err(query_error(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
        ));
    };
    let date = &claim.credential[1];
    if !claim.amz_date.starts_with(date.as_str()) {
        let amz_date = &claim.amz_date[..8];
        return Err(query_error(format!(
            "Invalid credential date \"{date}\". This date is not the same as X-Amz-Date: \"{amz_date}\"."
        )));
    }
    let Ok(expires) = call
        .query("X-Amz-Expires")
        .unwrap_or_default()
        .parse::<i64>()
    else {
        return Err(query_error("X-Amz-Expires should be a number"));
    };
    if expires < 0 {
        return Err(query_error("X-Amz-Expires must be non-negative"));
    }
    if expires > WEEK {
        return Err(query_error(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
        ));
    }
    if signed_at - call.now > MAX_SKEW {
        return Err(fail(403, "AccessDenied", "Request is not yet valid"));
    }
    let end = signed_at + Duration::seconds(expires);
    if call.now > end {
        return Err(fail(403, "AccessDenied", "Request has expired")
            .field("X-Amz-Expires", &expires.to_string())
            .field("Expires", &iso(end))
            .field("ServerTime", &iso(call.now)));
    }
    Ok(())
}

fn unsigned_headers(call: &Call, claim: &Claim) -> S3Result<()> {
    let unsigned: Vec<&str> = call
        .headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-"))
        // The signature of a presigned URL does not cover the payload, but a request with the URL
        // may send the payload's hash in an unsigned header.
        .filter(|name| claim.how == AuthType::Header || *name != "x-amz-content-sha256")
        .filter(|name| !claim.signed_headers.iter().any(|signed| signed == name))
        .collect();
    let host_signed = claim.signed_headers.iter().any(|name| name == "host");
    if unsigned.is_empty() && host_signed {
        return Ok(());
    }
    let names = if host_signed {
        unsigned.join(", ")
    } else {
        HOST.to_string()
    };
    Err(fail(
        403,
        "AccessDenied",
        "There were headers present in the request which were not signed",
    )
    .field("HeadersNotSigned", &names))
}

/// Formats a time, such as `2026-03-14T10:26:53Z`.
pub fn iso(time: OffsetDateTime) -> String {
    let time = time.replace_nanosecond(0).unwrap_or(time);
    let format =
        time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    time.format(&format)
        .or_else(|_| time.format(&Iso8601::DEFAULT))
        .unwrap_or_default()
}
