//! Hints, which name the remedy for each error, with the options of the command line. The library's
//! errors do not know the command line, so the program adds the hints.

mod location;
mod network;
mod publish;
mod refusal;
mod revoke;

pub(crate) use location::{likely_bucket, likely_uri};
pub(crate) use network::http;
pub(crate) use publish::published;
pub(crate) use refusal::refusal;
pub(crate) use revoke::{revoked, target};

use crate::audit;
use crate::bootstrap::{self, AfterLoss, Detail};
use crate::config::ConfigError;
use crate::credentials::UnusableKey;
use crate::ownership;
use crate::s3;
use crate::s3::error::{ErrorResponse, Kind};
use crate::verify::{self, Reason};
use s3_presign::encode;
use s3_presign::endpoint::{EndpointError, likely_region};
use s3_presign::url::InvalidRequest;
use std::borrow::Cow;

pub(crate) fn config(error: &ConfigError) -> Cow<'static, str> {
    match error {
        ConfigError::Region { error, .. } => region(error.text()),
        ConfigError::NotOfAws { region: named, .. } => region(named.as_str()),
        ConfigError::Endpoint { .. } => {
            "write the endpoint as https://HOST[:PORT], such as https://s3.example.com".into()
        }
        ConfigError::PlainHttp { .. } => {
            "use https://, or add --allow-http if you trust the network to the server".into()
        }
        ConfigError::OtherRegion(_) => {
            "omit --region, or set --endpoint to the endpoint of that region".into()
        }
        ConfigError::Website(_) => {
            "use the endpoint of the region, such as https://s3.eu-central-1.amazonaws.com".into()
        }
        ConfigError::MaxAttempts => {
            "set AWS_MAX_ATTEMPTS (or max_attempts) to at least 1; the default is 5".into()
        }
        ConfigError::NotABoolean(_) => {
            "set the variable or the profile's setting to true or false".into()
        }
        ConfigError::NoHome(_) if cfg!(windows) => {
            "set USERPROFILE, or write an absolute path".into()
        }
        ConfigError::NoHome(_) => "set HOME, or write an absolute path".into(),
        ConfigError::NoServices { .. } => {
            "add the section to ~/.aws/config, or remove `services` from the profile".into()
        }
        ConfigError::AddressingStyle(_) => "set addressing_style to auto, path or virtual".into(),
    }
}

/// Suggests the region that an invalid region name probably means.
fn region(text: &str) -> Cow<'static, str> {
    match likely_region(text) {
        Some(region) => format!("write --region {region}").into(),
        None => "name a region such as --region eu-central-1; for a server other than AWS, name the server with --endpoint".into(),
    }
}

pub(crate) fn key(error: &UnusableKey) -> &'static str {
    match error {
        UnusableKey::Misplaced(_) | UnusableKey::Same(..) => {
            "the access key ID begins with AKIA or ASIA, the secret access key has 40 characters, and the session token has some hundred; set each value where it belongs"
        }
        UnusableKey::NotAscii(_) => {
            "remove quotes around the value, and copy the value again from its source"
        }
        UnusableKey::NoToken => {
            "set AWS_SESSION_TOKEN (in a profile: aws_session_token) to the token that was issued with the key"
        }
    }
}

pub(crate) fn endpoint(error: &EndpointError) -> &'static str {
    match error {
        EndpointError::NotVirtualHostable(_) => {
            "use --addressing path, or omit --addressing; to put another host into a URL, use --public-endpoint"
        }
        EndpointError::AnotherBucket { .. } => {
            "omit the bucket from --endpoint, or name the same bucket in both"
        }
        EndpointError::NotInPartition("FIPS", _) => {
            "omit --fips, and set neither AWS_USE_FIPS_ENDPOINT nor use_fips_endpoint in the profile; regions of the partition aws have FIPS endpoints"
        }
        _ => "omit one of the two options, or name another --region",
    }
}

