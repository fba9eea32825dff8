//! Parses presigned URLs and `s3://` URIs into the object, the prefix or the upload link that they name.

use crate::controls::PAGES_PREFIX;
use crate::exchange::link::LinkId;
use s3_presign::endpoint::{AwsHost, Config, Service};
use s3_presign::inspect::{self, Inspected, NotPresigned};
use s3_presign::uri::InvalidUri;
use s3_presign::{S3Uri, encode};
use std::fmt;
use time::OffsetDateTime;

/// An object, a prefix or a link whose URLs end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The name of the bucket.
    pub bucket: String,
    /// The place in the bucket.
    pub place: Place,
    /// The end of the given URL. `None` for an `s3://` URI.
    pub ends: Option<OffsetDateTime>,
}

/// A place in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The object with this key.
    Object(Vec<u8>),
    /// Every object whose key begins with these bytes, which end with `/`.
    Prefix(Vec<u8>),
    /// An upload link.
    Link(LinkId),
}

/// The reason why a word names nothing that can be revoked. The message contains no URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidTarget {
    /// The word is neither a presigned URL nor an `s3://` URI.
    NotPresigned(NotPresigned),
    /// The `s3://` URI is malformed.
    Uri(InvalidUri),
    /// The URI or the URL addresses the bucket itself.
    NoKey,
    /// The host of the URL is neither AWS's nor that of the configured endpoint.
    OtherHost(String),
    /// The host of the URL belongs to AWS, and the configured endpoint does not.
    NotOfEndpoint(String),
    /// The host of the URL belongs to a partition of AWS that the configured region is not in.
    OtherPartition(String),
    /// The host or the name belongs to an access point or to a service without buckets.
    NoBucket(String),
}

impl fmt::Display for InvalidTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPresigned(error) => error.fmt(f),
            Self::Uri(error) => error.fmt(f),
            Self::NoKey => {
                f.write_str("a revocation needs a key, and this addresses the bucket itself")
            }
            Self::OtherHost(host) => write!(
                f,
                "the host `{host}` of the URL is not the host of the endpoint, so the bucket is not known"
            ),
            Self::NotOfEndpoint(host) => write!(
                f,
                "the host `{host}` of the URL belongs to AWS, but the configured endpoint is a different server"
            ),
            Self::OtherPartition(host) => write!(
                f,
                "the host `{host}` of the URL and the configured region belong to different partitions of AWS"
            ),
            Self::NoBucket(name) => write!(
                f,
                "`{name}` names an access point or a different service, so the bucket is not known"
            ),
        }
    }
}

impl Target {
    /// Parses a presigned URL or an `s3://` URI. `config` is the endpoint that the program uses.
    ///
    /// # Errors
    /// See [`InvalidTarget`].
    pub fn parse(word: &[u8], config: &Config) -> Result<Self, InvalidTarget> {
        if word.starts_with(b"s3://") {
            let uri = S3Uri::parse(word).map_err(InvalidTarget::Uri)?;
            let place = Place::of_key(uri.key.as_bytes()).ok_or(InvalidTarget::NoKey)?;
            check_bucket(&uri.bucket, config)?;
            return Ok(Target {
                bucket: uri.bucket,
                place,
                ends: None,
            });
        }
        let text = String::from_utf8_lossy(word);
        let url = inspect::parse(&text).map_err(InvalidTarget::NotPresigned)?;
        let (bucket, key) = location(&url, config)?;
        check_bucket(&bucket, config)?;
        if key.is_empty() {
            return Err(InvalidTarget::NoKey);
        }
        let place = match link_of_page(&key) {
            Some(id) => Place::Link(id),
            None => Place::Object(key),
        };
        Ok(Target {
            bucket,
            place,
            ends: Some(url.expires_at()),
        })
    }
}

impl Target {
    /// The reason why an `s3://` URI may not name what its author means.
    #[must_use]
    pub fn doubt(&self) -> Option<&'static str> {
        let Place::Object(key) = &self.place else {
            return None;
        };
        if self.ends.is_some() {
            return None;
        }
        let last = key.rsplit(|byte| *byte == b'/').next();
        let query = String::from_utf8_lossy(key).to_ascii_lowercase();
        if last.and_then(LinkId::parse).is_some() {
            Some("a key ends with the ID of a link; to revoke the link, add `/` to the key")
        } else if key.ends_with(b"*") {
            Some(
                "the `*` is part of the key; for every key below a prefix, write s3://BUCKET/PREFIX/",
            )
        } else if query.contains("?versionid=") {
            Some("`?versionId=` is part of the key, because an s3:// URI has no query")
        } else {
            None
        }
    }
}

