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
    /// Line breaks split the URL.
    LineBreaks,
    /// The URL contained spaces, which [`parse`](super::parse) removed. A program may have decoded the URL, or
    /// may have added the spaces.
    Spaces,
    /// The URL contained characters that editors do not show, such as a zero-width space.
    Invisible,
    /// The URL contained `&amp;` instead of `&`, as in the source of an HTML or XML document.
    HtmlEntities,
    /// The URL contained `\u0026` or `\/`, as in a JSON string, or a backslash before `&`, as in a
    /// shell command.
    Backslashes,
    /// The URL contained `^&` instead of `&`, as in a command for `cmd.exe`.
    Carets,
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
            Self::Spaces => {
                "spaces split the URL: a program decoded `+` or %20, or added the spaces; this report omits them"
            }
            Self::Invisible => {
                "the URL contains invisible characters, such as a zero-width space: remove these characters"
            }
            Self::HtmlEntities => "the URL contains `&amp;`: replace each `&amp;` with `&`",
            Self::Backslashes => "the URL contains backslashes: remove the backslashes",
            Self::Carets => "the URL contains `^&`: replace each `^&` with `&`",
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
    let mut found = Pasted {
        url: text.to_owned(),
        repairs: Vec::new(),
    };
    found.repair(Repair::Wrapped, unwrap);
    let start = start(&found.url)?;
    let (before, rest) = found.url.split_at(start);
    let quoted = match before.chars().next_back().and_then(closing) {
        Some(end) => rest.split(end).next().unwrap_or_default(),
        None => rest,
    };
    found.url = quoted.to_owned();
    found.repair(Repair::QuotedPrintable, quoted_printable);
    let Joined { url, lines, spaces } = join(&found.url);
    found.url = url;
    let gaps = [(lines, Repair::LineBreaks), (spaces, Repair::Spaces)];
    let gaps = gaps.into_iter().filter(|(is_present, _)| *is_present);
    found.repairs.extend(gaps.map(|(_, repair)| repair));
    found.repair(Repair::Invisible, |url| url.replace(INVISIBLE, ""));
    found.repair(Repair::HtmlEntities, entities);
    found.repair(Repair::Backslashes, backslashes);
    found.repair(Repair::Carets, |url| url.replace("^&", "&"));
    found.repair(Repair::Punctuation, |url| {
        url.trim_end_matches(PUNCTUATION).to_owned()
    });
    Some(found)
}

/// Punctuation marks that can follow a URL in a text.
const PUNCTUATION: [char; 12] = ['.', ',', ';', ':', '!', ')', ']', '}', '>', '"', '\'', '*'];
/// The soft hyphen, the zero-width space, non-joiner and joiner, the word joiner, and the byte order mark.
const INVISIBLE: [char; 6] = [
    '\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}',
];

impl Pasted {
    /// Changes the URL, and notes the repair if the URL was not the same before.
    fn repair(&mut self, repair: Repair, change: impl Fn(&str) -> String) {
        let repaired = change(&self.url);
        if repaired != self.url {
            self.repairs.push(repair);
            self.url = repaired;
        }
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
/// else the unchanged text. If the outer URL is presigned, the inner URL is only a value that the outer
/// URL signs, such as a file name.
fn unwrap(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    // The filter of Proofpoint writes https://urldefense.com/v3/__URL__;CODE
    if let Some(at) = lower.find("/v3/__http") {
        let inner = text[at + "/v3/__".len()..].split("__;").next();
        return inner.unwrap_or_default().to_owned();
    }
    let encoded = ["https%3a%2f%2f", "http%3a%2f%2f"];
    let Some(at) = encoded.iter().filter_map(|scheme| lower.find(scheme)).min() else {
        return text.to_owned();
    };
    let ends = |c: char| c == '&' || c.is_whitespace() || "\"'<>".contains(c);
    let (before, rest) = text.split_at(at);
    let inner = rest.split(ends).next().unwrap_or_default();
    let (_, after) = rest.split_at(inner.len());
    if [before, after]
        .iter()
        .any(|outer| outer.contains("X-Amz-Signature="))
    {
        return text.to_owned();
    }
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

/// A URL without spaces and line breaks.
#[derive(Default)]
struct Joined {
    url: String,
    /// Whether line breaks were inside the URL.
    lines: bool,
    /// Whether spaces were inside a line of the URL.
    spaces: bool,
}

/// Joins the words of the text up to the end of the URL, without spaces and line breaks. In a mail,
/// `> ` at the start of a line marks a quotation and is removed.
fn join(text: &str) -> Joined {
    let mut joined = Joined::default();
    for line in text.lines() {
        let url = &joined.url;
        let line = match line.trim_start().strip_prefix('>') {
            Some(quoted) if !url.is_empty() => quoted,
            _ => line,
        };
        for (at, word) in line.split_whitespace().enumerate() {
            let url = &joined.url;
            let goes_on = word.starts_with(['&', '?', '=', '%']) || url.ends_with(['&', '=', '%']);
            if is_complete(url) && !goes_on {
                return joined;
            }
            joined.lines |= at == 0 && !url.is_empty();
            joined.spaces |= at > 0;
            joined.url += word;
        }
    }
    joined
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
    fn a_url_in_a_value_that_a_presigned_url_signs_is_not_the_inner_url() {
        let value = "x-id=https%3A%2F%2Fa%2F%3FSignature%3Db";
        for url in [
            URL.replace('?', &format!("?{value}&")),
            URL.replace(
                "&X-Amz-SignedHeaders",
                &format!("&{value}&X-Amz-SignedHeaders"),
            ),
            format!("{URL}&{value}"),
        ] {
            let found = find(&url).unwrap();
            assert_eq!((found.url, found.repairs), (url, Vec::new()));
        }
    }

    #[test]
    fn undoes_what_mails_documents_and_programs_do_to_a_url() {
        use Repair::{
            Backslashes, Carets, HtmlEntities, Invisible, LineBreaks, Punctuation, QuotedPrintable,
            Spaces, Wrapped,
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
        finds(&URL.replace("&X-Amz-Date", " &X-Amz-Date"), &[Spaces]);
        let both = URL
            .replace("Expires=", "Exp\nires=")
            .replace("HMAC", "HM AC");
        finds(&both, &[LineBreaks, Spaces]);
        finds(
            &URL.replace("&X-Amz-Date", "\u{200b}&X-Amz-\u{ad}Date"),
            &[Invisible],
        );
        finds(&URL.replace('&', "^&"), &[Carets]);
        finds(
            &format!("https://urldefense.com/v3/__{URL}__;!!a!b$"),
            &[Wrapped],
        );
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
