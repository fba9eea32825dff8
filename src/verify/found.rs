//! The list of probes, the functions that derive the result of a probe from an answer, and the two
//! requests with which most probes begin.

use super::probe::{Answered, Outcome, Probe, ProbeRequest, Prober, Reason, describe};
use crate::http::Response;
use crate::policy::Document;
use crate::s3::ErrorResponse;
use crate::xml::Element;
use s3_presign::Method;

/// The outcome of a probe, and the answer of the server or the reason for skipping the probe.
pub(super) type Found = (Outcome, Reason);

/// The content of the main probe object.
pub(super) const CONTENT: &[u8] = b"s3-secure-bucket verify: this object can be deleted\n";
/// The name of the main probe object.
pub(super) const MAIN: &str = "probe.txt";

/// The description of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// The ID of the probe, such as `plain-http`.
    pub id: &'static str,
    /// A sentence that is true for the bucket if the probe passes.
    pub title: &'static str,
}

/// All probes, in the order in which they run.
pub const PROBES: [Info; 18] = [
    Info {
        id: "round-trip",
        title: "a presigned PUT stores a file, and a presigned GET returns it unchanged",
    },
    Info {
        id: "plain-http",
        title: "plain HTTP is refused even with a valid signature",
    },
    Info {
        id: "anonymous",
        title: "anonymous requests are refused",
    },
    Info {
        id: "public-acl",
        title: "a public ACL is refused or has no effect",
    },
    Info {
        id: "public-policy",
        title: "a public policy is refused",
    },
    Info {
        id: "encryption",
        title: "S3 reports how the stored object is encrypted",
    },
    Info {
        id: "sse-c",
        title: "an upload with a customer-provided key (SSE-C) is refused",
    },
    Info {
        id: "tampered",
        title: "a tampered URL is refused",
    },
    Info {
        id: "expired",
        title: "an expired URL is refused",
    },
    Info {
        id: "sigv2",
        title: "a URL with the old signature version 2 is refused",
    },
    Info {
        id: "wrong-method",
        title: "a URL made for GET does not upload",
    },
    Info {
        id: "content-type",
        title: "a signed content type is enforced; without one, every content type is accepted",
    },
    Info {
        id: "no-overwrite",
        title: "a URL made with --no-overwrite does not overwrite",
    },
    Info {
        id: "versioning",
        title: "a deleted object can be restored",
    },
    Info {
        id: "kms",
        title: "upload and download work with the KMS key",
    },
    Info {
        id: "cors",
        title: "browsers let pages of the named origins upload",
    },
    Info {
        id: "request-link",
        title: "a link that `request` publishes works for a customer",
    },
    Info {
        id: "multipart-urls",
        title: "the URLs that `presign multipart` prints upload a file in parts",
    },
];

/// Passes the result of the probe with the ID `id` to `on_probe`.
pub(super) fn emit(on_probe: &mut (dyn FnMut(Probe) + Send), id: &str, (outcome, reason): Found) {
    let known = PROBES.iter().find(|info| info.id == id);
    let info = known.expect("PROBES contains every probe");
    on_probe(Probe {
        id: info.id,
        title: info.title,
        outcome,
        reason,
    });
}

pub(super) fn pass(reason: String) -> Found {
    (Outcome::Pass, Reason::Seen(reason))
}

pub(super) fn fail(reason: String) -> Found {
    (Outcome::Fail, Reason::Seen(reason))
}

pub(super) fn skip(reason: impl Into<Reason>) -> Found {
    (Outcome::Skip, reason.into())
}

pub(super) fn is_ok(answered: &Answered) -> bool {
    answered.as_ref().is_ok_and(|answer| answer.status < 300)
}

/// Returns the status and the error code of an answer, such as `403 AccessDenied`, for the report
/// of a passed probe.
pub(super) fn in_short(response: &Response) -> String {
    let answer = ErrorResponse::read(response);
    format!("{} {}", answer.status, answer.code)
        .trim_end()
        .to_owned()
}

