//! `presign post -o html`: an upload page in one HTML file.

mod kinds;
mod texts;

use super::html::{escape, fill};
use super::post::Upload;
use s3_presign::post::FILENAME;
use s3_presign::timestamp;
use serde_json::{Map, Value, json};

const PAGE: &str = include_str!("upload_page/page.html");
const STYLE: &str = include_str!("upload_page/page.css");
/// The script of the page. The files, one for each concept, are parts of one function.
const SCRIPT: [&str; 8] = [
    include_str!("upload_page/kinds.js"),
    include_str!("upload_page/text.js"),
    include_str!("upload_page/rules.js"),
    include_str!("upload_page/answer.js"),
    include_str!("upload_page/line.js"),
    include_str!("upload_page/elsewhere.js"),
    include_str!("upload_page/queue.js"),
    include_str!("upload_page/events.js"),
];

/// The value of `success_action_status` that the page needs. With 201, S3 answers with a document, so
/// the plain form shows a result. With 204, S3's default, a browser shows nothing.
pub(crate) const SUCCESS_STATUS: &str = "201";

/// The page. It contains the form twice: as HTML fields, which work without JavaScript, and as JSON for the
/// script.
pub(crate) fn html(upload: &Upload<'_>) -> String {
    let (min, max) = upload.size_range.unwrap_or((0, 5 << 30));
    let several = upload.key.contains(FILENAME);
    let until = timestamp::rfc3339(upload.expires_at);
    let texts: Map<String, Value> = texts::ENGLISH
        .iter()
        .map(|&(name, text)| (name.to_owned(), text.into()))
        .collect();
    let text = |name: &str| texts.get(name).and_then(Value::as_str).unwrap_or_default();
    let config = json!({
        "url": upload.form.url,
        "fields": upload.form.fields,
        "key": upload.key,
        "expiresAt": until,
        "minSize": min,
        "maxSize": max,
        "contentType": upload.content_type,
        "several": several,
        "kinds": kinds::all(),
        "texts": texts,
    });
    let hidden: String = upload
        .form
        .fields
        .iter()
        .map(|(name, value)| {
            format!(
                "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n",
                escape(name),
                escape(value)
            )
        })
        .collect();
    let time = format!(
        "<time id=\"until\" datetime=\"{0}\">{0}</time>",
        escape(&until)
    );
    let accept = upload.content_type.map_or(String::new(), |kind| {
        format!(" accept=\"{}\"", escape(kind))
    });
    let multiple = if several { " multiple" } else { "" };
    fill(PAGE, |name| match name {
        // A `<` in the JSON could end the script element that contains it.
        "config" => config.to_string().replace('<', "\\u003c"),
        "fields" => hidden.clone(),
        "action" => escape(&upload.form.url),
        "origin" => escape(&csp_source(&upload.form.url)),
        "accept" => accept.clone(),
        "multiple" => multiple.to_owned(),
        "until" => escape(text("until")).replace("{until}", &time),
        "style" => STYLE.to_owned(),
        "script" => SCRIPT.concat(),
        other => match other.strip_prefix("text.") {
            Some(name) => escape(text(name)),
            None => unreachable!("the page has no placeholder {other}"),
        },
    })
}

/// The source expression that allows requests to `url` in a content security policy: its origin, or only
/// its scheme (`https:`) if the grammar of the policy has no form for the host. The grammar has none for
/// IPv6 addresses, for names with `_`, and for names that end in a dot.
/// <https://www.w3.org/TR/CSP3/#grammardef-host-source>
fn csp_source(url: &str) -> String {
    let mut parts = url.splitn(4, '/');
    let (scheme, authority) = (
        parts.next().unwrap_or_default(),
        parts.nth(1).unwrap_or_default(),
    );
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if host.split('.').all(is_label) {
        format!("{scheme}//{authority}")
    } else {
        scheme.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use s3_presign::post::Form;
    use std::collections::BTreeSet;
    use time::OffsetDateTime;

    fn page(url: &str, value: &str) -> String {
        html(&Upload {
            form: &Form {
                url: url.to_owned(),
                fields: vec![("key".to_owned(), value.to_owned())],
            },
            bucket: "drop-box",
            key: value,
            expires_at: OffsetDateTime::UNIX_EPOCH,
            size_range: None,
            content_type: Some(value),
        })
    }

    #[test]
    fn values_cannot_become_markup() {
        let evil = "</script><script>alert(1)</script>\"'{{fields}}";
        let page = page("https://drop-box.s3.example.com/", evil);
        assert!(!page.contains("<script>alert"), "{page}");
        assert_eq!(
            page.matches("</script>").count(),
            PAGE.matches("</script>").count()
        );
        assert!(
            page.contains("form-action https://drop-box.s3.example.com\">"),
            "{page}"
        );
    }

    #[test]
    fn the_page_loads_nothing() {
        for part in [PAGE, STYLE].into_iter().chain(SCRIPT) {
            for word in [
                "src=",
                "href=\"http",
                "@import",
                "url(",
                "</script",
                "</style",
            ] {
                let allowed = part == PAGE && word.starts_with("</");
                assert!(allowed || !part.contains(word), "{word}");
            }
        }
    }

    #[test]
    fn the_security_policy_allows_every_host_that_a_form_can_have() {
        for (url, source) in [
            ("https://b.s3.example.com/", "https://b.s3.example.com"),
            ("http://127.0.0.1:9000/b", "http://127.0.0.1:9000"),
            ("http://localhost/b", "http://localhost"),
            ("http://[::1]:9000/b", "http:"),
            ("https://[2001:db8::1]/b", "https:"),
            ("http://my_server:9000/b", "http:"),
            ("https://s3.example.com./b", "https:"),
        ] {
            assert_eq!(csp_source(url), source, "{url}");
        }
    }

    /// Every `{{text.NAME}}` of the page, and every `text.NAME` and `say("NAME")` of its script.
    #[test]
    fn the_page_and_its_table_have_the_same_texts() {
        let known: BTreeSet<&str> = texts::ENGLISH.iter().map(|(name, _)| *name).collect();
        assert_eq!(known.len(), texts::ENGLISH.len(), "a text comes twice");
        let sources = PAGE.to_owned() + &SCRIPT.concat();
        let mut used = BTreeSet::from(["until", "cancel", "again"]);
        for start in [
            "{{text.", " text.", "(text.", "say(\"", "? \"", ": \"", ": text.",
        ] {
            for (at, _) in sources.match_indices(start) {
                let name = &sources[at + start.len()..];
                let end = name.find(|c: char| !c.is_ascii_alphabetic());
                used.insert(&name[..end.unwrap_or(name.len())]);
            }
        }
        for name in &known {
            let is_kind = name.starts_with("a.") || name.starts_with("many.");
            assert!(is_kind || used.contains(name), "{name} is not used");
        }
        for kind in kinds::all() {
            for name in [format!("a.{}", kind.id), format!("many.{}", kind.id)] {
                assert!(known.contains(&*name), "{name}");
            }
            assert!(kind.types.iter().all(|kind| kind.contains('/')));
        }
    }
}