pub(crate) fn request(error: &InvalidRequest) -> &'static str {
    match error {
        InvalidRequest::NotAscii(_) => {
            "encode the value, as RFC 2047 describes or with percent-encoding"
        }
        InvalidRequest::NeverSigned(name) if name == "host" => {
            "to put another host into the URL, use --public-endpoint https://HOST"
        }
        InvalidRequest::ReservedQuery(_) => {
            "omit the query parameter, because the program writes the parameter itself"
        }
        _ => "do not sign this header: the client may send the header unsigned",
    }
}

pub(crate) fn s3(error: &s3::Error) -> Option<Cow<'static, str>> {
    match &error.kind {
        Kind::Transport(error) => http(error),
        Kind::Unreadable(_) => {
            Some("check that the endpoint is an S3 server; -v shows each request".into())
        }
        Kind::Response(refusal) => answer(refusal).map(Cow::from),
        Kind::Endpoint(_) => None,
    }
}

pub(crate) fn answer(answer: &ErrorResponse) -> Option<&'static str> {
    Some(match (answer.code.as_str(), answer.status) {
        ("InvalidAccessKeyId", _) => {
            "check that the access key belongs to this server and AWS partition"
        }
        ("SignatureDoesNotMatch", _) => {
            "check that the secret access key belongs to the access key ID"
        }
        ("ExpiredToken" | "TokenRefreshRequired", _) => {
            "fetch new temporary credentials: the current ones have expired"
        }
        ("RequestTimeTooSkewed", _) => {
            "set this machine's clock: it is wrong by more than 15 minutes"
        }
        ("InvalidToken" | "InvalidClientTokenId", _) => {
            "check that AWS_SESSION_TOKEN belongs to this access key, and that both belong to this partition"
        }
        ("InvalidLocationConstraint" | "IllegalLocationConstraintException", _) => {
            "choose a different --region: this endpoint does not create buckets in the requested region"
        }
        ("TooManyBuckets", _) => {
            "delete a bucket, or raise the account's bucket quota, which is used up"
        }
        ("InvalidTargetBucketForLogging", _) => {
            "name a log bucket that you own and that lets logging.s3.amazonaws.com write; --create-log-bucket creates one"
        }
        ("CrossLocationLoggingProhibitted", _) => "name a log bucket in the region of the bucket",
        ("AuthorizationHeaderMalformed", _) => "set --region to the region that the server names",
        ("PermanentRedirect" | "TemporaryRedirect", _) | (_, 301 | 307) => {
            "set --region to the region of the bucket: the request named a different region"
        }
        ("SlowDown" | "ServiceUnavailable", _) | (_, 500 | 502 | 503) => {
            "try again later: the server is overloaded or failing"
        }
        ("", 400) => {
            "check that the credentials have not expired and that the region is right: an answer to HEAD gives no reason"
        }
        ("NoSuchBucket", _) => {
            "check the name of the bucket and the endpoint; `bootstrap` creates a bucket"
        }
        ("AccessDenied", _) => "grant these credentials the IAM action, or use other credentials",
        _ => return None,
    })
}

pub(crate) fn bootstrap(error: &bootstrap::Error) -> Option<String> {
    use bootstrap::{Error, MfaDeleteObstacle};
    match error {
        Error::NotOwned(error) => ownership(error).map(Cow::into_owned),
        Error::Taken(..) => Some("choose another name".to_owned()),
        Error::OtherRegion(_, named) => Some(format!(
            "create the bucket in that region with --region {named}, or choose a different --endpoint"
        )),
        Error::NotSeen(_) => Some(
            "run the same command again in a minute: it continues where this run stopped"
                .to_owned(),
        ),
        Error::KmsRegion { bucket, .. } => Some(format!("name a KMS key in {bucket}")),
        Error::MfaDelete(MfaDeleteObstacle::NotRoot) => Some(
            "use access keys of the root user, and delete these keys after the run; or omit --mfa-delete"
                .to_owned(),
        ),
        Error::MfaDelete(MfaDeleteObstacle::Lifecycle) => Some(
            "delete the lifecycle configuration first, or omit --mfa-delete".to_owned(),
        ),
        Error::S3(error) => s3(error).map(Cow::into_owned),
        Error::Endpoint(_) | Error::Presign(_) => None,
    }
}

