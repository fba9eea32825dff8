//! Tests that the program finds its server even if name servers misbehave, and finds names in files
//! and search domains.

use super::{KEYS, Root, empty_s3, in_namespace};
use crate::support::name_server::{Family, NameServer, Reply};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The bucket's host name. Only the name servers of the test know the addresses of this host name.
const HOST: &str = "drop-box.s3.lab.test";
const SEARCH: &str = "search jobs.test svc.test corp.test\noptions ndots:5\n";
const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
const NOTIMP: u8 = 4;
const REFUSED: u8 = 5;

/// The misbehaviour of a name server of the test.
#[derive(Debug, Clone)]
enum Fault {
    Nothing,
    /// The name server gives this reply for names in the last search domain.
    SearchDomain(Reply),
    /// The name server gives this reply to questions for IPv6 addresses.
    V6(Reply),
    /// The name server fails for this number of questions for IPv4 addresses, and answers later
    /// questions.
    AtFirst(u32),
}

/// Starts a name server that answers 127.0.0.1 for the bucket's host, unless the fault changes the
/// answer. For every other name, the name server answers that the name does not exist.
fn name_server(fault: Fault) -> NameServer {
    let asked = AtomicU32::new(0);
    NameServer::start(move |name, family| match &fault {
        Fault::SearchDomain(reply) if name.ends_with(".corp.test") => reply.clone(),
        _ if name != HOST => Reply::Error(NXDOMAIN),
        Fault::V6(reply) if family == Family::V6 => reply.clone(),
        Fault::AtFirst(failures)
            if family == Family::V4 && asked.fetch_add(1, Ordering::Relaxed) < *failures =>
        {
            Reply::Error(SERVFAIL)
        }
        _ => Reply::addresses(&["127.0.0.1"]),
    })
}

#[test]
#[ignore = "needs user namespaces: make test-all"]
fn finds_the_server_where_name_servers_misbehave() {
    in_namespace(
        "names::finds_the_server_where_name_servers_misbehave",
        || {
            let (root, server) = (Root::new(), empty_s3("127.0.0.1", 0));
            for (fault, search) in [
                (Fault::Nothing, ""),
                (Fault::Nothing, SEARCH),
                (Fault::SearchDomain(Reply::Error(SERVFAIL)), SEARCH),
                (Fault::SearchDomain(Reply::Error(REFUSED)), SEARCH),
                (Fault::SearchDomain(Reply::Silence), SEARCH),
                (Fault::V6(Reply::Error(NXDOMAIN)), ""),
                (Fault::V6(Reply::Error(SERVFAIL)), ""),
                (Fault::V6(Reply::Error(REFUSED)), ""),
                (Fault::V6(Reply::Error(NOTIMP)), ""),
                (Fault::V6(Reply::Silence), ""),
                (Fault::V6(Reply::Silence), SEARCH),
            ] {
                let _dns = name_server(fault.clone());
                root.write(
                    "etc/resolv.conf",
                    &format!("nameserver 127.0.0.1\n{search}"),
                );
                let ended = root.bootstrap("s3.lab.test", &server, &[]);
                assert_eq!(ended.code, Some(3), "{fault:?} {search:?} {ended:?}");
                // A name server that does not answer costs at least five seconds, so a run of less
                // than three seconds did not wait for such a server.
                let is_quick = ended.took < Duration::from_secs(3);
                assert!(is_quick, "{fault:?} {search:?} {ended:?}");
            }
        },
    );
}

#[test]
#[ignore = "needs user namespaces: make test-all"]
fn retries_temporary_failures_of_name_servers() {
    in_namespace("names::retries_temporary_failures_of_name_servers", || {
        let (root, server) = (Root::new(), empty_s3("127.0.0.1", 0));
        root.write("etc/resolv.conf", "nameserver 127.0.0.1\n");
        let dns = name_server(Fault::AtFirst(4));
        let ended = root.bootstrap("s3.lab.test", &server, &[]);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        drop(dns);
        // The credential chain must also retry its requests after a name server fails.
        let _dns = name_server(Fault::AtFirst(2));
        let url = format!("http://{HOST}:{}", server.port());
        let sts = [("AWS_ENDPOINT_URL_STS", &*url), KEYS[0], KEYS[1]];
        let ended = root.run(&["credentials", "--verify", "--allow-http"], &sts);
        assert!(ended.stderr.contains("STS answered 404"), "{ended:?}");
    });
}

#[test]
#[ignore = "needs user namespaces: make test-all"]
fn finds_names_in_files_and_search_domains() {
    in_namespace("names::finds_names_in_files_and_search_domains", || {
        let (root, v4) = (Root::new(), empty_s3("127.0.0.1", 0));
        let v6 = empty_s3("::1", v4.port());
        let dns = NameServer::start(|name, family| match (name, family) {
            ("minio.svc.test" | "tenant.minio.svc.test", Family::V4) => {
                Reply::addresses(&["127.0.0.1"])
            }
            ("v6.test", Family::V6) => Reply::addresses(&["::1"]),
            ("v6.test", Family::V4) => Reply::addresses(&[]),
            ("known.test", _) | ("minio.corp.test", Family::V6) => {
                panic!("unexpected question for {name}")
            }
            _ => Reply::Error(NXDOMAIN),
        });
        root.write(
            "etc/resolv.conf",
            &format!("nameserver 127.0.0.1\n{SEARCH}"),
        );
        root.write("etc/hosts", "127.0.0.1 other known.test # here\n");
        for (host, asked) in [
            ("known.test", &[][..]),
            ("localhost", &[]),
            ("s3.localhost", &[]),
            ("minio", &["minio.jobs.test", "minio.svc.test"]),
            (
                "tenant.minio",
                &[
                    "tenant.minio",
                    "tenant.minio.jobs.test",
                    "tenant.minio.svc.test",
                ],
            ),
            ("v6.test", &["v6.test"]),
        ] {
            let before = dns.questions().len();
            let ended = root.bootstrap(host, &v4, &["--addressing", "path"]);
            assert_eq!(ended.code, Some(3), "{host} {ended:?}");
            let mut questions = dns.questions().split_off(before);
            questions.dedup();
            assert_eq!(questions, asked, "{host}");
        }
        assert_eq!(v6.heads().len(), 1);
    });
}
