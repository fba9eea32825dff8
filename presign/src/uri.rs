//! Parses object keys and `s3://BUCKET/KEY` URIs. An object key is a sequence of bytes and is never
//! normalized.

use std::fmt;
use std::str::FromStr;

/// An object key: up to 1024 bytes, which this crate never changes. An empty key means the bucket
/// itself.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(Vec<u8>);

impl ObjectKey {
    /// The maximum length of an object key in S3, in bytes before percent-encoding.
    pub const MAX_LEN: usize = 1024;

    /// Creates an object key from at most [`ObjectKey::MAX_LEN`] bytes with any values.
    ///
    /// # Errors
    /// Returns [`InvalidUri::KeyTooLong`] if the key has more than [`ObjectKey::MAX_LEN`] bytes.
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Self, InvalidUri> {
        let bytes = bytes.into();
        if bytes.len() > Self::MAX_LEN {
            return Err(InvalidUri::KeyTooLong(bytes.len()));
        }
        Ok(ObjectKey(bytes))
    }

    /// Returns the bytes of the key, without percent-encoding.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether the key is empty. An empty key means the bucket itself.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the key has `.` or `..` segments, which curl and browsers remove from a URL's path.
    #[must_use]
    pub fn has_dot_segments(&self) -> bool {
        has_dot_segments(&self.0)
    }
}

pub(crate) fn has_dot_segments(key: &[u8]) -> bool {
    key.split(|&byte| byte == b'/')
        .any(|segment| segment == b"." || segment == b"..")
}

impl FromStr for ObjectKey {
    type Err = InvalidUri;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

/// A parsed `s3://BUCKET/KEY` URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Uri {
    /// The text between `s3://` and the first `/`. Only [`crate::endpoint::BucketName`] checks the rules
    /// for bucket names.
    pub bucket: String,
    /// The object key: all bytes after the first `/` that follows the bucket.
    pub key: ObjectKey,
}

const ARN_RESOURCE: &[u8] = b":accesspoint/";

impl S3Uri {
    /// Splits the URI at the first `/` after the bucket. A URI without this `/` has an empty key.
    /// Instead of a bucket, the URI may contain the ARN of an access point, whose `/` does not end
    /// the ARN.
    ///
    /// # Errors
    /// Fails if the URI does not begin with `s3://`, if the bucket is missing or not UTF-8, or if
    /// the key has more than 1024 bytes. The error message omits the part of the URI after a `?`.
    pub fn parse(uri: &[u8]) -> Result<Self, InvalidUri> {
        // Users may pass a presigned URL by mistake. The query of a presigned URL is secret, so
        // errors omit the query.
        let shown = || {
            let end = uri.iter().position(|&b| b == b'?').unwrap_or(uri.len());
            let more = if end < uri.len() { "?…" } else { "" };
            String::from_utf8_lossy(&uri[..end]).into_owned() + more
        };
        let rest = uri
            .strip_prefix(b"s3://")
            .ok_or_else(|| InvalidUri::NotS3(shown()))?;
        // The `/` in `accesspoint/NAME` is a part of the ARN and does not separate bucket and key.
        let name = if rest.starts_with(b"arn:") {
            rest.windows(ARN_RESOURCE.len())
                .position(|window| window == ARN_RESOURCE)
                .map_or(0, |at| at + ARN_RESOURCE.len())
        } else {
            0
        };
        let slash = rest[name..].iter().position(|&b| b == b'/');
        let end = slash.map_or(rest.len(), |at| name + at);
        let bucket = std::str::from_utf8(&rest[..end])
            .ok()
            .filter(|bucket| !bucket.is_empty())
            .ok_or_else(|| InvalidUri::NoBucket(shown()))?
            .to_owned();
        let key = ObjectKey::parse(rest.get(end + 1..).unwrap_or_default())?;
        Ok(S3Uri { bucket, key })
    }
}

impl FromStr for S3Uri {
    type Err = InvalidUri;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text.as_bytes())
    }
}

/// The error for a text that is not an [`S3Uri`], or for bytes that are not an [`ObjectKey`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidUri {
    /// The text does not begin with `s3://`.
    NotS3(String),
    /// The text has no bucket between `s3://` and the key.
    NoBucket(String),
    /// The key is too long. The variant contains the number of bytes in the key.
    KeyTooLong(usize),
}

impl fmt::Display for InvalidUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotS3(text) => write!(f, "`{text}` does not have the form s3://BUCKET/KEY"),
            Self::NoBucket(text) => write!(f, "`{text}` has no bucket name; write s3://BUCKET/KEY"),
            Self::KeyTooLong(len) => {
                write!(f, "the key has {len} bytes; S3 allows at most 1024")
            }
        }
    }
}

impl std::error::Error for InvalidUri {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_everything_after_the_first_slash() {
        let uri = S3Uri::parse(b"s3://b//a/../%2F+ \n").unwrap();
        assert_eq!(uri.bucket, "b");
        assert_eq!(uri.key.as_bytes(), b"/a/../%2F+ \n");
        assert!(uri.key.has_dot_segments());
        for bucket_alone in [&b"s3://b"[..], b"s3://b/"] {
            assert!(S3Uri::parse(bucket_alone).unwrap().key.is_empty());
        }
    }

    #[test]
    fn the_arn_of_an_access_point_keeps_its_slash() {
        let arn = "arn:aws:s3:eu-central-1:111122223333:accesspoint/my-ap";
        let uri = S3Uri::parse(format!("s3://{arn}/a/b").as_bytes()).unwrap();
        assert_eq!(
            (uri.bucket.as_str(), uri.key.as_bytes()),
            (arn, &b"a/b"[..])
        );
        let alone = S3Uri::parse(format!("s3://{arn}").as_bytes()).unwrap();
        assert_eq!((alone.bucket.as_str(), alone.key.is_empty()), (arn, true));
        // The bucket name `arn` is valid, although every ARN begins with the same letters.
        assert_eq!(
            S3Uri::parse(b"s3://arn/:accesspoint/k").unwrap().bucket,
            "arn"
        );
    }

    #[test]
    fn rejects_text_that_is_not_an_s3_uri() {
        assert_eq!(
            S3Uri::parse(b"https://b/k"),
            Err(InvalidUri::NotS3("https://b/k".into()))
        );
        assert_eq!(
            S3Uri::parse(b"s3:///k"),
            Err(InvalidUri::NoBucket("s3:///k".into()))
        );
        let long = [b"s3://b/".as_slice(), &[b'k'; 1025]].concat();
        assert_eq!(S3Uri::parse(&long), Err(InvalidUri::KeyTooLong(1025)));
    }
}
