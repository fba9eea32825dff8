//! Tests of the option `--shell` of `presign -o curl`. `make windows` runs the commands for cmd.exe.

use crate::support::presign::{presign, refuses};

/// The command without the values of the query of the URL, which depend on the time.
fn command(args: &[&str]) -> String {
    let output = presign(args).exits(0);
    let (before, after) = output.stdout.split_once("X-Amz-Algorithm").unwrap();
    let end = if after.ends_with("'\n") { "'" } else { "" };
    format!("{before}…{end}")
}

#[test]
fn a_command_is_quoted_for_the_shell_that_the_user_names() {
    let put = [
        "put",
        "s3://bucket/it's 100%.txt",
        "--header",
        "X-Amz-Meta-A: b & c",
        "-o",
        "curl",
    ];
    let sh = "curl --fail-with-body --upload-file 'it'\\''s 100%.txt' --header 'X-Amz-Meta-A: b & c' 'https://bucket.s3.us-east-1.amazonaws.com/it%27s%20100%25.txt?…'";
    let cmd = "curl --fail-with-body --upload-file ^\"it's 100^%.txt^\" --header ^\"X-Amz-Meta-A: b ^& c^\" https://bucket.s3.us-east-1.amazonaws.com/it^%27s^%20100^%25.txt?…";
    let powershell = "curl.exe --fail-with-body --upload-file 'it''s 100%.txt' --header 'X-Amz-Meta-A: b & c' 'https://bucket.s3.us-east-1.amazonaws.com/it%27s%20100%25.txt?…'";
    for (shell, expected) in [
        (&[][..], sh),
        (&["--shell", "sh"], sh),
        (&["--shell", "cmd"], cmd),
        (&["--shell", "powershell"], powershell),
    ] {
        assert_eq!(command(&[&put[..], shell].concat()), expected);
    }
}

/// The form of cmd.exe has double quotes around the name of the file, and the form of PowerShell has none.
#[test]
fn a_form_is_quoted_for_the_shell_that_the_user_names() {
    for (key, shell, file) in [
        ("a b", "sh", "--form 'file=@\"a b\"'"),
        ("a b", "cmd", "--form ^\"file=@\\^\"a b\\^\"^\""),
        ("a b", "powershell", "--form 'file=@a b'"),
        ("a,b", "powershell", "--form 'file=@file'"),
    ] {
        let uri = format!("s3://bucket/{key}");
        let args = ["post", &uri, "-o", "curl", "--shell", shell];
        let output = presign(&args).exits(0);
        assert!(output.stdout.contains(file), "{output:?}");
    }
}

#[test]
fn a_shell_needs_the_format_curl_and_values_that_the_shell_can_pass_on() {
    for method in ["get", "post"] {
        refuses(
            &[method, "s3://bucket/k", "--shell", "cmd"],
            "--shell is only for the format curl",
            "add -o curl, or omit --shell",
        );
    }
    let put = ["put", "s3://bucket/k", "-o", "curl", "--shell"];
    let header = [
        "--header",
        "Content-Disposition: attachment; filename=\"x\"",
    ];
    presign(&[&put[..], &["cmd"], &header].concat()).exits(0);
    refuses(
        &[&put[..], &["powershell"], &header].concat(),
        "the command has a value that the shell cannot pass on: the versions of PowerShell pass double quotes and a final backslash to programs in different ways",
        "choose another shell with --shell, or another format, such as -o json",
    );
    refuses(
        &["post", "s3://bucket/a\nb", "-o", "curl", "--shell", "cmd"],
        "the command has a value that the shell cannot pass on: cmd.exe cannot pass a line break to a program",
        "choose another shell with --shell, or another format, such as -o json",
    );
}
