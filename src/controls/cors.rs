//! The control for cross-origin requests (CORS): pages of the named origins may use presigned URLs and read
//! S3's answers.
//!
//! The document may have several authors. The control writes one rule, which it knows by its ID and its
//! contents, because IDs need not be unique. The rules of other authors and their order stay.

use super::{Info, Settings, Spec, Standards, Subresource, XML};
use crate::values::covers;
use crate::xml::{DecodeError, Element, Shape};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) struct Cors;

const ROOT: &str = "CORSConfiguration";
const RULE: &str = "CORSRule";
const ID: &str = "s3-secure-bucket";
/// The methods of presigned URLs and forms that upload and download.
const METHODS: [&str; 4] = ["GET", "HEAD", "PUT", "POST"];
/// The headers of an answer that a page needs to confirm an upload.
const EXPOSED: [&str; 2] = ["ETag", "x-amz-version-id"];
/// How long a browser may keep the answer to a preflight request, in seconds.
const MAX_AGE: u32 = 3_600;

const TEXTS: Shape = Shape::List(&Shape::Text);
pub(super) const SHAPE: Shape = Shape::Object(&[(
    RULE,
    Shape::Named("CORSRules", &Shape::List(&SHAPE_OF_RULE)),
)]);
const SHAPE_OF_RULE: Shape = Shape::Object(&[
    ("ID", Shape::Text),
    ("AllowedHeader", Shape::Named("AllowedHeaders", &TEXTS)),
    ("AllowedMethod", Shape::Named("AllowedMethods", &TEXTS)),
    ("AllowedOrigin", Shape::Named("AllowedOrigins", &TEXTS)),
    ("ExposeHeader", Shape::Named("ExposeHeaders", &TEXTS)),
    ("MaxAgeSeconds", Shape::Number),
]);

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html>
static SUBRESOURCE: Subresource = Subresource {
    name: "cors",
    get: "GetBucketCors",
    put: "PutBucketCors",
    absent_codes: &["NoSuchCORSConfiguration"],
    read_action: "s3:GetBucketCORS",
    write_action: "s3:PutBucketCORS",
    content_type: XML,
    size_limit: Some(64 << 10),
    round_trip_header: None,
    has_backup: true,
    access_denied_hint: None,
    // A blind write would remove the rules of other authors.
    safe_without_read: false,
};

impl Spec for Cors {
    type State = Element;

    const INFO: Info = Info {
        id: "cors",
        title: "CORS rule",
        why: "Web pages of the named origins, and no other pages, can upload with presigned URLs and read the answers of S3.",
        flag: "--cors-origin",
        subresource: &SUBRESOURCE,
        standards: Standards::NONE,
    };

    fn is_wanted(settings: &Settings) -> bool {
        !settings.cors_origins.is_empty()
    }

    fn read(body: &[u8]) -> Result<Element, DecodeError> {
        Element::read(ROOT, body)?.checked(&SHAPE)
    }

    fn write(state: &Element) -> Vec<u8> {
        state.write()
    }

    fn json(state: &Element) -> Value {
        state.json(&SHAPE)
    }

    fn desired(found: Option<&Element>, settings: &Settings) -> Element {
        let mut document = Element::or_empty(found, ROOT);
        let wanted = wanted(settings);
        let Some(place) = place(&document) else {
            let is_taken = |id: &str| document.all(RULE).any(|rule| rule.text_of("ID") == id);
            let numbered = (2..).map(|number| format!("{ID}-{number}"));
            let free = std::iter::once(ID.to_owned())
                .chain(numbered)
                .find(|id| !is_taken(id));
            document
                .children
                .push(rule(&free.unwrap_or_default(), &wanted));
            return document;
        };
        let ours = &document.children[place];
        // Some servers sort the values, so their order has no meaning.
        if texts(ours, "AllowedOrigin") != wanted {
            document.children[place] = rule(ours.text_of("ID"), &wanted);
        }
        document
    }

