//! Determines the headers that a bucket policy requires for uploads.

use super::{Document, Statement};
use crate::values::covers;
use s3_presign::encode;

/// The placeholder for a header value if the policy allows every value.
const ANY: &str = "VALUE";
const TAGGING: &str = "x-amz-tagging";
const LOCK_MODE: &str = "x-amz-object-lock-mode";
const LOCK_UNTIL: &str = "x-amz-object-lock-retain-until-date";

impl Document {
    /// Returns the headers that the policy requires for uploads, each as the text `NAME: VALUE`. If
    /// the policy allows every value of a header, the text ends with the literal word `VALUE`.
    #[must_use]
    pub fn demanded_headers(&self) -> Vec<String> {
        let mut all: Vec<(String, Option<String>)> = Vec::new();
        for (name, value) in self.statements().flat_map(Statement::demanded_headers) {
            // If one statement requires a certain value of a header and another statement requires
            // only the header, the certain value satisfies both statements. The header for tags may
            // contain several tags.
            match all.iter_mut().find(|(known, _)| *known == name) {
                Some((_, Some(tags))) if name == TAGGING => join_tags(tags, value),
                Some((_, known)) => *known = value.or(known.take()),
                None => all.push((name, value)),
            }
        }
        // S3 rejects an upload that has only one of the two headers for Object Lock.
        for (one, other) in [(LOCK_MODE, LOCK_UNTIL), (LOCK_UNTIL, LOCK_MODE)] {
            let has = |name: &str| all.iter().any(|(known, _)| known == name);
            if has(one) && !has(other) {
                all.push((other.to_owned(), None));
            }
        }
        let line = |(name, value): (String, Option<String>)| {
            format!("{name}: {}", value.as_deref().unwrap_or(ANY))
        };
        all.into_iter().map(line).collect()
    }
}

impl Statement<'_> {
    /// Returns the headers that an upload needs so that this Deny does not apply, each with an
    /// allowed value, or with `None` if every value is allowed. A condition requires a header if
    /// its operator is negated, because a negated operator is true for an absent header, or if the
    /// condition is `Null` with the value `true`.
    #[must_use]
    pub fn demanded_headers(self) -> Vec<(String, Option<String>)> {
        if !self.is_deny() || !self.concerns_uploads() {
            return Vec::new();
        }
        let demanded = |(operator, key, values): (&str, &str, Vec<String>)| {
            let is_null =
                operator == "Null" && values.iter().any(|v| v.eq_ignore_ascii_case("true"));
            // `ForAnyValue:` is an exception: if the header is absent, the condition is false, so
            // the Deny does not apply.
            let is_negated = operator.contains("Not") && !operator.starts_with("ForAnyValue:");
            if !is_null && !is_negated {
                return None;
            }
            // A value with wildcards is a pattern and not a value that a client could send in the
            // header.
            let is_pattern =
                |value: &String| operator.contains("Like") && value.contains(['*', '?']);
            let value = values.into_iter().find(|it| !is_null && !is_pattern(it));
            header_of(key, value)
        };
        let conditions = self.conditions().unwrap_or_default();
        conditions.into_iter().filter_map(demanded).collect()
    }
}

impl Statement<'_> {
    /// Whether the statement names `s3:PutObject`, or names other actions in `NotAction`.
    fn concerns_uploads(self) -> bool {
        let others = self.not_actions();
        let is_other = others.iter().any(|it| covers(it, "s3:putobject"));
        self.covers_action("s3:PutObject") || (!others.is_empty() && !is_other)
    }
}

/// Returns the header that a condition key examines, with the header value that satisfies a
/// condition on `value`. Returns `None` if the uploader cannot choose a header for this key.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
fn header_of(key: &str, value: Option<String>) -> Option<(String, Option<String>)> {
    const TAG: &str = "s3:requestobjecttag/";
    let lower = key.to_ascii_lowercase();
    let tag = |key: &str, value: Option<&str>| {
        let encoded = |text: &str| encode::query(text.as_bytes());
        Some(format!(
            "{}={}",
            encoded(key),
            encoded(value.unwrap_or(ANY))
        ))
    };
    let (header, value) = match lower.strip_prefix("s3:")? {
        "x-amz-content-sha256" => return None,
        // The tag's key comes from the unchanged `key`, because tag keys are case-sensitive.
        name if name.starts_with("requestobjecttag/") => {
            (TAGGING, tag(key.get(TAG.len()..)?, value.as_deref()))
        }
        "requestobjecttagkeys" => (TAGGING, value.and_then(|key| tag(&key, None))),
        "object-lock-mode" => (LOCK_MODE, value),
        "object-lock-retain-until-date" => (LOCK_UNTIL, value),
        "object-lock-remaining-retention-days" => (LOCK_UNTIL, None),
        "object-lock-legal-hold" => ("x-amz-object-lock-legal-hold", value),
        // `*` is the only value of `If-None-Match` that S3 accepts in an upload.
        "if-none-match" => ("if-none-match", Some("*".to_owned())),
        "if-match" => ("if-match", value),
        name if name.starts_with("x-amz-") => (name, value),
        _ => return None,
    };
    Some((header.to_owned(), value))
}

