//! Tests that plain HTTP connects only to addresses of this machine or to explicitly allowed
//! addresses.

use super::{ELSEWHERE, Ended, KEYS, Root, empty_s3, in_namespace};
use crate::support::name_server::{Family, NameServer, Reply};
use crate::support::raw::RawServer;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};

/// A root folder and two S3 servers: one on a loopback address, and one on an address that is not a
/// loopback address. The servers record the requests that the `credentials` command sends over
/// plain HTTP.
struct Plain {
    root: Root,
    here: RawServer,
    elsewhere: RawServer,
}

impl Plain {
    fn new() -> Self {
        let (root, here) = (Root::new(), empty_s3("127.0.0.1", 0));
        root.write("etc/resolv.conf", "nameserver 127.0.0.1\n");
        root.write("token", "MARKERJWT");
        let elsewhere = empty_s3(ELSEWHERE, here.port());
        Plain {
            root,
            here,
            elsewhere,
        }
    }

    /// Runs the command `credentials`. Replaces `{port}` in the values of variables by the port of
    /// the servers.
    fn credentials(&self, args: &[&str], env: &[(&str, &str)]) -> Ended {
        let port = self.here.port().to_string();
        let filled: Vec<(&str, String)> = env
            .iter()
            .map(|(name, value)| (*name, value.replace("{port}", &port)))
            .collect();
        let env: Vec<(&str, &str)> = filled
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        self.root.run(&[&["credentials"], args].concat(), &env)
    }

    /// Returns the number of requests to the loopback address, and the number of requests to the
    /// address that is not a loopback address.
    fn requests(&self) -> (usize, usize) {
        (self.here.heads().len(), self.elsewhere.heads().len())
    }
}

const WEB_IDENTITY: [(&str, &str); 3] = [
    ("AWS_ENDPOINT_URL_STS", "http://sts.lab.test:{port}"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
    ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/w"),
];

#[test]
#[ignore = "needs user namespaces: make test-all"]
fn plain_http_connects_to_the_address_that_was_checked() {
    in_namespace(
        "plain_http::plain_http_connects_to_the_address_that_was_checked",
        || {
            let lab = Plain::new();
            // The name server answers the first question with an address of this machine, and later
            // questions with an address of a different machine.
            let asked = AtomicU32::new(0);
            let dns = NameServer::start(move |_, family| match family {
                Family::V6 => Reply::addresses(&[]),
                Family::V4 if asked.fetch_add(1, Ordering::Relaxed) == 0 => {
                    Reply::addresses(&["127.0.0.1"])
                }
                Family::V4 => Reply::addresses(&[ELSEWHERE]),
            });
            let ended = lab.credentials(&[], &WEB_IDENTITY);
            assert_eq!((ended.code, lab.requests()), (Some(1), (1, 0)), "{ended:?}");
            let again = lab.credentials(&[], &WEB_IDENTITY);
            assert_eq!((again.code, lab.requests()), (Some(1), (1, 0)), "{again:?}");
            let refused = format!("plain HTTP to {ELSEWHERE} is refused");
            assert!(again.stderr.contains(&refused), "{again:?}");
            // If a host name has several addresses and at least one address is on a different
            // machine, the program refuses plain HTTP. The option `--allow-http` permits plain HTTP
            // to such a host name.
            drop(dns);
            let _dns = NameServer::start(|_, _| Reply::addresses(&["127.0.0.1", ELSEWHERE]));
            let mixed = lab.credentials(&[], &WEB_IDENTITY);
            assert!(mixed.stderr.contains(&refused), "{mixed:?}");
            assert_eq!(lab.requests(), (1, 0));
            lab.credentials(&["--allow-http"], &WEB_IDENTITY);
            assert_eq!(lab.requests(), (2, 0));
        },
    );
}

/// Each attempt opens a connection and resolves the name again, so each attempt is checked again.
#[test]
#[ignore = "needs user namespaces: make test-all"]
fn a_retry_does_not_follow_a_name_to_another_machine() {
    in_namespace(
        "plain_http::a_retry_does_not_follow_a_name_to_another_machine",
        || {
            let root = Root::new();
            root.write("etc/resolv.conf", "nameserver 127.0.0.1\n");
            root.write("token", "MARKERJWT");
            let busy = |address: IpAddr, port: u16| {
                RawServer::start_at((address, port).into(), |_, stream| {
                    let answer =
                        b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    let _ = stream.write_all(answer);
                    false
                })
            };
            let here = busy(Ipv4Addr::LOCALHOST.into(), 0);
            let elsewhere = busy(ELSEWHERE.parse().unwrap(), here.port());
            for variable in ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"] {
                let asked = AtomicU32::new(0);
                let _dns = NameServer::start(move |_, family| match family {
                    Family::V6 => Reply::addresses(&[]),
                    Family::V4 if asked.fetch_add(1, Ordering::Relaxed) == 0 => {
                        Reply::addresses(&["127.0.0.1"])
                    }
                    Family::V4 => Reply::addresses(&[ELSEWHERE]),
                });
                let before = here.heads().len();
                let url = format!("http://sts.lab.test:{}", here.port());
                let env = [WEB_IDENTITY[1], WEB_IDENTITY[2], (variable, url.as_str())];
                let ended = root.run(&["credentials"], &env);
                let refused = format!("plain HTTP to {ELSEWHERE} is refused");
                assert!(ended.stderr.contains(&refused), "{ended:?}");
                assert_eq!((ended.code, here.heads().len() - before), (Some(1), 1));
                assert!(elsewhere.heads().is_empty());
            }
        },
    );
}