    fn summary(desired: &Element, settings: &Settings) -> Option<String> {
        let wanted = wanted(settings);
        let mut all: Vec<String> = wanted.iter().cloned().collect();
        let before = place(desired).unwrap_or_default();
        let rules_before = desired.children.iter().take(before);
        let rules_before = rules_before.filter(|one| one.name == RULE);
        for (number, theirs) in rules_before.enumerate() {
            if let Some(origin) = wanted.iter().find(|origin| admits(theirs, origin)) {
                let id = match theirs.text_of("ID") {
                    "" => String::new(),
                    id => format!(" `{id}`"),
                };
                all.push(format!(
                    "rule {}{id} comes first for {origin}, so the server may use that rule instead",
                    number + 1
                ));
            }
        }
        Some(all.join(", "))
    }

    fn apply_note(_found: Option<&Element>, desired: &Element) -> Option<&'static str> {
        note(desired)
    }

    fn audit_note(found: Option<&Element>) -> Option<&'static str> {
        found.and_then(note)
    }
}

/// The note about a rule that admits pages of unknown origin.
fn note(document: &Element) -> Option<&'static str> {
    let admits = |origin: &str| document.all(RULE).any(|rule| admits(rule, origin));
    let names_null = |rule: &Element| texts(rule, "AllowedOrigin").contains("null");
    // No page has a host below `.invalid`, so only a rule for all hosts admits these origins.
    let admits_every_host = admits("https://host.invalid") || admits("http://host.invalid");
    match (admits_every_host, document.all(RULE).any(names_null)) {
        (true, true) => Some(
            "a rule admits every origin (`*`, `https://*`), and a rule admits the origin `null`, which pages in files and sandboxed frames have",
        ),
        (true, false) => Some("a rule admits every origin (`*`, `https://*`)"),
        (false, true) => {
            Some("a rule admits the origin `null`, which pages in files and sandboxed frames have")
        }
        (false, false) => None,
    }
}

fn wanted(settings: &Settings) -> BTreeSet<String> {
    let origins = settings.cors_origins.iter();
    origins.map(|origin| origin.as_str().to_owned()).collect()
}

/// The texts of the child elements with this name, as a set.
fn texts(rule: &Element, name: &str) -> BTreeSet<String> {
    rule.all(name).map(|child| child.text.clone()).collect()
}

/// Whether a rule of another author matches pages of this origin.
fn admits(rule: &Element, origin: &str) -> bool {
    let patterns = texts(rule, "AllowedOrigin");
    patterns.iter().any(|pattern| covers(pattern, origin))
}

/// The position of the rule that this program wrote.
fn place(document: &Element) -> Option<usize> {
    let is_ours = |rule: &Element| {
        let id = rule.text_of("ID").strip_prefix(ID);
        let number = id.map(|rest| rest.strip_prefix('-').unwrap_or(rest));
        rule.name == RULE
            && number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            && texts(rule, "AllowedMethod") == METHODS.map(str::to_owned).into()
            && texts(rule, "AllowedHeader") == ["*".to_owned()].into()
            && texts(rule, "ExposeHeader") == EXPOSED.map(str::to_owned).into()
    };
    document.children.iter().position(is_ours)
}