impl Place {
    /// The place that the key of an `s3://` URI names. A key that ends with `/` is a prefix. A prefix whose
    /// last folder is the ID of a link is that link. `None` for an empty key.
    fn of_key(key: &[u8]) -> Option<Self> {
        if let Some(id) = link_of_page(key) {
            return Some(Place::Link(id));
        }
        let Some(folder) = key.strip_suffix(b"/") else {
            return (!key.is_empty()).then(|| Place::Object(key.to_owned()));
        };
        let last = folder.rsplit(|byte| *byte == b'/').next();
        let id = last.and_then(LinkId::parse);
        Some(id.map_or_else(|| Place::Prefix(key.to_owned()), Place::Link))
    }
}

/// The link whose page has this key.
fn link_of_page(key: &[u8]) -> Option<LinkId> {
    let name = key.strip_prefix(PAGES_PREFIX.as_bytes())?;
    LinkId::parse(name.strip_suffix(b".html")?)
}

/// Refuses the aliases and ARNs of access points, because a revocation changes the policy of the bucket.
fn check_bucket(name: &str, config: &Config) -> Result<(), InvalidTarget> {
    let is_aws = config.resolve(None).is_ok_and(|endpoint| endpoint.is_aws);
    if is_aws && (name.ends_with("-s3alias") || name.starts_with("arn:")) {
        return Err(InvalidTarget::NoBucket(name.to_owned()));
    }
    Ok(())
}

