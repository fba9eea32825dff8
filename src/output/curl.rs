//! curl commands that you can paste into a shell. Every value is quoted.

use super::escape::is_deceptive;
use crate::bootstrap::Backup;
use crate::values::Shell;
use std::path::Path;

/// A command that is being written.
pub(super) struct Command {
    shell: Shell,
    words: Vec<String>,
    /// Why the shell cannot run the command.
    refusal: Option<&'static str>,
}

impl Command {
    /// Begins a curl command with the options of every command.
    pub(super) fn curl(shell: Shell, ca_bundle: Option<&Path>, path_as_is: bool) -> Self {
        // In Windows PowerShell, `curl` is the name of a different command.
        let program = if shell == Shell::Powershell {
            "curl.exe"
        } else {
            "curl"
        };
        let mut curl = Command {
            shell,
            words: Vec::new(),
            refusal: None,
        };
        curl.options(&[program, "--fail-with-body"]);
        if let Some(file) = ca_bundle {
            curl.options(&["--cacert"]);
            curl.path("", file);
        }
        if path_as_is {
            curl.options(&["--path-as-is"]);
        }
        curl
    }

    /// Adds words without special characters.
    pub(super) fn options(&mut self, words: &[&str]) {
        self.words.extend(words.iter().map(|&word| word.to_owned()));
    }

    /// Adds one word, and quotes the word.
    pub(super) fn value(&mut self, word: &str) {
        self.refusal = self.refusal.or(self.shell.refusal(word));
        self.words.push(self.shell.quote(word));
    }

    /// Adds a header option. An empty value is written `Name;`, because curl removes the header for
    /// `Name:`.
    pub(super) fn header(&mut self, name: &str, value: &str) {
        self.options(&["--header"]);
        self.value(&if value.is_empty() {
            format!("{name};")
        } else {
            format!("{name}: {value}")
        });
    }

    /// Adds the text `prefix` and a path as one word.
    fn path(&mut self, prefix: &str, path: &Path) {
        if self.shell == Shell::Sh {
            self.words.push(quote_path(prefix, path));
        } else {
            self.value(&format!("{prefix}{}", path.display()));
        }
    }

    /// The command without a line break.
    ///
    /// # Errors
    /// Fails if the shell cannot pass the values to curl. The error is the reason.
    pub(super) fn line(self) -> Result<String, &'static str> {
        match self.refusal {
            Some(why) => Err(why),
            None => Ok(self.words.join(" ")),
        }
    }
}

/// The command that restores a configuration from its backup, for the usual shell of this platform.
pub(super) fn restore(backup: &Backup) -> String {
    let shell = Shell::OF_PLATFORM;
    let begin = |words: &str| Command {
        shell,
        words: vec![words.to_owned()],
        refusal: None,
    };
    if backup.subresource == "event-selectors" {
        let mut aws = begin("aws cloudtrail put-event-selectors --region");
        aws.value(&backup.region);
        if let Some(endpoint) = &backup.endpoint {
            aws.options(&["--endpoint-url"]);
            aws.value(endpoint);
        }
        aws.options(&["--cli-input-json"]);
        aws.path("file://", &backup.path);
        return aws.words.join(" ");
    }
    let mut curl = Command::curl(shell, None, false);
    let mut presign = begin("s3-secure-bucket presign put");
    curl.options(&["--request", "PUT"]);
    presign.value(&format!("s3://{}/", backup.bucket));
    presign.options(&["--query", backup.subresource, "--region"]);
    presign.value(&backup.region);
    if let Some(endpoint) = &backup.endpoint {
        presign.options(&["--endpoint"]);
        presign.value(endpoint);
    }
    curl.header("Content-MD5", &backup.md5);
    if let Some((name, value)) = &backup.header {
        curl.header(name, value);
        presign.header(name, value);
    }
    curl.options(&["--data-binary"]);
    curl.path("@", &backup.path);
    // The values contain neither double quotes nor final backslashes, so every shell can pass them.
    let (curl, presign) = (curl.words.join(" "), presign.words.join(" "));
    match shell {
        Shell::Powershell => format!("{curl} ({presign})"),
        _ => format!("{curl} \"$({presign})\""),
    }
}

/// Quotes the text `prefix` and a path as one word for sh.
///
/// A terminal cannot show every path, because a path may contain control characters and bytes that are not
/// UTF-8. For such a path, the word is a `printf` command that prints the bytes from their octal numbers.
fn quote_path(prefix: &str, path: &Path) -> String {
    if let Some(text) = path.to_str().filter(|text| !text.contains(is_deceptive)) {
        return Shell::Sh.quote(&format!("{prefix}{text}"));
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

/// The name of the local file in the command: the last segment of the key, or `file` if file systems
/// reject this name.
pub(super) fn file_name(key: &str, shell: Shell) -> String {
    let last = key.rsplit('/').next().unwrap_or_default();
    match last {
        "" | "." | ".." => "file".to_owned(),
        name if name.len() > 255 => "file".to_owned(),
        name if shell.is_of_windows() && !is_windows_name(name) => "file".to_owned(),
        // curl reads the name `-` as stdin, and a name that begins with `-` as an option.
        name if name.starts_with('-') => format!("./{name}"),
        name => name.to_owned(),
    }
}

/// Whether Windows accepts a file name. Windows reserves the names of devices, also with an extension.
///
/// <https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file>
fn is_windows_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_ascii_uppercase();
    let is_port = stem.len() == 4 && ["COM", "LPT"].iter().any(|port| stem.starts_with(port));
    let is_device = is_port || ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str());
    let is_invalid = |c: char| c.is_control() || "<>:\"\\|?*".contains(c);
    !is_device && !name.contains(is_invalid) && !name.ends_with([' ', '.'])
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
            assert_eq!(file_name(key, Shell::Sh), name, "{key}");
        }
        for (key, name) in [
            ("a/b c.txt", "b c.txt"),
            ("-x", "./-x"),
            ("console.txt", "console.txt"),
            ("a:b", "file"),
            ("a?", "file"),
            ("a.", "file"),
            ("a\nb", "file"),
            ("x/nul.txt", "file"),
            ("Com1", "file"),
        ] {
            assert_eq!(file_name(key, Shell::Cmd), name, "{key}");
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
