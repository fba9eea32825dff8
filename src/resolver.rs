//! Resolves host names to IP addresses with `getaddrinfo` of the C library.
//!
//! A single call of `getaddrinfo` for IPv4 and IPv6 has two problems. The call fails if a name
//! server handles only one of the two address families. A single call also tries the search domains
//! of `/etc/resolv.conf` before the name itself, and musl stops at the first domain that answers
//! with an error. To avoid both problems, this module makes two concurrent calls, one for each
//! address family, and looks up names that end in a dot, for which the C library tries no search
//! domain.

mod files;

use dns_lookup::{AddrFamily, AddrInfoHints, LookupError, LookupErrorKind, SockType};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::pin;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// The maximum wait for IPv6 addresses after the IPv4 addresses arrived, from RFC 8305, section 3.
const WAIT_FOR_IPV6: Duration = Duration::from_millis(50);
/// The maximum wait for IPv4 addresses after the IPv6 addresses arrived. The wait for IPv4
/// addresses is longer than the wait for IPv6 addresses, because many machines have no IPv6
/// connection and can use only the IPv4 addresses.
const WAIT_FOR_IPV4: Duration = Duration::from_millis(300);

type Answer = Result<Vec<IpAddr>, Failure>;

/// The reason why a name has no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) reason: Reason,
    text: String,
}

/// The kinds of errors of `getaddrinfo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The name has no record of any type.
    NoSuchName,
    /// The name exists, but has no address of the requested address family.
    NoData,
    /// No name server gave a usable answer, or the system could not start a thread. A retry may
    /// succeed.
    Temporary,
    /// Another failure, for example a name server that refuses the query.
    Other,
}

/// Resolves a host name to at least one address. The caller should try the addresses in the
/// returned order.
pub(crate) async fn addresses(name: &str) -> Answer {
    if is_localhost(name) {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let known = files::in_hosts(files::lines("/etc/hosts"), name);
    if !known.is_empty() {
        return Ok(known);
    }
    let search = files::search_list(files::lines("/etc/resolv.conf"));
    first_answer(&questions(name, &search), ask_both).await
}

/// Whether the name is `localhost` or ends with `.localhost`. According to RFC 6761, section 6.3,
/// names under `localhost` always mean loopback addresses and must not be sent to name servers.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last_label = name.rsplit('.').next().unwrap_or_default();
    last_label.eq_ignore_ascii_case("localhost")
}

/// The names to look up, in the order of the fields. The names end in a dot, because the C library
/// tries no search domains for a name that ends in a dot.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Questions {
    /// The host name itself, if the name contains a dot.
    itself: Option<String>,
    /// The host name with each search domain appended. The resolver looks up the names with search
    /// domains if the host name itself does not exist.
    searched: Vec<String>,
}

fn questions(name: &str, search: &[String]) -> Questions {
    if name.ends_with('.') {
        let itself = Some(name.to_owned());
        return Questions {
            itself,
            searched: Vec::new(),
        };
    }
    let complete = format!("{name}.");
    let in_domain = |domain: &String| format!("{complete}{domain}.");
    let mut searched: Vec<String> = search.iter().map(in_domain).collect();
    if search.is_empty() {
        // The name has no final dot, so that the C library tries its own search domains, which may
        // come from LOCALDOMAIN or from the name of the machine.
        searched.push(name.to_owned());
    }
    if name.contains('.') {
        let itself = Some(complete);
        return Questions { itself, searched };
    }
    if !search.is_empty() {
        searched.push(complete);
    }
    Questions {
        itself: None,
        searched,
    }
}

/// Looks up one name after another and returns the first answer with addresses. This function tries
/// search domains only if the host name itself does not exist, and skips a search domain whose
/// lookup fails, as glibc does.
async fn first_answer(questions: &Questions, ask: impl AsyncFn(&str) -> Answer) -> Answer {
    let mut failure = Failure {
        reason: Reason::NoSuchName,
        text: String::new(),
    };
    if let Some(name) = &questions.itself {
        match ask(name).await {
            Err(error) if error.is_absent() => failure = error,
            answer => return answer,
        }
    }
    for name in &questions.searched {
        match ask(name).await {
            Ok(addresses) => return Ok(addresses),
            Err(error) if failure.is_absent() => failure = error,
            Err(_) => {}
        }
    }
    Err(failure)
}

async fn ask_both(name: &str) -> Answer {
    both(ask(name, AddrFamily::Inet), ask(name, AddrFamily::Inet6)).await
}

