//! TLS servers of openssl, with certificates that a test chooses.

use super::program::{self, KEY_ID, Output, Program, assert_lacks};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// An `openssl s_server` process with a certificate that the test chooses. The openssl server
/// prints the received bytes on its stdout.
pub struct TlsServer {
    child: Child,
    pub port: String,
    folder: tempfile::TempDir,
}

/// Runs openssl in a folder. Spaces separate the arguments in `command`.
fn openssl(folder: &Path, command: &str) {
    let made = Command::new("openssl")
        .args(command.split(' '))
        .current_dir(folder)
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .status();
    assert!(made.unwrap().success(), "openssl {command}");
}

/// Returns the openssl command that creates a self-signed CA certificate.
pub fn self_signed(curve: &str, names: &str, days: &str) -> String {
    format!(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:{curve} -nodes -subj /CN=test -addext {names} -days {days} -keyout key.pem -out cert.pem"
    )
}

impl TlsServer {
    pub fn start(names: &str, days: &str, more: &[&str]) -> Self {
        Self::with(&[&self_signed("P-256", names, days)], more)
    }

    /// Starts a server with the files `cert.pem` and `key.pem`, which these openssl commands
    /// create.
    pub fn with(commands: &[&str], more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let extensions = "subjectAltName=DNS:localhost\nbasicConstraints=critical,CA:TRUE\n";
        std::fs::write(file("extensions"), extensions).unwrap();
        std::fs::write(file("leaf"), "subjectAltName=DNS:localhost\n").unwrap();
        std::fs::write(file("ca.conf"), CA_CONF).unwrap();
        std::fs::write(file("index"), "").unwrap();
        for command in commands {
            openssl(folder.path(), command);
        }
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-naccept", "20"])
            .args(["-cert", &file("cert.pem"), "-key", &file("key.pem")])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines
            .find(|line| line.as_ref().unwrap().starts_with("ACCEPT"))
            .unwrap()
            .unwrap();
        let port = line.rsplit(':').next().unwrap().to_owned();
        let copy = std::fs::File::create(folder.path().join("seen")).unwrap();
        std::thread::spawn(move || {
            let mut copy = copy;
            for line in lines.map_while(Result::ok) {
                let _ = writeln!(copy, "{line}");
            }
        });
        TlsServer {
            child,
            port,
            folder,
        }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Runs `bootstrap` against this server, without retries.
    pub fn bootstrap(&self, env: &[(&str, &str)]) -> Output {
        let with = |program: Program, (name, value): &(&str, &str)| program.env(name, value);
        let more = ["--timeout", "2s", "--max-attempts", "1"];
        env.iter()
            .fold(program::bootstrap(&self.url(), &more), with)
            .run()
    }

    /// Runs `bootstrap` against this server, and asserts that the server got a request.
    #[track_caller]
    pub fn accepted(&self, env: &[(&str, &str)]) {
        let output = self.bootstrap(env);
        let seen = std::fs::read_to_string(self.path("seen")).unwrap();
        assert!(seen.contains("HEAD /drop-box HTTP/1.1"), "{output:?}");
    }

    /// Runs `bootstrap` against this server, asserts that the run failed and that the server got no
    /// HTTP request, and returns the error.
    #[track_caller]
    pub fn refused(&self, env: &[(&str, &str)]) -> String {
        let output = self.bootstrap(env);
        assert_eq!((output.code, &*output.stdout), (1, ""), "{output:?}");
        let seen = std::fs::read_to_string(self.path("seen")).unwrap();
        assert_lacks(&seen, &[KEY_ID, "HTTP/1.1"]);
        output.stderr
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const CA_CONF: &str = "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nrand_serial=yes\n[p]\ncommonName=supplied\n";