/// The hint for a listing that failed. `names_owner` is whether the caller gave --expected-owner.
pub(crate) fn list(error: &s3::Error, names_owner: bool) -> Option<Cow<'static, str>> {
    match error.response() {
        Some(answer) if answer.code == "AccessDenied" && names_owner => Some(
            "check that the account in --expected-owner owns the bucket, and grant s3:ListBucket to these credentials".into(),
        ),
        Some(answer) if answer.code == "AccessDenied" => Some(
            "grant s3:ListBucket to these credentials; if another account owns the bucket, name the account with --expected-owner".into(),
        ),
        _ => s3(error),
    }
}

pub(crate) fn audit(error: &audit::Error) -> Option<Cow<'static, str>> {
    match error {
        audit::Error::Endpoint(_) => None,
        audit::Error::NotOwned(error) => ownership(error),
        audit::Error::S3(error) => s3(error),
    }
}

pub(crate) fn ownership(error: &ownership::Error) -> Option<Cow<'static, str>> {
    use ownership::Error;
    match error {
        Error::AnotherAccount(..) => Some(
            "choose another name; if the bucket is yours, use credentials of its account".into(),
        ),
        Error::Denied(..) => Some(
            "if the bucket is yours, use credentials of its account that allow s3:ListBucket on it; otherwise choose another name".into(),
        ),
        Error::AccountUnknown(unknown) => {
            let transport = unknown.failure.as_ref().and_then(http);
            transport.or(Some(
                "name the account that owns the bucket with --expected-owner".into(),
            ))
        }
        Error::Unproven(..) => Some(
            "grant s3:ListAllMyBuckets to these credentials, or omit --expected-owner".into(),
        ),
        Error::S3(error) => s3(error),
    }
}

/// Returns the detail of a control in a report, followed by a hint if there is a hint.
pub(crate) fn detail(detail: &Detail) -> String {
    match detail {
        Detail::Text(text) => text.clone(),
        Detail::DemandedHeaders(headers) => demanded(headers),
        Detail::Skipped => "--skip".to_owned(),
        Detail::Refused(error) => match s3(error) {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        },
        Detail::NotSaved(why) => format!("{why}; name another directory with --backup-dir"),
        Detail::Lost {
            after: AfterLoss::PutBack,
            ..
        } => detail.to_string(),
        Detail::Lost { backup, .. } => match backup {
            Some(backup) => format!(
                "{detail}; {} has the previous configuration",
                backup.path.display()
            ),
            None => format!("{detail}; the previous configuration is shown above"),
        },
    }
}

/// How to upload to a bucket whose policy requires headers.
fn demanded(headers: &[String]) -> String {
    let options: Vec<String> = headers.iter().flat_map(|header| options(header)).collect();
    format!(
        "sign these headers into the URL with `presign put {}`",
        options.join(" ")
    )
}

/// The options of `presign put` that sign a header (`NAME: VALUE`), for a shell. The policy of a bucket is
/// foreign text, so each value is quoted.
fn options(header: &str) -> Vec<String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let decoded = |text: &str| match encode::decode(text.as_bytes()) {
        Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        None => text.to_owned(),
    };
    match header.split_once(": ") {
        Some(("if-none-match", _)) => vec!["--no-overwrite".to_owned()],
        Some(("x-amz-tagging", "VALUE")) => vec!["--tag KEY=VALUE".to_owned()],
        Some(("x-amz-tagging", tags)) => (tags.split('&'))
            .map(|tag| format!("--tag {}", quoted(&decoded(tag))))
            .collect(),
        _ => vec![format!("--header {}", quoted(header))],
    }
}

