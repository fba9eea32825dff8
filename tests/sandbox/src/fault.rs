//! Faults to order: which request is hit, and what happens to it.

use std::sync::Mutex;
use std::time::Duration;

use crate::state::lock;

/// Hits the requests that match every given criterion.
#[derive(Debug, Clone)]
pub struct Fault {
    pub method: Option<String>,
    /// A part of the path as it is on the wire.
    pub path: Option<String>,
    /// A query key such as `policy`; `Some("")` means a request without a query.
    pub subresource: Option<String>,
    /// Let this many matching requests pass first.
    pub skip: usize,
    /// Then hit this many; `usize::MAX` for ever.
    pub times: usize,
    pub action: Action,
}

/// What happens to a request that is hit.
#[derive(Debug, Clone)]
pub enum Action {
    /// An error answer; the request is not performed.
    Error {
        status: u16,
        code: String,
        headers: Vec<(String, String)>,
    },
    /// Drop the connection without an answer; the request is not performed.
    Reset,
    /// Wait, then serve normally.
    Delay(Duration),
    /// Perform the request, then drop the connection without an answer.
    AfterReset,
    /// The real answer with its full content-length, but half of the body; then close.
    Truncate,
    /// These bytes verbatim instead of an answer, then close; the request is not performed.
    Raw(Vec<u8>),
    /// The real status, an empty body.
    EmptyBody,
}

/// The faults that are armed.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub fn new(faults: Vec<Fault>) -> Self {
        Self(Mutex::new(faults))
    }

    pub fn inject(&self, fault: Fault) {
        lock(&self.0).push(fault);
    }

    pub fn clear(&self) {
        lock(&self.0).clear();
    }

    /// The action for this request: the first armed fault that matches and has let its share pass.
    pub fn strike(&self, method: &str, path: &str, query: &str) -> Option<Action> {
        for fault in lock(&self.0).iter_mut() {
            if !fault.matches(method, path, query) || fault.times == 0 {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if fault.times != usize::MAX {
                fault.times -= 1;
            }
            return Some(fault.action.clone());
        }
        None
    }
}

impl Action {
    /// An error answer.
    #[must_use]
    pub fn error(status: u16, code: &str, headers: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Action::Error {
            status,
            code: code.to_owned(),
            headers: headers.iter().map(owned).collect(),
        }
    }
}

impl Fault {
    /// Hits whatever comes: `times` requests behind the first `skip`.
    #[must_use]
    pub fn any(skip: usize, times: usize, action: Action) -> Self {
        Fault {
            method: None,
            path: None,
            subresource: None,
            skip,
            times,
            action,
        }
    }

    fn matches(&self, method: &str, path: &str, query: &str) -> bool {
        let has_key = |wanted: &str| {
            query
                .split('&')
                .any(|pair| pair.split('=').next() == Some(wanted))
        };
        self.method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self
                .path
                .as_deref()
                .is_none_or(|wanted| path.contains(wanted))
            && self.subresource.as_deref().is_none_or(|wanted| {
                if wanted.is_empty() {
                    query.is_empty()
                } else {
                    has_key(wanted)
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_then_hits_then_lets_pass() {
        let faults = Faults::new(vec![Fault {
            method: Some("PUT".to_owned()),
            path: None,
            subresource: Some("policy".to_owned()),
            skip: 1,
            times: 2,
            action: Action::Reset,
        }]);
        let strikes: Vec<bool> = (0..4)
            .map(|_| faults.strike("PUT", "/b", "policy").is_some())
            .collect();
        assert_eq!(strikes, [false, true, true, false]);
        assert!(faults.strike("GET", "/b", "policy").is_none());
    }

    #[test]
    fn empty_subresource_means_no_query() {
        let faults = Faults::new(vec![Fault {
            method: None,
            path: Some("b".to_owned()),
            subresource: Some(String::new()),
            skip: 0,
            times: usize::MAX,
            action: Action::EmptyBody,
        }]);
        assert!(faults.strike("GET", "/b", "policy=").is_none());
        assert!(faults.strike("GET", "/b", "").is_some());
        assert!(faults.strike("GET", "/other", "").is_none());
    }
}
