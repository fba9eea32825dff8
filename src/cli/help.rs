//! The order of the sections of a help text.

/// Sorts the sections of clap's help: usage, examples, the command's own options, exit codes, and at the
/// end the global options, which are the same for each command.
///
/// clap itself prints the global options first and the examples last, and no setting changes that.
pub(super) fn in_reading_order(help: &str) -> String {
    let mut sections = vec![(0, String::new())];
    for line in help.split_inclusive('\n') {
        if let Some(title) = title(line) {
            sections.push((rank(&title), String::new()));
        }
        if let Some((_, text)) = sections.last_mut() {
            text.push_str(line);
        }
    }
    let of_rank = |wanted| (sections.iter()).filter(move |(rank, _)| *rank == wanted);
    let in_order = (0..=LAST).flat_map(of_rank);
    let texts: Vec<&str> = in_order.map(|(_, text)| text.trim_end()).collect();
    texts.join("\n\n") + "\n"
}

/// The rank of the global options, which are the last section.
const LAST: u8 = 4;

fn rank(title: &str) -> u8 {
    match title {
        "Exit codes" => 3,
        "Global options" => LAST,
        "Examples" => 1,
        title if title.starts_with("In ~") => 1,
        _ => 2,
    }
}

/// Returns the title in a line, without the colon and the colours. `None` if the line is no title.
fn title(line: &str) -> Option<String> {
    let mut plain = String::new();
    let mut rest = line.trim_end();
    while let Some((before, code)) = rest.split_once('\x1b') {
        plain += before;
        rest = code.split_once('m').map_or("", |(_, after)| after);
    }
    plain += rest;
    let title = plain.strip_suffix(':')?;
    (!title.starts_with(char::is_whitespace)).then(|| title.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_global_options_come_last() {
        let help = "About\n\nUsage: x [OPTIONS]\n\nArguments:\n  [A]\n\n\x1b[1m\x1b[4mGlobal options:\x1b[0m\n  --g\n\n  --h\n\nControls:\n  --c\n\nExamples:\n  x a\n\nExit codes:\n  0  done\n";
        assert_eq!(
            in_reading_order(help),
            "About\n\nUsage: x [OPTIONS]\n\nExamples:\n  x a\n\nArguments:\n  [A]\n\nControls:\n  --c\n\nExit codes:\n  0  done\n\n\x1b[1m\x1b[4mGlobal options:\x1b[0m\n  --g\n\n  --h\n"
        );
    }
}
