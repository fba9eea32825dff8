//! Uploads with a browser form (POST): the fields, the policy document, and the responses of AWS.

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use s3s::dto::{Tag, Tagging};
use s3s::xml::Deserializer;
use s3s::{Body, S3Error, S3Response, S3Result};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::call::Call;
use crate::config::check_tags;
use crate::digest::{verify_checksums, verify_md5};
use crate::error::{Detail, access_denied, escape, fail, malformed_xml};
use crate::form::Form;
use crate::put::{Draft, preconditions, shown_id};
use crate::state::Store;

/// The limit for the total size of the fields before the file, in bytes.
const MAX_FIELDS: usize = 20 * 1024;

/// A private character of Unicode that replaces `\$` in a policy document, because JSON lacks the
/// escape `\$`.
const DOLLAR: char = '\u{f8ff}';

/// Refuses a POST that is not a form, and a form that lacks a field, before the sandbox verifies
/// the signature.
pub fn examine(call: &Call) -> S3Result<()> {
    let bare = call.method == Method::POST
        && call.bucket.is_some()
        && call.key.is_none()
        && call.query.is_empty();
    let Some(form) = &call.form else {
        if bare {
            return Err(fail(
                412,
                "PreconditionFailed",
                "At least one of the pre-conditions you specified did not hold",
            )
            .field(
                "Condition",
                "Bucket POST must be of the enclosure-type multipart/form-data",
            ));
        }
        return Ok(());
    };
    let missing = |name: &str| {
        fail(400, "InvalidArgument", format!("Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."))
            .field("ArgumentName", name)
            .field("ArgumentValue", "")
    };
    if form.size_of_fields() > MAX_FIELDS {
        return Err(fail(
            400,
            "MaxPostPreDataLengthExceeded",
            "Your POST request fields preceding the upload file were too large.",
        )
        .field("MaxPostPreDataLengthBytes", &MAX_FIELDS.to_string()));
    }
    if form.field("key").is_none() {
        return Err(missing("key"));
    }
    let needed = [
        "policy",
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Signature",
    ];
    let lacking: Vec<&str> = needed
        .into_iter()
        .filter(|name| form.field(&name.to_ascii_lowercase()).is_none())
        .collect();
    if !lacking.is_empty() && lacking.len() < needed.len() {
        return Err(missing(lacking[0]));
    }
    if form.file.is_none() {
        return Err(fail(
            400,
            "InvalidArgument",
            "POST requires exactly one file upload per request.",
        )
        .field("ArgumentName", "file")
        .field("ArgumentValue", "0"));
    }
    Ok(())
}

