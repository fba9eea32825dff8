//! Finds the URL in a text that was copied from a mail, a chat, a log or a program, and repairs the
//! changes that these programs make to URLs.

use std::fmt;

/// A URL that [`find`] found in a text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pasted {
    /// The URL with all repairs made.
    pub(super) url: String,
    /// The repairs that were necessary, in the order in which they were made. A client that uses
    /// the unrepaired URL fails.
    pub(super) repairs: Vec<Repair>,
}

/// A change that a program made to a URL, and that [`parse`](super::parse) undid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repair {
    /// The URL was a parameter of another URL, as mail filters rewrite links.
    Wrapped,
    /// The URL contained `=3D` and soft line breaks, from the quoted-printable encoding of mails
    /// (RFC 2045).
    QuotedPrintable,
    /// The URL contained line breaks or spaces.
    LineBreaks,
    /// The URL contained `&amp;` instead of `&`, as in the source of an HTML or XML document.
    HtmlEntities,
    /// The URL contained `\u0026` or `\/`, as in a JSON string, or a backslash before `&`, as in a
    /// shell command.
    Backslashes,
    /// A full stop, a comma or a bracket followed the URL.
    Punctuation,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wrapped => "the URL is inside another URL: use the inner URL",
            Self::QuotedPrintable => {
                "a mail program encoded the URL (`=3D` for `=`): use the decoded URL"
            }
            Self::LineBreaks => "line breaks split the URL: join the lines without spaces",
            Self::HtmlEntities => "the URL contains `&amp;`: replace each `&amp;` with `&`",
            Self::Backslashes => "the URL contains backslashes: remove the backslashes",
            Self::Punctuation => "a punctuation mark follows the URL: remove the mark",
        })
    }
}

/// Finds the first `http:` or `https:` URL of `text` and repairs it. Returns `None` if `text` has no URL.
///
/// A URL in quotes or angle brackets ends before the closing quote or bracket. Any other URL ends
/// at the first space after its signature, and spaces and line breaks before that point are
/// removed.
#[must_use]
pub(super) fn find(text: &str) -> Option<Pasted> {
    let mut repairs = Vec::new();
    let mut note = |repair: Repair, before: &str, after: String| {
        if before != after {
            repairs.push(repair);
        }
        after
    };
    let unwrapped = note(Repair::Wrapped, text, unwrap(text));
    let text = unwrapped.as_str();
    let start = start(text)?;
    let quoted = match text[..start].chars().next_back().and_then(closing) {
        Some(end) => text[start..].split(end).next().unwrap_or_default(),
        None => &text[start..],
    };
    let plain = note(Repair::QuotedPrintable, quoted, quoted_printable(quoted));
    let joined = join(&plain);
    // A line break after the URL is not a repair, because most text files end with a line break.
    let url = note(Repair::LineBreaks, before_joining(&plain, &joined), joined);
    let url = note(Repair::HtmlEntities, &url, entities(&url));
    let url = note(Repair::Backslashes, &url, backslashes(&url));
    let bare = url.trim_end_matches(['.', ',', ';', ':', '!', ')', ']', '}', '>', '"', '\'', '*']);
    let url = note(Repair::Punctuation, &url, bare.to_owned());
    Some(Pasted { url, repairs })
}

/// Returns the text to compare with `joined`. A line break counts as a repair only inside the URL,
/// so the text after the URL is removed.
fn before_joining<'a>(text: &'a str, joined: &str) -> &'a str {
    let trimmed = text.trim();
    match trimmed.strip_prefix(joined) {
        Some(rest) if rest.is_empty() || rest.starts_with(char::is_whitespace) => {
            &trimmed[..joined.len()]
        }
        _ => trimmed,
    }
}

fn start(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let starts = ["https://", "http://"].map(|scheme| lower.find(scheme));
    starts.into_iter().flatten().min()
}

/// Returns the closing character for the quote or bracket `open` before a URL.
fn closing(open: char) -> Option<char> {
    match open {
        '<' => Some('>'),
        '"' | '\'' | '`' => Some(open),
        '“' => Some('”'),
        _ => None,
    }
}

/// Returns the inner URL if a link filter put the presigned URL into a parameter of another URL,
/// else the unchanged text.
fn unwrap(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let encoded = ["https%3a%2f%2f", "http%3a%2f%2f"];
    let Some(at) = encoded.iter().filter_map(|scheme| lower.find(scheme)).min() else {
        return text.to_owned();
    };
    let ends = |c: char| c == '&' || c.is_whitespace() || "\"'<>".contains(c);
    let inner = text[at..].split(ends).next().unwrap_or_default();
    let decoded = crate::encode::decode(inner.as_bytes());
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    decoded
        .filter(|url| url.contains("ignature="))
        .unwrap_or_else(|| text.to_owned())
}

fn quoted_printable(text: &str) -> String {
    if !text.contains("X-Amz-Algorithm=3DAWS4") {
        return text.to_owned();
    }
    text.replace("=\r\n", "")
        .replace("=\n", "")
        .replace("=3D", "=")
}

