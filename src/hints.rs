//! What to do about an error, in the words of the command line: the library's errors know no options.

use s3_secure_bucket::audit;
use s3_secure_bucket::bootstrap::{self, AfterLoss, Detail};
use s3_secure_bucket::config::ConfigError;
use s3_secure_bucket::http;
use s3_secure_bucket::ownership;
use s3_secure_bucket::s3;
use s3_secure_bucket::s3::error::{ErrorResponse, Kind};
use s3_secure_bucket::s3::explain::{Cause, Part};
use s3_secure_bucket::verify::{self, Reason};
use std::borrow::Cow;

pub(crate) fn config(error: &ConfigError) -> &'static str {
    match error {
        ConfigError::Region { .. } => "name one such as --region eu-central-1",
        ConfigError::Endpoint { .. } => {
            "write it as https://HOST[:PORT], such as https://s3.example.com"
        }
        ConfigError::PlainHttp { .. } => {
            "use https://, or --allow-http if the network between is yours alone"
        }
        ConfigError::MaxAttempts => "AWS_MAX_ATTEMPTS=5 is the default",
        ConfigError::NotABoolean(_) => "write true or false",
        ConfigError::NoHome(_) => "set HOME, or write the whole path",
        ConfigError::UpperCaseRegion(_) => "write it in lower case",
    }
}

pub(crate) fn http(error: &http::Error) -> Option<&'static str> {
    match error.kind {
        http::Kind::PlainHttp(_) => {
            Some("use https://, or --allow-http if the network between is yours alone")
        }
        http::Kind::Dns => Some(
            "check --endpoint and --region; for a server without wildcard DNS use --addressing path",
        ),
        http::Kind::DnsTemporary => {
            Some("is there a network, and do the name servers of /etc/resolv.conf answer?")
        }
        http::Kind::Connect if error.is_about_a_certificate() => {
            Some("if the server's CA is your own, name it with --ca-bundle FILE (or AWS_CA_BUNDLE)")
        }
        http::Kind::Connect => {
            Some("is the server running there, and is a proxy needed (HTTPS_PROXY)?")
        }
        http::Kind::Timeout => Some("try again, or give it longer with --timeout"),
        http::Kind::CaBundle(_) => Some(
            "--ca-bundle, AWS_CA_BUNDLE and SSL_CERT_FILE want a PEM file with CA certificates",
        ),
        http::Kind::Proxy => Some("HTTPS_PROXY is written http://HOST:PORT"),
        http::Kind::Setup | http::Kind::Broken | http::Kind::TooLarge => None,
    }
}

pub(crate) fn s3(error: &s3::Error) -> Option<&'static str> {
    match &error.kind {
        Kind::Transport(error) => http(error),
        Kind::Unreadable(_) => Some("is an S3 server at that endpoint? see it with -v"),
        Kind::Response(refusal) => answer(refusal),
        Kind::Endpoint(_) => None,
    }
}

pub(crate) fn answer(answer: &ErrorResponse) -> Option<&'static str> {
    Some(match (answer.code.as_str(), answer.status) {
        ("InvalidAccessKeyId", _) => {
            "this access key is not known there; is it of another partition or server?"
        }
        ("SignatureDoesNotMatch", _) => {
            "the secret access key does not belong to the access key id"
        }
        ("ExpiredToken" | "TokenRefreshRequired", _) => {
            "the temporary credentials have ended; fetch new ones"
        }
        ("RequestTimeTooSkewed", _) => "this machine's clock is off by more than 15 minutes",
        ("InvalidLocationConstraint" | "IllegalLocationConstraintException", _) => {
            "this endpoint does not make buckets in that region; choose another with --region"
        }
        ("TooManyBuckets", _) => "the account's bucket quota is used up",
        ("InvalidTargetBucketForLogging", _) => {
            "the bucket for the logs must be yours, exist, and let logging.s3.amazonaws.com write: --create-log-bucket makes such a one"
        }
        ("CrossLocationLoggingProhibitted", _) => {
            "the bucket for the logs must be in the same region"
        }
        ("AuthorizationHeaderMalformed", _) => {
            "sign for the region the server names, with --region"
        }
        ("PermanentRedirect" | "TemporaryRedirect", _) | (_, 301 | 307) => {
            "the bucket is in another region; name it with --region"
        }
        ("SlowDown" | "ServiceUnavailable", _) | (_, 500 | 502 | 503) => {
            "the server is overloaded; try again later"
        }
        ("", 400) => {
            "HEAD has no body to say why: have the credentials ended, or is the region wrong?"
        }
        ("NoSuchBucket", _) => "is its name right, and the endpoint? `bootstrap` makes a bucket",
        ("AccessDenied", _) => "grant the IAM action to these credentials, or use others",
        _ => return None,
    })
}

