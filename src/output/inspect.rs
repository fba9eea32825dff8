//! The output of `inspect`.

use super::sanitize;
use crate::hints;
use s3_secure_bucket::presign::endpoint::Partition;
use s3_secure_bucket::presign::inspect::Inspected;
use s3_secure_bucket::presign::{encode, timestamp};
use s3_secure_bucket::s3::explain::{Cause, SignatureMismatch};
use serde::Serialize;
use time::OffsetDateTime;

/// Whether the signature is valid, and for which method.
pub(crate) struct Signature {
    pub(crate) verdict: Verdict,
    pub(crate) method: Option<&'static str>,
}

/// The result of checking the signature.
pub(crate) enum Verdict {
    Valid,
    Invalid,
    NotChecked(String),
}

/// The report, ready to print as text or as JSON.
#[derive(Serialize)]
pub(crate) struct Document {
    schema_version: u8,
    host: String,
    addressing: Option<&'static str>,
    bucket: Option<String>,
    path: String,
    access_key_id: String,
    session_token: bool,
    date: String,
    region: String,
    service: String,
    signed_headers: Vec<String>,
    signed_at: String,
    expires_at: String,
    seconds_left: i64,
    signature: String,
    method: Option<&'static str>,
    warnings: Vec<String>,
    difference: Option<Part>,
}

#[derive(Serialize)]
struct Part {
    part: String,
    theirs: String,
    ours: String,
    cause: String,
}

impl Document {
    pub(crate) fn new(
        url: &Inspected,
        now: OffsetDateTime,
        signature: &Signature,
        difference: Option<&SignatureMismatch>,
    ) -> Self {
        let decoded = encode::decode(url.raw_path.as_bytes()).unwrap_or_default();
        let path = String::from_utf8_lossy(&decoded).into_owned();
        let (addressing, bucket) = style(&url.host, &path);
        let verdict = match (&signature.verdict, signature.method) {
            (Verdict::Valid, _) => "valid".to_owned(),
            (Verdict::Invalid, _) => "INVALID".to_owned(),
            (Verdict::NotChecked(why), _) => format!("not checked: {why}"),
        };
        Document {
            schema_version: 1,
            host: url.host.clone(),
            addressing,
            bucket,
            path,
            access_key_id: url.access_key_id.clone(),
            session_token: url.has_token(),
            date: url.scope.date.clone(),
            region: url.scope.region.clone(),
            service: url.scope.service.clone(),
            signed_headers: url.signed_headers.clone(),
            signed_at: timestamp::rfc3339(url.at),
            expires_at: timestamp::rfc3339(url.expires_at()),
            seconds_left: (url.expires_at() - now).whole_seconds().max(0),
            signature: verdict,
            method: signature.method,
            warnings: url.warnings(now).iter().map(ToString::to_string).collect(),
            difference: difference.map(|difference| Part {
                part: match &difference.cause {
                    Cause::Differs(part) => part.to_string(),
                    _ => String::new(),
                },
                theirs: difference.theirs.clone(),
                ours: difference.ours.clone(),
                cause: hints::refusal(&difference.cause).into_owned(),
            }),
        }
    }

    /// The report as text.
    pub(crate) fn text(&self) -> String {
        let for_method = self
            .method
            .map_or(String::new(), |method| format!(" (for {method})"));
        let bucket = match (&self.bucket, self.addressing) {
            (Some(bucket), Some(style)) => format!("{} ({style} style)", sanitize(bucket)),
            _ => {
                "unknown: the URL does not show whether the host or the path contains it".to_owned()
            }
        };
        let token = if self.session_token {
            " (temporary credentials)"
        } else {
            ""
        };
        let left = match self.seconds_left {
            0 => "expired".to_owned(),
            seconds => format!("{seconds} s left"),
        };
        let mut text = format!(
            "host            {}\n\
             bucket          {bucket}\n\
             path            {}\n\
             access key id   {}{token}\n\
             scope           {}, {}, {}\n\
             signed headers  {}\n\
             signed at       {}\n\
             expires at      {} ({left})\n\
             signature       {}{for_method}\n",
            sanitize(&self.host),
            sanitize(&self.path),
            sanitize(&self.access_key_id),
            sanitize(&self.date),
            sanitize(&self.region),
            sanitize(&self.service),
            sanitize(&self.signed_headers.join(", ")),
            self.signed_at,
            self.expires_at,
            sanitize(&self.signature),
        );
        for warning in &self.warnings {
            text += &format!("warning         {warning}\n");
        }
        if let Some(Part {
            part,
            theirs,
            ours,
            cause,
        }) = &self.difference
        {
            let (part, theirs, ours, cause) = (
                sanitize(part),
                sanitize(theirs),
                sanitize(ours),
                sanitize(cause),
            );
            if !part.is_empty() {
                text += &format!(
                    "differs in      {part}\n  S3 received   {theirs}\n  was signed    {ours}\n"
                );
            }
            text += &format!("cause           {cause}\n");
        }
        text
    }
}

/// The addressing style and the bucket, which only a host name of AWS shows.
fn style(host: &str, path: &str) -> (Option<&'static str>, Option<String>) {
    if !Partition::is_aws_host(host) {
        return (None, None);
    }
    let is_s3 = |label: &str| label == "s3" || label.starts_with("s3-");
    let labels: Vec<&str> = host.split('.').collect();
    match labels.iter().rposition(|label| is_s3(label)) {
        Some(0) => {
            let bucket = path
                .trim_start_matches('/')
                .split('/')
                .next()
                .unwrap_or_default();
            (Some("path"), Some(bucket.to_owned()))
        }
        Some(at) => (Some("virtual"), Some(labels[..at].join("."))),
        None => (None, None),
    }
}
