//! The probes of the bucket's controls, one function for each probe.

use super::found::{
    CONTENT, Found, MAIN, PROBES, denial, denied, denied_or, emit, fail, get, in_short, is_ok,
    pass, policy as policy_of, put, refused, skip,
};
use super::probe::{Outcome, Probe, ProbeRequest, Prober, Reason, describe};
use super::undo::PROBE_SID;
use super::{cors, link, multipart, sigv2, urls};
use crate::http::Response;
use crate::policy::Document;
use crate::s3::ErrorResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use s3_presign::Method;
use serde_json::{Value, json};

/// Runs all probes in the order of [`PROBES`].
///
/// # Errors
/// S3 denies the upload of the probe object, and no header that the bucket policy demands explains it.
pub(super) async fn all(
    prober: &Prober<'_>,
    policy: bool,
    on_probe: &mut (dyn FnMut(Probe) + Send),
) -> Result<(), ErrorResponse> {
    let (found, stored) = round_trip(prober).await?;
    emit(on_probe, "round-trip", found);
    // If an ordinary upload fails, the other probes are skipped: a rejected upload would show
    // nothing about a control, and there is no object to download.
    let Some(stored) = stored else {
        for info in &PROBES[1..] {
            let found = match info.id {
                "public-policy" => public_policy(prober, policy).await,
                _ => skip("no probe object could be stored"),
            };
            emit(on_probe, info.id, found);
        }
        return Ok(());
    };
    emit(on_probe, "plain-http", plain_http(prober).await);
    emit(on_probe, "anonymous", denied(prober.anonymous(MAIN).await));
    emit(on_probe, "public-acl", public_acl(prober).await);
    emit(
        on_probe,
        "public-policy",
        public_policy(prober, policy).await,
    );
    emit(on_probe, "encryption", encryption(&stored));
    emit(on_probe, "sse-c", sse_c(prober).await);
    emit(on_probe, "tampered", refused(urls::tampered(prober).await));
    emit(on_probe, "expired", urls::expired(prober).await);
    emit(on_probe, "sigv2", sigv2::sigv2(prober).await);
    let answered = urls::wrong_method(prober).await;
    emit(on_probe, "wrong-method", refused(answered));
    emit(on_probe, "content-type", urls::content_type(prober).await);
    emit(on_probe, "no-overwrite", urls::no_overwrite(prober).await);
    emit(on_probe, "versioning", versioning(prober, &stored).await);
    emit(on_probe, "kms", kms(&stored));
    emit(on_probe, "cors", cors::cors(prober).await);
    emit(on_probe, "request-link", link::request_link(prober).await);
    let uploaded = multipart::multipart_urls(prober).await;
    emit(on_probe, "multipart-urls", uploaded);
    Ok(())
}

/// Uploads and downloads the main probe object. Returns the answer to the download if the
/// downloaded bytes equal the uploaded bytes.
///
/// # Errors
/// As of [`all`].
async fn round_trip(prober: &Prober<'_>) -> Result<(Found, Option<Response>), ErrorResponse> {
    let upload = put(prober, MAIN, &[]).await;
    if !is_ok(&upload) {
        let seen = format!("the upload was refused: {}", describe(&upload));
        let headers = demanded_headers(prober).await;
        if let Ok(answer) = &upload
            && headers.is_empty()
            && let Some(answer) = denial(answer)
            // Ceph denies uploads without a message, also if Block Public Access is the reason.
            && !answer.message.is_empty()
        {
            return Err(answer);
        }
        let reason = if headers.is_empty() {
            Reason::Seen(seen)
        } else {
            Reason::DemandedHeaders { seen, headers }
        };
        return Ok(((Outcome::Fail, reason), None));
    }
    Ok(match get(prober, MAIN).await {
        Ok(answer) if answer.status == 200 && answer.body == CONTENT => {
            let text = format!("{} bytes, the same", CONTENT.len());
            (pass(text), Some(answer))
        }
        Ok(answer) if answer.status == 200 => (
            fail("the downloaded bytes differ from the uploaded ones".to_owned()),
            None,
        ),
        other => (
            fail(format!("the download was refused: {}", describe(&other))),
            None,
        ),
    })
}

/// Returns the headers that the bucket policy requires for uploads, or an empty list if the policy
/// cannot be read.
async fn demanded_headers(prober: &Prober<'_>) -> Vec<String> {
    let policy = policy_of(prober).await;
    policy.map_or(Vec::new(), |policy| policy.demanded_headers())
}

async fn plain_http(prober: &Prober<'_>) -> Found {
    let Some(plain) = &prober.plain else {
        return skip(Reason::PlainHttpUnknown);
    };
    let answered = prober.over_http(plain, MAIN).await;
    match &answered {
        // The probe is skipped if the server does not answer over plain HTTP, because the server
        // may still answer other clients.
        Err(_) => skip(format!(
            "no server answers plain HTTP at that address: {}",
            describe(&answered)
        )),
        Ok(_) => denied(answered),
    }
}

