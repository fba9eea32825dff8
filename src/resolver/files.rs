//! Reads `/etc/hosts` and `/etc/resolv.conf`.

// This module opens files directly, because reqwest calls the resolver without a `Context`.
#![allow(clippy::disallowed_methods)]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::IpAddr;

/// Returns the lines of a text file, or no lines if the file cannot be read.
pub(super) fn lines(path: &str) -> impl Iterator<Item = String> {
    File::open(path)
        .into_iter()
        .flat_map(|file| BufReader::new(file).split(b'\n'))
        .map_while(Result::ok)
        .map(|line| String::from_utf8_lossy(&line).into_owned())
}

/// Returns the addresses for a name in the lines of `/etc/hosts`, in the order of the lines.
pub(super) fn in_hosts(lines: impl Iterator<Item = String>, name: &str) -> Vec<IpAddr> {
    let address = |line: String| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address = words.next()?.parse().ok()?;
        words
            .any(|known| known.eq_ignore_ascii_case(name))
            .then_some(address)
    };
    lines.filter_map(address).collect()
}

/// Returns the search domains in the lines of `/etc/resolv.conf`. If there are several `search` and
/// `domain` lines, only the last line applies.
pub(super) fn search_list(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut list = Vec::new();
    for line in lines {
        let mut words = line.split_whitespace();
        let limit = match words.next() {
            Some("search") => usize::MAX,
            Some("domain") => 1,
            _ => continue,
        };
        list = words
            .take(limit)
            .map(|domain| domain.trim_matches('.').to_owned())
            .filter(|domain| !domain.is_empty())
            .collect();
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &'static str) -> impl Iterator<Item = String> {
        lines.lines().map(str::to_owned)
    }

    #[test]
    fn reads_hosts_files() {
        let hosts = "# 192.0.2.9 a\n192.0.2.1\ta.test a # b\n::1 a\n2001:db8::1 A.Test\n\nx y\n";
        assert_eq!(
            in_hosts(text(hosts), "a.test"),
            ["192.0.2.1", "2001:db8::1"].map(|ip| ip.parse::<IpAddr>().unwrap())
        );
        assert_eq!(in_hosts(text(hosts), "b"), [] as [IpAddr; 0]);
    }

    #[test]
    fn the_last_search_line_is_used() {
        for (lines, expected) in [
            ("nameserver 192.0.2.1\noptions ndots:5\n", &[][..]),
            ("search a.test b.\t.\n", &["a.test", "b"]),
            ("search a.test\ndomain b.test c.test\n", &["b.test"]),
            (
                "#search a\ndomain b.test\nsearch c.test d.test\n",
                &["c.test", "d.test"],
            ),
        ] {
            assert_eq!(search_list(text(lines)), expected, "{lines}");
        }
    }
}
