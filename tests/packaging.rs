//! Tests of the scripts in `packaging/`: a release with its archives and manifests, the install
//! script, and the script of the GitHub action. In the tests, the binaries for this machine are
//! scripts that start the built program, because packing a debug build takes too long.

use crate::support::pages;
use crate::support::program::{Program, assert_lacks};
use crate::support::skip::skip;
use crate::support::world::World;
use s3_sandbox::OWNER;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
const TARGETS: [&str; 5] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-gnu",
    "x86_64-unknown-linux-musl",
];

fn archive(target: &str) -> String {
    let ending = if target.contains("-windows-") {
        "zip"
    } else {
        "tar.gz"
    };
    format!("s3-secure-bucket-v{VERSION}-{target}.{ending}")
}

/// Runs a script or a program of the system in the root folder of the repository.
fn run(program: &str, args: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new(program)
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .envs(env.iter().copied())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"))
}

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path.as_ref())
        .unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

/// A release in a temporary folder.
struct Release {
    folder: tempfile::TempDir,
}

impl Release {
    /// Runs `packaging/release.sh`. Returns `None` on a machine without zip or unzip.
    fn new() -> Option<Self> {
        for program in ["zip", "unzip"] {
            if Command::new(program).arg("-v").output().is_err() {
                skip("packaging", &format!("{program} is not installed"));
                return None;
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let program = env!("CARGO_BIN_EXE_s3-secure-bucket");
        let program = format!("#!/bin/sh\nexec '{program}' \"$@\"\n");
        let host = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
        for target in TARGETS {
            let path = folder.path().join("binaries").join(target);
            fs::create_dir_all(&path).unwrap();
            let name = if target.contains("-windows-") {
                "s3-secure-bucket.exe"
            } else {
                "s3-secure-bucket"
            };
            // `release.sh` runs the binary in the folder of x86_64.
            let runs = target == host || target == "x86_64-unknown-linux-musl";
            let content = if runs { &program } else { target };
            fs::write(path.join(name), content).unwrap();
            fs::write(path.join("s3-secure-bucket.cdx.json"), "{}").unwrap();
        }
        let release = Release { folder };
        let (from, to) = (release.path("binaries"), release.path("release"));
        let args = [from.to_str().unwrap(), to.to_str().unwrap()];
        // A source archive has no git history that would give the time of the last commit.
        let made = run(
            "packaging/release.sh",
            &args,
            &[("SOURCE_DATE_EPOCH", "1767225600")],
        );
        assert!(made.status.success(), "{made:?}");
        Some(release)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path("release").join(name)
    }

    fn url(&self) -> String {
        format!("file://{}", self.path("release").display())
    }

    /// Returns the checksums in SHA256SUMS by the names of the files.
    fn sums(&self) -> BTreeMap<String, String> {
        let sums = text(self.file("SHA256SUMS"));
        let pair = |line: &str| {
            let (sum, name) = line.split_once("  ").unwrap();
            (name.to_owned(), sum.to_owned())
        };
        sums.lines().map(pair).collect()
    }

    fn install(&self, args: &[&str]) -> Output {
        let url = self.url();
        let script = self.file("install.sh");
        let args = [&[script.to_str().unwrap(), "--from", &url], args].concat();
        let home = self.path("home");
        run("sh", &args, &[("HOME", home.to_str().unwrap())])
    }
}

#[test]
fn a_release_lists_every_file_with_its_checksum() {
    let Some(release) = Release::new() else {
        return;
    };
    let mut wanted: Vec<String> = ["install.sh", "s3-secure-bucket.json", "s3-secure-bucket.rb"]
        .map(str::to_owned)
        .to_vec();
    for target in TARGETS {
        wanted.push(archive(target));
        wanted.push(format!("s3-secure-bucket-v{VERSION}-{target}.cdx.json"));
    }
    wanted.sort();
    let sums = release.sums();
    assert_eq!(sums.keys().cloned().collect::<Vec<_>>(), wanted);
    let folder = release.path("release");
    let check = ["-C", folder.to_str().unwrap(), "sha256sum", "--check"];
    let checked = run(
        "env",
        &[&check[..], &["--strict", "SHA256SUMS"]].concat(),
        &[],
    );
    assert!(checked.status.success(), "{checked:?}");

    // The formula and the manifest name the archives of this release with their checksums.
    let download = format!("{REPOSITORY}/releases/download/v{VERSION}");
    let formula = text(release.file("s3-secure-bucket.rb"));
    for target in TARGETS.into_iter().filter(|it| !it.contains("-windows-")) {
        let name = archive(target);
        let lines = format!(
            "url \"{download}/{name}\"\n      sha256 \"{}\"",
            sums[&name]
        );
        assert!(formula.contains(&lines), "{lines}\n{formula}");
    }
    let name = archive("x86_64-pc-windows-gnu");
    let manifest: serde_json::Value =
        serde_json::from_str(&text(release.file("s3-secure-bucket.json"))).unwrap();
    let windows = &manifest["architecture"]["64bit"];
    assert_eq!(manifest["version"], VERSION);
    assert_eq!(windows["url"], format!("{download}/{name}"));
    assert_eq!(windows["hash"], sums[&name]);
    assert_eq!(windows["extract_dir"], name.trim_end_matches(".zip"));
    let listed = run(
        "unzip",
        &["-Z1", release.file(&name).to_str().unwrap()],
        &[],
    );
    let listed = String::from_utf8(listed.stdout).unwrap();
    let program = format!("{}/s3-secure-bucket.exe\n", name.trim_end_matches(".zip"));
    assert!(listed.contains(&program), "{listed}");
}

#[test]
fn the_install_script_installs_only_verified_archives() {
    let Some(release) = Release::new() else {
        return;
    };
    let installed = release.install(&[]);
    assert!(installed.status.success(), "{installed:?}");
    let local = release.path("home").join(".local");
    let program = local.join("bin/s3-secure-bucket");
    let version = run(program.to_str().unwrap(), &["--version"], &[]);
    let version = String::from_utf8(version.stdout).unwrap();
    assert_eq!(version, format!("s3-secure-bucket {VERSION}\n"));
    for (file, args) in [
        (
            "man/man1/s3-secure-bucket-presign-put.1",
            vec!["man", "presign", "put"],
        ),
        (
            "bash-completion/completions/s3-secure-bucket",
            vec!["completions", "bash"],
        ),
        (
            "zsh/site-functions/_s3-secure-bucket",
            vec!["completions", "zsh"],
        ),
        (
            "fish/vendor_completions.d/s3-secure-bucket.fish",
            vec!["completions", "fish"],
        ),
    ] {
        let printed = Program::bare(&args).run().stdout;
        assert_eq!(text(local.join("share").join(file)), printed, "{file}");
    }

    let name = archive(&format!("{}-unknown-linux-musl", std::env::consts::ARCH));
    let refused = |args: &[&str], message: &str| {
        let prefix = release.path("refused");
        let args = [&["--prefix", prefix.to_str().unwrap()], args].concat();
        let output = release.install(&args);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(message), "{stderr}");
        let files = fs::read_dir(prefix.join("bin")).map_or(0, Iterator::count);
        assert_eq!(files, 0, "{message}");
    };
    refused(&["--prefix"], "install.sh: --prefix needs a value\n");
    refused(&["--user"], "install.sh: unknown option: --user\n");
    let mut content = fs::read(release.file(&name)).unwrap();
    content.push(0);
    fs::write(release.file(&name), content).unwrap();
    refused(&[], &format!("install.sh: the checksum of {name} is "));
    fs::write(release.file("SHA256SUMS"), "").unwrap();
    refused(&[], "/SHA256SUMS lists no archive for ");
}

/// The action installs the program, and runs one command on the sandbox.
#[tokio::test(flavor = "multi_thread")]
async fn the_action_runs_a_command_and_reports_its_exit_code() {
    let Some(release) = Release::new() else {
        return;
    };
    let world = World::new(true).await;
    let (url, endpoint, ca) = (release.url(), world.sandbox.https(), world.ca());
    let act = |command: &str, arguments: &str, code_scanning: &str| {
        let temporary = release.path("runner");
        fs::create_dir_all(&temporary).unwrap();
        let [output, path] = ["output", "path"].map(|name| temporary.join(name));
        let _ = fs::remove_file(&output);
        let inputs = [
            ("COMMAND", command),
            ("ARGUMENTS", arguments),
            ("CODE_SCANNING", code_scanning),
            ("VERSION", ""),
            ("FROM", &url),
            ("ATTESTATION", "false"),
            ("RUNNER_TEMP", temporary.to_str().unwrap()),
            ("GITHUB_OUTPUT", output.to_str().unwrap()),
            ("GITHUB_PATH", path.to_str().unwrap()),
            ("AWS_ACCESS_KEY_ID", OWNER.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", OWNER.secret_access_key),
            ("AWS_ENDPOINT_URL_S3", &endpoint),
            ("AWS_CA_BUNDLE", &ca),
        ];
        let ran = run("packaging/action.sh", &[], &inputs);
        let outputs = fs::read_to_string(output).unwrap_or_default();
        (ran, outputs)
    };
    for arguments in [
        "drop-box\n--tag 'team=file exchange'",
        "drop-box --no-presign",
        "drop-box --tag 'team=a --no-presign b'",
        "-- drop-box",
    ] {
        let (hardened, outputs) = act("bootstrap", arguments, "false");
        assert_eq!(outputs, "exit-code=0\nreport=\n", "{hardened:?}");
        for stream in [&hardened.stdout, &hardened.stderr] {
            assert_lacks(&String::from_utf8_lossy(stream), &["X-Amz-Signature"]);
        }
    }
    let (audited, outputs) = act("audit", "drop-box --deny-sigv2", "true");
    let report = release.path("runner").join("s3-secure-bucket/audit.sarif");
    let wanted = format!("exit-code=3\nreport={}\n", report.display());
    assert_eq!(outputs, wanted, "{audited:?}");
    let sarif: serde_json::Value = serde_json::from_str(&text(report)).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    // A run without a report has nothing that code scanning could accept.
    let (_, outputs) = act("audit", "--no-such-option", "true");
    assert_eq!(outputs, "exit-code=2\nreport=\n");
    let (_, outputs) = act("none", "", "false");
    assert_eq!(outputs, "");
    let path = text(release.path("runner").join("path"));
    let folder = release.path("runner").join("s3-secure-bucket/bin");
    assert!(path.lines().all(|line| Path::new(line) == folder), "{path}");
    for (command, arguments, code_scanning) in [
        ("presign", "get s3://drop-box/key", "false"),
        ("bootstrap", "drop-box", "true"),
        ("audit", "'drop-box", "false"),
    ] {
        let (refused, outputs) = act(command, arguments, code_scanning);
        assert_eq!(
            (refused.status.code(), &*outputs),
            (Some(1), ""),
            "{refused:?}"
        );
    }
}

/// `cargo binstall` fills in the templates in Cargo.toml.
#[test]
fn binstall_downloads_the_archives_of_a_release() {
    let manifest = pages::read("Cargo.toml");
    let section = |name: &str| -> BTreeMap<String, String> {
        let start = format!("\n[package.metadata.binstall{name}]\n");
        let Some((_, rest)) = manifest.split_once(&start) else {
            return BTreeMap::new();
        };
        let lines = rest.lines().take_while(|line| !line.is_empty());
        let pair = |line: &str| {
            let (key, value) = line.split_once(" = ").unwrap();
            (key.to_owned(), value.trim_matches('"').to_owned())
        };
        lines.map(pair).collect()
    };
    let msvc = ("x86_64-pc-windows-msvc", "x86_64-pc-windows-gnu");
    for (target, packed) in TARGETS
        .map(|target| (target, target))
        .into_iter()
        .chain([msvc])
    {
        let mut settings = section("");
        settings.extend(section(&format!(".overrides.{target}")));
        let windows = target.contains("-windows-");
        let fill = |key: &str| {
            [
                ("{ repo }", REPOSITORY),
                ("{ version }", VERSION),
                ("{ name }", "s3-secure-bucket"),
                ("{ bin }", "s3-secure-bucket"),
                ("{ target }", target),
                ("{ binary-ext }", if windows { ".exe" } else { "" }),
            ]
            .into_iter()
            .fold(settings[key].clone(), |text, (from, to)| {
                text.replace(from, to)
            })
        };
        let name = archive(packed);
        let url = format!("{REPOSITORY}/releases/download/v{VERSION}/{name}");
        assert_eq!(fill("pkg-url"), url);
        let folder = name.trim_end_matches(".zip").trim_end_matches(".tar.gz");
        let program = if windows {
            "s3-secure-bucket.exe"
        } else {
            "s3-secure-bucket"
        };
        assert_eq!(fill("bin-dir"), format!("{folder}/{program}"));
        assert_eq!(settings["pkg-fmt"], if windows { "zip" } else { "tgz" });
    }
}
