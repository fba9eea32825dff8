//! Settings files that are no regular files or have no usable contents: the program never hangs, and
//! fails only if the run needs the file.

use crate::support::program::{Output, Program};
use std::path::Path;
use std::process::Command;

const PRESIGN: [&str; 5] = [
    "presign",
    "get",
    "s3://drop-box/a",
    "--region",
    "eu-central-1",
];

fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

/// Runs `presign` with keys in the environment, which needs no file, and `credentials` without keys, which
/// reaches the profile.
fn both(home: &Path) -> (Output, Output) {
    let home = home.to_str().unwrap();
    let without_need = Program::new(&PRESIGN).env("HOME", home).run();
    let reaches = Program::bare(&["credentials"]).env("HOME", home).run();
    (without_need, reaches)
}

#[test]
fn a_default_file_that_cannot_be_used_fails_only_a_run_that_needs_it() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".aws");
    std::fs::create_dir(&folder).unwrap();
    for name in ["config", "credentials"] {
        let path = folder.join(name);
        let write = |bytes: &[u8]| std::fs::write(&path, bytes).unwrap();
        let socket = || drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let device = || std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        let large = vec![b'#'; (4 << 20) + 1];
        let cases: [(&dyn Fn(), &str); 6] = [
            (&|| fifo(&path), "the file is a FIFO, not a regular file"),
            (&socket, "the file is a socket, not a regular file"),
            (&device, "the file is a device, not a regular file"),
            (
                &|| write(b"[default]\nregion = \xff\n"),
                "the file is not UTF-8",
            ),
            (&|| write(&large), "the file is longer than 4194304 bytes"),
            (
                &|| write(b"[default\n"),
                "line 1: a section header has no closing bracket",
            ),
        ];
        for (make, why) in cases {
            make();
            let (without_need, reaches) = both(home.path());
            let file = format!("{}: {why}", path.display());
            assert_eq!(
                (without_need.code, without_need.stderr),
                (0, format!("warning: {file}; its settings are not used\n"))
            );
            assert_eq!(reaches.code, 1, "{reaches:?}");
            assert_eq!(reaches.line("  profile: "), format!("  profile: {file}"));
            std::fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn a_file_that_a_variable_names_may_be_a_pipe_of_the_shell_but_no_fifo() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    fifo(&path);
    let fifo = path.to_str().unwrap();
    for variable in [
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_CA_BUNDLE",
    ] {
        let args = ["bootstrap", "drop-box", "--region", "eu-central-1"];
        let named = Program::new(&args).env(variable, fifo).run();
        assert_ne!(named.code, 0, "{variable}");
        let why = "the file is a FIFO, not a regular file";
        assert!(named.stderr.contains(why), "{variable}: {named:?}");
    }
    let token = Program::bare(&["credentials", "--region", "eu-central-1"])
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", fifo)
        .env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/r")
        .run()
        .exits(1);
    assert_eq!(
        token.line("  web identity: "),
        format!("  web identity: web identity: {fifo}: the file is a FIFO, not a regular file")
    );
    let agent = Program::bare(&["credentials"])
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/")
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", fifo)
        .run()
        .exits(1);
    assert!(agent.stderr.contains("the file is a FIFO"), "{agent:?}");

    // `<(command)` of a shell is a path in /dev/fd, and users name /dev/null to use no file.
    for file in ["/dev/stdin", "/dev/fd/0"] {
        let piped = Program::new(&PRESIGN[..3])
            .env("AWS_CONFIG_FILE", file)
            .stdin(b"[default]\nregion = eu-west-3\n")
            .run()
            .exits(0);
        assert!(piped.stdout.contains("eu-west-3"), "{piped:?}");
    }
    let nothing = Program::new(&PRESIGN)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .run()
        .exits(0);
    assert_eq!(nothing.stderr, "");
}

/// The settings of the profile may name the server, so a missing profile must not go unnoticed.
#[test]
fn a_variable_with_a_missing_profile_causes_a_warning_if_the_environment_has_keys() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let text = "[profile dev]\nendpoint_url = https://127.0.0.1:9\n";
    std::fs::write(home.path().join(".aws/config"), text).unwrap();
    let home = home.path().to_str().unwrap();
    let run = |variable: &str, name: &str| {
        let program = Program::new(&PRESIGN).env("HOME", home);
        program.env(variable, name).run().exits(0).stderr
    };
    assert_eq!(run("AWS_PROFILE", "dev"), "");
    assert_eq!(
        run("AWS_PROFILE", "\u{201c}dev\u{201d}"),
        "warning: AWS_PROFILE names the profile `\u{201c}dev\u{201d}`, but no file defines this profile, \
         so no setting of a profile is used; write the name without quotes: dev\n"
    );
    assert_eq!(
        run("AWS_DEFAULT_PROFILE", "prod"),
        "warning: AWS_DEFAULT_PROFILE names the profile `prod`, but no file defines this profile, \
         so no setting of a profile is used\n"
    );
    // Without keys in the environment, the chain reaches the profile.
    let refused = Program::bare(&PRESIGN)
        .env("HOME", home)
        .env("AWS_PROFILE", "\"dev\"")
        .run()
        .exits(1);
    let error = "there is no profile `\"dev\"`; write the name without quotes: dev";
    assert!(refused.stderr.contains(error), "{refused:?}");
}
