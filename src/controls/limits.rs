//! Checks a request body against S3's limits before the program sends the body: the size, the
//! number of rules or tags, and characters that XML cannot represent.

use super::Subresource;
use super::event_selectors::{self, EventSelectors};
use crate::xml::{Element, is_xml, root_element};

/// The maximum number of lifecycle rules of a bucket.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html>
const RULES: usize = 1_000;

/// The maximum number of tags of a bucket. Tags that AWS sets (`aws:…`) do not count.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html>
const TAGS: usize = 50;

/// The maximum number of CORS rules of a bucket.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html>
const CORS_RULES: usize = 100;

/// Returns the reason why S3 would reject this body, as a clause for the report, or `None` if the
/// body violates no known limit.
pub(crate) fn objection(subresource: &Subresource, body: &[u8]) -> Option<String> {
    if let Some(limit) = subresource.size_limit
        && body.len() > limit
    {
        let (name, bytes) = (subresource.name, body.len());
        let situation = format!("would have {bytes} bytes, above S3's limit of {limit}");
        return Some(match name {
            "cors" => format!("the CORS rules {situation}; remove existing rules first"),
            _ => format!(
                "the {name} {situation}; shorten the {name}, or deliver the logs of at most about 250 buckets to one log bucket"
            ),
        });
    }
    if let Some(character) = String::from_utf8_lossy(body)
        .chars()
        .find(|it| !is_xml(*it))
        && subresource.content_type == super::XML
    {
        return Some(format!(
            "the existing configuration contains the character U+{:04X}, which XML cannot represent; nothing was sent, because the character would be lost",
            u32::from(character)
        ));
    }
    if subresource.name == event_selectors::NAME {
        let document = event_selectors::read(body).ok()?;
        return EventSelectors::of(&document).objection();
    }
    let document = Element::read(&root_element(body).ok()?, body).ok()?;
    let tags = document
        .child("TagSet")
        .into_iter()
        .flat_map(|set| set.all("Tag"));
    let tags = tags.filter(|tag| !tag.text_of("Key").starts_with("aws:"));
    let (count, limit, what) = match subresource.name {
        "cors" => (document.all("CORSRule").count(), CORS_RULES, "CORS rules"),
        "lifecycle" => (document.all("Rule").count(), RULES, "rules"),
        "tagging" => (tags.count(), TAGS, "tags"),
        _ => return None,
    };
    (count > limit).then(|| {
        format!(
            "the bucket would have {count} {what}, above S3's limit of {limit}; remove existing {what} first"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::{ALL, Control, Settings, tests::settings};

    /// Returns the result of [`objection`] for the body that the control would send if the bucket
    /// has the configuration `found`.
    fn objection_to(id: &str, found: &str, settings: &Settings) -> Option<String> {
        let control: &dyn Control = *ALL.iter().find(|it| it.info().id == id).unwrap();
        let review = control.review(Some(found.as_bytes()), settings).unwrap();
        objection(control.info().subresource, &review.change.unwrap())
    }

    #[test]
    fn an_objection_names_a_character_that_xml_cannot_represent() {
        let settings = Settings {
            lifecycle: Some(crate::controls::Lifecycle {
                abort_incomplete: 7,
                transition_ia: None,
                expire_noncurrent: None,
                expire: None,
                expire_prefix: String::new(),
            }),
            tags: vec!["team=a".parse().unwrap()],
            ..settings()
        };
        let rule = |prefix: &str| {
            format!(
                "<LifecycleConfiguration><Rule><Filter><Prefix>{prefix}</Prefix></Filter><Status>Enabled</Status></Rule></LifecycleConfiguration>"
            )
        };
        for (prefix, character) in [
            ("a&#x4;b/", "U+0004"),
            ("&#31;", "U+001F"),
            ("&#xFFFE;", "U+FFFE"),
        ] {
            let objection = objection_to("lifecycle", &rule(prefix), &settings).unwrap();
            assert!(objection.contains(character), "{objection}");
        }
        for prefix in ["a/", "&#9;&#10;&#13;", "\u{e9}\u{1F600}"] {
            assert_eq!(objection_to("lifecycle", &rule(prefix), &settings), None);
        }
        let tag = "<Tagging><TagSet><Tag><Key>k</Key><Value>&#1;</Value></Tag></TagSet></Tagging>";
        assert!(objection_to("tags", tag, &settings).is_some());
    }

    #[test]
    fn tags_that_aws_sets_do_not_count() {
        let settings = Settings {
            tags: vec!["team=a".parse().unwrap()],
            ..settings()
        };
        let tagging = |count: usize| {
            let tag = |key: String| format!("<Tag><Key>{key}</Key><Value>v</Value></Tag>");
            let own: String = (0..count).map(|number| tag(format!("k{number}"))).collect();
            format!(
                "<Tagging><TagSet>{own}{}</TagSet></Tagging>",
                tag("aws:x".to_owned())
            )
        };
        assert_eq!(objection_to("tags", &tagging(49), &settings), None);
        assert!(objection_to("tags", &tagging(50), &settings).is_some());
    }

    #[test]
    fn more_than_a_hundred_cors_rules_are_refused() {
        let settings = Settings {
            cors_origins: vec!["https://a.example".parse().unwrap()],
            ..settings()
        };
        let rules = |count: usize| {
            let rule = "<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>https://b.example</AllowedOrigin></CORSRule>";
            format!(
                "<CORSConfiguration>{}</CORSConfiguration>",
                rule.repeat(count)
            )
        };
        assert_eq!(objection_to("cors", &rules(99), &settings), None);
        assert_eq!(
            objection_to("cors", &rules(100), &settings).unwrap(),
            "the bucket would have 101 CORS rules, above S3's limit of 100; remove existing CORS rules first"
        );
    }
}