pub(crate) fn bootstrap(error: &bootstrap::Error) -> Option<String> {
    use bootstrap::Error;
    match error {
        Error::NotOwned(error) => ownership(error).map(str::to_owned),
        Error::Taken(..) => Some("choose another name".to_owned()),
        Error::NotSeen(_) => {
            Some("run the same command again in a minute: it goes on where this stopped".to_owned())
        }
        Error::KmsRegion { bucket, .. } => Some(format!("name a key in {bucket}")),
        Error::S3(error) => s3(error).map(str::to_owned),
        Error::Endpoint(_) | Error::Presign(_) => None,
    }
}

pub(crate) fn audit(error: &audit::Error) -> Option<&'static str> {
    match error {
        audit::Error::Endpoint(_) => None,
        audit::Error::NotOwned(error) => ownership(error),
        audit::Error::S3(error) => s3(error),
    }
}

pub(crate) fn ownership(error: &ownership::Error) -> Option<&'static str> {
    use ownership::Error;
    match error {
        Error::AnotherAccount(..) => {
            Some("choose another name; if the bucket is yours, use the credentials of its account")
        }
        Error::Denied(..) => Some(
            "if the bucket is yours, use the credentials of its account, with s3:ListBucket on it; else choose another name",
        ),
        Error::AccountUnknown(_) => {
            Some("name the account that owns the bucket with --expected-owner")
        }
        Error::Unproven(..) => {
            Some("grant s3:ListAllMyBuckets to these credentials, or leave --expected-owner out")
        }
        Error::S3(error) => s3(error),
    }
}

/// What more there is to say of a control, with what to do about it.
pub(crate) fn detail(detail: &Detail) -> String {
    match detail {
        Detail::Text(text) => text.clone(),
        Detail::DemandedHeaders(headers) => demanded(headers),
        Detail::Skipped => "--skip".to_owned(),
        Detail::Refused(error) => match s3(error) {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        },
        Detail::NotSaved(why) => format!("{why}; name a folder with --backup-dir"),
        Detail::Lost {
            after: AfterLoss::PutBack,
            ..
        } => detail.to_string(),
        Detail::Lost { backup, .. } => match backup {
            Some(backup) => format!("{detail}; {} has it as it was", backup.path.display()),
            None => format!("{detail}; it is shown above as it was"),
        },
    }
}

/// How to upload to a bucket whose policy demands headers.
fn demanded(headers: &[String]) -> String {
    let options = headers.iter().map(|header| format!("--header '{header}'"));
    let options: Vec<String> = options.collect();
    format!(
        "sign them into the URL with `presign put {}`",
        options.join(" ")
    )
}

pub(crate) fn verify(error: &verify::Error) -> Option<String> {
    use verify::Error;
    match error {
        Error::Endpoint(_) => None,
        Error::Missing(bucket) => Some(format!("make it with `bootstrap {bucket}`")),
        Error::NotOwned(error) => ownership(error).map(str::to_owned),
        Error::S3(error) => s3(error).map(str::to_owned),
    }
}

/// What usually causes a refusal, and what to do.
pub(crate) fn refusal(cause: &Cause) -> Cow<'static, str> {
    match cause {
        Cause::Differs(part) => differs(part).into(),
        Cause::HeadersNotSigned(headers) => format!(
            "the client sent headers that were not signed ({headers}): send none of them, or sign them with --header"
        )
        .into(),
        Cause::OtherRegion(message) => format!(
            "the bucket is in another region than the one signed for: make the URL with --region ({message})"
        )
        .into(),
        Cause::Other { code, message } => format!("S3 says {code}: {message}").into(),
        Cause::OtherHeadersOrSecret(headers) => {
            let seen = headers
                .iter()
                .map(|(name, value)| format!("{name}: `{value}`"));
            format!(
                "S3 saw what the URL says, and of the signed headers, whose values a URL does not tell, it saw {}: if one was signed otherwise, that is it (compare with --header 'NAME: VALUE'); else another secret access key signed",
                seen.collect::<Vec<_>>().join(", ")
            )
            .into()
        }
        Cause::Expired => "it was used after its end: make a new one".into(),
        Cause::NotPermitted => "the signature is right, the permission is not: whoever signed lacks it (with SSE-KMS: kms:Decrypt, kms:GenerateDataKey), or a policy denies it (plain HTTP?)".into(),
        Cause::UnknownAccessKey => "the access key is gone, or belongs to another partition or server".into(),
        Cause::SessionEnded => "the session that signed it has ended: make a new one".into(),
        Cause::AclSent => "the client sends x-amz-acl; with BucketOwnerEnforced it must not".into(),
        Cause::OtherSecret => "S3 saw exactly what the URL says: then the secret access key is another than the one that signed, or the URL's date, region or signature was changed".into(),
    }
}

