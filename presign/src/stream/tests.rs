//! Tests of bulk presigning with one and several threads: order, invalid keys, and a full disk.

use super::*;
use crate::endpoint::{Config, Region};
use crate::{Credentials, Expiry, Method, Request, timestamp};

fn presigner() -> Presigner {
    let endpoint = Config::aws(Region::parse("us-east-1").unwrap()).resolve(Some("drop-box"));
    Presigner::new(&Request {
        method: Method::Get,
        endpoint: &endpoint.unwrap(),
        credentials: &Credentials::new("AKID", "secret"),
        at: timestamp::parse("20260101T000000Z").unwrap(),
        expires_in: Expiry::DEFAULT,
        headers: &[],
        query: &[],
    })
    .unwrap()
}

fn options(jobs: usize) -> Options {
    Options {
        separator: b'\n',
        prefix: b"in/".to_vec(),
        jobs,
        line: Line::Text,
    }
}

fn signed(input: &[u8], options: &Options) -> (Vec<String>, Result<Summary, Error>) {
    let mut output = Vec::new();
    let result = run(
        &presigner(),
        io::Cursor::new(input.to_vec()),
        &mut output,
        options,
        |_| {},
    );
    let lines = String::from_utf8(output)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    (lines, result)
}

#[test]
fn any_number_of_threads_keeps_the_order_of_keys() {
    let keys: Vec<String> = (0..20_000)
        .map(|n| format!("{n} {}", "x".repeat(n % 50)))
        .collect();
    let input = keys.join("\n");
    let presigner = presigner();
    let wanted: Vec<String> = keys
        .iter()
        .map(|key| presigner.url(&format!("in/{key}").parse().unwrap()))
        .collect();
    for jobs in [1, 2, 3, 8] {
        let (lines, result) = signed(input.as_bytes(), &options(jobs));
        assert!(lines == wanted, "{jobs} jobs");
        assert_eq!(result.unwrap().written, 20_000);
    }
}

#[test]
fn nul_separates_keys_that_contain_newlines() {
    let nul = Options {
        separator: 0,
        ..options(1)
    };
    let (lines, result) = signed(b"a\nb\0c\0", &nul);
    assert_eq!(result.unwrap().written, 2);
    assert!(
        lines[0].contains("/in/a%0Ab?") && lines[1].contains("/in/c?"),
        "{lines:?}"
    );
}

#[test]
fn keys_with_dot_segments_are_counted() {
    for (prefix, keys, count) in [
        ("", "a\n.b\nc.d\ne/.f\n...\ng/..h", 0),
        ("", ".\na\n..\nb/./c\nd/..\n./e\nf/../.g", 6),
        ("in/.", "a\n/b\n./c\n.\n", 3),
        ("in/../", "a\nb\n", 2),
        ("in/x", ".\n./b\n/.\n", 1),
    ] {
        for jobs in [1, 3] {
            let options = Options {
                prefix: prefix.as_bytes().to_vec(),
                ..options(jobs)
            };
            let summary = signed(keys.as_bytes(), &options).1.unwrap();
            assert_eq!(summary.dot_segments, count, "{prefix} {keys}");
        }
    }
}

#[test]
fn an_invalid_key_is_reported_by_line_after_all_earlier_urls_are_written() {
    let mut input: Vec<u8> = (0..30_000)
        .flat_map(|n| format!("key-{n}\n").into_bytes())
        .collect();
    let cut = input.len();
    for (bad, why) in [
        (b"\n".to_vec(), BadKey::Empty),
        (vec![b'k'; 1022], BadKey::TooLong),
        (vec![b'k'; 200_000], BadKey::TooLong),
    ] {
        input.truncate(cut);
        input.extend_from_slice(&bad);
        input.extend_from_slice(b"\nmore\n");
        for jobs in [1, 3] {
            let (lines, result) = signed(&input, &options(jobs));
            assert_eq!(lines.len(), 30_000);
            let error = result.unwrap_err();
            assert!(
                matches!(error, Error::BadKey { number: 30_001, written: 30_000, why: found } if found == why),
                "{jobs} {why:?} {error:?}"
            );
        }
    }
}

#[test]
fn an_empty_input_gives_no_urls_and_the_last_line_needs_no_newline() {
    assert_eq!(signed(b"", &options(1)).1.unwrap().written, 0);
    assert_eq!(signed(b"a\nb", &options(2)).1.unwrap().written, 2);
}

/// A writer that accepts this many bytes and then fails, as a full disk does.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_stops_the_run_with_any_number_of_threads() {
    let input = "some-key\n".repeat(100_000);
    for jobs in [1, 4] {
        let result = run(
            &presigner(),
            io::Cursor::new(input.clone()),
            Full(5_000_000),
            &options(jobs),
            |_| {},
        );
        assert!(
            matches!(result, Err(Error::Write { written: 1.., .. })),
            "{jobs} {result:?}"
        );
    }
}