#[test]
#[ignore = "needs user namespaces: make test-all"]
fn localhost_is_always_this_machine() {
    in_namespace("plain_http::localhost_is_always_this_machine", || {
        let lab = Plain::new();
        let dns = NameServer::start(|_, _| Reply::addresses(&[ELSEWHERE]));
        for host in ["localhost", "s3.localhost"] {
            let endpoint = format!("http://{host}:{}", lab.here.port());
            let args = [
                "bootstrap",
                "drop-box",
                "--dry-run",
                "--endpoint",
                &endpoint,
            ];
            let ended = lab.root.run(&args, &KEYS);
            assert_eq!(ended.code, Some(3), "{ended:?}");
        }
        assert_eq!((lab.requests(), dns.questions().len()), ((2, 0), 0));
    });
}

#[test]
#[ignore = "needs user namespaces: make test-all"]
fn tokens_go_over_plain_http_only_to_container_agents_and_this_machine() {
    in_namespace(
        "plain_http::tokens_go_over_plain_http_only_to_container_agents_and_this_machine",
        || {
            let lab = Plain::new();
            let agent = empty_s3("169.254.170.2", lab.here.port());
            let _dns = NameServer::start(|name, _| match name {
                "here.lab.test" => Reply::addresses(&["127.0.0.1"]),
                "agent.lab.test" => Reply::addresses(&["169.254.170.2"]),
                _ => Reply::addresses(&[ELSEWHERE]),
            });
            // Over plain HTTP, the program refuses every host name except localhost, even a name
            // that resolves to this machine.
            for (host, expected, is_refused) in [
                ("localhost", (1, 0, 0), false),
                ("here.lab.test", (1, 0, 0), true),
                ("agent.lab.test", (1, 0, 0), true),
                ("169.254.170.2", (1, 1, 0), false),
                ("elsewhere.lab.test", (1, 1, 0), true),
                (ELSEWHERE, (1, 1, 0), true),
            ] {
                let url = format!("http://{host}:{{port}}/creds");
                let env = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*url)];
                let ended = lab.credentials(&["--allow-http"], &env);
                let (here, elsewhere) = lab.requests();
                assert_eq!(
                    (here, agent.heads().len(), elsewhere),
                    expected,
                    "{host} {ended:?}"
                );
                let refused = format!("its host {host} is neither a loopback address nor an agent");
                assert_eq!(
                    ended.stderr.contains(&refused),
                    is_refused,
                    "{host} {ended:?}"
                );
            }
        },
    );
}

#[test]
#[ignore = "needs user namespaces: make test-all"]
fn instance_metadata_requests_go_to_its_address_or_the_configured_one() {
    in_namespace(
        "plain_http::instance_metadata_requests_go_to_its_address_or_the_configured_one",
        || {
            let lab = Plain::new();
            let metadata = empty_s3("169.254.169.254", 80);
            let _dns = NameServer::start(|_, _| Reply::addresses(&[ELSEWHERE]));
            let enabled = ("AWS_EC2_METADATA_DISABLED", "false");
            lab.credentials(&[], &[enabled]);
            assert_eq!((metadata.heads().len(), lab.requests()), (1, (0, 0)));
            let url = (
                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                "http://imds.lab.test:{port}",
            );
            lab.credentials(&[], &[enabled, url]);
            assert_eq!((metadata.heads().len(), lab.requests()), (1, (0, 1)));
        },
    );
}
