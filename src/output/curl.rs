//! curl commands that you can paste into a shell. Every value is quoted.

use super::escape::is_deceptive;
use crate::bootstrap::Backup;
use crate::values::quote;
use std::path::Path;

/// The words at the start of every command.
pub(super) fn begin(ca_bundle: Option<&Path>, path_as_is: bool) -> Vec<String> {
    let mut words = vec!["curl".to_owned(), "--fail-with-body".to_owned()];
    if let Some(file) = ca_bundle {
        words.extend(["--cacert".to_owned(), quote_path("", file)]);
    }
    if path_as_is {
        words.push("--path-as-is".to_owned());
    }
    words
}

/// A header option. An empty value is written `Name;`, because curl removes the header for `Name:`.
pub(super) fn header(name: &str, value: &str) -> [String; 2] {
    let line = if value.is_empty() {
        format!("{name};")
    } else {
        format!("{name}: {value}")
    };
    ["--header".to_owned(), quote(&line)]
}

/// The command that restores a configuration from its backup.
pub(super) fn restore(backup: &Backup) -> String {
    if backup.subresource == "event-selectors" {
        let mut command = format!(
            "aws cloudtrail put-event-selectors --region {}",
            quote(&backup.region)
        );
        if let Some(endpoint) = &backup.endpoint {
            command += &format!(" --endpoint-url {}", quote(endpoint));
        }
        let file = quote_path("file://", &backup.path);
        return format!("{command} --cli-input-json {file}");
    }
    let mut presign = vec![
        "s3-secure-bucket presign put".to_owned(),
        quote(&format!("s3://{}/", backup.bucket)),
        format!(
            "--query {} --region {}",
            backup.subresource,
            quote(&backup.region)
        ),
    ];
    if let Some(endpoint) = &backup.endpoint {
        presign.push(format!("--endpoint {}", quote(endpoint)));
    }
    let mut curl = vec!["curl --fail-with-body --request PUT".to_owned()];
    curl.extend(header("Content-MD5", &backup.md5));
    if let Some((name, value)) = &backup.header {
        let signed = header(name, value);
        curl.extend(signed.clone());
        presign.extend(signed);
    }
    let file = quote_path("@", &backup.path);
    curl.push(format!("--data-binary {file}"));
    format!("{} \"$({})\"", curl.join(" "), presign.join(" "))
}

/// Quotes the text `prefix` and a path as one word for sh.
///
/// A terminal cannot show every path, because a path may contain control characters and bytes that are not
/// UTF-8. For such a path, the word is a `printf` command that prints the bytes from their octal numbers.
fn quote_path(prefix: &str, path: &Path) -> String {
    if let Some(text) = path.to_str().filter(|text| !text.contains(is_deceptive)) {
        return quote(&format!("{prefix}{text}"));
    }
    let bytes = prefix
        .bytes()
        .chain(path.as_os_str().as_encoded_bytes().iter().copied());
    let mut format = String::new();
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_./:=@+,".contains(&byte) {
            format.push(char::from(byte));
        } else {
            format += &format!("\\{byte:03o}");
        }
    }
    // The shell removes line breaks at the end of the output. No file of this program has a name that ends with
    // a line break.
    format!("\"$(printf '{format}')\"")
}

/// The name of the local file in the command: the last segment of the key.
pub(super) fn file_name(key: &str) -> String {
    let last = key.rsplit('/').next().unwrap_or_default();
    match last {
        "" | "." | ".." => "file".to_owned(),
        // Common file systems reject a longer name.
        name if name.len() > 255 => "file".to_owned(),
        // curl reads the name `-` as stdin, and a name that begins with `-` as an option.
        name if name.starts_with('-') => format!("./{name}"),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_file_after_the_last_part_of_the_key() {
        for (key, name) in [
            ("a/b.txt", "b.txt"),
            ("a/", "file"),
            ("..", "file"),
            ("-x", "./-x"),
            ("a b", "a b"),
            (&"k".repeat(256), "file"),
            (&"k".repeat(255), &"k".repeat(255)),
        ] {
            assert_eq!(file_name(key), name, "{key}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn quotes_a_path_that_a_terminal_cannot_show_by_its_bytes() {
        use std::os::unix::ffi::OsStrExt;
        for (path, word) in [
            (&b"/tmp/a b"[..], "'@/tmp/a b'"),
            ("/tmp/\u{e9}".as_bytes(), "'@/tmp/\u{e9}'"),
            (
                b"/a\nb/%s\\'\xff",
                r#""$(printf '@/a\012b/\045s\134\047\377')""#,
            ),
            ("/\u{202e}x".as_bytes(), r#""$(printf '@/\342\200\256x')""#),
        ] {
            let path = Path::new(std::ffi::OsStr::from_bytes(path));
            assert_eq!(quote_path("@", path), word);
        }
    }
}