/// Returns the result of a probe whose request the bucket must reject with any error code. If the
/// server rejects the request for an unrelated reason, such as expired credentials or overload, the
/// probe is skipped, because the answer shows nothing about the control.
pub(super) fn refused(answered: Answered) -> Found {
    const OTHERWISE: [&str; 12] = [
        "ExpiredToken",
        "InvalidToken",
        "TokenRefreshRequired",
        "InvalidAccessKeyId",
        "RequestTimeTooSkewed",
        "RequestTimeout",
        "SlowDown",
        "OperationAborted",
        "PolicyTooLarge",
        "MalformedPolicy",
        "NoSuchKey",
        "NoSuchBucket",
    ];
    let text = describe(&answered);
    let Ok(response) = answered else {
        return skip(format!("the server gave no complete answer: {text}"));
    };
    let answer = ErrorResponse::read(&response);
    match response.status {
        ..300 => fail(format!("the request was allowed: {text}")),
        400..=499
            if OTHERWISE.contains(&answer.code.as_str()) || [404, 429].contains(&answer.status) =>
        {
            skip(format!(
                "the answer shows nothing about the control: {text}"
            ))
        }
        // An answer without an error code of S3 comes from a proxy or another server between the
        // client and S3.
        400..=499 if answer.code.is_empty() => {
            skip(format!("the answer does not come from S3: {text}"))
        }
        // IAM rejected the request because the credentials lack a permission, so the answer shows
        // nothing about the bucket.
        403 if answer.message.contains("no identity-based policy allows") => skip(format!(
            "these credentials may not send the request: {text}"
        )),
        // A server that does not support the operation (501) cannot have executed the request.
        400..=499 | 501 => pass(in_short(&response)),
        _ => skip(format!(
            "the answer shows nothing about the control: {text}"
        )),
    }
}

/// Returns the result of a probe whose request S3 must deny with 403 `AccessDenied`. Any other
/// rejection may come from a proxy, which can answer with an error page or break the signature, so
/// the probe is skipped.
pub(super) fn denied(answered: Answered) -> Found {
    denied_or(answered, &[])
}

/// The answer of S3 to a request that S3 denies, unless the reason is a fault of the request.
pub(super) fn denial(response: &Response) -> Option<ErrorResponse> {
    let answer = ErrorResponse::read(response);
    let is_denied = answer.status == 403 && answer.code == "AccessDenied";
    (is_denied && !is_fault_of_the_request(&answer, &response.body)).then_some(answer)
}

/// Does the same as [`denied`], but also accepts the error codes in `codes` as a denial.
pub(super) fn denied_or(answered: Answered, codes: &[&str]) -> Found {
    if let Ok(response) = &answered {
        let answer = ErrorResponse::read(response);
        let is_denied = answer.status == 403 && answer.code == "AccessDenied";
        if answer.status >= 300 && !is_denied && !codes.contains(&answer.code.as_str()) {
            let text = describe(&answered);
            return skip(format!("S3 neither allowed nor denied the request: {text}"));
        }
        if is_denied && is_fault_of_the_request(&answer, &response.body) {
            let text = describe(&answered);
            return skip(format!(
                "S3 refused the request because of its date or an unsigned \
                                 header: {text}"
            ));
        }
    }
    refused(answered)
}

/// Whether S3 denied a request because of its date or because of an unsigned header. S3 checks
/// dates and signed headers before it evaluates a policy, and also answers with the code
/// `AccessDenied`.
fn is_fault_of_the_request(answer: &ErrorResponse, body: &[u8]) -> bool {
    const MESSAGES: [&str; 3] = [
        "request has expired",
        "request is not valid yet",
        "request is not yet valid",
    ];
    let message = answer.message.to_ascii_lowercase();
    let error = Element::read("Error", body);
    MESSAGES.iter().any(|known| message.contains(known))
        || error.is_ok_and(|error| error.child("HeadersNotSigned").is_some())
}

pub(super) async fn put(prober: &Prober<'_>, name: &str, headers: &[(&str, &str)]) -> Answered {
    let request = ProbeRequest {
        name,
        headers,
        body: CONTENT,
        ..ProbeRequest::default()
    };
    prober.request(Method::Put, &request).await
}

pub(super) async fn get(prober: &Prober<'_>, name: &str) -> Answered {
    let request = ProbeRequest {
        name,
        ..ProbeRequest::default()
    };
    prober.request(Method::Get, &request).await
}

/// Reads the bucket policy. Returns `None` if the bucket has no policy, or if the policy cannot be read.
pub(super) async fn policy(prober: &Prober<'_>) -> Option<Document> {
    let request = ProbeRequest {
        query: &[("policy", "")],
        ..ProbeRequest::default()
    };
    match prober.request(Method::Get, &request).await {
        Ok(answer) if answer.status == 200 => Document::read(&answer.body).ok(),
        _ => None,
    }
}