fn differs(part: &Part) -> &'static str {
    match part {
        Part::Method => {
            "the URL was made for one method and used with another: curl -T is PUT, a browser's link is GET"
        }
        Part::Path => {
            "the path was changed on its way: curl and browsers rewrite `.` and `..` (curl --path-as-is does not), some clients decode, encode again or join slashes"
        }
        Part::Query => {
            "a parameter was added, lost or encoded again: copy the URL whole, in quotes, and add nothing to it"
        }
        Part::Header(name) => match name.as_str() {
            "host" => {
                "the request went to another host name than the one signed: a proxy, or an endpoint that customers reach by another name (presign --public-endpoint)"
            }
            "content-type" => {
                "the client sent another Content-Type than the one signed; it must be the same, byte for byte (curl --header 'Content-Type: …')"
            }
            "content-length" => "the file has another size than the one signed",
            _ => "the client must send this header just as it was signed",
        },
        Part::SignedHeadersOrPayload => {
            "the client signs or hashes the request itself: a presigned URL is used without credentials"
        }
    }
}

/// What a probe saw, or why it was skipped, with the option that changes that.
pub(crate) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Seen(text) => text.clone(),
        Reason::PlainHttpUnknown => format!("{reason}; name it with --http-endpoint"),
        Reason::DemandedHeaders { seen, headers } => format!(
            "{seen}; the bucket policy refuses uploads without certain headers: {}",
            demanded(headers)
        ),
        Reason::NotAskedFor => "only with --probe-policy".to_owned(),
        Reason::NoPolicy => format!("{reason}; run bootstrap first"),
    }
}

/// What to do if the probe of this id fails.
pub(crate) fn remedy(probe: &str) -> Option<&'static str> {
    Some(match probe {
        "round-trip" => {
            "check the credentials' s3:PutObject and s3:GetObject (with SSE-KMS also kms:GenerateDataKey and kms:Decrypt), and that no network statement keeps you out; Ceph refuses every upload with Block Public Access on"
        }
        "plain-http" => {
            "run bootstrap; on Ceph with --tls-condition bool-if-exists, for there `Bool` does not bite"
        }
        "anonymous" => {
            "run bootstrap: Block Public Access, BucketOwnerEnforced; look for Allow statements with Principal *"
        }
        "public-acl" => "run bootstrap: BucketOwnerEnforced switches ACLs off",
        "public-policy" => "run bootstrap: Block Public Access refuses such a policy",
        "encryption" => "run bootstrap: default encryption",
        "sse-c" => {
            "run bootstrap: it blocks SSE-C where the server can (AWS does since April 2026)"
        }
        "expired" => "this server does not check the end of a URL's life: hand out no URLs of it",
        "tampered" | "wrong-method" => {
            "this server does not check signatures: hand out no URLs of it"
        }
        "content-type" => {
            "this server does not hold uploaders to signed headers: check what arrives"
        }
        "no-overwrite" => {
            "this server does not know if-none-match: give each upload a key of its own"
        }
        "versioning" => "run bootstrap --versioning, and wait 15 minutes",
        "kms" => "grant kms:GenerateDataKey and kms:Decrypt on the key",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use s3_secure_bucket::verify::{Info, PROBES};

    #[test]
    fn what_differs_is_explained() {
        let header = |name: &str| Part::Header(name.to_owned());
        for (part, wanted) in [
            (Part::Method, "used with another"),
            (Part::Path, "--path-as-is"),
            (Part::Query, "a parameter"),
            (header("host"), "--public-endpoint"),
        ] {
            let text = refusal(&Cause::Differs(part));
            assert!(text.contains(wanted), "{text}");
        }
        let seen = vec![("content-type".to_owned(), "text/plain".to_owned())];
        for (cause, wanted) in [
            (Cause::OtherSecret, "secret access key"),
            (
                Cause::OtherHeadersOrSecret(seen),
                "content-type: `text/plain`",
            ),
            (Cause::Expired, "make a new one"),
            (Cause::NotPermitted, "kms:Decrypt"),
            (Cause::HeadersNotSigned("x-amz-acl".to_owned()), "x-amz-acl"),
        ] {
            let text = refusal(&cause);
            assert!(text.contains(wanted), "{text}");
        }
    }

    #[test]
    fn readme_has_the_probes_and_their_remedies() {
        let row = |info: &Info| {
            let remedy = remedy(info.id).expect("each probe has a remedy");
            format!("| `{}` | {} | {remedy} |", info.id, info.title)
        };
        let rows: Vec<String> = PROBES.iter().map(row).collect();
        let table = rows.join("\n");
        let head = "| probe | holds if it passes | if it fails |\n|---|---|---|\n";
        let readme = include_str!("../README.md");
        assert!(readme.contains(&format!("{head}{table}\n\n")), "{table}");
    }
}
