//! `presign get --keys-from … -o html`: a page with a link for each file. The page needs no script.

use super::escape::{escaped_bytes, is_deceptive};
use super::html::{escape, fill, source_hash};
use s3_presign::timestamp;
use time::OffsetDateTime;

const PAGE: &str = include_str!("downloads/page.html");
const STYLE: &str = include_str!("downloads/page.css");

/// The longest file name in characters, below the limit of file systems.
const LONGEST_NAME: usize = 200;

/// The rows of the page, as HTML.
#[derive(Default)]
pub(crate) struct Downloads {
    rows: String,
    count: usize,
}

impl Downloads {
    /// Adds a file. The presigned URL is percent-encoded, so HTML needs no escapes for it.
    pub(crate) fn add(&mut self, key: &[u8], url: &str) {
        self.count += 1;
        // Characters that change the writing direction could disguise the end of a name.
        self.rows += &format!(
            "<li><a href=\"{}\" rel=\"noreferrer noopener\"><bdi>{}</bdi></a><span class=\"soft\"><bdi>{}</bdi></span></li>\n",
            escape(url),
            escape(&file_name(key)),
            escape(&escaped_bytes(key))
        );
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The whole page.
    pub(crate) fn page(&self, expires_at: OffsetDateTime) -> String {
        fill(PAGE, |name| match name {
            "hash" => source_hash(STYLE),
            "style" => STYLE.to_owned(),
            "count" if self.count == 1 => "1 file".to_owned(),
            "count" => format!("{} files", self.count),
            "until" => timestamp::rfc3339(expires_at),
            "files" => self.rows.clone(),
            other => unreachable!("the page has no placeholder {other}"),
        })
    }
}

/// Makes the end of a key to a file name that every operating system accepts: without separators,
/// reserved or deceptive characters, and without a dot at the beginning or the end.
pub(crate) fn file_name(key: &[u8]) -> String {
    let end = key
        .rsplit(|&byte| byte == b'/')
        .find(|part| !part.is_empty());
    let text = String::from_utf8_lossy(end.unwrap_or_default());
    let safe = |c: char| {
        let is_reserved = "\\:*?\"<>|%".contains(c) || c == char::REPLACEMENT_CHARACTER;
        if is_reserved || is_deceptive(c) {
            '_'
        } else {
            c
        }
    };
    let name: String = text.chars().map(safe).collect();
    let name = name.trim_matches(['.', ' ']);
    // The end of a long name is kept, because it contains the type of the file.
    let skipped = name.chars().count().saturating_sub(LONGEST_NAME);
    let name: String = name.chars().skip(skipped).collect();
    if name.is_empty() {
        "download".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_safe_on_every_system() {
        for (key, name) in [
            (&b"in/report.pdf"[..], "report.pdf"),
            (b"report.pdf/", "report.pdf"),
            (b"in/..", "download"),
            (b"/", "download"),
            (b"in/.htaccess", "htaccess"),
            (b"a\\..\\b:c*?\"<>|%41", "a_.._b_c_______41"),
            ("in/fdp.\u{202e}exe\n\u{1b}".as_bytes(), "fdp._exe__"),
            (b"in/\xff.txt", "_.txt"),
            ("in/\u{e9}t\u{e9}.pdf".as_bytes(), "\u{e9}t\u{e9}.pdf"),
        ] {
            assert_eq!(file_name(key), name);
        }
        let long = format!("{}.pdf", "x".repeat(300));
        let short = file_name(long.as_bytes());
        assert!(short.len() == 200 && short.ends_with("x.pdf"));
    }

    #[test]
    fn keys_cannot_become_markup() {
        let mut downloads = Downloads::default();
        downloads.add(
            b"<script>alert(1)</script>'\"&\xe2\x80\xae",
            "https://h/a?b=1&c=2",
        );
        let page = downloads.page(timestamp::parse("20261127T000000Z").unwrap());
        assert!(
            !page.contains("<script") && !page.contains('\u{202e}'),
            "{page}"
        );
        assert!(page.contains("href=\"https://h/a?b=1&amp;c=2\""), "{page}");
        assert!(
            page.contains("1 file. Each link works until <time datetime=\"2026-11-27T00:00:00Z\">")
        );
        let style = page
            .split("<style>")
            .nth(1)
            .unwrap()
            .split("</style>")
            .next()
            .unwrap();
        assert!(
            page.contains(&format!("style-src {};", source_hash(style))),
            "{page}"
        );
    }
}
