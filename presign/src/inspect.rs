//! Parses presigned URLs, warns about problems in them, and checks their signatures.
//!
//! The functions of this module never panic, which `presign/tests/inspect.rs` checks with random
//! texts.

pub mod form;
mod kind;
mod multipart;
mod pasted;
mod warning;

pub use kind::OtherKind;
pub use multipart::{UploadOperation, UploadRequest};
pub use pasted::Repair;
pub use warning::Warning;

use crate::canonical::{self, SignedHeaders, UNSIGNED_PAYLOAD};
use crate::encode;
use crate::signing_key::{Scope, SigningKey};
use crate::timestamp;
use std::fmt;
use time::{Duration, OffsetDateTime};

/// A parsed `SigV4` presigned URL.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
#[derive(Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The scheme, `http` or `https`.
    pub scheme: String,
    /// The value that a client sends as `Host`: `HOST[:PORT]` in lower case, without the scheme's
    /// default port.
    pub host: String,
    /// The path of the URL, still percent-encoded.
    pub raw_path: String,
    /// The decoded names and values of all query parameters except the signature, in the order of
    /// the URL.
    pub query: Vec<(String, String)>,
    /// The access key ID of the signer.
    pub access_key_id: String,
    /// The scope of the signature: its date, region and service.
    pub scope: Scope,
    /// The time at which the URL was signed (`X-Amz-Date`).
    pub at: OffsetDateTime,
    /// The number of seconds for which the URL is valid (`X-Amz-Expires`).
    pub expires: i64,
    /// The names of the signed headers, as the URL spells them.
    pub signed_headers: Vec<String>,
    /// The repairs that [`parse`] made, because the URL was damaged when it was copied or sent.
    pub repairs: Vec<Repair>,
    signature: String,
    plus_in_query: bool,
}

/// Parses a presigned URL. The text may be longer than the URL, such as a mail, a log or a `curl`
/// command; this function then finds the URL.
///
/// # Errors
/// Returns [`NotPresigned`] if the text contains no URL, or if the query of the URL has no `SigV4`
/// signature.
pub fn parse(text: &str) -> Result<Inspected, NotPresigned> {
    let found = pasted::find(text).ok_or(NotPresigned::NotAUrl)?;
    let url = found.url.as_str();
    if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(NotPresigned::NotAUrl);
    }
    let (scheme, rest) = url.split_once("://").ok_or(NotPresigned::NotAUrl)?;
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.split('#').next().unwrap_or_default();
    let (target, raw_query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match target.find('/') {
        Some(slash) => target.split_at(slash),
        None => (target, "/"),
    };
    if !["http", "https"].contains(&scheme.as_str()) || authority.is_empty() {
        return Err(NotPresigned::NotAUrl);
    }
    if encode::decode(path.as_bytes()).is_none() {
        return Err(NotPresigned::Encoding);
    }
    let mut query = Vec::new();
    for pair in raw_query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        query.push((decode(name)?, decode(value)?));
    }
    let take = |name: &str| {
        let found = query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    if let Some(kind) = OtherKind::of(&query) {
        return Err(NotPresigned::OtherKind(kind));
    }
    let need = |name: &'static str| take(name).ok_or(NotPresigned::Missing(name));
    let malformed = |name| NotPresigned::Malformed(name);
    if need("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
        return Err(malformed("X-Amz-Algorithm"));
    }
    let credential = need("X-Amz-Credential")?;
    let (access_key_id, scope) = credential
        .split_once('/')
        .and_then(|(id, scope)| Some((id.to_owned(), Scope::parse(scope)?)))
        .ok_or(malformed("X-Amz-Credential"))?;
    let at = timestamp::parse(&need("X-Amz-Date")?).map_err(|_| malformed("X-Amz-Date"))?;
    let expires = need("X-Amz-Expires")?
        .parse::<u32>()
        .map_err(|_| malformed("X-Amz-Expires"))?;
    let signed_headers = need("X-Amz-SignedHeaders")?
        .split(';')
        .map(str::to_owned)
        .collect();
    let signature = need("X-Amz-Signature")?;
    query.retain(|(name, _)| name != "X-Amz-Signature");
    Ok(Inspected {
        host: without_own_port(&scheme, authority).to_ascii_lowercase(),
        scheme,
        raw_path: path.to_owned(),
        query,
        access_key_id,
        scope,
        at,
        expires: i64::from(expires),
        signed_headers,
        signature,
        repairs: found.repairs,
        plus_in_query: raw_query.contains('+'),
    })
}