/// Stores the file of a form with a valid signature.
pub fn upload(store: &Store, call: &Call) -> S3Result<S3Response<Body>> {
    let (Some(form), Some(name)) = (&call.form, &call.bucket) else {
        return Err(access_denied());
    };
    let file = form.file.clone().unwrap_or_default();
    let key = form.key();
    if let Some(policy) = form.field("policy") {
        obey(policy, call, form, name, file.len())?;
    }
    let headers = form.headers();
    if let Some(md5) = form.field("content-md5") {
        verify_md5(md5, &file)?;
    }
    verify_checksums(&headers, &file)?;
    let (etag, version_id, sse) = store.with(name, |bucket| {
        let mut draft = Draft::new(bucket, &headers, file)?;
        if let Some(document) = form.field("tagging") {
            draft.tags = tags(document)?;
        }
        preconditions(bucket, &key, &headers)?;
        let version = draft.store(store, bucket, &key);
        Ok((
            version.etag,
            shown_id(bucket, &version.id),
            version.about.sse.algorithm,
        ))
    })?;
    let etag = format!("\"{etag}\"");
    let path: Vec<_> = key.split('/').map(urlencoding::encode).collect();
    let scheme = if call.peer.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let host = call.header("host").unwrap_or_default();
    let location = if host.starts_with(&format!("{name}.")) {
        format!("{scheme}://{host}/{}", path.join("/"))
    } else {
        format!("{scheme}://{host}/{name}/{}", path.join("/"))
    };
    let redirect = form
        .field("success_action_redirect")
        .or(form.field("redirect"));
    let redirect = redirect.filter(|url| url.starts_with("http://") || url.starts_with("https://"));
    let mut response = S3Response::new(Body::empty());
    let mut seen_at = location.clone();
    response.status = Some(StatusCode::NO_CONTENT);
    if let Some(url) = redirect {
        let sign = if url.contains('?') { '&' } else { '?' };
        let (key, etag) = (urlencoding::encode(&key), urlencoding::encode(&etag));
        seen_at = format!("{url}{sign}bucket={name}&key={key}&etag={etag}");
        response.status = Some(StatusCode::SEE_OTHER);
    } else if form.field("success_action_status") == Some("200") {
        response.status = Some(StatusCode::OK);
    } else if form.field("success_action_status") == Some("201") {
        response.status = Some(StatusCode::CREATED);
        let (location, key, etag) = (escape(&location), escape(&key), escape(&etag));
        response.output = Body::from(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>{location}</Location><Bucket>{name}</Bucket><Key>{key}</Key><ETag>{etag}</ETag></PostResponse>"
        ));
        response
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    }
    let encryption = HeaderName::from_static("x-amz-server-side-encryption");
    let version = HeaderName::from_static("x-amz-version-id");
    for (name, value) in [
        (LOCATION, Some(seen_at)),
        (http::header::ETAG, Some(etag)),
        (version, version_id),
        (encryption, sse),
    ] {
        if let Some(Ok(value)) = value.map(HeaderValue::try_from) {
            response.headers.insert(name, value);
        }
    }
    Ok(response)
}

fn invalid(why: &str) -> S3Error {
    fail(
        400,
        "InvalidPolicyDocument",
        format!("Invalid Policy: {why}"),
    )
}

/// Checks that a form satisfies the conditions of its policy document.
fn obey(encoded: &str, call: &Call, form: &Form, bucket: &str, size: usize) -> S3Result<()> {
    let document = base64_simd::STANDARD
        .decode_to_vec(encoded)
        .map_err(|_| invalid("Invalid JSON."))?;
    let document = String::from_utf8(document).map_err(|_| invalid("Invalid JSON."))?;
    let policy: Value = serde_json::from_str(&with_dollars_marked(&document))
        .map_err(|_| invalid("Invalid JSON."))?;
    let expiration = policy["expiration"]
        .as_str()
        .ok_or_else(|| invalid("Policy missing expiration."))?;
    let expiration = OffsetDateTime::parse(expiration, &Rfc3339)
        .map_err(|_| invalid(&format!("Invalid 'expiration' value: '{expiration}'")))?;
    if call.now >= expiration {
        return Err(fail(
            403,
            "AccessDenied",
            "Invalid according to Policy: Policy expired.",
        ));
    }
    let Some(conditions) = policy["conditions"].as_array() else {
        return Err(invalid("Policy missing conditions."));
    };
    let mut covered: Vec<String> = Vec::new();
    for condition in conditions {
        check(condition, form, bucket, size, &mut covered)?;
    }
    let exempt = ["policy", "x-amz-signature", "file", "submit"];
    let extra = form.fields.iter().map(|(name, _)| name).find(|name| {
        !exempt.contains(&name.as_str())
            && !name.starts_with("x-ignore-")
            && !covered.contains(name)
    });
    match extra {
        Some(name) => Err(fail(
            403,
            "AccessDenied",
            format!("Invalid according to Policy: Extra input fields: {name}"),
        )),
        None => Ok(()),
    }
}

