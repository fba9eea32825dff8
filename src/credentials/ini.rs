//! AWS's dialect of ini: `[section]` headers, `key = value`, continuation lines, nested properties.
//!
//! Where the SDKs differ this follows the stricter ones (Rust, Go, Java).
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>

use std::collections::BTreeMap;
use std::fmt;

/// The sections of a file in order; a name that comes twice stands twice.
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

/// Reads a file. Property names are lower-cased; the last of equal ones counts.
pub fn parse(text: &str) -> Result<Ini, InvalidIni> {
    let mut ini = Ini::default();
    // The property that an indented line would continue.
    let mut current: Option<String> = None;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let invalid = |what| InvalidIni {
            line: index + 1,
            what,
        };
        if line.trim().is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let (_, properties) = ini.sections.last_mut().ok_or(invalid(NO_SECTION))?;
            let value = current
                .as_ref()
                .and_then(|name| properties.get_mut(name))
                .ok_or(invalid("an indented line continues nothing"))?;
            // An empty value with lines below it holds properties of its own.
            if value.is_empty() || value.starts_with('\n') {
                nested_property(line).map_err(invalid)?;
            }
            value.push('\n');
            value.push_str(line.trim());
        } else if let Some(header) = line.strip_prefix('[') {
            let (name, rest) = header
                .split_once(']')
                .ok_or(invalid("a section header has no closing bracket"))?;
            if !rest.trim_start().is_empty() && !rest.trim_start().starts_with(['#', ';']) {
                return Err(invalid("something follows a section header"));
            }
            ini.sections.push((name.trim().to_owned(), BTreeMap::new()));
            current = None;
        } else {
            let (_, properties) = ini.sections.last_mut().ok_or(invalid(NO_SECTION))?;
            let (name, value) = line.split_once('=').ok_or(invalid("there is no `=`"))?;
            let name = name.trim().to_ascii_lowercase();
            if name.is_empty() {
                return Err(invalid("there is no name before `=`"));
            }
            properties.insert(name.clone(), without_comment(value).to_owned());
            current = Some(name);
        }
    }
    Ok(ini)
}

/// The properties nested in a value: the lines below `s3 =`, say.
#[must_use]
pub fn nested(value: &str) -> BTreeMap<String, String> {
    let lines = value.strip_prefix('\n').unwrap_or_default().lines();
    let pairs = lines.filter_map(|line| line.split_once('='));
    let mut properties = BTreeMap::new();
    properties.extend(
        pairs.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned())),
    );
    properties
}

const NO_SECTION: &str = "a line stands before the first section";

fn nested_property(line: &str) -> Result<(), &'static str> {
    let (name, _) = line.split_once('=').ok_or("a nested line has no `=`")?;
    if name.trim().is_empty() {
        return Err("a nested line has no name before `=`");
    }
    Ok(())
}

/// A comment in a line of its own begins anywhere; behind a value it needs white space before it.
fn without_comment(value: &str) -> &str {
    let comment = value
        .char_indices()
        .zip(value.chars().skip(1))
        .find(|((_, before), mark)| [' ', '\t'].contains(before) && ['#', ';'].contains(mark))
        .map_or(value.len(), |((at, _), _)| at);
    value[..comment].trim()
}

/// Where a file breaks the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidIni {
    /// From 1.
    pub line: usize,
    /// How. Never quotes the line: it may hold a secret.
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
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text:?}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
