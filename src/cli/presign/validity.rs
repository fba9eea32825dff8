//! When a URL's life begins, how long it is, and for which host: settled before anything is signed.

use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::Printer;
use clap::{Args, ValueEnum};
use s3_secure_bucket::presign::endpoint::{Endpoint, EndpointUrl};
use s3_secure_bucket::presign::{Credentials, Expiry, duration, timestamp};
use std::time::Duration;
use time::OffsetDateTime;

// When, how long, and for which host.
#[derive(Debug, Args)]
pub(super) struct Validity {
    /// How long it lives: 1s to 7d
    #[arg(long, value_name = "D", default_value_t = Expiry::DEFAULT)]
    expires_in: Expiry,
    /// When its life begins: 20130524T000000Z or RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = timestamp::parse)]
    at: Option<OffsetDateTime>,
    /// The host put into the URL, where customers reach the server by another name than we do
    #[arg(long, value_name = "URL")]
    public_endpoint: Option<String>,
    /// What to do if the credentials end before the URL would
    #[arg(long, value_name = "WHAT", default_value = "warn", value_enum)]
    on_short_credentials: OnShortCredentials,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnShortCredentials {
    /// Make it all the same, and say so
    Warn,
    /// Make it as short as they are
    Clamp,
    /// Make none
    Fail,
}

/// Where to, by whom, from when until when.
pub(super) struct Target {
    pub(super) bucket: String,
    pub(super) endpoint: Endpoint,
    pub(super) credentials: Credentials,
    pub(super) at: OffsetDateTime,
    pub(super) expires_in: Expiry,
    /// The end of the URL or of the credentials, whichever is sooner.
    pub(super) expires_at: OffsetDateTime,
}

impl Validity {
    /// Settles all of it, and refuses what cannot be.
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
                    "write it as https://HOST[:PORT], such as https://files.example.com",
                )
            })?;
            settled.endpoint.endpoint = Some(url);
            settled.endpoint_source = Some("--public-endpoint".to_owned());
        }
        if !session.global.allow_http {
            settled.refuse_plain_http()?;
        }
        let bucket = session.bucket_name(bucket)?;
        let endpoint = settled.endpoint.resolve(Some(bucket.as_str()))?;
        let credentials = session.credentials()?.credentials;
        let at = self.at.unwrap_or_else(|| session.context.now());
        let (expires_in, expires_at) =
            self.end(at, session.context.now(), credentials.expires_at, printer)?;
        Ok(Target {
            bucket: bucket.to_string(),
            endpoint,
            credentials,
            at,
            expires_in,
            expires_at,
        })
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
                situation: "the credentials have ended: a URL signed by them would not work"
                    .to_owned(),
                causes: vec![format!("they ended at {}", timestamp::rfc3339(end))],
                hint: Some("fetch new ones".to_owned()),
            });
        }
        let left = Duration::try_from(end - at).unwrap_or_default();
        let clamped = Expiry::from_duration(left);
        let works_for = Duration::try_from(end - at.max(now)).unwrap_or_default();
        let short = || {
            format!(
                "the credentials end at {}, before the URL would",
                timestamp::rfc3339(end)
            )
        };
        let hint = "use longer-lived credentials, or --on-short-credentials clamp";
        match (self.on_short_credentials, clamped) {
            (_, None) => Err(Failure {
                exit: Exit::Failed,
                situation: "the credentials end before the URL's life begins".to_owned(),
                causes: vec![format!("they end at {}", timestamp::rfc3339(end))],
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
                let left = duration::display(works_for);
                printer.warning(&format!("{}: it works for {left}", short()));
                Ok((self.expires_in, end))
            }
        }
    }
}
