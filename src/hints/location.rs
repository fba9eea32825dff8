//! The `s3://` URI or the bucket name that a rejected text probably means.

use s3_presign::endpoint::AwsHost;

/// The URI that a text in another form means: without `s3://`, with `S3://` or `s3:/`, an ARN, or a URL of
/// AWS. `None` if the text names no bucket. A query, which could be that of a presigned URL, is left out.
pub(crate) fn likely_uri(text: &str) -> Option<String> {
    let (bucket, key) = location(text)?;
    Some(format!("s3://{bucket}/{key}"))
}

/// The bucket that a text in another form means, such as `arn:aws:s3:::my-bucket`.
pub(crate) fn likely_bucket(text: &str) -> Option<String> {
    let (bucket, _) = location(text)?;
    (bucket != text).then_some(bucket)
}

/// The bucket and the key, percent-decoded where the text is a URL.
fn location(text: &str) -> Option<(String, String)> {
    let (text, _) = text.split_once('?').unwrap_or((text, ""));
    let text = text.split('\u{2026}').next().unwrap_or(text);
    let lower = text.to_ascii_lowercase();
    let after = |prefix: &str| lower.starts_with(prefix).then(|| &text[prefix.len()..]);
    let from = |rest: &str| {
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let is_bucket = bucket.len() >= 3 && bucket.chars().all(is_name);
        is_bucket.then(|| (bucket.to_owned(), key.to_owned()))
    };
    if let Some(rest) = after("https://").or_else(|| after("http://")) {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let authority = authority.to_ascii_lowercase();
        let host = AwsHost::parse(authority.split(':').next().unwrap_or_default())?;
        let path = decoded(path)?;
        return match host.name {
            Some(bucket) => Some((bucket.to_owned(), path)),
            None => from(&path),
        };
    }
    let after_arn = ["arn:aws:s3:::", "arn:aws-cn:s3:::", "arn:aws-us-gov:s3:::"];
    if let Some(rest) = after_arn.into_iter().find_map(after) {
        return from(rest);
    }
    let prefixes = ["s3://", "s3:/", "s3:", "s3a://", "s3n://", "//"];
    let rest = prefixes.into_iter().find_map(after).unwrap_or(text);
    if rest.contains("://") || rest.starts_with("arn:") {
        return None;
    }
    from(rest.trim_start_matches('/'))
}

/// The text without percent-encoding. `None` if the bytes are not UTF-8 text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        bytes.push(u8::from_str_radix(after.get(..2)?, 16).ok()?);
        rest = &after[2..];
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms_in_which_other_programs_name_objects() {
        for (text, uri) in [
            ("bucket/k", Some("s3://bucket/k")),
            ("bucket", Some("s3://bucket/")),
            ("S3://bucket/K", Some("s3://bucket/K")),
            ("s3:/bucket/k", Some("s3://bucket/k")),
            ("s3:bucket/k", Some("s3://bucket/k")),
            ("s3a://bucket/k", Some("s3://bucket/k")),
            ("arn:aws:s3:::bucket/k", Some("s3://bucket/k")),
            ("arn:aws-cn:s3:::bucket", Some("s3://bucket/")),
            (
                "https://bucket.s3.amazonaws.com/a%20b?X-Amz-Signature=1",
                Some("s3://bucket/a b"),
            ),
            (
                "https://s3.eu-west-1.amazonaws.com/bucket/k",
                Some("s3://bucket/k"),
            ),
            (
                "https://bucket.s3.amazonaws.com:443/k",
                Some("s3://bucket/k"),
            ),
            ("https://files.example/bucket/k", None),
            ("https://bucket.s3.amazonaws.com/%zz", None),
            ("arn:aws:iam::1:role/x", None),
            ("b u/k", None),
            ("", None),
        ] {
            assert_eq!(likely_uri(text).as_deref(), uri, "{text}");
        }
        assert_eq!(
            likely_bucket("arn:aws:s3:::bucket").as_deref(),
            Some("bucket")
        );
        assert_eq!(likely_bucket("My_Bucket"), None);
    }
}