/// Waits for the answers for both address families. If the first answer has addresses, the wait for
/// the second answer has a time limit.
async fn both(v4: impl Future<Output = Answer>, v6: impl Future<Output = Answer>) -> Answer {
    let (mut v4, mut v6) = (pin!(v4), pin!(v6));
    tokio::select! {
        first = &mut v4 => match first {
            Ok(_) => merged(Some(first), timeout(WAIT_FOR_IPV6, v6).await.ok()),
            Err(_) => merged(Some(first), Some(v6.await)),
        },
        first = &mut v6 => match first {
            Ok(_) => merged(timeout(WAIT_FOR_IPV4, v4).await.ok(), Some(first)),
            Err(_) => merged(Some(v4.await), Some(first)),
        },
    }
}

/// Returns the addresses of both address families. Returns an error only if neither family has an
/// address.
fn merged(v4: Option<Answer>, v6: Option<Answer>) -> Answer {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for answer in [v6, v4].into_iter().flatten() {
        match answer {
            Ok(addresses) => found.extend(addresses),
            Err(failure) => failures.push(failure),
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    // The error for IPv4 is usually the better one, because all name servers handle IPv4 queries.
    // If the name exists without an IPv4 address, this function returns the error for IPv6, because
    // an IPv6 address may exist although the IPv6 query failed.
    let v4 = failures
        .pop()
        .unwrap_or_else(|| Failure::other("no answer"));
    match failures.pop() {
        Some(v6) if v4.reason == Reason::NoData => Err(v6),
        _ => Err(v4),
    }
}

/// Looks up the addresses of one address family in a separate thread, because a call of the C
/// library may take 20 seconds and cannot be interrupted. If the caller no longer waits for the
/// answer, the thread ends later without effect.
async fn ask(name: &str, family: AddrFamily) -> Answer {
    let (answer, answered) = oneshot::channel();
    let name = name.to_owned();
    std::thread::Builder::new()
        .name("resolver".to_owned())
        .spawn(move || answer.send(look_up(&name, family)))
        .map_err(|error| Failure {
            reason: Reason::Temporary,
            text: error.to_string(),
        })?;
    answered
        .await
        .unwrap_or_else(|_| Err(Failure::other("the lookup ended without an answer")))
}

fn look_up(name: &str, family: AddrFamily) -> Answer {
    let hints = AddrInfoHints {
        address: family.into(),
        socktype: SockType::Stream.into(),
        ..AddrInfoHints::default()
    };
    let found = dns_lookup::getaddrinfo(Some(name), None, Some(hints)).map_err(Failure::from)?;
    let addresses: io::Result<Vec<IpAddr>> =
        found.map(|one| one.map(|one| one.sockaddr.ip())).collect();
    addresses.map_err(|error| Failure::other(&error.to_string()))
}

impl Failure {
    fn other(text: &str) -> Self {
        Failure {
            reason: Reason::Other,
            text: text.to_owned(),
        }
    }

    fn is_absent(&self) -> bool {
        matches!(self.reason, Reason::NoSuchName | Reason::NoData)
    }
}

impl From<LookupError> for Failure {
    fn from(error: LookupError) -> Self {
        let reason = match error.kind() {
            LookupErrorKind::NoName => Reason::NoSuchName,
            LookupErrorKind::NoData => Reason::NoData,
            LookupErrorKind::Again => Reason::Temporary,
            _ => Reason::Other,
        };
        let text = error.to_string();
        Failure { reason, text }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;
    use Reason::{NoData, NoSuchName, Other, Temporary};
    use std::cell::RefCell;

    const V4: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));

    fn failed(reason: Reason) -> Answer {
        let text = String::new();
        Err(Failure { reason, text })
    }

    #[tokio::test]
    async fn localhost_and_names_below_it_are_loopback() {
        for name in ["localhost", "s3.localhost", "b.s3.LocalHost."] {
            let found = addresses(name).await.unwrap();
            assert!(found.iter().all(IpAddr::is_loopback), "{name} {found:?}");
        }
        assert!(!is_localhost("localhost.example.com") && !is_localhost("mylocalhost"));
    }

    #[test]
    fn a_name_with_a_dot_is_asked_for_as_it_is_before_it_is_searched_for() {
        let domains = ["a".to_owned(), "b.c".to_owned()];
        for (name, search, itself, searched) in [
            (
                "h.test",
                &domains[..],
                Some("h.test."),
                &["h.test.a.", "h.test.b.c."][..],
            ),
            ("h.test", &[], Some("h.test."), &["h.test"]),
            ("h.test.", &domains, Some("h.test."), &[]),
            ("h", &domains, None, &["h.a.", "h.b.c.", "h."]),
            ("h", &[], None, &["h"]),
        ] {
            let found = questions(name, search);
            assert_eq!(found.itself.as_deref(), itself, "{name}");
            assert_eq!(found.searched, searched, "{name}");
        }
    }

    /// Returns the names that the resolver looks up if the name servers give these answers, and the
    /// result.
    async fn asked(name: &str, answers: &[(&str, Answer)]) -> (Vec<String>, Answer) {
        let domains = ["a".to_owned(), "b".to_owned()];
        let asked = RefCell::new(Vec::new());
        let ask = async |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            let known = answers.iter().find(|(known, _)| *known == name);
            known.map_or_else(|| failed(NoSuchName), |(_, answer)| answer.clone())
        };
        let answer = first_answer(&questions(name, &domains), ask).await;
        (asked.into_inner(), answer)
    }

    #[tokio::test]
    async fn only_a_name_that_does_not_exist_is_searched_for() {
        for reason in [Temporary, Other] {
            let (names, answer) = asked("h.test", &[("h.test.", failed(reason))]).await;
            assert_eq!(
                (names, answer),
                (vec!["h.test.".to_owned()], failed(reason))
            );
        }
        for reason in [NoSuchName, NoData] {
            let answers = [("h.test.", failed(reason)), ("h.test.b.", Ok(vec![V4]))];
            let (names, answer) = asked("h.test", &answers).await;
            assert_eq!(names, ["h.test.", "h.test.a.", "h.test.b."]);
            assert_eq!(answer, Ok(vec![V4]));
        }
    }

    #[tokio::test]
    async fn a_search_domain_that_fails_is_skipped_and_reported_if_no_other_has_the_name() {
        let failing = ("h.a.", failed(Temporary));
        let (_, found) = asked("h", &[failing.clone(), ("h.b.", Ok(vec![V4]))]).await;
        assert_eq!(found, Ok(vec![V4]));
        let (names, failure) = asked("h", &[failing]).await;
        assert_eq!(names, ["h.a.", "h.b.", "h."]);
        assert_eq!(failure, failed(Temporary));
    }

    #[test]
    fn a_failure_counts_only_when_neither_family_has_an_address() {
        for (v4, v6, expected) in [
            (Ok(vec![V4]), Ok(vec![V6]), Ok(vec![V6, V4])),
            (Ok(vec![V4]), failed(NoSuchName), Ok(vec![V4])),
            (Ok(vec![V4]), failed(Temporary), Ok(vec![V4])),
            (failed(NoData), Ok(vec![V6]), Ok(vec![V6])),
            (failed(NoSuchName), failed(Temporary), failed(NoSuchName)),
            (failed(NoData), failed(Temporary), failed(Temporary)),
            (failed(NoData), failed(NoData), failed(NoData)),
            (failed(Temporary), failed(NoSuchName), failed(Temporary)),
            (failed(Other), failed(NoData), failed(Other)),
        ] {
            assert_eq!(merged(Some(v4), Some(v6)), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_answer_of_the_other_family_is_ignored() {
        #[allow(clippy::disallowed_methods)] // The sleep takes no real time, because tokio's clock is paused.
        async fn after(millis: u64, answer: Answer) -> Answer {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            answer
        }
        let (v4, v6) = (|| Ok(vec![V4]), || Ok(vec![V6]));
        for (v4, v6, expected, millis) in [
            (after(10, v4()), after(40, v6()), Ok(vec![V6, V4]), 40),
            (after(10, v4()), after(5000, v6()), Ok(vec![V4]), 60),
            (after(200, v4()), after(10, v6()), Ok(vec![V6, V4]), 200),
            (after(5000, v4()), after(10, v6()), Ok(vec![V6]), 310),
            (
                after(5000, v4()),
                after(10, failed(Temporary)),
                Ok(vec![V4]),
                5000,
            ),
            (
                after(10, failed(NoData)),
                after(5000, v6()),
                Ok(vec![V6]),
                5000,
            ),
        ] {
            let begun = tokio::time::Instant::now();
            assert_eq!(both(v4, v6).await, expected);
            // The check allows a small delay, because tokio's timers have a resolution of one
            // millisecond.
            let waited = begun.elapsed().as_millis();
            assert!((millis..millis + 3).contains(&waited), "{waited}");
        }
    }
}