/// The bucket and the key that a URL addresses.
fn location(url: &Inspected, config: &Config) -> Result<(String, Vec<u8>), InvalidTarget> {
    let path = encode::decode(url.raw_path.as_bytes()).unwrap_or_default();
    let key_in = |path: &[u8]| path.strip_prefix(b"/").unwrap_or(path).to_owned();
    let in_path = |path: &[u8]| {
        let path = key_in(path);
        let end = path.iter().position(|byte| *byte == b'/');
        let (bucket, key) = path.split_at(end.unwrap_or(path.len()));
        (String::from_utf8_lossy(bucket).into_owned(), key_in(key))
    };
    let other = || InvalidTarget::OtherHost(url.host.clone());
    let endpoint = config.resolve(None).map_err(|_| other())?;
    let host = url.host.split(':').next().unwrap_or_default();
    if let Some(aws) = AwsHost::parse(host) {
        // A bucket of the same name can exist on every server and in every partition.
        if !endpoint.is_aws {
            return Err(InvalidTarget::NotOfEndpoint(url.host.clone()));
        }
        let rest = host.trim_end_matches('.');
        let rest = rest.strip_suffix(endpoint.partition.dns_suffix);
        if !rest.is_some_and(|rest| rest.ends_with('.')) {
            return Err(InvalidTarget::OtherPartition(url.host.clone()));
        }
        let has_buckets = matches!(aws.service, Service::Buckets | Service::Acceleration);
        if !has_buckets || host.contains(".accesspoint.") {
            return Err(InvalidTarget::NoBucket(url.host.clone()));
        }
        return Ok(match aws.name {
            Some(bucket) => (bucket.to_owned(), key_in(&path)),
            None => in_path(&path),
        });
    }
    let base = encode::decode(endpoint.base_path.as_bytes()).unwrap_or_default();
    let path = path.strip_prefix(base.as_slice()).ok_or_else(other)?;
    if url.host == endpoint.host {
        return Ok(in_path(path));
    }
    let bucket = (url.host.strip_suffix(&endpoint.host)).and_then(|name| name.strip_suffix('.'));
    let bucket = bucket.ok_or_else(other)?;
    Ok((bucket.to_owned(), key_in(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    const ID: &str = "mzxw6ytboiydcmrtgq2tmnzyhe";

    fn config(endpoint: Option<&str>) -> Config {
        Config {
            endpoint: endpoint.map(|url| url.parse().unwrap()),
            ..Config::aws("us-east-1".parse().unwrap())
        }
    }

    fn parse(word: &str, endpoint: Option<&str>) -> Result<(String, Place), InvalidTarget> {
        let target = Target::parse(word.as_bytes(), &config(endpoint))?;
        Ok((target.bucket, target.place))
    }

    fn object(bucket: &str, key: &str) -> (String, Place) {
        (bucket.to_owned(), Place::Object(key.as_bytes().to_owned()))
    }

    #[test]
    fn the_bucket_and_the_key_of_a_url_are_found() {
        let local = Some("http://127.0.0.1:9000");
        let based = Some("https://s3.example.com/base");
        for (url, endpoint, bucket, key) in [
            (
                "https://drop.s3.us-east-1.amazonaws.com/a%20b/c",
                None,
                "drop",
                "a b/c",
            ),
            (
                "https://s3.us-east-1.amazonaws.com/drop/a/b",
                None,
                "drop",
                "a/b",
            ),
            ("https://drop.s3.amazonaws.com//a", None, "drop", "/a"),
            ("http://127.0.0.1:9000/drop/a/b", local, "drop", "a/b"),
            ("https://s3.example.com/base/drop/a", based, "drop", "a"),
            ("https://drop.s3.example.com/base/a", based, "drop", "a"),
        ] {
            let found = parse(&format!("{url}?{QUERY}"), endpoint);
            assert_eq!(found.ok(), Some(object(bucket, key)), "{url}");
        }
        let other = parse(&format!("https://files.example.com/a?{QUERY}"), None);
        let host = "files.example.com".to_owned();
        assert_eq!(other.err(), Some(InvalidTarget::OtherHost(host)));
        let bucket = parse(
            &format!("https://drop.s3.us-east-1.amazonaws.com/?{QUERY}"),
            None,
        );
        assert_eq!(bucket.err(), Some(InvalidTarget::NoKey));
    }

    #[test]
    fn a_url_of_another_server_partition_or_service_is_refused() {
        let error = |host: &str, endpoint| {
            let url = format!("https://{host}/in/a?{QUERY}");
            parse(&url, endpoint).expect_err(host)
        };
        let drop = "drop.s3.us-east-1.amazonaws.com";
        let local = Some("http://127.0.0.1:9000");
        assert_eq!(
            error(drop, local),
            InvalidTarget::NotOfEndpoint(drop.to_owned())
        );
        for host in [
            "drop.s3.cn-north-1.amazonaws.com.cn",
            "drop.s3.us-iso-east-1.c2s.ic.gov",
        ] {
            let other = InvalidTarget::OtherPartition(host.to_owned());
            assert_eq!(error(host, None), other);
        }
        for host in [
            "my-ap-111122223333.s3-accesspoint.us-east-1.amazonaws.com",
            "my-ap-111122223333.accesspoint.vpce-1a2b-5e6f.s3.us-east-1.vpce.amazonaws.com",
            "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com",
            "ol-111122223333.s3-object-lambda.us-east-1.amazonaws.com",
            "111122223333.s3-control.us-east-1.amazonaws.com",
            "drop.s3-website-us-east-1.amazonaws.com",
        ] {
            assert_eq!(error(host, None), InvalidTarget::NoBucket(host.to_owned()));
        }
        let alias = "my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias";
        let no_bucket = InvalidTarget::NoBucket(alias.to_owned());
        let host = format!("{alias}.s3.us-east-1.amazonaws.com");
        assert_eq!(error(&host, None), no_bucket);
        let uri = format!("s3://{alias}/in/a");
        assert_eq!(parse(&uri, None).err(), Some(no_bucket));
        for (host, endpoint) in [
            (
                drop,
                Some("https://bucket.vpce-1a2b-5e6f.s3.us-east-1.vpce.amazonaws.com"),
            ),
            (
                "drop.bucket.vpce-1a2b-5e6f.s3.us-east-1.vpce.amazonaws.com",
                None,
            ),
            ("drop.s3-accelerate.amazonaws.com", None),
            ("drop.s3.amazonaws.com.", None),
        ] {
            let found = parse(&format!("https://{host}/in/a?{QUERY}"), endpoint);
            assert_eq!(found.ok(), Some(object("drop", "in/a")), "{host}");
        }
    }

    #[test]
    fn a_key_that_may_be_meant_otherwise_is_in_doubt() {
        let doubt = |word: &str| {
            Target::parse(word.as_bytes(), &config(None))
                .unwrap()
                .doubt()
        };
        for (key, part) in [
            (&*format!("in/{ID}"), "to revoke the link"),
            ("in/*", "the `*` is part of the key"),
            ("in/a?versionId=x", "`?versionId=` is part"),
        ] {
            assert!(
                doubt(&format!("s3://drop/{key}")).unwrap().contains(part),
                "{key}"
            );
        }
        for word in [
            "s3://drop/in/a*b",
            "s3://drop/in/",
            &format!("s3://drop/in/{ID}/"),
        ] {
            assert_eq!(doubt(word), None, "{word}");
        }
        let url = format!("https://drop.s3.amazonaws.com/in/%2A?{QUERY}");
        assert_eq!(doubt(&url), None);
    }

    #[test]
    fn keys_prefixes_and_links_are_distinguished() {
        let id = LinkId::parse(ID.as_bytes()).unwrap();
        let link = || Place::Link(id.clone());
        let page = format!(".s3-secure-bucket/pages/{ID}.html");
        for (word, place) in [
            ("s3://drop/in/a".to_owned(), Place::Object(b"in/a".to_vec())),
            ("s3://drop/in/".to_owned(), Place::Prefix(b"in/".to_vec())),
            (format!("s3://drop/in/{ID}/"), link()),
            (
                format!("s3://drop/in/{ID}"),
                Place::Object(format!("in/{ID}").into_bytes()),
            ),
            (format!("s3://drop/{page}"), link()),
            (
                format!("https://drop.s3.us-east-1.amazonaws.com/{page}?{QUERY}"),
                link(),
            ),
        ] {
            let found = parse(&word, None);
            assert!(found == Ok(("drop".to_owned(), place)), "{word}");
        }
        for word in ["s3://drop", "s3://drop/"] {
            assert_eq!(parse(word, None).err(), Some(InvalidTarget::NoKey));
        }
    }
}
