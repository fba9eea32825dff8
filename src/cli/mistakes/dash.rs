//! Options that begin with a dash of a text editor instead of hyphens, and durations that begin with a hyphen.

use super::{Line, Repair, invalid_value};
use crate::failure::Failure;
use std::ffi::OsString;

/// The en dash, the em dash and the minus sign, which text editors write instead of hyphens.
const DASHES: [char; 3] = ['\u{2013}', '\u{2014}', '\u{2212}'];

/// Returns the failure if a word is an option that begins with a dash of [`DASHES`]. Otherwise, such an
/// option would be the name of a bucket. The value of an option may begin with any dash.
pub(in crate::cli) fn wrong_dash(args: &[OsString]) -> Option<Failure> {
    let words: Vec<&str> = args.iter().map_while(|arg| arg.to_str()).collect();
    let pair = words.windows(2).find(|pair| {
        let rest = pair[1].trim_start_matches(DASHES);
        rest.len() < pair[1].len()
            && rest.starts_with(|c: char| c.is_ascii_alphabetic())
            && !pair[0].starts_with('-')
    })?;
    let name = pair[1].trim_start_matches(DASHES);
    let name = name.split('=').next().unwrap_or(name);
    let dashes = if name.len() == 1 { "-" } else { "--" };
    Some(Failure::usage(
        "an option begins with a dash that is no hyphen, as text editors write it",
        format!("write {dashes}{name}"),
    ))
}

/// Answers a duration with a minus sign.
pub(super) fn negative(word: &str, line: &Line) -> Option<Repair> {
    let (option, value) = line.negative_value(word)?;
    let situation = format!("invalid value '{value}' for '{option}': a duration has no minus sign");
    Some(Repair {
        situation: Some(situation),
        ..invalid_value(option, value, &[], line)?
    })
}
