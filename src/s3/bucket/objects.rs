//! The calls on the objects of a bucket: list a page, and read a small object.

use super::Bucket;
use crate::http::Response;
use crate::s3::client::Call;
use crate::s3::error::Error;
use crate::xml::{DecodeError, Element};
use s3_presign::{ObjectKey, encode, timestamp};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// The limit for a page in bytes: 1,000 keys of 1,024 bytes, each byte written as `%XX`, and about 1 KB of
/// other elements for each key.
const PAGE_LIMIT: usize = 4 << 20;

/// The limit for a continuation token in bytes. Ceph uses the last key as the token, and AWS about 100 bytes.
const TOKEN_LIMIT: usize = 4 * ObjectKey::MAX_LEN;

/// The limit for an entity tag in bytes. The entity tags of S3 have at most 38 bytes. The entries of a delivery
/// stay in memory until the delivery ends, so each entry needs a limit.
const ETAG_LIMIT: usize = 1_024;

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    /// The key, byte for byte.
    pub key: Vec<u8>,
    /// The size in bytes.
    pub size: u64,
    /// When the object was stored, by the server's clock. AWS omits fractions of a second.
    pub last_modified: OffsetDateTime,
    /// The entity tag without quotes. Empty if the server names none.
    pub etag: String,
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPage {
    /// The objects, in the order of the answer.
    pub objects: Vec<ListedObject>,
    /// The token with which the next page is requested. `None` at the end of the listing.
    pub next: Option<String>,
    /// The time in the answer's `Date` header, which is the server's clock.
    pub answered_at: Option<OffsetDateTime>,
}

impl Bucket<'_> {
    /// `ListObjectsV2`, one page of the keys that begin with `prefix`: IAM `s3:ListBucket`. `token` is the
    /// token of the page before, and `None` for the first page.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
    ///
    /// # Errors
    /// Fails if the request failed, or the answer is not a page of a listing for this prefix.
    pub async fn list_objects(
        &mut self,
        prefix: &[u8],
        token: Option<&str>,
    ) -> Result<ObjectPage, Error> {
        const OPERATION: &str = "ListObjectsV2";
        // XML cannot carry every character of a key, so keys are requested with percent-encoding.
        let mut query = "list-type=2&encoding-type=url".to_owned();
        for (name, value) in [
            ("prefix", prefix),
            ("continuation-token", token.unwrap_or_default().as_bytes()),
        ] {
            if !value.is_empty() {
                query = format!("{query}&{name}={}", encode::query(value));
            }
        }
        let call = Call {
            operation: OPERATION,
            method: "GET",
            query,
            answer_limit: Some(PAGE_LIMIT),
            ..Call::default()
        };
        let response = self.call(&call).await?;
        ObjectPage::read(&response, prefix).map_err(|why| Error::unreadable(OPERATION, why))
    }

    /// `GetObject`, the whole object: IAM `s3:GetObject`. An object with more than `limit` bytes is an error.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
    ///
    /// # Errors
    /// Fails if the request failed.
    pub async fn get_object(&mut self, key: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
        let call = Call {
            operation: "GetObject",
            method: "GET",
            key: key.to_vec(),
            answer_limit: Some(limit),
            ..Call::default()
        };
        Ok(self.call(&call).await?.body)
    }
}

impl ObjectPage {
    fn read(response: &Response, prefix: &[u8]) -> Result<Self, DecodeError> {
        let mut objects = Vec::new();
        let path = ["ListBucketResult", "Contents"];
        let page = Element::read_list(&path, &response.body, |object| {
            objects.push(listed(&object)?);
            Ok(())
        })?;
        // A server that ignores `encoding-type` does not repeat it, and writes keys as plain XML text.
        let is_encoded = page.text("EncodingType")? == Some("url");
        for object in &mut objects {
            if is_encoded {
                object.key = decoded(&object.key)?;
            }
            check_key(&object.key, prefix)?;
        }
        let next = match page.text("IsTruncated")? {
            Some("true") => Some(next_token(&page)?),
            _ => None,
        };
        let date = response.header("date");
        Ok(ObjectPage {
            objects,
            next,
            answered_at: date.and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok()),
        })
    }
}

fn next_token(page: &Element) -> Result<String, DecodeError> {
    let token = page.text("NextContinuationToken")?.unwrap_or_default();
    if token.is_empty() {
        return Err(malformed(
            "the page is truncated, but has no NextContinuationToken",
        ));
    }
    if token.len() > TOKEN_LIMIT {
        let why = format!("the NextContinuationToken is longer than {TOKEN_LIMIT} bytes");
        return Err(DecodeError::Malformed(why));
    }
    Ok(token.to_owned())
}