/// The rule of this program.
fn rule(id: &str, origins: &BTreeSet<String>) -> Element {
    let mut parts = vec![Element::leaf("ID", id)];
    parts.push(Element::leaf("AllowedHeader", "*"));
    parts.extend(METHODS.map(|method| Element::leaf("AllowedMethod", method)));
    parts.extend(
        origins
            .iter()
            .map(|origin| Element::leaf("AllowedOrigin", origin)),
    );
    parts.extend(EXPOSED.map(|header| Element::leaf("ExposeHeader", header)));
    parts.push(Element::leaf("MaxAgeSeconds", &MAX_AGE));
    Element::node(RULE, parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::{Control, tests::settings};

    const START: &str = "<CORSConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    const THEIRS: &str = "<CORSRule><ID>theirs</ID><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin><Future>x</Future></CORSRule>";

    fn with(origins: &[&str]) -> Settings {
        Settings {
            cors_origins: origins.iter().map(|text| text.parse().unwrap()).collect(),
            ..settings()
        }
    }

    fn document(rules: &str) -> String {
        format!("{START}{rules}</CORSConfiguration>")
    }

    fn ours(origins: &[&str]) -> String {
        let origins: String = (origins.iter())
            .map(|origin| format!("<AllowedOrigin>{origin}</AllowedOrigin>"))
            .collect();
        format!(
            "<CORSRule><ID>s3-secure-bucket</ID><AllowedHeader>*</AllowedHeader><AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedMethod>POST</AllowedMethod>{origins}<ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-version-id</ExposeHeader><MaxAgeSeconds>3600</MaxAgeSeconds></CORSRule>"
        )
    }

    fn sent(found: Option<&str>, origins: &[&str]) -> Option<String> {
        let review = Cors
            .review(found.map(str::as_bytes), &with(origins))
            .unwrap();
        review.change.map(|body| String::from_utf8(body).unwrap())
    }

    #[test]
    fn the_rule_is_added_after_foreign_rules_and_replaced_in_its_place() {
        let (a, b) = ("https://a.example", "https://b.example");
        assert_eq!(sent(None, &[a]), Some(document(&ours(&[a]))));
        let found = document(&format!("{THEIRS}{}", ours(&[a])));
        assert_eq!(sent(Some(&document(THEIRS)), &[a]), Some(found.clone()));
        assert_eq!(sent(Some(&found), &[a]), None);
        let first = document(&format!("{}{THEIRS}", ours(&[a])));
        let second = document(&format!("{}{THEIRS}", ours(&[a, b])));
        assert_eq!(sent(Some(&first), &[b, a]), Some(second.clone()));
        let sorted = second.replace(&ours(&[a, b]), &ours(&[b, a]));
        assert_eq!(
            sent(Some(&sorted), &[a, b]),
            None,
            "the order has no meaning"
        );
    }

    #[test]
    fn a_rule_with_our_id_and_other_contents_is_foreign() {
        let origin = "https://a.example";
        let theirs = ours(&[origin]).replace("<AllowedHeader>*<", "<AllowedHeader>x-a<");
        let both = format!(
            "{theirs}{}",
            ours(&[origin]).replace("bucket</ID>", "bucket-2</ID>")
        );
        assert_eq!(
            sent(Some(&document(&theirs)), &[origin]),
            Some(document(&both))
        );
        assert_eq!(sent(Some(&document(&both)), &[origin]), None);
    }

    #[test]
    fn a_foreign_rule_that_comes_first_and_wide_origins_are_named() {
        let origin = "https://a.example";
        let found = document(&format!("{THEIRS}{}", ours(&[origin])));
        let review = Cors
            .review(Some(found.as_bytes()), &with(&[origin]))
            .unwrap();
        assert_eq!(
            review.summary.unwrap(),
            "https://a.example, rule 1 `theirs` comes first for https://a.example, so the server may use that rule instead"
        );
        assert_eq!(
            review.audit_note,
            Some("a rule admits every origin (`*`, `https://*`)")
        );
        let alone = Cors.review(None, &with(&[origin])).unwrap();
        assert_eq!((&*alone.summary.unwrap(), alone.apply_note), (origin, None));
        let null = Cors.review(None, &with(&["null"])).unwrap();
        assert!(null.apply_note.unwrap().contains("`null`"));
        for wide in ["https://*", "http*"] {
            let found = document(&THEIRS.replace('*', wide));
            let review = Cors.review(Some(found.as_bytes()), &with(&[origin]));
            let note = review.unwrap().audit_note.unwrap();
            assert!(note.contains("every origin"), "{wide}: {note}");
        }
    }

    #[test]
    fn json_is_that_of_the_aws_cli() {
        let found = document(&ours(&["https://a.example"]));
        let json = Cors::json(&Cors::read(found.as_bytes()).unwrap());
        assert_eq!(
            json,
            serde_json::json!({"CORSRules": [{
                "ID": "s3-secure-bucket",
                "AllowedHeaders": ["*"],
                "AllowedMethods": ["GET", "HEAD", "PUT", "POST"],
                "AllowedOrigins": ["https://a.example"],
                "ExposeHeaders": ["ETag", "x-amz-version-id"],
                "MaxAgeSeconds": 3600,
            }]})
        );
    }
}