/// Checks one condition of the policy, and adds the field of the condition to `covered`.
fn check(
    condition: &Value,
    form: &Form,
    bucket: &str,
    size: usize,
    covered: &mut Vec<String>,
) -> S3Result<()> {
    let failed = |condition: &Value| -> S3Error {
        // The error message of AWS contains the condition with a space after each comma.
        let items: Vec<String> = condition
            .as_array()
            .into_iter()
            .flatten()
            .map(Value::to_string)
            .collect();
        fail(
            403,
            "AccessDenied",
            format!(
                "Invalid according to Policy: Policy Condition failed: [{}]",
                items.join(", ").replace(DOLLAR, "$")
            ),
        )
    };
    let value_of = |name: &str| match name {
        "bucket" => Some(bucket),
        name => form.field(name),
    };
    // A `$` without a backslash begins a placeholder, and no field has a placeholder as its value,
    // so the condition fails.
    let expected = |value: &Value| {
        let text = value.as_str().filter(|text| !text.contains('$'));
        text.map(|text| text.replace(DOLLAR, "$"))
    };
    if let Value::Object(simple) = condition {
        let mut pairs = simple.iter();
        let (Some((name, wanted)), None) = (pairs.next(), pairs.next()) else {
            return Err(invalid(
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
            ));
        };
        let field = name.to_ascii_lowercase();
        let wanted_text = expected(wanted);
        let fits = wanted_text.is_some() && value_of(&field) == wanted_text.as_deref();
        covered.push(field);
        if fits {
            return Ok(());
        }
        return Err(failed(&serde_json::json!([
            "eq",
            format!("${name}"),
            wanted
        ])));
    }
    let Some([operator, first, second]) = condition.as_array().map(Vec::as_slice) else {
        return Err(invalid("Invalid Condition: wrong number of arguments."));
    };
    let operator = operator.as_str().unwrap_or_default().to_ascii_lowercase();
    if operator == "content-length-range" {
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let (Some(least), Some(most)) = (number(first), number(second)) else {
            return Err(failed(condition));
        };
        let sized = |code: &str, message: &'static str, limit: &str, value: u64| {
            fail(400, code, message)
                .field("ProposedSize", &size.to_string())
                .field(limit, &value.to_string())
        };
        return match size as u64 {
            size if size > most => Err(sized(
                "EntityTooLarge",
                "Your proposed upload exceeds the maximum allowed size",
                "MaxSizeAllowed",
                most,
            )),
            size if size < least => Err(sized(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                "MinSizeAllowed",
                least,
            )),
            _ => Ok(()),
        };
    }
    let (Some(name), Some(wanted)) = (first.as_str(), expected(second)) else {
        return Err(failed(condition));
    };
    let Some(field) = name.strip_prefix('$').map(str::to_ascii_lowercase) else {
        return Err(failed(condition));
    };
    let value = value_of(&field).unwrap_or_default();
    let fits = match operator.as_str() {
        "eq" => value == wanted,
        // If the field contains a list of content types, each of the types must match.
        "starts-with" if field == "content-type" => value
            .split(',')
            .all(|item| item.trim().starts_with(&wanted)),
        "starts-with" => value.starts_with(&wanted),
        _ => {
            return Err(invalid(&format!(
                "Invalid Condition: unknown operation '{operator}'."
            )));
        }
    };
    covered.push(field);
    if fits { Ok(()) } else { Err(failed(condition)) }
}

/// Replaces each `\$` of a policy document by [`DOLLAR`].
fn with_dollars_marked(document: &str) -> String {
    let mut marked = String::new();
    let mut characters = document.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\\' && characters.next_if_eq(&'$').is_some() {
            marked.push(DOLLAR);
            continue;
        }
        marked.push(character);
        // The second character of an escape cannot begin another escape, so the loop copies both
        // characters.
        if character == '\\' {
            marked.extend(characters.next());
        }
    }
    marked
}

/// Returns the tags in the form field `tagging`, which contains the XML document
/// `<Tagging><TagSet><Tag>…`.
fn tags(document: &str) -> S3Result<Vec<Tag>> {
    let mut xml = Deserializer::new(document.as_bytes());
    let tagging: Tagging = xml
        .named_element("Tagging", Deserializer::content)
        .map_err(|_| malformed_xml())?;
    check_tags(&tagging.tag_set, &[])?;
    Ok(tagging.tag_set)
}