impl Inspected {
    /// Returns the time when the URL expires. A URL stops working earlier if the credentials that
    /// signed the URL expire earlier.
    #[must_use]
    pub fn expires_at(&self) -> OffsetDateTime {
        self.at
            .checked_add(Duration::seconds(self.expires))
            .unwrap_or(self.at)
    }

    /// Whether temporary credentials signed the URL. A URL that temporary credentials signed has a
    /// parameter `X-Amz-Security-Token`.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.query
            .iter()
            .any(|(name, _)| name == "X-Amz-Security-Token")
    }

    /// Returns the warnings about the URL, as of the time `now`.
    #[must_use]
    pub fn warnings(&self, now: OffsetDateTime) -> Vec<Warning> {
        warning::all(self, now)
    }

    /// Returns the URL without the parameters that mail programs and link trackers add, or `None`
    /// if the URL has no such parameters.
    #[must_use]
    pub fn without_tracking(&self) -> Option<Self> {
        let added = tracking(self);
        if added.is_empty() {
            return None;
        }
        let mut url = self.clone();
        url.query.retain(|(name, _)| !added.contains(name));
        Some(url)
    }

    /// Returns the names of the signed headers whose values are unknown: all signed headers except
    /// `host` and the names in `headers`.
    #[must_use]
    pub fn unknown_headers(&self, headers: &[(String, String)]) -> Vec<&str> {
        self.signed_headers
            .iter()
            .map(String::as_str)
            .filter(|name| *name != "host")
            .filter(|name| {
                !headers
                    .iter()
                    .any(|(known, _)| known.eq_ignore_ascii_case(name))
            })
            .collect()
    }

    /// Returns the canonical request that S3 computes if a client uses the URL with this method and
    /// these headers.
    #[must_use]
    pub fn canonical_request(&self, method: &str, headers: &[(String, String)]) -> String {
        let path = encode::decode(self.raw_path.as_bytes())
            .map_or_else(|| self.raw_path.clone(), |decoded| encode::path(&decoded));
        let pairs: Vec<(&str, &str)> = self
            .query
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let mut signed = vec![("host", self.host.as_str())];
        signed.extend(headers.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        signed.retain(|(name, _)| {
            self.signed_headers
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        });
        let payload = pairs
            .iter()
            .find(|(name, _)| *name == "X-Amz-Content-Sha256")
            .map_or(UNSIGNED_PAYLOAD, |(_, hash)| hash);
        canonical::request(
            method,
            &path,
            &canonical::query(&pairs),
            &SignedHeaders::new(&signed),
            payload,
        )
    }

    /// Returns the string to sign for a canonical request, with the time and the scope of the URL.
    #[must_use]
    pub fn string_to_sign(&self, canonical_request: &str) -> String {
        let date = timestamp::amz_date(self.at);
        let head = canonical::before_hash(&date, &self.scope.to_string());
        head + &canonical::hash(canonical_request.as_bytes())
    }

    /// Whether the URL's signature was made with the secret access key `secret`, for this method
    /// and these headers.
    #[must_use]
    pub fn is_signed_by(&self, secret: &str, method: &str, headers: &[(String, String)]) -> bool {
        let string_to_sign = self.string_to_sign(&self.canonical_request(method, headers));
        SigningKey::derive(secret, &self.scope).sign(string_to_sign.as_bytes()) == self.signature
    }
}

