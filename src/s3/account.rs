//! The calls on an account.

use super::client::{Call, Client};
use super::error::{Error, Kind};
use super::target::Target;
use crate::xml::{DecodeError, Element};
use s3_presign::encode;
use s3_presign::endpoint::Region;

/// A bucket in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The bucket's name, which may break the current rules.
    pub name: String,
    /// The bucket's region, if the server names it.
    pub region: Option<Region>,
}

struct Page {
    buckets: Vec<Listed>,
    continuation_token: Option<String>,
}

impl Page {
    fn read(body: &[u8]) -> Result<Self, DecodeError> {
        let page = Element::read("ListAllMyBucketsResult", body)?;
        let listed = |bucket: &Element| {
            Ok(Listed {
                name: shortened(bucket.text("Name")?.unwrap_or_default()),
                region: (bucket.text("BucketRegion")?).and_then(|name| Region::parse(name).ok()),
            })
        };
        let buckets = page.only("Buckets")?.into_iter();
        Ok(Page {
            buckets: (buckets.flat_map(|buckets| buckets.all("Bucket")))
                .map(listed)
                .collect::<Result<_, _>>()?,
            continuation_token: page.text("ContinuationToken")?.map(str::to_owned),
        })
    }
}

/// The limit for pages. An account cannot have more buckets, so a server that sends more is faulty.
const MOST_PAGES: usize = 1_000;

/// S3's limit for a continuation token, in bytes. A longer token is an error and is not sent back.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
const LONGEST_TOKEN: usize = 1_024;

/// The limit for buckets: five times the default quota of AWS.
const MOST_BUCKETS: usize = 50_000;
/// The limit for a name in bytes: no server allows more.
const LONGEST_NAME: usize = 255;

/// The beginning of a name that is too long, with a mark that no bucket name contains. So the name stays
/// invalid: an audit reports it, and no bucket has the same name.
fn shortened(name: &str) -> String {
    let end = name.floor_char_boundary(LONGEST_NAME);
    let mark = if end < name.len() { "…" } else { "" };
    format!("{}{mark}", &name[..end])
}

/// `ListBuckets`, all pages: IAM `s3:ListAllMyBuckets`.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
pub async fn list_buckets(client: &Client) -> Result<Vec<Listed>, Error> {
    const OPERATION: &str = "ListBuckets";
    let mut target = Target::account(&client.config).map_err(|error| Error {
        operation: OPERATION,
        kind: Kind::Endpoint(error),
    })?;
    // AWS names regions only in paged answers. Other servers may not support the parameter.
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
