//! The entries of `NO_PROXY` that match no host. Without a warning, requests to the host that the user meant
//! would go through the proxy.

use super::proxy::{check_characters, either};
use crate::context::Context;
use std::net::{IpAddr, Ipv4Addr};

/// A warning for each entry of `NO_PROXY` that matches no host, one sentence each. Returns no
/// warnings if no proxy is set.
#[must_use]
pub fn no_proxy_warnings(context: &Context) -> Vec<String> {
    let proxy = either(context, "HTTPS_PROXY");
    let Some((variable, value)) = proxy.and_then(|_| either(context, "NO_PROXY")) else {
        return Vec::new();
    };
    // A value that is not UTF-8 is an error, which the caller reports.
    if check_characters(value).is_err() {
        return Vec::new();
    }
    let warning = |entry| {
        let defect = defect(entry)?;
        // The text before `@` may be a password.
        let shown = entry.rsplit('@').next().unwrap_or_default();
        Some(format!(
            "the entry `{shown}` of {variable} matches no host: {defect}"
        ))
    };
    entries(value).filter_map(warning).collect()
}

/// The entries of a list, separated by commas or spaces.
pub(super) fn entries(value: &str) -> impl Iterator<Item = &str> {
    let entries = value.split(|c: char| c == ',' || c.is_whitespace());
    entries.filter(|entry| !entry.is_empty())
}

/// Returns the reason why an entry matches no host, and the right form. `None` if the entry can
/// match one.
pub(super) fn defect(entry: &str) -> Option<String> {
    if entry == "*" {
        return None;
    }
    if entry.contains([';', '|']) {
        return Some("separate the entries with commas".to_owned());
    }
    let authority = entry.rsplit('@').next().unwrap_or_default();
    if entry.contains("://") {
        let (_, rest) = authority.split_once("://").unwrap_or(("", authority));
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        return Some(format!("write `{host}`, without a scheme and a path"));
    }
    if entry.contains('@') {
        return Some(format!("write `{authority}`, without a user name"));
    }
    if let Some((address, bits)) = entry.split_once('/') {
        return network_defect(address, bits);
    }
    let bare = entry.trim_matches(['[', ']']);
    if bare.parse::<IpAddr>().is_ok() {
        return None;
    }
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (entry, None),
    };
    if let Some(port) = port
        && port.parse::<u16>().is_err()
    {
        return Some(format!("`{port}` is not a port"));
    }
    let bare = host.trim_matches(['[', ']']);
    match bare.parse::<IpAddr>() {
        Ok(_) => None,
        Err(_) => name_defect(bare),
    }
}

/// The defect of `ADDRESS/BITS`.
fn network_defect(address: &str, bits: &str) -> Option<String> {
    let bare = address.trim_matches(['[', ']']);
    let Ok(parsed) = bare.parse::<IpAddr>() else {
        return Some(format!("write `{address}`, without a path"));
    };
    let most = if parsed.is_ipv4() { 32 } else { 128 };
    let is_length = bits.parse::<u8>().is_ok_and(|bits| bits <= most);
    (!is_length).then(|| format!("write a network as ADDRESS/BITS, with at most {most} bits"))
}

/// The defect of a host name, which may begin with `.` or `*.`.
fn name_defect(name: &str) -> Option<String> {
    let domain = name.strip_prefix('*').unwrap_or(name).trim_matches('.');
    if domain.contains('*') {
        return Some(
            "a `*` is allowed only alone or at the start, such as `*.example.com`".to_owned(),
        );
    }
    let last = domain.rsplit('.').next().unwrap_or_default();
    let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && domain.parse::<Ipv4Addr>().is_err() {
        return Some("write an address or a network, such as `10.0.0.0/8`".to_owned());
    }
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if domain.is_empty() || !domain.bytes().all(is_name_byte) {
        return Some("write a host name, an address or a network".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;

    #[test]
    fn an_entry_that_matches_no_host_is_named_with_the_right_form() {
        for (entry, form) in [
            ("http://host", "write `host`,"),
            ("https://host:443/", "write `host:443`,"),
            ("https://u:MARKER@host/p", "write `host`,"),
            ("u:MARKER@host", "write `host`,"),
            ("host/path", "write `host`, without a path"),
            ("192.0.2.0/33", "at most 32 bits"),
            ("192.0.2.0/", "at most 32 bits"),
            ("192.0.2.0/255.255.255.0", "at most 32 bits"),
            ("2001:db8::/129", "at most 128 bits"),
            ("[2001:db8::]/x", "at most 128 bits"),
            ("host:https", "`https` is not a port"),
            ("host:70000", "`70000` is not a port"),
            ("s3.*.example.com", "a `*` is allowed"),
            ("10.", "such as `10.0.0.0/8`"),
            ("192.168.*", "a `*` is allowed"),
            ("10.0.0.256", "such as `10.0.0.0/8`"),
            ("a.com;b.com", "commas"),
            (".", "write a host name"),
            ("b\u{fc}cher.example", "write a host name"),
        ] {
            let env = [("https_proxy", "proxy:3128"), ("NO_PROXY", entry)];
            let context = Context::stopped(&env, OffsetDateTime::UNIX_EPOCH);
            let warnings = no_proxy_warnings(&context);
            assert_eq!(warnings.len(), 1, "{entry}");
            assert!(warnings[0].contains(form), "{entry}: {warnings:?}");
            assert!(!warnings[0].contains("MARKER"), "{warnings:?}");
            let without_proxy = Context::stopped(&env[1..], OffsetDateTime::UNIX_EPOCH);
            assert_eq!(no_proxy_warnings(&without_proxy), [""; 0]);
        }
    }

    #[test]
    fn an_entry_that_matches_hosts_gets_no_warning() {
        for entry in [
            "*",
            "*.example.com",
            "*example.com",
            ".example.com",
            "Example.com.",
            "my_host",
            "localhost",
            "example.com:8443",
            "[::1]",
            "::1",
            "[::1]:443",
            "2001:db8::/32",
            "192.0.2.7",
            "192.0.2.7:9000",
            "192.0.2.0/32",
            "0.0.0.0/0",
        ] {
            assert_eq!(defect(entry), None, "{entry}");
        }
        let blanks: Vec<&str> = entries(" , a.test,,  b.test , ").collect();
        assert_eq!(blanks, ["a.test", "b.test"]);
    }
}
