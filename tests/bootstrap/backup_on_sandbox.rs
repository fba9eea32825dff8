//! Tests on the sandbox that the commands that `bootstrap` prints restore the backups.

use crate::support::program::BUCKET;
use crate::support::world::World;
use s3_sandbox::OWNER;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// The program saves each kind of backup in the folder of the XDG specification. Only the user can
/// read the backup file.
#[tokio::test(flavor = "multi_thread")]
async fn saves_every_kind_and_the_printed_command_restores_it() {
    let world = World::new(true).await;
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    let logs = ["bootstrap", "the-logs", "--no-presign"];
    world.run(&logs).exits(0);
    let account = [
        "--expected-owner",
        "111122223333",
        "--create-log-bucket",
        "--log-bucket",
    ];
    let first = ["--abort-incomplete-days", "9", "--tag", "team=a"];
    world
        .harden(&[&first[..], &account, &["the-logs"]].concat())
        .exits(0);
    let second = [
        "bootstrap",
        BUCKET,
        "--no-presign",
        "--abort-incomplete-days",
        "3",
        "--tag",
        "team=b",
        "--allow-sse-c",
        "--min-tls",
        "1.2",
        "--log-prefix",
        "p/",
    ];
    let second = [&second[..], &account, &["the-logs"]].concat();
    let kinds = ["encryption", "policy", "lifecycle", "logging", "tagging"];
    let before = shown(&world, &kinds).await;
    let output = world
        .run_with(&second, &[("XDG_STATE_HOME", state.to_str().unwrap())])
        .exits(0);
    let after = shown(&world, &kinds).await;
    let folder = state.join("s3-secure-bucket");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for (place, kind) in kinds.into_iter().enumerate() {
        assert_ne!(before[place], after[place], "{kind}");
        let marker = format!("/{BUCKET}.{kind}.");
        let command = output
            .stderr
            .lines()
            .find(|line| line.contains("restore: curl") && line.contains(&marker));
        let command = command.unwrap_or_else(|| panic!("{kind}: {output:?}"));
        let command = command.trim().strip_prefix("restore: ").unwrap();
        restore(&world, command);
    }
    assert_eq!(shown(&world, &kinds).await, before);
    for file in std::fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

/// Runs a restore command in sh, with this program in the search path.
fn restore(world: &World, command: &str) {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_s3-secure-bucket"));
    let path = format!(
        "{}:{}",
        program.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let ran = Command::new("sh")
        .args(["-c", command])
        .env_clear()
        .env("PATH", &path)
        .env("HOME", "/nonexistent")
        .env("AWS_ACCESS_KEY_ID", OWNER.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", OWNER.secret_access_key)
        .env("AWS_ENDPOINT_URL_S3", world.sandbox.https())
        .env("CURL_CA_BUNDLE", world.ca())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{command}\n{ran:?}");
}

/// Reads configurations of the bucket from S3: one XML or JSON text for each subresource in
/// `kinds`.
async fn shown(world: &World, kinds: &[&str]) -> Vec<String> {
    let mut bodies = Vec::new();
    for kind in kinds {
        let at = format!("s3://{BUCKET}/");
        let url = world.presign(&world.sandbox.https(), &["get", &at, "--query", kind]);
        let got = world.send("GET", &url, &[], "").await;
        bodies.push(String::from_utf8(got.body).unwrap());
    }
    bodies
}

/// Relative paths in these variables are invalid, so no backup reaches the working directory.
#[tokio::test(flavor = "multi_thread")]
async fn a_relative_home_is_treated_as_unset() {
    let world = World::new(true).await;
    world.harden(&["--tag", "team=a"]).exits(0);
    let folder = "relative-home-of-a-test";
    let working_directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let _ = std::fs::remove_dir_all(working_directory.join(folder));
    let inner = format!("./{folder}/x");
    for (number, (home, state)) in [(folder, folder), (&inner, ""), (folder, &inner)]
        .into_iter()
        .enumerate()
    {
        let tag = format!("team={number}");
        let args = ["bootstrap", BUCKET, "--no-presign", "--tag", &tag];
        let output = world
            .run_with(&args, &[("HOME", home), ("XDG_STATE_HOME", state)])
            .exits(0);
        let warning = "[WARN] The previous tag set cannot be saved because neither XDG_STATE_HOME nor HOME is an absolute path in UTF-8; its content is <";
        assert!(output.stderr.contains(warning), "{output:?}");
        assert!(!working_directory.join(folder).exists(), "{output:?}");
    }
}

/// Another user could replace a backup in a folder that this user can write to.
#[tokio::test(flavor = "multi_thread")]
async fn no_backup_is_saved_in_a_folder_that_others_can_write_to() {
    let world = World::new(true).await;
    world.harden(&["--tag", "team=a"]).exits(0);
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("s3-secure-bucket");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let args = ["bootstrap", BUCKET, "--no-presign", "--tag", "team=b"];
    let variables = [("XDG_STATE_HOME", state.path().to_str().unwrap())];
    let output = world.run_with(&args, &variables).exits(0);
    let warning = format!(
        "[WARN] The previous tag set cannot be saved in {} (another user could replace the files in this folder); its content is <",
        folder.display()
    );
    assert!(output.stderr.contains(&warning), "{output:?}");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
}

/// A terminal cannot show the line break and the byte that is not UTF-8 in the path.
#[tokio::test(flavor = "multi_thread")]
async fn the_restore_command_works_for_every_path() {
    let world = World::new(true).await;
    world.harden(&["--tag", "team=a"]).exits(0);
    let before = shown(&world, &["tagging"]).await;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join(OsStr::from_bytes(b"it's\n100%s\\n\xff"));
    std::fs::create_dir(&folder).unwrap();
    let args = ["bootstrap", BUCKET, "--no-presign", "--tag", "team=b"];
    let mut program = world
        .program(&OWNER, &world.sandbox.https(), &args)
        .into_command();
    let output = program.arg("--backup-dir").arg(&folder).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("/it's\\n100%s\\n\\xff/"), "{stderr}");
    assert_ne!(shown(&world, &["tagging"]).await, before);
    let command = stderr.lines().find(|line| line.contains("restore: curl"));
    let command = command.unwrap().trim().strip_prefix("restore: ").unwrap();
    restore(&world, command);
    assert_eq!(shown(&world, &["tagging"]).await, before);
}

/// An incomplete backup would look like a complete one.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_cannot_be_written_leaves_no_file() {
    let world = World::new(true).await;
    world.harden(&["--tag", "team=a"]).exits(0);
    let state = tempfile::tempdir().unwrap();
    let args = ["bootstrap", BUCKET, "--no-presign", "--tag", "team=b"];
    let program = world.program(&OWNER, &world.sandbox.https(), &args);
    let program = program
        .env("XDG_STATE_HOME", state.path().to_str().unwrap())
        .into_command();
    let variables = program
        .get_envs()
        .filter_map(|(name, it)| Some((name, it?)));
    // The limit makes every write to a file fail, as a full disk does.
    let output = Command::new("/bin/sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args())
        .env_clear()
        .envs(variables)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(
        stderr.contains("[WARN] The previous tag set cannot be saved in "),
        "{stderr}"
    );
    assert!(
        stderr.contains("(File too large (os error 27)); its content is <"),
        "{stderr}"
    );
    let folder = state.path().join("s3-secure-bucket");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "{stderr}");
}
