//! The calls on an account.

use super::client::{Call, Client};
use super::error::{Error, Kind};
use super::target::Target;
use crate::xml;
use s3_presign::encode;
use s3_presign::endpoint::Region;
use serde::Deserialize;

/// A bucket in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its region, if the server says so.
    pub region: Option<Region>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Page {
    buckets: Buckets,
    continuation_token: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Buckets {
    bucket: Vec<Entry>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Entry {
    name: String,
    bucket_region: Option<String>,
}

/// More pages than an account can have buckets for: a server that goes on and on is not believed.
const MOST_PAGES: usize = 1_000;

/// `ListBuckets`: IAM `s3:ListAllMyBuckets`. All pages.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
pub async fn list_buckets(client: &Client) -> Result<Vec<Listed>, Error> {
    const OPERATION: &str = "ListBuckets";
    let mut target = Target::account(&client.config).map_err(|error| Error {
        operation: OPERATION,
        kind: Kind::Endpoint(error),
    })?;
    // AWS names regions only if asked for pages; another server may not know the parameter.
    let is_aws = target.endpoint.is_aws;
    let paged = if is_aws { "max-buckets=1000" } else { "" };
    let mut query = paged.to_owned();
    let mut all = Vec::new();
    for _ in 0..MOST_PAGES {
        let call = Call {
            operation: OPERATION,
            method: "GET",
            query,
            ..Call::default()
        };
        let response = client.send(&mut target, &call).await?;
        let page: Page = xml::read("ListAllMyBucketsResult", &response.body)
            .map_err(|why| Error::unreadable(OPERATION, why))?;
        all.extend(page.buckets.bucket.into_iter().map(|entry| {
            Listed {
                region: entry
                    .bucket_region
                    .and_then(|name| Region::parse(&name).ok()),
                name: entry.name,
            }
        }));
        let Some(token) = page.continuation_token.filter(|token| !token.is_empty()) else {
            return Ok(all);
        };
        query = format!("continuation-token={}", encode::query(token.as_bytes()));
        if is_aws {
            query = format!("{query}&{paged}");
        }
    }
    let why = xml::Unreadable::Malformed("the list of buckets has no end".to_owned());
    Err(Error::unreadable(OPERATION, why))
}