/// The key of an object that is written with percent-encoding. AWS writes a space as `+`, and other servers as
/// `%20`. All of them write `+` as `%2B`.
pub(super) fn decoded(key: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let plus = |byte: &u8| if *byte == b'+' { b' ' } else { *byte };
    let key: Vec<u8> = key.iter().map(plus).collect();
    encode::decode(&key).ok_or_else(|| malformed("a key has a broken encoding"))
}

fn check_key(key: &[u8], prefix: &[u8]) -> Result<(), DecodeError> {
    if key.is_empty() || key.len() > ObjectKey::MAX_LEN {
        return Err(malformed("a key is empty or longer than 1024 bytes"));
    }
    if !key.starts_with(prefix) {
        return Err(malformed("a key does not begin with the requested prefix"));
    }
    Ok(())
}

/// The object of a `<Contents>` element, with its key as the document writes it.
fn listed(object: &Element) -> Result<ListedObject, DecodeError> {
    let size = object.required("Size")?.as_text()?.parse();
    let last_modified = timestamp::parse(object.required("LastModified")?.as_text()?);
    let etag = object.text("ETag")?.unwrap_or_default();
    if etag.len() > ETAG_LIMIT {
        return Err(malformed("an <ETag> is longer than 1024 bytes"));
    }
    Ok(ListedObject {
        key: object.required("Key")?.as_text()?.as_bytes().to_vec(),
        size: size.map_err(|_| malformed("a <Size> is not a number"))?,
        last_modified: last_modified.map_err(|_| malformed("a <LastModified> is not a time"))?,
        etag: etag.trim_matches('"').to_owned(),
    })
}

fn malformed(why: &str) -> DecodeError {
    DecodeError::Malformed(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(prefix: &[u8], inner: &str) -> Result<ObjectPage, DecodeError> {
        let body = format!("<ListBucketResult>{inner}</ListBucketResult>");
        let response = Response {
            status: 200,
            headers: vec![("date".into(), "Fri, 27 Nov 2026 00:15:00 GMT".into())],
            body: body.into_bytes(),
        };
        ObjectPage::read(&response, prefix)
    }

    fn contents(key: &str) -> String {
        format!(
            "<Contents><Key>{key}</Key><LastModified>2026-11-27T00:15:00.000Z</LastModified><ETag>&quot;abc&quot;</ETag><Size>3</Size><StorageClass>STANDARD</StorageClass></Contents>"
        )
    }

    #[test]
    fn keys_are_decoded_byte_for_byte() {
        for (encoding, written, key) in [
            (
                "<EncodingType>url</EncodingType>",
                "a+b%20c%2Bd%0A%FF/%1b",
                &b"a b c+d\n\xff/\x1b"[..],
            ),
            ("", "a+b%20&amp;", b"a+b%20&"),
        ] {
            let found = page(b"a", &format!("{encoding}{}", contents(written))).unwrap();
            assert_eq!(found.objects[0].key, key);
            assert_eq!((found.objects[0].size, &*found.objects[0].etag), (3, "abc"));
            assert_eq!(found.next, None);
            let at = timestamp::parse("2026-11-27T00:15:00Z").unwrap();
            assert_eq!(
                (found.answered_at, found.objects[0].last_modified),
                (Some(at), at)
            );
        }
    }

    #[test]
    fn rejects_pages_that_are_wrong() {
        let encoded = "<EncodingType>url</EncodingType>";
        let long = "k".repeat(1025);
        let more = "<IsTruncated>true</IsTruncated>";
        for (inner, why) in [
            (
                contents("b"),
                "a key does not begin with the requested prefix",
            ),
            (contents(""), "a key is empty or longer than 1024 bytes"),
            (contents(&long), "a key is empty or longer than 1024 bytes"),
            (
                format!("{encoded}{}", contents("a%2")),
                "a key has a broken encoding",
            ),
            (
                contents("a").replace("<Size>3", "<Size>-3"),
                "a <Size> is not a number",
            ),
            (
                contents("a").replace("2026-", "26-"),
                "a <LastModified> is not a time",
            ),
            (contents("a").replace("Key>", "Name>"), "<Key> is missing"),
            (
                contents("a").replace("abc", &"e".repeat(1023)),
                "an <ETag> is longer than 1024 bytes",
            ),
            (
                more.to_owned(),
                "the page is truncated, but has no NextContinuationToken",
            ),
            (
                format!(
                    "{more}<NextContinuationToken>{}</NextContinuationToken>",
                    "t".repeat(4097)
                ),
                "the NextContinuationToken is longer than 4096 bytes",
            ),
        ] {
            let error = page(b"a", &inner).unwrap_err();
            assert_eq!(error, malformed(why), "{inner}");
        }
    }
}
