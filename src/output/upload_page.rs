//! Upload pages in one HTML file: a page that its owner sends as a file (`presign post -o html`), and a page
//! that lies in the bucket (`request`).

mod kinds;
pub(crate) mod parts;
mod scripts;
mod texts;

use super::html::{escape, fill, source_hash};
use super::post::Upload;
use crate::exchange::request::Forms;
use parts::Parts;
use s3_presign::post::FILENAME;
use s3_presign::timestamp;
use scripts::{OF_BUCKET, OF_FILE, OF_PARTS_IN_BUCKET};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

const PAGE: &str = include_str!("upload_page/page.html");
const STYLE: &str = include_str!("upload_page/page.css");
/// The HTML form that works without JavaScript, for an upload page that is saved as a file.
const FALLBACK: &str = include_str!("upload_page/fallback.html");
/// The HTML that shows the receipt, for the page in the bucket.
const RECEIPT: &str = include_str!("upload_page/receipt.html");
const SHA256: &str = include_str!("upload_page/sha256.js");

/// The value of `success_action_status` that the page needs. With 201, S3 answers with a document, so
/// the plain form shows a result. With 204, S3's default, a browser shows nothing.
pub(crate) const SUCCESS_STATUS: &str = "201";

/// A page that lies in the bucket.
pub(crate) struct InBucket<'a> {
    pub(crate) forms: &'a Forms,
    /// The title of the page. `None` for the usual title.
    pub(crate) title: Option<&'a str>,
    /// A text below the title, which may have several lines.
    pub(crate) note: Option<&'a str>,
    pub(crate) size_range: (u64, u64),
    /// The accepted content types. A `*` at the end of a type matches any ending.
    pub(crate) content_types: &'a [String],
    /// The file name, if the page accepts only one file.
    pub(crate) name: Option<&'a str>,
    /// The upload of the only expected file, if the page sends the file in parts.
    pub(crate) parts: Option<Parts<'a>>,
}

/// Renders the page that is saved as a file. The page contains the form twice: as HTML fields,
/// which work without JavaScript, and as JSON for the script.
pub(crate) fn html(upload: &Upload<'_>) -> String {
    let several = upload.key.contains(FILENAME);
    let fields: String = upload
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
    let accept = accept(upload.content_type.as_slice());
    let texts = texts();
    let end = fill(FALLBACK, |name| match name {
        "fields" => fields.clone(),
        "action" => escape(&upload.form.url),
        "accept" => accept.clone(),
        other => text(&texts, other),
    });
    let origin = csp_source(&upload.form.url);
    Page {
        title: None,
        note: None,
        script: &OF_FILE,
        targets: &format!("connect-src {origin}; form-action {origin}"),
        end,
        expires_at: upload.expires_at,
        several,
        accept,
        config: json!({
            "url": upload.form.url,
            "fields": upload.form.fields,
        }),
        size_range: upload.size_range.unwrap_or((0, 5 << 30)),
        content_types: upload.content_type.into_iter().map(str::to_owned).collect(),
    }
    .render(&texts)
}

/// Renders the page for the bucket. The script of that page can read S3's answers, because the page
/// and the bucket have the same origin.
pub(crate) fn in_bucket(page: &InBucket<'_>) -> String {
    let texts = texts();
    let end = fill(RECEIPT, |name| match name {
        "sha256" => SHA256.to_owned(),
        other => text(&texts, other),
    });
    let types: Vec<&str> = page.content_types.iter().map(String::as_str).collect();
    let files: Vec<_> = page.forms.files.iter().map(|form| &form.fields).collect();
    Page {
        title: page.title,
        note: page.note,
        script: match page.parts {
            Some(_) => &OF_PARTS_IN_BUCKET,
            None => &OF_BUCKET,
        },
        targets: "connect-src 'self'; form-action 'none'; base-uri 'none'; worker-src blob:",
        end,
        expires_at: page.forms.expires_at,
        several: page.name.is_none(),
        accept: accept(&types),
        config: json!({
            "url": page.forms.receipts.url,
            "forms": files,
            "receiptFields": page.forms.receipts.fields,
            "folder": page.forms.folder,
            "name": page.name,
            "upload": page.parts.as_ref().map(Parts::config),
        }),
        size_range: page.size_range,
        content_types: page.content_types.to_vec(),
    }
    .render(&texts)
}

