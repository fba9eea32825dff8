//! Faults that a test injects into the sandbox: which requests a fault affects, and how the sandbox
//! then treats the request.

use std::sync::Mutex;
use std::time::Duration;

use crate::state::lock;

/// A fault affects a request if the request matches each criterion (method, path, subresource) that
/// is `Some`.
#[derive(Debug, Clone)]
pub struct Fault {
    pub method: Option<String>,
    /// A substring of the request's path, which is still percent-encoded.
    pub path: Option<String>,
    /// A query key such as `policy`, or `Some("")` for a request without a query.
    pub subresource: Option<String>,
    /// The number of matching requests that the fault skips before it affects a request.
    pub skip: usize,
    /// The number of matching requests that the fault affects after the skipped requests.
    /// `usize::MAX` means all requests.
    pub times: usize,
    pub action: Action,
}

/// The treatment of a request that a fault affects.
#[derive(Debug, Clone)]
pub enum Action {
    /// Sends an error, and does not perform the request.
    Error {
        status: u16,
        code: String,
        headers: Vec<(String, String)>,
    },
    /// Drops the connection without a response, and does not perform the request.
    Reset,
    /// Waits for this time, and then serves the request normally.
    Delay(Duration),
    /// Performs the request, and then drops the connection without a response.
    AfterReset,
    /// Performs the request, sends the real response with its full content-length but only half of
    /// its body, and then closes the connection.
    Truncate,
    /// Sends these bytes unchanged as the response, closes the connection, and does not perform the
    /// request.
    Raw(Vec<u8>),
    /// Performs the request, and sends the real status with an empty body.
    EmptyBody,
}

/// The faults that tests have injected.
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

    /// Returns the action for this request, or `None` if no fault affects the request. If several
    /// faults match, the first fault that is active decides.
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
    /// Returns an action that sends an S3 error.
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
    /// Returns a fault that skips `skip` requests of any kind and affects the next `times`
    /// requests.
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
    fn skips_then_affects_then_ignores_requests() {
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
