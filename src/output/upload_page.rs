//! `presign post -o html`: an upload page in one file, for people without tools.

use super::post::Upload;
use s3_secure_bucket::presign::post::FILENAME;
use s3_secure_bucket::presign::timestamp;
use serde_json::json;

const PAGE: &str = include_str!("upload_page.html");

/// The page, with the form in it: as fields that a browser posts by itself, and as JSON for the script.
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
    // The placeholders are replaced one by one in the page's own text, never in what was put in.
    let mut page = String::with_capacity(PAGE.len() + 8192);
    let mut rest = PAGE;
    while let Some((before, behind)) = rest.split_once("{{") {
        page.push_str(before);
        let (name, after) = behind.split_once("}}").unwrap_or((behind, ""));
        match name {
            // `<` in JSON in a script element could end it.
            "config" => page.push_str(&config.to_string().replace('<', "\\u003c")),
            "fields" => page.push_str(&hidden),
            "action" => page.push_str(&escape(&upload.form.url)),
            "origin" => page.push_str(&escape(&origin)),
            "accept" => page.push_str(&accept),
            "multiple" => page.push_str(multiple),
            "until" => page.push_str(&escape(&timestamp::rfc3339(upload.expires_at))),
            other => unreachable!("the page has no placeholder {other}"),
        }
        rest = after;
    }
    page.push_str(rest);
    page
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use s3_secure_bucket::presign::post::Form;
    use time::OffsetDateTime;

    #[test]
    fn nothing_that_is_put_in_can_break_out() {
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
    fn it_loads_nothing_from_elsewhere() {
        for word in ["src=", "href=\"http", "@import", "url("] {
            assert!(!PAGE.contains(word), "{word}");
        }
    }
}