/// The parts in which the two kinds of pages differ.
struct Page<'a> {
    title: Option<&'a str>,
    note: Option<&'a str>,
    script: &'a [&'a str],
    /// The directives of the content security policy that name where the page sends requests.
    targets: &'a str,
    /// The HTML below the list of files.
    end: String,
    expires_at: OffsetDateTime,
    several: bool,
    /// The attribute `accept` of file inputs, with a space before it.
    accept: String,
    /// The part of the script's configuration that only this kind of page has.
    config: Value,
    size_range: (u64, u64),
    content_types: Vec<String>,
}

impl Page<'_> {
    fn render(self, texts: &Map<String, Value>) -> String {
        let until = timestamp::rfc3339(self.expires_at);
        let mut config = self.config;
        let (min, max) = self.size_range;
        config["expiresAt"] = until.clone().into();
        config["minSize"] = min.into();
        config["maxSize"] = max.into();
        config["contentTypes"] = self.content_types.into();
        config["several"] = self.several.into();
        config["kinds"] = json!(kinds::all());
        config["texts"] = texts.clone().into();
        let time = format!(
            "<time id=\"until\" datetime=\"{0}\">{0}</time>",
            escape(&until)
        );
        let title = self.title.map_or_else(|| text(texts, "text.title"), escape);
        let note = self.note.map(|note| {
            let note = escape(note);
            format!("<p class=\"note\">{note}</p>\n")
        });
        let script = format!(
            "\n\"use strict\";\n(function () {{\nconst config = JSON.parse(document.getElementById(\"config\").textContent);\n{}}})();\n",
            self.script.concat()
        );
        let csp = format!(
            "default-src 'none'; style-src {}; script-src {}; {}",
            source_hash(STYLE),
            source_hash(&script),
            self.targets
        );
        fill(PAGE, |name| match name {
            // A `<` in the JSON could end the script element that contains it.
            "config" => config.to_string().replace('<', "\\u003c"),
            "csp" => csp.clone(),
            "title" => title.clone(),
            "note" => note.clone().unwrap_or_default(),
            "end" => self.end.clone(),
            "accept" => self.accept.clone(),
            "multiple" if self.several => " multiple".to_owned(),
            "multiple" => String::new(),
            "until" => text(texts, "text.until").replace("{until}", &time),
            "style" => STYLE.to_owned(),
            "script" => script.clone(),
            other => text(texts, other),
        })
    }
}

fn texts() -> Map<String, Value> {
    let owned = |&(name, text): &(&str, &str)| (name.to_owned(), text.into());
    texts::ENGLISH.iter().map(owned).collect()
}

/// The text of the placeholder `text.NAME`, as HTML.
fn text(texts: &Map<String, Value>, placeholder: &str) -> String {
    let Some(name) = placeholder.strip_prefix("text.") else {
        unreachable!("the page has no placeholder {placeholder}");
    };
    escape(texts.get(name).and_then(Value::as_str).unwrap_or_default())
}

/// The attribute `accept` of a file input, with a space before it; empty without a content type.
fn accept(content_types: &[&str]) -> String {
    if content_types.is_empty() || content_types.contains(&"*") {
        return String::new();
    }
    format!(" accept=\"{}\"", escape(&content_types.join(",")))
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
    use super::scripts::OF_PARTS_IN_FILE;
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
        let parts = [PAGE, STYLE, FALLBACK, RECEIPT, SHA256].into_iter();
        for part in parts
            .chain(OF_FILE)
            .chain(OF_BUCKET)
            .chain(OF_PARTS_IN_FILE)
        {
            for word in [
                "src=",
                "href=\"http",
                "@import",
                "url(",
                "</script",
                "</style",
            ] {
                let allowed = [PAGE, RECEIPT].contains(&part) && word.starts_with("</");
                assert!(allowed || !part.contains(word), "{word}");
            }
        }
    }

    /// A name or an answer of a server can be markup, so no part of the page may parse it as HTML or as a script.
    #[test]
    fn the_scripts_write_no_markup_and_store_nothing_in_the_browser() {
        for part in OF_FILE.into_iter().chain(OF_BUCKET).chain([SHA256]) {
            for word in [
                "innerHTML",
                "outerHTML",
                "AdjacentHTML",
                "setHTML",
                "srcdoc",
                "document.write",
                "eval",
                "Function(",
                "import(",
                "javascript:",
                "Storage",
                "indexedDB",
                "caches",
                "cookie",
                "serviceWorker",
                "history",
            ] {
                assert!(!part.contains(word), "{word}");
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
        let pages = [PAGE, FALLBACK, RECEIPT].concat();
        let scripts = [
            OF_FILE.concat(),
            OF_BUCKET.concat(),
            OF_PARTS_IN_FILE.concat(),
        ];
        let sources = pages + &scripts.concat();
        let mut used = BTreeSet::from(["until", "cancel", "again", "title"]);
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
