//! The lifetime and the host of a URL, which are resolved before signing.

use crate::cli::session::{Session, warn_about_region};
use crate::config::Sourced;
use crate::credentials::{UnusableKey, check_for_aws};
use crate::failure::{Exit, Failure};
use crate::output::Printer;
use clap::{Args, ValueEnum};
use s3_presign::endpoint::{Endpoint, EndpointUrl};
use s3_presign::{Credentials, Expiry, duration, timestamp};
use std::path::Path;
use std::time::Duration;
use time::OffsetDateTime;

// The options for the lifetime and the host of a URL.
#[derive(Debug, Args)]
pub(super) struct Validity {
    /// Lifetime of the URL, from 1s to 7d
    #[arg(long, value_name = "DURATION", default_value_t = Expiry::DEFAULT)]
    expires_in: Expiry,
    /// Start of the lifetime, as 20130524T000000Z or RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = timestamp::parse)]
    at: Option<OffsetDateTime>,
    /// URL of the server as customers reach it, if that differs from --endpoint
    #[arg(long, value_name = "URL")]
    public_endpoint: Option<String>,
    /// Action if the credentials expire before the URL
    #[arg(long, value_name = "ACTION", default_value = "warn", value_enum)]
    on_short_credentials: OnShortCredentials,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnShortCredentials {
    /// Warn and create the URL anyway
    Warn,
    /// Shorten the lifetime to that of the credentials
    Clamp,
    /// Fail without creating a URL
    Fail,
}

/// The resolved bucket, endpoint, credentials and lifetime of a URL.
pub(super) struct Target {
    pub(super) bucket: String,
    pub(super) endpoint: Endpoint,
    pub(super) credentials: Credentials,
    pub(super) at: OffsetDateTime,
    pub(super) expires_in: Expiry,
    /// The expiry of the URL, or of the credentials if they expire sooner.
    pub(super) expires_at: OffsetDateTime,
}

impl Target {
    /// The CA bundle that a curl command needs. AWS's certificates need no CA bundle, and the path
    /// does not exist on the machine of a customer.
    pub(super) fn ca_bundle<'a>(&self, session: &'a Session<'_>) -> Option<&'a Path> {
        let bundle = session.settled.ca_bundle.as_deref();
        bundle.filter(|_| !self.endpoint.is_aws)
    }
}

impl Validity {
    /// Whether the URLs have a host that this program does not send requests to.
    pub(super) fn has_public_endpoint(&self) -> bool {
        self.public_endpoint.is_some()
    }

    /// Resolves the options and the credentials. Fails for an invalid endpoint or bucket name, or for
    /// credentials that expire too soon.
    pub(super) fn target(
        &self,
        bucket: &str,
        session: &Session<'_>,
        printer: &Printer,
    ) -> Result<Target, Failure> {
        let mut settled = session.settled.clone();
        if let Some(url) = &self.public_endpoint {
            let url = EndpointUrl::parse(url).map_err(|error| {
                Failure::usage(
                    error,
                    "write the endpoint as https://HOST[:PORT], such as https://files.example.com",
                )
            })?;
            settled = settled.with_endpoint(Sourced {
                value: url,
                source: "--public-endpoint".to_owned(),
            })?;
            settled.check_region()?;
            warn_about_region(&settled, printer);
        }
        if !session.global.allow_http {
            settled.refuse_plain_http()?;
        }
        let bucket = session.existing_bucket(bucket)?;
        let endpoint = settled.endpoint.resolve(Some(bucket.as_str()))?;
        let credentials = session.credentials()?.credentials;
        // For AWS, the session has already refused a key without its token.
        if let Err(error @ UnusableKey::NoToken) = check_for_aws(&credentials) {
            printer.warning(&format!("{error}: AWS would refuse such a URL"));
        }
        let at = self.at.unwrap_or_else(|| session.context.now());
        self.check_unknown_end(&credentials, printer)?;
        let (expires_in, expires_at) =
            self.end(at, session.context.now(), credentials.expires_at, printer)?;
        if endpoint.is_aws && settled.is_default_region() {
            session.warn_of_default_region();
        }
        Ok(Target {
            bucket: bucket.to_string(),
            endpoint,
            credentials,
            at,
            expires_in,
            expires_at,
        })
    }

    /// Warns of temporary credentials whose end is not known: the URL may end at any time.
    fn check_unknown_end(
        &self,
        credentials: &Credentials,
        printer: &Printer,
    ) -> Result<(), Failure> {
        if credentials.session_token.is_none() || credentials.expires_at.is_some() {
            return Ok(());
        }
        let situation = "the credentials are temporary and their expiration is not known: the URL may stop working before its own expiration";
        if self.on_short_credentials == OnShortCredentials::Fail {
            return Err(Failure::new(
                situation,
                Some(
                    "set AWS_CREDENTIAL_EXPIRATION, or use a source that reports an expiration"
                        .to_owned(),
                ),
            ));
        }
        printer.warning(situation);
        Ok(())
    }

    fn end(
        &self,
        at: OffsetDateTime,
        now: OffsetDateTime,
        credentials_end: Option<OffsetDateTime>,
        printer: &Printer,
    ) -> Result<(Expiry, OffsetDateTime), Failure> {
        let wanted = at + self.expires_in.duration();
        let Some(end) = credentials_end.filter(|end| *end < wanted) else {
            return Ok((self.expires_in, wanted));
        };
        if end <= now {
            return Err(Failure {
                exit: Exit::Failed,
                situation: "the credentials have expired: a URL signed with them would not work"
                    .to_owned(),
                causes: vec![format!("they expired at {}", timestamp::rfc3339(end))],
                hint: Some("fetch new credentials".to_owned()),
            });
        }
        let left = Duration::try_from(end - at).unwrap_or_default();
        let clamped = Expiry::from_duration(left);
        let works_for = Duration::try_from(end - at.max(now)).unwrap_or_default();
        let short = || {
            format!(
                "the credentials expire at {}, before the URL",
                timestamp::rfc3339(end)
            )
        };
        let hint = "use longer-lived credentials, or --on-short-credentials clamp";
        match (self.on_short_credentials, clamped) {
            (_, None) => Err(Failure {
                exit: Exit::Failed,
                situation: "the credentials expire before the URL becomes valid".to_owned(),
                causes: vec![format!("they expire at {}", timestamp::rfc3339(end))],
                hint: Some("use longer-lived credentials, or an earlier --at".to_owned()),
            }),
            (OnShortCredentials::Fail, _) => Err(Failure {
                exit: Exit::Failed,
                situation: short(),
                causes: Vec::new(),
                hint: Some(hint.to_owned()),
            }),
            (OnShortCredentials::Clamp, Some(clamped)) => Ok((clamped, at + clamped.duration())),
            (OnShortCredentials::Warn, Some(_)) => {
                let left = duration::in_units(works_for);
                printer.warning(&format!("{}: the URL works for {left}", short()));
                Ok((self.expires_in, end))
            }
        }
    }
}
