//! `inspect` accepts any text: it returns the parsed URL or an error, and it never panics.

#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use s3_presign::endpoint::{Config, Region};
use s3_presign::{Credentials, Expiry, Method, ObjectKey, Presigner, Request, inspect, timestamp};
use time::{Duration, OffsetDateTime};

fn presigned(key: &[u8], token: &str) -> String {
    let endpoint = Config::aws(Region::parse("eu-west-1").unwrap())
        .resolve(Some("drop-box"))
        .unwrap();
    Presigner::new(&Request {
        method: Method::Get,
        endpoint: &endpoint,
        credentials: &Credentials::new("AKID", "secret").with_token(token),
        at: timestamp::parse("20260101T000000Z").unwrap(),
        expires_in: Expiry::DEFAULT,
        headers: &[],
        query: &[("versionId".to_owned(), token.to_owned())],
    })
    .unwrap()
    .url(&ObjectKey::parse(key).unwrap())
}

/// Calls every method of the parsed URL, if `url` can be parsed.
fn call_every_method(url: &str) {
    if let Ok(inspected) = inspect::parse(url) {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let shown: Vec<String> = inspected
            .warnings(now)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(!shown.iter().any(String::is_empty));
        let _ = inspected.is_signed_by("secret", "GET", &[]);
        let _ = (
            inspected.expires_at(),
            inspected.has_token(),
            inspected.unknown_headers(&[]).len(),
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_parsed_without_a_panic(text in "\\PC{0,200}") {
        call_every_method(&text);
        call_every_method(&format!("https://{text}"));
    }

    #[test]
    fn a_url_with_any_part_changed_is_parsed_without_a_panic(key in prop::collection::vec(any::<u8>(), 0..20), at in 0_usize..400, with in "\\PC{0,8}") {
        let mut url = presigned(&key, "t+/=");
        let at = at.min(url.len());
        let end = (at + with.len()).min(url.len());
        url.replace_range(at..end, &with);
        call_every_method(&url);
    }

    #[test]
    fn urls_of_the_presigner_have_valid_signatures(key in prop::collection::vec(any::<u8>(), 1..60), token in "[A-Za-z0-9+/=]{1,30}") {
        let url = inspect::parse(&presigned(&key, &token)).unwrap();
        prop_assert!(url.is_signed_by("secret", "GET", &[]));
        prop_assert!(!url.is_signed_by("secret", "PUT", &[]));
    }
}
