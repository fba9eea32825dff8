//! AWS's dialect of ini: `[section]` headers, `key = value`, continuation lines, nested properties.
//!
//! Where the SDKs disagree, this parser follows the stricter SDKs, which are those for Rust, Go and
//! Java. <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>

use std::collections::BTreeMap;
use std::fmt;

/// The sections of a file in order. If the file repeats a section, the list contains both.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Ini {
    /// Header text (without brackets, trimmed) and properties.
    pub sections: Vec<(String, BTreeMap<String, String>)>,
}

impl fmt::Debug for Ini {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self.sections.iter().map(|(header, _)| header);
        f.debug_list().entries(headers).finish()
    }
}

/// Parses a file. Property names are lower-cased; if a section repeats a name, the last value wins.
///
/// # Errors
/// Fails if a line breaks the format. The error names the first such line.
pub fn parse(text: &str) -> Result<Ini, InvalidIni> {
    let mut ini = Ini::default();
    // The latest property, and how far its line is indented.
    let mut current: Option<(String, usize)> = None;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let invalid = |what| InvalidIni {
            line: index + 1,
            what,
        };
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        // A line continues a value if it is indented further than the property, as Python's
        // configparser (and so the AWS CLI) reads it, because every line of a file may be indented.
        if let Some((name, _)) = current.as_ref().filter(|(_, column)| indent > *column) {
            let (_, properties) = ini.sections.last_mut().ok_or(invalid(NO_SECTION))?;
            let value = properties.entry(name.clone()).or_default();
            // Lines below an empty value are nested properties.
            if value.is_empty() || value.starts_with('\n') {
                nested_property(content).map_err(invalid)?;
            }
            value.push('\n');
            value.push_str(content);
        } else if let Some(header) = content.strip_prefix('[') {
            let (name, rest) =
                split_header(header).ok_or(invalid("a section header has no closing bracket"))?;
            if !rest.trim_start().is_empty() && !rest.trim_start().starts_with(['#', ';']) {
                return Err(invalid("text follows a section header"));
            }
            ini.sections.push((name.trim().to_owned(), BTreeMap::new()));
            current = None;
        } else {
            let (_, properties) = ini.sections.last_mut().ok_or(invalid(NO_SECTION))?;
            let (name, value) = content.split_once('=').ok_or(invalid("there is no `=`"))?;
            let name = name.trim().to_ascii_lowercase();
            if name.is_empty() {
                return Err(invalid("there is no name before `=`"));
            }
            properties.insert(name.clone(), without_comment(value).to_owned());
            current = Some((name, indent));
        }
    }
    Ok(ini)
}

/// The name in a header and the text after the bracket that closes it. A bracket in quotes is part of
/// the name, unless no other bracket follows.
fn split_header(header: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let closing = header.char_indices().find(|&(_, c)| {
        match quote {
            Some(open) if open == c => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
        quote.is_none() && c == ']'
    });
    match closing {
        Some((at, _)) => Some((&header[..at], &header[at + 1..])),
        None => header.split_once(']'),
    }
}

/// The properties nested in a value, such as the lines below `s3 =`.
#[must_use]
pub fn nested(value: &str) -> BTreeMap<String, String> {
    let lines = value.strip_prefix('\n').unwrap_or_default().lines();
    let pairs = lines.filter_map(|line| line.split_once('='));
    let mut properties = BTreeMap::new();
    properties.extend(pairs.map(|(name, value)| {
        let name = name.trim().to_ascii_lowercase();
        (name, without_comment(value).to_owned())
    }));
    properties
}

const NO_SECTION: &str = "a line precedes the first section header";

fn nested_property(line: &str) -> Result<(), &'static str> {
    let (name, _) = line.split_once('=').ok_or("a nested line has no `=`")?;
    if name.trim().is_empty() {
        return Err("a nested line has no name before `=`");
    }
    Ok(())
}

/// A value without its comment. A comment after a value begins with white space and `#` or `;`.
fn without_comment(value: &str) -> &str {
    let comment = value
        .char_indices()
        .zip(value.chars().skip(1))
        .find(|((_, before), mark)| [' ', '\t'].contains(before) && ['#', ';'].contains(mark))
        .map_or(value.len(), |((at, _), _)| at);
    value[..comment].trim()
}

/// The line at which a file breaks the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidIni {
    /// The line number, from 1.
    pub line: usize,
    /// The rule that the line breaks. The text never quotes the line, which may contain a secret.
    pub what: &'static str,
}

impl fmt::Display for InvalidIni {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for InvalidIni {}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_section(text: &str) -> BTreeMap<String, String> {
        parse(text).unwrap().sections.remove(0).1
    }

    #[test]
    fn comments_continuations_and_line_ends_are_read_as_the_sdks_do() {
        let section = only_section(
            "\u{feff}# comment\r\n[profile a] ; comment\r\nKEY = va=lue # comment\r\nb = x;y#z\r\nc = one\r\n  two # kept\r\n\r\ns3 =\r\n  endpoint_url = http://h\r\n",
        );
        let pairs: Vec<(&str, &str)> = section
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("b", "x;y#z"),
                ("c", "one\ntwo # kept"),
                ("key", "va=lue"),
                ("s3", "\nendpoint_url = http://h"),
            ]
        );
        assert_eq!(nested(&section["s3"])["endpoint_url"], "http://h");
    }

    #[test]
    fn a_broken_line_is_named_by_number_and_never_quoted() {
        for (text, line) in [
            ("secret", 1),
            ("[a]\nsecret", 2),
            ("[a\n", 1),
            ("[a] secret\n", 1),
            ("[a]\n= secret", 2),
            ("[a]\n secret", 2),
            (" secret", 1),
            ("[a]\ns3 =\n secret", 3),
            ("[a]\nb=c\n[a]\n secret", 4),
            ("  [a]\n  secret", 2),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text:?}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    /// Every line of a file may be indented, as in a shell's here-document.
    #[test]
    fn reads_a_file_that_is_indented_as_a_whole() {
        let ini = parse(
            "  [a]\n  x = 1\n  s3 =\n    addressing_style = path\n  y = 2\n\t[b]\n\tz = 3\n\t  more\n",
        );
        let sections = ini.unwrap().sections;
        let pairs = |index: usize| {
            let (name, properties): &(String, BTreeMap<String, String>) = &sections[index];
            let pairs = properties
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            (name.as_str(), pairs.collect::<Vec<_>>().join(","))
        };
        let a = ("a", "s3=\naddressing_style = path,x=1,y=2".to_owned());
        let b = ("b", "z=3\nmore".to_owned());
        assert_eq!((pairs(0), pairs(1)), (a, b));
    }

    #[test]
    fn an_indented_comment_is_a_comment() {
        let section = only_section(
            "[a]\ns3 =\n  # comment\n  endpoint_url = http://h # comment\n\t; comment\nb = x\n  # comment\n  y\n",
        );
        assert_eq!(nested(&section["s3"])["endpoint_url"], "http://h");
        assert_eq!(section["b"], "x\ny");
    }

    #[test]
    fn a_bracket_in_quotes_belongs_to_the_header() {
        let headers = |text: &str| parse(text).unwrap().sections.remove(0).0;
        assert_eq!(headers("[profile \"a]b\"] # c"), "profile \"a]b\"");
        assert_eq!(headers("[it's] # it's"), "it's");
        assert_eq!(headers("[it's]"), "it's");
    }
}
