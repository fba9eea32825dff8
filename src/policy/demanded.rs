//! The headers that a bucket policy demands of uploads.

use super::{Document, Statement};

impl Document {
    /// The headers without which the policy denies uploads, as `NAME: VALUE`. If any value is allowed, the
    /// text ends with the word `VALUE`.
    #[must_use]
    pub fn demanded_headers(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for (name, value) in self.statements().flat_map(Statement::demanded_headers) {
            // If one statement requires a value of the header and another only its presence, the value
            // satisfies both.
            let known = all
                .iter()
                .position(|known| known.starts_with(&format!("{name}: ")));
            match (known, value) {
                (Some(place), Some(value)) => all[place] = format!("{name}: {value}"),
                (Some(_), None) => {}
                (None, value) => {
                    let value = value.as_deref().unwrap_or("VALUE");
                    all.push(format!("{name}: {value}"));
                }
            }
        }
        all
    }
}

impl Statement<'_> {
    /// The headers without which the statement denies an upload, each with a value that it allows, or
    /// `None` if it allows any value. A header is required if its condition has a negated operator, which
    /// is true for an absent header, or is `Null` with `true`.
    #[must_use]
    pub fn demanded_headers(self) -> Vec<(String, Option<String>)> {
        if !self.is_deny() || !self.covers_action("s3:PutObject") {
            return Vec::new();
        }
        let demanded = |(operator, key, values): (&str, &str, Vec<String>)| {
            let key = key.to_ascii_lowercase();
            let header = key.strip_prefix("s3:")?;
            if !header.starts_with("x-amz-") || header == "x-amz-content-sha256" {
                return None;
            }
            let is_null =
                operator == "Null" && values.iter().any(|v| v.eq_ignore_ascii_case("true"));
            // A value with wildcards is a pattern, so a header cannot have exactly this value.
            let is_pattern =
                |value: &String| operator.contains("Like") && value.contains(['*', '?']);
            let value = values.into_iter().find(|it| !is_null && !is_pattern(it));
            (is_null || operator.contains("Not")).then(|| (header.to_owned(), value))
        };
        let conditions = self.conditions().unwrap_or_default();
        conditions.into_iter().filter_map(demanded).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

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
}
