//! The S3 calls that concern an account and not a single bucket.

use super::client::{Call, Client};
use super::error::{Error, Kind};
use super::target::Target;
use crate::xml::{DecodeError, Element};
use s3_presign::encode;
use s3_presign::endpoint::Region;

/// A bucket in the answer of `ListBuckets`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The bucket's name, which may break the current rules for bucket names, because old buckets
    /// keep their names.
    pub name: String,
    /// The bucket's region, or `None` if the answer does not contain the region.
    pub region: Option<Region>,
}

struct Page {
    buckets: Vec<Listed>,
    continuation_token: Option<String>,
}

impl Page {
    fn read(body: &[u8]) -> Result<Self, DecodeError> {
        let mut buckets = Vec::new();
        let path = ["ListAllMyBucketsResult", "Buckets", "Bucket"];
        let page = Element::read_list(&path, body, |bucket| {
            buckets.push(Listed {
                name: shortened(bucket.text("Name")?.unwrap_or_default()),
                region: (bucket.text("BucketRegion")?).and_then(|name| Region::parse(name).ok()),
            });
            Ok(())
        })?;
        page.only("Buckets")?;
        Ok(Page {
            buckets,
            continuation_token: page.text("ContinuationToken")?.map(str::to_owned),
        })
    }
}

/// The maximum number of pages of a list. No account has enough buckets for more pages, so a server
/// that sends more pages is faulty.
const MOST_PAGES: usize = 1_000;

/// The maximum length of a continuation token in S3, in bytes. The program reports a longer token
/// as an error instead of sending it back.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
const LONGEST_TOKEN: usize = 1_024;

/// The maximum number of buckets in a list, which is five times the default quota of AWS.
const MOST_BUCKETS: usize = 50_000;
/// The maximum length of a bucket name, in bytes. No server allows longer bucket names.
const LONGEST_NAME: usize = 255;

/// Shortens a bucket name that is too long, and appends `…`. No bucket name may contain `…`, so the
/// shortened name is invalid, cannot be the name of another bucket, and is reported by an audit.
fn shortened(name: &str) -> String {
    let end = name.floor_char_boundary(LONGEST_NAME);
    let mark = if end < name.len() { "…" } else { "" };
    format!("{}{mark}", &name[..end])
}

/// Sends `ListBuckets` and returns the buckets of all pages. The IAM action is
/// `s3:ListAllMyBuckets`.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
pub async fn list_buckets(client: &Client) -> Result<Vec<Listed>, Error> {
    const OPERATION: &str = "ListBuckets";
    let mut target = Target::account(&client.config).map_err(|error| Error {
        operation: OPERATION,
        kind: Kind::Endpoint(error),
    })?;
    // The answer of AWS contains regions only if the request has the parameter `max-buckets`. Other
    // servers may not support this parameter.
    let is_aws = target.endpoint.is_aws;
    let paged = if is_aws { "max-buckets=1000" } else { "" };
    let mut query = paged.to_owned();
    let mut all = Vec::new();
    let mut previous = None;
    for _ in 0..MOST_PAGES {
        let call = Call {
            operation: OPERATION,
            method: "GET",
            query,
            ..Call::default()
        };
        let response = client.send(&mut target, &call).await?;
        let page = Page::read(&response.body).map_err(|why| Error::unreadable(OPERATION, why))?;
        all.extend(page.buckets);
        if all.len() > MOST_BUCKETS {
            let why = format!("the list has more than {MOST_BUCKETS} buckets");
            return Err(Error::unreadable(OPERATION, DecodeError::Malformed(why)));
        }
        let Some(token) = page.continuation_token.filter(|token| !token.is_empty()) else {
            return Ok(all);
        };
        if token.len() > LONGEST_TOKEN {
            let why = format!("the ContinuationToken is longer than {LONGEST_TOKEN} bytes");
            return Err(Error::unreadable(OPERATION, DecodeError::Malformed(why)));
        }
        if previous.as_ref() == Some(&token) {
            break;
        }
        query = format!("continuation-token={}", encode::query(token.as_bytes()));
        if is_aws {
            query = format!("{query}&{paged}");
        }
        previous = Some(token);
    }
    let why = DecodeError::Malformed(
        "the list of buckets repeats a ContinuationToken, or has too many pages".to_owned(),
    );
    Err(Error::unreadable(OPERATION, why))
}
