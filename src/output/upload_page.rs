//! `presign post -o html`: an upload page in one HTML file.

use super::html::{escape, fill};
use super::post::Upload;
use s3_presign::post::FILENAME;
use s3_presign::timestamp;
use serde_json::json;

const PAGE: &str = include_str!("upload_page/page.html");

/// The page. It contains the form twice: as HTML fields, which work without JavaScript, and as JSON for the
/// script.
pub(crate) fn html(upload: &Upload<'_>) -> String {
    let (min, max) = upload.size_range.unwrap_or((0, 5 << 30));
    let several = upload.key.contains(FILENAME);
    let config = json!({
        "url": upload.form.url,
        "fields": upload.form.fields,
        "key": upload.key,
        "expiresAt": timestamp::rfc3339(upload.expires_at),
        "minSize": min,
        "maxSize": max,
        "contentType": upload.content_type,
        "several": several,
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
    let origin = upload
        .form
        .url
        .splitn(4, '/')
        .take(3)
        .collect::<Vec<_>>()
        .join("/");
    let accept = upload.content_type.map_or(String::new(), |kind| {
        format!(" accept=\"{}\"", escape(kind))
    });
    let multiple = if several { " multiple" } else { "" };
    fill(PAGE, |name| match name {
        // A `<` in the JSON could end the script element that contains it.
        "config" => config.to_string().replace('<', "\\u003c"),
        "fields" => hidden.clone(),
        "action" => escape(&upload.form.url),
        "origin" => escape(&origin),
        "accept" => accept.clone(),
        "multiple" => multiple.to_owned(),
        "until" => escape(&timestamp::rfc3339(upload.expires_at)),
        other => unreachable!("the page has no placeholder {other}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use s3_presign::post::Form;
    use time::OffsetDateTime;

    #[test]
    fn values_cannot_become_markup() {
        let evil = "</script><script>alert(1)</script>\"'{{fields}}";
        let form = Form {
            url: "https://drop-box.s3.example.com/".to_owned(),
            fields: vec![("key".to_owned(), evil.to_owned())],
        };
        let page = html(&Upload {
            form: &form,
            bucket: "drop-box",
            key: evil,
            expires_at: OffsetDateTime::UNIX_EPOCH,
            size_range: None,
            content_type: Some(evil),
        });
        assert!(!page.contains("<script>alert"), "{page}");
        assert_eq!(
            page.matches("</script>").count(),
            PAGE.matches("</script>").count()
        );
        assert!(
            page.contains("form-action https://drop-box.s3.example.com"),
            "{page}"
        );
    }

    #[test]
    fn the_page_loads_nothing() {
        for word in ["src=", "href=\"http", "@import", "url("] {
            assert!(!PAGE.contains(word), "{word}");
        }
    }
}
