//! The ARNs of objects in policies.

use crate::controls::Settings;

/// Returns the ARN of an object, or of every object whose key begins with `key`.
pub(super) fn objects_arn(settings: &Settings, key: Option<&[u8]>, is_prefix: bool) -> String {
    let arn = object_arn(settings, key);
    if is_prefix { arn + "*" } else { arn }
}

/// Returns the ARN of an object: `arn:aws:s3:::BUCKET/KEY`. In the key, this function escapes `*`,
/// `?` and `$` as `${*}`, `${?}` and `${$}`, because IAM gives these characters a special meaning.
pub(crate) fn object_arn(settings: &Settings, key: Option<&[u8]>) -> String {
    let mut arn = format!("{}/", settings.bucket_arn());
    let Some(key) = key else {
        return arn + "*";
    };
    for c in String::from_utf8_lossy(key).chars() {
        match c {
            '*' | '?' | '$' => arn += &format!("${{{c}}}"),
            // JSON cannot contain bytes that are not UTF-8, so the wildcard `?` (any character)
            // replaces each of these bytes.
            char::REPLACEMENT_CHARACTER => arn.push('?'),
            c => arn.push(c),
        }
    }
    arn
}