/// Adds a tag to the value of `x-amz-tagging`. A tag with a certain value replaces a tag with the
/// same key and the placeholder value.
fn join_tags(tags: &mut String, more: Option<String>) {
    let Some(more) = more else {
        return;
    };
    let key_of = |tag: &str| tag.split('=').next().map(str::to_owned);
    let mut all: Vec<String> = tags.split('&').map(str::to_owned).collect();
    match all.iter_mut().find(|tag| key_of(tag) == key_of(&more)) {
        Some(tag) if tag.ends_with(&format!("={ANY}")) => *tag = more,
        Some(_) => {}
        None => all.push(more),
    }
    *tags = all.join("&");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_statement_with_other_actions_in_not_action_concerns_uploads() {
        for (actions, count) in [
            (json!(["s3:GetObject", "s3:ListBucket"]), 1),
            (json!("s3:putobject"), 0),
            (json!(["s3:Get*", "s3:Put*"]), 0),
            (json!([]), 0),
        ] {
            let statement = json!({"Effect": "Deny", "Principal": "*", "NotAction": actions, "Resource": "*", "Condition": {"Null": {"s3:x-amz-acl": "true"}}});
            let found = Statement::new(statement.as_object().unwrap()).demanded_headers();
            assert_eq!(found.len(), count, "{actions}");
        }
    }

    #[test]
    fn finds_the_headers_that_uploads_must_have() {
        let of = |action: &str, condition: Value| {
            let statement = json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition});
            Statement::new(statement.as_object().unwrap()).demanded_headers()
        };
        let sse = "x-amz-server-side-encryption";
        let with = |value: &str| vec![(sse.to_owned(), Some(value.to_owned()))];
        let negated = |operator: &str| json!({operator: {"s3:x-amz-server-side-encryption": ["aws:kms", "AES256"]}});
        assert_eq!(
            of("s3:PutObject", negated("StringNotEquals")),
            with("aws:kms")
        );
        assert_eq!(
            of("s3:Put*", negated("StringNotLikeIfExists")),
            with("aws:kms")
        );
        let null = |value: Value| json!({"Null": {"S3:X-Amz-Server-Side-Encryption": value}});
        assert_eq!(of("*", null(json!(true))), [(sse.to_owned(), None)]);
        assert_eq!(of("*", null(json!("True"))), [(sse.to_owned(), None)]);
        let like = |values: Value| json!({"StringNotLike": {"s3:x-amz-acl": values}});
        for (values, value) in [
            (json!("bucket-*"), None),
            (json!(["bucket-?", "private"]), Some("private".to_owned())),
        ] {
            let wanted = [("x-amz-acl".to_owned(), value)];
            assert_eq!(of("*", like(values)), wanted);
        }
        for (action, condition) in [
            ("s3:PutObject", null(json!("false"))),
            ("s3:PutObject", negated("StringEquals")),
            ("s3:GetObject", negated("StringNotEquals")),
            (
                "s3:PutObject",
                json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
            ),
            (
                "s3:PutObject",
                json!({"StringNotEquals": {"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}}),
            ),
        ] {
            assert_eq!(of(action, condition.clone()), [], "{condition}");
        }
    }

    #[test]
    fn names_the_header_of_each_condition_key() {
        let of = |conditions: &[Value]| {
            let statements: Vec<Value> = (conditions.iter())
                .map(|condition| json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*", "Condition": condition}))
                .collect();
            let policy = json!({"Statement": statements}).to_string();
            Document::read(policy.as_bytes())
                .unwrap()
                .demanded_headers()
        };
        let null = |key: &str| json!({"Null": {key: "true"}});
        let not = |key: &str, value: &str| json!({"StringNotEquals": {key: value}});
        let until = "x-amz-object-lock-retain-until-date: VALUE";
        for (conditions, headers) in [
            (
                vec![null("s3:RequestObjectTag/Team")],
                vec!["x-amz-tagging: Team=VALUE"],
            ),
            (
                vec![not("s3:RequestObjectTag/a b", "x&y")],
                vec!["x-amz-tagging: a%20b=x%26y"],
            ),
            (
                vec![null("s3:RequestObjectTagKeys")],
                vec!["x-amz-tagging: VALUE"],
            ),
            (
                vec![
                    null("s3:RequestObjectTagKeys"),
                    null("s3:RequestObjectTag/team"),
                    null("s3:RequestObjectTag/site"),
                    not("s3:RequestObjectTag/team", "files"),
                    null("s3:RequestObjectTag/team"),
                ],
                vec!["x-amz-tagging: team=files&site=VALUE"],
            ),
            (
                vec![
                    json!({"ForAllValues:StringNotEquals": {"s3:RequestObjectTagKeys": ["team"]}}),
                ],
                vec!["x-amz-tagging: team=VALUE"],
            ),
            (
                vec![json!({"ForAnyValue:StringNotEquals": {"s3:RequestObjectTagKeys": ["team"]}})],
                vec![],
            ),
            (
                vec![null("s3:object-lock-mode")],
                vec!["x-amz-object-lock-mode: VALUE", until],
            ),
            (
                vec![not("s3:object-lock-mode", "COMPLIANCE")],
                vec!["x-amz-object-lock-mode: COMPLIANCE", until],
            ),
            (
                vec![null("s3:object-lock-remaining-retention-days")],
                vec![until, "x-amz-object-lock-mode: VALUE"],
            ),
            (
                vec![not("s3:object-lock-legal-hold", "ON")],
                vec!["x-amz-object-lock-legal-hold: ON"],
            ),
            (vec![null("s3:if-none-match")], vec!["if-none-match: *"]),
            (vec![null("s3:if-match")], vec!["if-match: VALUE"]),
            (vec![null("s3:prefix")], vec![]),
        ] {
            assert_eq!(of(&conditions), headers, "{conditions:?}");
        }
    }
}