/// The remedy for a bucket that a command cannot use.
pub(crate) fn bucket(error: &ownership::OpenError) -> Option<Cow<'static, str>> {
    use ownership::OpenError;
    match error {
        OpenError::Endpoint(error) => Some(endpoint(error).into()),
        OpenError::Missing(bucket) => {
            Some(format!("create the bucket with `bootstrap {bucket}`").into())
        }
        OpenError::NotOwned(error) => ownership(error),
        OpenError::S3(error) => s3(error),
    }
}

pub(crate) fn verify(error: &verify::Error) -> Option<String> {
    use verify::Error;
    match error {
        Error::Bucket(error) => bucket(error).map(Cow::into_owned),
        Error::MayNotWrite(answer) if answer.message.contains("explicit deny") => Some(
            "change the policy that denies the upload (S3 names its kind), or use other credentials"
                .to_owned(),
        ),
        Error::MayNotWrite(_) => Some(
            "give the credentials the policy that `iam-policy verify BUCKET` prints".to_owned(),
        ),
    }
}

/// The observation of a probe, or why the probe was skipped and which option enables it.
pub(crate) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Seen(text) => text.clone(),
        Reason::PlainHttpUnknown => format!("{reason}; name the address with --http-endpoint"),
        Reason::DemandedHeaders { seen, headers } => format!(
            "{seen}; the bucket policy refuses uploads without certain headers: {}",
            demanded(headers)
        ),
        Reason::NotAskedFor => "this probe runs only with --probe-policy".to_owned(),
        Reason::NoPolicy => format!("{reason}; run bootstrap first"),
    }
}

/// The remedy if the probe with this ID fails.
pub(crate) fn remedy(probe: &str) -> Option<&'static str> {
    Some(match probe {
        "round-trip" => {
            "grant the credentials s3:PutObject and s3:GetObject (with SSE-KMS also kms:GenerateDataKey and kms:Decrypt), and check that no network restriction blocks you; Ceph refuses every upload while Block Public Access is on"
        }
        "plain-http" => {
            "run bootstrap; on Ceph add --tls-condition bool-if-exists, because `Bool` has no effect on Ceph"
        }
        "anonymous" => {
            "run bootstrap, which sets Block Public Access and BucketOwnerEnforced; look for Allow statements with Principal *"
        }
        "public-acl" => "run bootstrap: BucketOwnerEnforced disables ACLs",
        "public-policy" => "run bootstrap: Block Public Access refuses a public policy",
        "encryption" => "run bootstrap, which sets default encryption",
        "sse-c" => {
            "run bootstrap, which blocks SSE-C if the server supports that (AWS has supported it since April 2026)"
        }
        "expired" => "do not issue presigned URLs for this server, because it accepts expired URLs",
        "sigv2" => "run bootstrap --deny-sigv2; some servers ignore the statement",
        "tampered" | "wrong-method" => {
            "do not issue presigned URLs for this server, because it does not check signatures"
        }
        "content-type" => {
            "check each file that arrives, because this server does not enforce signed headers"
        }
        "no-overwrite" => {
            "give each upload a unique key, because this server does not support if-none-match"
        }
        "versioning" => "run bootstrap --versioning, then wait 15 minutes",
        "kms" => "grant kms:GenerateDataKey and kms:Decrypt on the KMS key",
        "cors" => "run bootstrap --cors-origin, or ask the operator of the server about CORS",
        "request-link" => "use presigned URLs instead of `request` for this bucket",
        "multipart-urls" => "do not use `presign multipart` with this server",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::{Info, PROBES};

    #[test]
    fn the_page_of_verify_has_the_probes_and_their_remedies() {
        let row = |info: &Info| {
            let remedy = remedy(info.id).expect("each probe has a remedy");
            format!("| `{}` | {} | {remedy} |", info.id, info.title)
        };
        let rows: Vec<String> = PROBES.iter().map(row).collect();
        let table = rows.join("\n");
        let head = "| probe | a pass shows that | remedy if the probe fails |\n|---|---|---|\n";
        let page = include_str!("../docs/verify.md");
        assert!(page.contains(&format!("{head}{table}\n\n")), "{table}");
    }
}
