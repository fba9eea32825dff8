//! Tests of signed forms: parsing from JSON and from HTML pages, and the warnings about problems.

use super::*;
use crate::credentials::Credentials;
use crate::endpoint::{Config, Region};
use crate::expiry::Expiry;
use serde_json::json;

fn form() -> post::Form {
    let endpoint = Config::aws(Region::parse("eu-west-1").unwrap())
        .resolve(Some("drop-box"))
        .unwrap();
    post::Form::new(&post::Request {
        endpoint: &endpoint,
        bucket: "drop-box",
        key: "in/${filename}",
        credentials: &Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret"),
        at: timestamp::parse("20260101T000000Z").unwrap(),
        expires_in: Expiry::DEFAULT,
        size_range: Some((1, 1024)),
        exact: &[("success_action_status".to_owned(), "201".to_owned())],
        starts_with: &[("Content-Type".to_owned(), "image/".to_owned())],
    })
    .unwrap()
}

fn as_json(form: &post::Form) -> String {
    let fields: serde_json::Map<String, Value> = form
        .fields
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    json!({"url": form.url, "fields": fields}).to_string()
}

#[test]
fn reads_a_form_from_json_and_from_a_page() {
    let form = form();
    let inputs: String = form
        .fields
        .iter()
        .map(|(name, value)| {
            let value = value.replace('"', "&quot;");
            format!("<INPUT type=hidden NAME=\"{name}\" value=\"{value}\">\n")
        })
        .collect();
    let page = format!(
        "<html><form method=post action='{}'>{inputs}</form>",
        form.url
    );
    for text in [as_json(&form), page] {
        let read = parse(&text).unwrap();
        assert_eq!(read.url, "https://drop-box.s3.eu-west-1.amazonaws.com/");
        assert_eq!(read.access_key_id, "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(timestamp::rfc3339(read.expires_at), "2026-01-01T00:15:00Z");
        let shown: Vec<String> = read.conditions.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown[..5],
            [
                "bucket is `drop-box`",
                "key begins with `in/`",
                "success_action_status is `201`",
                "content-type begins with `image/`",
                "the file has 1 to 1024 bytes",
            ]
        );
        assert!(read.is_signed_by("secret") && !read.is_signed_by("other"));
        let start = timestamp::parse("20260101T000000Z").unwrap();
        assert_eq!(read.warnings(start), []);
        assert_eq!(
            read.warnings(start + Duration::minutes(15)),
            [FormWarning::Expired]
        );
        assert!(!format!("{read:?}").contains(&read.signature));
    }
}

#[test]
fn reports_fields_that_the_policy_does_not_allow() {
    let mut form = form();
    form.fields[0].1 = "out/a".to_owned();
    form.fields.push(("acl".to_owned(), "private".to_owned()));
    let read = parse(&as_json(&form)).unwrap();
    assert_eq!(
        read.warnings(timestamp::parse("20260101T000000Z").unwrap()),
        [
            FormWarning::Unfulfilled(Condition::StartsWith("key".into(), "in/".into())),
            FormWarning::NotInPolicy("acl".into()),
        ]
    );
}

#[test]
fn no_message_shows_the_session_token() {
    let condition = Condition::Equals("x-amz-security-token".into(), "t0ken".into());
    assert_eq!(
        FormWarning::Unfulfilled(condition).to_string(),
        "the fields do not fulfil the policy, which demands that x-amz-security-token is the \
         session token of the signer"
    );
}

#[test]
fn says_what_a_text_lacks() {
    let without = |name: &str| {
        let mut form = form();
        form.fields.retain(|(known, _)| known != name);
        parse(&as_json(&form))
    };
    assert_eq!(parse(""), Err(NotAForm::NoFields));
    assert_eq!(parse("{\"url\": 1}"), Err(NotAForm::NoFields));
    assert_eq!(without("policy"), Err(NotAForm::Missing("policy")));
    assert_eq!(
        without("x-amz-signature"),
        Err(NotAForm::Missing("x-amz-signature"))
    );
    let mut form = form();
    for (name, value) in &mut form.fields {
        if name == "policy" {
            *value = "e30=".to_owned();
        }
    }
    assert_eq!(
        parse(&as_json(&form)),
        Err(NotAForm::Malformed("expiration in the policy"))
    );
}
