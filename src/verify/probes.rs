//! The probes: a checklist of what holds, a function each.

use super::found::{
    CONTENT, Found, MAIN, PROBES, denied, denied_or, fail, get, in_short, is_ok, pass, put,
    refused, skip, told,
};
use super::probe::{Outcome, Probe, ProbeRequest, Prober, Reason, describe};
use super::undo::PROBE_SID;
use super::urls;
use crate::http::Response;
use crate::policy::Document;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use s3_presign::Method;
use serde_json::{Value, json};

/// All of them, in order.
pub(super) async fn all(prober: &Prober<'_>, policy: bool, tell: &mut (dyn FnMut(Probe) + Send)) {
    let (found, stored) = round_trip(prober).await;
    told(tell, "round-trip", found);
    // Where nothing can be uploaded, a refused upload proves nothing, and nothing can be downloaded.
    let Some(stored) = stored else {
        for info in &PROBES[1..] {
            let found = match info.id {
                "public-policy" => public_policy(prober, policy).await,
                _ => skip("no probe object could be stored"),
            };
            told(tell, info.id, found);
        }
        return;
    };
    told(tell, "plain-http", plain_http(prober).await);
    told(tell, "anonymous", denied(prober.anonymous(MAIN).await));
    told(tell, "public-acl", public_acl(prober).await);
    told(tell, "public-policy", public_policy(prober, policy).await);
    told(tell, "encryption", encryption(&stored));
    told(tell, "sse-c", sse_c(prober).await);
    told(tell, "tampered", refused(urls::tampered(prober).await));
    told(tell, "expired", urls::expired(prober).await);
    let answered = urls::wrong_method(prober).await;
    told(tell, "wrong-method", refused(answered));
    told(tell, "content-type", urls::content_type(prober).await);
    told(tell, "no-overwrite", urls::no_overwrite(prober).await);
    told(tell, "versioning", versioning(prober, &stored).await);
    told(tell, "kms", kms(&stored));
}

/// The answer to the download, if the bytes are the same.
async fn round_trip(prober: &Prober<'_>) -> (Found, Option<Response>) {
    let upload = put(prober, MAIN, &[]).await;
    if !is_ok(&upload) {
        let seen = format!("the upload was refused: {}", describe(&upload));
        let headers = demanded_headers(prober).await;
        let reason = if headers.is_empty() {
            Reason::Seen(seen)
        } else {
            Reason::DemandedHeaders { seen, headers }
        };
        return ((Outcome::Fail, reason), None);
    }
    match get(prober, MAIN).await {
        Ok(answer) if answer.status == 200 && answer.body == CONTENT => {
            let text = format!("{} bytes, the same", CONTENT.len());
            (pass(text), Some(answer))
        }
        Ok(answer) if answer.status == 200 => (fail("other bytes came back".to_owned()), None),
        other => (
            fail(format!("the download was refused: {}", describe(&other))),
            None,
        ),
    }
}

/// The headers that the bucket policy demands of uploads, if it can be read.
async fn demanded_headers(prober: &Prober<'_>) -> Vec<String> {
    let of_policy = ProbeRequest {
        query: &[("policy", "")],
        ..ProbeRequest::default()
    };
    match prober.request(Method::Get, &of_policy).await {
        Ok(answer) if answer.status == 200 => Document::read(&answer.body)
            .map(|policy| policy.demanded_headers())
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

async fn plain_http(prober: &Prober<'_>) -> Found {
    let Some(plain) = &prober.plain else {
        return skip(Reason::PlainHttpUnknown);
    };
    let answered = prober.over_http(plain, MAIN).await;
    match &answered {
        // Who does not answer here may answer others.
        Err(_) => skip(format!(
            "nothing answers plain HTTP there: {}",
            describe(&answered)
        )),
        Ok(_) => denied(answered),
    }
}

/// Whoever may upload tries to make the object public with it.
async fn public_acl(prober: &Prober<'_>) -> Found {
    const NAME: &str = "public-acl.txt";
    let answered = put(prober, NAME, &[("x-amz-acl", "public-read")]).await;
    if !is_ok(&answered) {
        return denied_or(answered, &["AccessControlListNotSupported"]);
    }
    let anonymous = prober.anonymous(NAME).await;
    match &anonymous {
        Ok(answer) if answer.status < 300 => fail("the object was public".to_owned()),
        Err(error) => fail(format!("whether it is public could not be seen: {error}")),
        Ok(answer) => {
            let in_short = in_short(answer);
            match denied(anonymous) {
                (Outcome::Pass, _) => pass(format!("taken, without effect: {in_short}")),
                other => other,
            }
        }
    }
}

/// Tried with a statement about one probe object, beside the policy that is there; if the bucket lets
/// it, what was there is put back at once, and at the end again.
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
            // It could be put back only by a DELETE, which on some servers deletes the bucket.
            return skip(Reason::NoPolicy);
        }
        other => {
            return skip(format!("the policy cannot be read: {}", describe(&other)));
        }
    };
    let Ok(policy) = Document::read(&before) else {
        return skip("the policy that is there cannot be read");
    };
    let mut policy = policy.json();
    let Some(statements) = policy.get_mut("Statement").and_then(Value::as_array_mut) else {
        return skip("the policy that is there has no list of statements");
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
        // Refused, and no earlier try can have been obeyed.
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

/// The key is of no use to anybody: what was encrypted with it is deleted.
async fn sse_c(prober: &Prober<'_>) -> Found {
    if prober.url_is_plain() {
        return skip("SSE-C goes over https only");
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

/// Delete, and take the delete marker away: the object is back.
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
        _ => return fail(format!("it could not be deleted: {}", describe(&deleted))),
    };
    let Some(marker) = marker else {
        return fail("it was deleted without a delete marker".to_owned());
    };
    if is_ok(&get(prober, MAIN).await) {
        return fail("it is still there after it was deleted".to_owned());
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
            pass("the delete marker removed, the object is back, unchanged".to_owned())
        }
        other => fail(format!("it did not come back: {}", describe(&other))),
    }
}

fn kms(stored: &Response) -> Found {
    match stored.header("x-amz-server-side-encryption") {
        Some(how) if how.starts_with("aws:kms") => pass(format!("{how}, both ways")),
        _ => skip("default encryption is not SSE-KMS"),
    }
}