impl fmt::Debug for Inspected {
    /// Prints only the host of the URL, because anyone with the parameters and the signature can
    /// use the URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspected")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

/// Returns the names of the URL's parameters that mail programs and link trackers add to URLs.
fn tracking(url: &Inspected) -> Vec<String> {
    const NAMES: [&str; 9] = [
        "fbclid", "gclid", "msclkid", "mc_cid", "mc_eid", "_hsenc", "_hsmi", "igshid", "trk",
    ];
    let names = url.query.iter().map(|(name, _)| name);
    names
        .filter(|name| name.starts_with("utm_") || NAMES.contains(&name.as_str()))
        .cloned()
        .collect()
}

fn decode(text: &str) -> Result<String, NotPresigned> {
    encode::decode(text.as_bytes())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or(NotPresigned::Encoding)
}

fn without_own_port<'a>(scheme: &str, authority: &'a str) -> &'a str {
    let own = if scheme == "http" { ":80" } else { ":443" };
    authority.strip_suffix(own).unwrap_or(authority)
}

/// The reason why a text is not a presigned URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotPresigned {
    /// The text is not an `http:` or `https:` URL.
    NotAUrl,
    /// The URL contains a `%` without two hex digits after it, or a parameter is not UTF-8.
    Encoding,
    /// The URL is signed, but not with `SigV4`.
    OtherKind(OtherKind),
    /// The URL lacks this parameter.
    Missing(&'static str),
    /// The value of this parameter is invalid.
    Malformed(&'static str),
}

impl fmt::Display for NotPresigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAUrl => f.write_str("this is not an http: or https: URL"),
            Self::Encoding => f.write_str(
                "the URL has invalid percent-encoding, or a parameter that is not UTF-8",
            ),
            Self::OtherKind(kind) => write!(f, "this is {kind}"),
            Self::Missing(name) => write!(f, "this is not a presigned URL: {name} is missing"),
            Self::Malformed(name) => write!(f, "the URL's parameter {name} is malformed"),
        }
    }
}

impl std::error::Error for NotPresigned {}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    #[test]
    fn the_signature_of_the_documented_url_is_valid_for_get_only() {
        let url = parse(URL).unwrap();
        assert_eq!(url.host, "examplebucket.s3.amazonaws.com");
        assert_eq!(timestamp::rfc3339(url.expires_at()), "2013-05-25T00:00:00Z");
        assert!(url.is_signed_by(SECRET, "GET", &[]));
        assert!(!url.is_signed_by(SECRET, "PUT", &[]) && !url.is_signed_by("other", "GET", &[]));
        assert_eq!(url.warnings(url.at), []);
        assert_eq!(url.warnings(url.expires_at()), [Warning::Expired]);
        assert!(!format!("{url:?}").contains("aeeed9"));
    }

    #[test]
    fn reports_every_problem_of_a_url() {
        let odd = URL
            .replace("https:", "http:")
            .replace("/test.txt", "/a/../b%2520c")
            .replace("=86400", "=604801")
            .replace("SignedHeaders=host", "SignedHeaders=x-amz-acl")
            .replace("20130524T", "20130525T");
        let url = parse(&odd).unwrap();
        assert_eq!(
            url.warnings(url.at - Duration::hours(1)),
            [
                Warning::NotYetValid,
                Warning::TooLong,
                Warning::PlainHttp,
                Warning::DotSegments,
                Warning::DoubleEncoding,
                Warning::DatesDiffer,
                Warning::HostNotSigned,
            ]
        );
        assert_eq!(url.unknown_headers(&[]), ["x-amz-acl"]);
        assert!(
            url.unknown_headers(&[("X-Amz-Acl".into(), "private".into())])
                .is_empty()
        );
    }

    #[test]
    fn rejects_text_that_is_not_a_presigned_url() {
        for (url, error) in [
            ("", NotPresigned::NotAUrl),
            ("s3://b/k", NotPresigned::NotAUrl),
            ("https://h/k", NotPresigned::Missing("X-Amz-Algorithm")),
            ("https://h/k?a=%zz", NotPresigned::Encoding),
            (
                "https://h/k?AWSAccessKeyId=A&Signature=b&Expires=1",
                NotPresigned::OtherKind(OtherKind::SigV2),
            ),
        ] {
            assert_eq!(parse(url), Err(error), "{url}");
        }
        let broken = URL.replace("%2Faws4_request", "");
        assert_eq!(
            parse(&broken),
            Err(NotPresigned::Malformed("X-Amz-Credential"))
        );
        let double = URL.replace("%2F", "%252F");
        assert_eq!(
            parse(&double),
            Err(NotPresigned::Malformed("X-Amz-Credential"))
        );
    }
}