/// Uploads an object with a public ACL. If S3 accepts the upload, an anonymous request checks
/// whether the object is public.
async fn public_acl(prober: &Prober<'_>) -> Found {
    const NAME: &str = "public-acl.txt";
    let answered = put(prober, NAME, &[("x-amz-acl", "public-read")]).await;
    if !is_ok(&answered) {
        return denied_or(answered, &["AccessControlListNotSupported"]);
    }
    let anonymous = prober.anonymous(NAME).await;
    match &anonymous {
        Ok(answer) if answer.status < 300 => fail("the object was public".to_owned()),
        Err(error) => fail(format!(
            "the check whether the object is public failed: {error}"
        )),
        Ok(answer) => {
            let in_short = in_short(answer);
            match denied(anonymous) {
                (Outcome::Pass, _) => pass(format!("taken, without effect: {in_short}")),
                other => other,
            }
        }
    }
}

/// Adds a statement to the policy that makes one probe object public. If the bucket accepts the
/// public policy, the probe restores the previous policy immediately.
async fn public_policy(prober: &Prober<'_>, wanted: bool) -> Found {
    const NAME: &str = "public-policy.txt";
    if !wanted {
        return skip(Reason::NotAskedFor);
    }
    let of_policy = ProbeRequest {
        query: &[("policy", "")],
        ..ProbeRequest::default()
    };
    let before = match prober.request(Method::Get, &of_policy).await {
        Ok(answer) if answer.status == 200 => answer.body,
        Ok(answer) if answer.status == 404 => {
            // If the bucket has no policy, only a DELETE of the policy could restore the previous
            // state. The probe is skipped, because some servers would delete the bucket instead.
            return skip(Reason::NoPolicy);
        }
        other => {
            return skip(format!("the policy cannot be read: {}", describe(&other)));
        }
    };
    let Ok(policy) = Document::read(&before) else {
        return skip("the existing policy cannot be read");
    };
    let mut policy = policy.json();
    let Some(statements) = policy.get_mut("Statement").and_then(Value::as_array_mut) else {
        return skip("the existing policy has no list of statements");
    };
    statements.push(json!({
        "Sid": PROBE_SID,
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": format!("{}/{}", prober.arn, prober.key(NAME)),
    }));
    let body = policy.to_string().into_bytes();
    prober.restore_policy_at_end(Some(&before));
    let (answered, is_sure) = prober.put_policy(&body).await;
    let is_untouched = match &answered {
        // The policy is unchanged, because S3 rejected the new policy and no answer was lost.
        Ok(answer) if (400..500).contains(&answer.status) && is_sure => true,
        _ => prober.put_back(&before).await,
    };
    if is_untouched {
        prober.restore_policy_at_end(None);
    }
    refused(answered)
}

fn encryption(stored: &Response) -> Found {
    match stored.header("x-amz-server-side-encryption") {
        Some(how) => pass(how.to_owned()),
        None => fail("the answer has no x-amz-server-side-encryption".to_owned()),
    }
}

/// Uploads an object with a constant key for SSE-C. The key needs no protection, because the run
/// deletes the uploaded object.
async fn sse_c(prober: &Prober<'_>) -> Found {
    if prober.url_is_plain() {
        return skip("SSE-C works only over https");
    }
    let key = [0x5a; 32];
    let (text, md5) = (BASE64.encode(key), BASE64.encode(Md5::digest(key)));
    let headers = [
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-amz-server-side-encryption-customer-key", &text),
        ("x-amz-server-side-encryption-customer-key-md5", &md5),
    ];
    denied(put(prober, "sse-c.txt", &headers).await)
}

/// Deletes an object and then the delete marker of the object, which restores the object.
async fn versioning(prober: &Prober<'_>, stored: &Response) -> Found {
    let version = stored.header("x-amz-version-id");
    if version.is_none_or(|version| version == "null") {
        return skip("versioning is off");
    }
    let request = ProbeRequest {
        name: MAIN,
        once: true,
        ..ProbeRequest::default()
    };
    let deleted = prober.request(Method::Delete, &request).await;
    let marker = match &deleted {
        Ok(answer) if answer.status < 300 => answer.header("x-amz-version-id"),
        _ => {
            return fail(format!(
                "the object could not be deleted: {}",
                describe(&deleted)
            ));
        }
    };
    let Some(marker) = marker else {
        return fail("the object was deleted without a delete marker".to_owned());
    };
    if is_ok(&get(prober, MAIN).await) {
        return fail("the object still exists after it was deleted".to_owned());
    }
    let of_marker = ProbeRequest {
        name: MAIN,
        query: &[("versionId", marker)],
        ..ProbeRequest::default()
    };
    let restored = prober.request(Method::Delete, &of_marker).await;
    if !is_ok(&restored) {
        let why = describe(&restored);
        return fail(format!("the delete marker could not be removed: {why}"));
    }
    match get(prober, MAIN).await {
        Ok(answer) if answer.status == 200 && answer.body == CONTENT => {
            pass("the delete marker was removed, and the object is back, unchanged".to_owned())
        }
        other => fail(format!("the object was not restored: {}", describe(&other))),
    }
}

fn kms(stored: &Response) -> Found {
    match stored.header("x-amz-server-side-encryption") {
        Some(how) if how.starts_with("aws:kms") => pass(format!("{how}, both ways")),
        _ => skip("default encryption is not SSE-KMS"),
    }
}
