//! The output of `inspect`.

use super::sanitize;
use crate::hints;
use crate::s3::explain::{self, Cause, QueryChange, SignatureMismatch};
use s3_presign::endpoint::AwsHost;
use s3_presign::headers::Pair;
use s3_presign::inspect::Inspected;
use s3_presign::{encode, timestamp};
use serde::Serialize;
use std::fmt;
use time::OffsetDateTime;

/// Whether the signature is valid, and for which method.
pub(crate) struct Signature {
    pub(crate) verdict: Verdict,
    pub(crate) method: Option<&'static str>,
}

/// The options of the command that say how the URL is used.
pub(crate) struct Use<'a> {
    pub(crate) method: Option<&'a str>,
    pub(crate) headers: &'a [Pair],
}

/// The result of checking the signature.
pub(crate) enum Verdict {
    Valid,
    Invalid,
    /// The signature is valid if the parameters that a link tracker added are removed from the URL.
    ValidWithoutTracking,
    NotChecked(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid => f.write_str("valid"),
            Self::Invalid => f.write_str("INVALID"),
            Self::ValidWithoutTracking => {
                f.write_str("INVALID, but valid without the added parameters")
            }
            Self::NotChecked(why) => write!(f, "not checked: {why}"),
        }
    }
}

/// The report, ready to print as text or as JSON.
#[derive(Serialize)]
pub(crate) struct Document {
    schema_version: u8,
    host: String,
    addressing: Option<&'static str>,
    bucket: Option<String>,
    path: String,
    upload: Option<Upload>,
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

/// The request of a multipart upload that the URL is made for.
#[derive(Serialize)]
struct Upload {
    /// The names of the possible operations, with their methods.
    operations: Vec<String>,
    upload_id: Option<String>,
    part_number: Option<String>,
    /// The size in bytes that the signature covers, if the caller named the size and it is right:
    /// that of the part, or in `CompleteMultipartUpload` that of the object.
    signed_size: Option<String>,
}

/// The report about a query parameter that differs from the signed one.
#[derive(Serialize)]
struct Parameter {
    name: String,
    change: String,
}

#[derive(Serialize)]
struct Part {
    part: String,
    parameters: Vec<Parameter>,
    theirs: String,
    ours: String,
    cause: String,
}

impl Document {
    pub(crate) fn new(
        url: &Inspected,
        now: OffsetDateTime,
        signature: &Signature,
        used: &Use<'_>,
        difference: Option<&SignatureMismatch>,
    ) -> Self {
        let decoded = encode::decode(url.raw_path.as_bytes()).unwrap_or_default();
        let path = String::from_utf8_lossy(&decoded).into_owned();
        let (addressing, bucket) = style(&url.host, &path);
        Document {
            schema_version: 1,
            host: url.host.clone(),
            addressing,
            bucket,
            path,
            upload: upload(url, signature, used),
            access_key_id: url.access_key_id.clone(),
            session_token: url.has_token(),
            date: url.scope.date.clone(),
            region: url.scope.region.clone(),
            service: url.scope.service.clone(),
            signed_headers: url.signed_headers.clone(),
            signed_at: timestamp::rfc3339(url.at),
            expires_at: timestamp::rfc3339(url.expires_at()),
            seconds_left: (url.expires_at() - now).whole_seconds().max(0),
            signature: signature.verdict.to_string(),
            method: signature.method,
            warnings: url.warnings(now).iter().map(ToString::to_string).collect(),
            difference: difference.map(|difference| Part {
                part: match &difference.cause {
                    Cause::Differs(part) => part.to_string(),
                    _ => String::new(),
                },
                parameters: parameters(&difference.cause),
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
                "unknown, because the URL does not show whether the host or the path contains the bucket".to_owned()
            }
        };
        let token = token(self.session_token);
        let left = time_left(self.seconds_left);
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
        if let Some(upload) = &self.upload {
            text += &upload.text();
        }
        for warning in &self.warnings {
            text += &format!("warning         {}\n", sanitize(warning));
        }
        if let Some(difference) = &self.difference {
            text += &difference.text();
        }
        text
    }
}

/// The note after an access key ID.
pub(super) fn token(is_temporary: bool) -> &'static str {
    if is_temporary {
        " (temporary credentials)"
    } else {
        ""
    }
}

/// The time until a URL or form expires, as text.
pub(super) fn time_left(seconds: i64) -> String {
    match seconds {
        0 => "expired".to_owned(),
        seconds => format!("{seconds} s left"),
    }
}

impl Upload {
    fn text(&self) -> String {
        let mut text = format!("request         {}", self.operations.join(" or "));
        if let Some(number) = &self.part_number {
            text += &format!(", part {}", sanitize(number));
        }
        text += "\n";
        if let Some(id) = &self.upload_id {
            text += &format!("upload ID       {}\n", sanitize(id));
        }
        if let Some(size) = &self.signed_size {
            text += &format!("signed size     {} bytes\n", sanitize(size));
        }
        text
    }
}

impl Part {
    fn text(&self) -> String {
        let mut text = String::new();
        if !self.part.is_empty() {
            text += &format!("differs in      {}\n", sanitize(&self.part));
        }
        for Parameter { name, change } in &self.parameters {
            text += &format!("  parameter     {}: {change}\n", sanitize(name));
        }
        if !self.theirs.is_empty() || !self.ours.is_empty() {
            text += &format!(
                "  S3 received   {}\n  was signed    {}\n",
                sanitize(&self.theirs),
                sanitize(&self.ours)
            );
        }
        text += &format!("cause           {}\n", sanitize(&self.cause));
        text
    }
}

/// The request of a multipart upload, or `None` for other URLs.
fn upload(url: &Inspected, signature: &Signature, used: &Use<'_>) -> Option<Upload> {
    let request = url.upload_request(signature.method.or(used.method))?;
    let is_size = |(name, _): &&Pair| {
        let names = ["content-length", "x-amz-mp-object-size"];
        names.iter().any(|known| name.eq_ignore_ascii_case(known))
            && url.signed_headers.contains(&name.to_ascii_lowercase())
    };
    let size = used
        .headers
        .iter()
        .find(is_size)
        .map(|(_, value)| value.clone());
    let is_valid = matches!(signature.verdict, Verdict::Valid);
    Some(Upload {
        operations: request.operations.iter().map(ToString::to_string).collect(),
        upload_id: request.upload_id,
        part_number: request.part_number,
        signed_size: size.filter(|_| is_valid),
    })
}

fn parameters(cause: &Cause) -> Vec<Parameter> {
    let Cause::Differs(explain::Part::Query(changes)) = cause else {
        return Vec::new();
    };
    let parameter = |change: &QueryChange| Parameter {
        name: change.parameter.clone(),
        change: change.change.to_string(),
    };
    changes.iter().map(parameter).collect()
}

/// The addressing style and the bucket, or the access point, as far as the host shows them: hosts outside
/// of AWS do not.
fn style(host: &str, path: &str) -> (Option<&'static str>, Option<String>) {
    let name = host.split(':').next().unwrap_or_default();
    match AwsHost::parse(name) {
        None => (None, None),
        Some(AwsHost {
            name: Some(name), ..
        }) => (Some("virtual"), Some(name.to_owned())),
        Some(_) => {
            let bucket = path.trim_start_matches('/').split('/').next();
            (Some("path"), bucket.map(str::to_owned))
        }
    }
}