/// Joins the words of the text up to the end of the URL, without spaces and line breaks. In a mail,
/// `> ` at the start of a line marks a quotation and is removed.
fn join(text: &str) -> String {
    let mut url = String::new();
    for line in text.lines() {
        let line = match line.trim_start().strip_prefix('>') {
            Some(quoted) if !url.is_empty() => quoted,
            _ => line,
        };
        for word in line.split_whitespace() {
            let goes_on = word.starts_with(['&', '?', '=', '%']) || url.ends_with(['&', '=', '%']);
            if is_complete(&url) && !goes_on {
                return url;
            }
            url += word;
        }
    }
    url
}

/// Whether a `SigV4` URL is complete: it has all required parameters, and its signature has 64
/// hexadecimal digits.
fn is_complete(url: &str) -> bool {
    const PARAMETERS: [&str; 5] = [
        "X-Amz-Algorithm=",
        "X-Amz-Credential=",
        "X-Amz-Date=",
        "X-Amz-Expires=",
        "X-Amz-SignedHeaders=",
    ];
    let signature = url.split("X-Amz-Signature=").nth(1).unwrap_or_default();
    let digits = signature.bytes().take_while(u8::is_ascii_hexdigit).count();
    digits >= 64 && PARAMETERS.iter().all(|name| url.contains(name))
}

fn entities(url: &str) -> String {
    let mut url = url.to_owned();
    // An HTML document inside another HTML document is escaped twice, so `&` may be written as
    // `&amp;amp;`.
    while url.contains("&amp;") {
        url = url.replace("&amp;", "&");
    }
    for (entity, character) in [
        ("&#38;", "&"),
        ("&#x26;", "&"),
        ("&#61;", "="),
        ("&#x3D;", "="),
        ("&#x3d;", "="),
    ] {
        url = url.replace(entity, character);
    }
    url
}

fn backslashes(url: &str) -> String {
    if !url.contains('\\') {
        return url.to_owned();
    }
    let mut url = url.to_owned();
    for (escape, character) in [
        ("\\u0026", "&"),
        ("\\u003d", "="),
        ("\\u003D", "="),
        ("\\u003f", "?"),
        ("\\u003F", "?"),
        ("\\u002f", "/"),
        ("\\u002F", "/"),
        ("\\u0025", "%"),
    ] {
        url = url.replace(escape, character);
    }
    url.replace('\\', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://drop-box.s3.eu-west-1.amazonaws.com/in/a.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

    #[track_caller]
    fn finds(text: &str, repairs: &[Repair]) {
        let found = find(text).unwrap();
        assert_eq!(found.url, URL, "{text}");
        assert_eq!(found.repairs, repairs, "{text}");
    }

    #[test]
    fn reads_a_url_as_programs_print_it_without_a_repair() {
        for text in [
            URL.to_owned(),
            format!("  {URL}\r\n"),
            format!("curl -X PUT -T file '{URL}' -H 'a: b'"),
            format!("<a href=\"{URL}\">"),
            format!("Your link: <{URL}> (15 minutes)"),
            format!("{URL} is the link.\nKind regards"),
        ] {
            finds(&text, &[]);
        }
    }

    #[test]
    fn undoes_what_mails_documents_and_programs_do_to_a_url() {
        use Repair::{
            Backslashes, HtmlEntities, LineBreaks, Punctuation, QuotedPrintable, Wrapped,
        };
        finds(&URL.replace('&', "&amp;"), &[HtmlEntities]);
        finds(&URL.replace('&', "&amp;amp;"), &[HtmlEntities]);
        finds(&URL.replace('&', "\\u0026"), &[Backslashes]);
        let json = URL.replace('&', "\\u0026").replace('/', "\\/");
        finds(&json.replace("https:\\/\\/", "https://"), &[Backslashes]);
        finds(&URL.replace('&', "\\&"), &[Backslashes]);
        finds(&URL.replace("&X-Amz-Date", "\n&X-Amz-Date"), &[LineBreaks]);
        finds(&URL.replace("157751f6", "157751\n> f6"), &[LineBreaks]);
        finds(&URL.replace("Expires=", "Exp \r\n  ires="), &[LineBreaks]);
        finds(&format!("Use {URL}."), &[Punctuation]);
        finds(&format!("[link]({URL})"), &[Punctuation]);
        let quoted = URL
            .replace('=', "=3D")
            .replace("AWS4-HMAC", "AWS4-=\r\nHMAC");
        finds(&quoted, &[QuotedPrintable]);
        let filter = format!(
            "https://links.example.com/?url={}&data=05",
            crate::encode::query(URL.as_bytes())
        );
        finds(&filter, &[Wrapped]);
    }

    #[test]
    fn a_text_without_a_url_gives_none() {
        for text in ["", "s3://b/k", "www.example.com", "https:/b", "§https"] {
            assert!(find(text).is_none(), "{text}");
        }
    }
}
