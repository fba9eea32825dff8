//! When a link ends, and why.

use super::Error;
use crate::s3::Client;
use s3_presign::Expiry;
use std::time::Duration;
use time::OffsetDateTime;

/// The lifetime of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// The duration for which the link works.
    pub expires_in: Expiry,
    /// The end of the link, by the server's clock.
    pub expires_at: OffsetDateTime,
    /// Why the link ends then.
    pub end: End,
}

/// Why a link ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The caller requested this lifetime.
    Requested,
    /// The caller requested this lifetime, but the credentials are temporary, and may end earlier.
    Unknown,
    /// The credentials that sign the link expire.
    Credentials,
    /// The bucket policy refuses signatures that are older than this.
    Policy(Duration),
}

impl Lifetime {
    /// Returns the shortest of three times: the requested lifetime, the lifetime of the
    /// credentials, and the largest age of a signature that the bucket policy allows.
    pub(super) fn new(
        client: &Client,
        requested: Expiry,
        age_limit: Option<Duration>,
    ) -> Result<Self, Error> {
        let now = client.now();
        let credentials = &client.credentials;
        let is_unknown = credentials.session_token.is_some() && credentials.expires_at.is_none();
        let end = if is_unknown {
            End::Unknown
        } else {
            End::Requested
        };
        let mut shortest = (requested.duration(), end);
        if let Some(expires_at) = credentials.expires_at {
            let left = Duration::try_from(expires_at - now).unwrap_or_default();
            if left < shortest.0 {
                shortest = (left, End::Credentials);
            }
        }
        if let Some(limit) = age_limit.filter(|limit| *limit < shortest.0) {
            shortest = (limit, End::Policy(limit));
        }
        let (left, end) = shortest;
        let expires_in = Expiry::from_duration(left).ok_or(match end {
            End::Policy(limit) => Error::PolicyAge(limit),
            End::Requested | End::Unknown | End::Credentials => Error::CredentialsExpired,
        })?;
        Ok(Lifetime {
            expires_in,
            expires_at: now + expires_in.duration(),
            end,
        })
    }
}
