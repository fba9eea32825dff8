//! A client for the few S3 Control calls that an audit needs: Block Public Access of the account, access
//! points and multi-Region access points.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html>

use crate::s3::client::Call;
use crate::s3::target::Target;
use crate::s3::{Client, Error};
use crate::xml::{DecodeError, Element};
use s3_presign::{AccountId, encode};

/// The maximum number of pages of a list, with at least 100 access points each.
const MOST_PAGES: usize = 100;

/// The account whose configuration a target of S3 Control answers.
pub struct Control<'a> {
    /// The client that sends the calls.
    pub client: &'a Client,
    /// S3 Control in a region.
    pub target: Target,
    /// The account that owns the access points.
    pub account: &'a AccountId,
}

impl Control<'_> {
    /// Sends `GetPublicAccessBlock` and returns the settings of the account. `None` if nothing is
    /// configured. The IAM action is `s3:GetAccountPublicAccessBlock`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html>
    pub async fn public_access_block(&mut self) -> Result<Option<Element>, Error> {
        let root = "PublicAccessBlockConfiguration";
        let path = "configuration/publicAccessBlock";
        match self.get("GetPublicAccessBlock", path, "", root).await {
            Ok(block) => Ok(Some(block)),
            Err(error) => match error.response() {
                Some(answer) if answer.code == "NoSuchPublicAccessBlockConfiguration" => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// Sends `ListAccessPoints` and returns the names of the bucket's access points. The IAM action is
    /// `s3:ListAccessPoints`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessPoints.html>
    pub async fn access_points(&mut self, bucket: &str) -> Result<Vec<String>, Error> {
        let query = format!("bucket={}", encode::query(bucket.as_bytes()));
        let root = ("ListAccessPointsResult", "AccessPointList");
        let listed = self.list("ListAccessPoints", "accesspoint", &query, root);
        let name = |point: &Element| point.text_of("Name").to_owned();
        Ok(listed.await?.iter().map(name).collect())
    }

    /// Sends `GetAccessPoint` and returns the description of an access point. The IAM action is
    /// `s3:GetAccessPoint`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPoint.html>
    pub async fn access_point(&mut self, name: &str) -> Result<Element, Error> {
        let path = format!("accesspoint/{name}");
        self.get("GetAccessPoint", &path, "", "GetAccessPointResult")
            .await
    }

    /// Sends `ListMultiRegionAccessPoints`, which only us-west-2 answers, and returns the descriptions of
    /// the account's multi-Region access points. The IAM action is `s3:ListMultiRegionAccessPoints`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListMultiRegionAccessPoints.html>
    pub async fn multi_region_access_points(&mut self) -> Result<Vec<Element>, Error> {
        let root = ("ListMultiRegionAccessPointsResult", "AccessPoints");
        self.list("ListMultiRegionAccessPoints", "mrap/instances", "", root)
            .await
    }

    /// Reads all pages of a list of access points. `root` has the names of the root element and of the
    /// element with the list.
    async fn list(
        &mut self,
        operation: &'static str,
        path: &str,
        query: &str,
        root: (&str, &str),
    ) -> Result<Vec<Element>, Error> {
        let mut all = Vec::new();
        let mut page_query = query.to_owned();
        for _ in 0..MOST_PAGES {
            let page = self.get(operation, path, &page_query, root.0).await?;
            let items = page.child(root.1).into_iter();
            all.extend(items.flat_map(|list| list.all("AccessPoint").cloned().collect::<Vec<_>>()));
            let token = page.text_of("NextToken");
            if token.is_empty() {
                return Ok(all);
            }
            // The parameters of a signed query are sorted: `bucket` precedes `nextToken`.
            let token = format!("nextToken={}", encode::query(token.as_bytes()));
            page_query = match query {
                "" => token,
                query => format!("{query}&{token}"),
            };
        }
        let why = DecodeError::Malformed("the list has too many pages".to_owned());
        Err(Error::unreadable(operation, why))
    }

    /// Sends one GET and returns the document with this root element.
    async fn get(
        &mut self,
        operation: &'static str,
        path: &str,
        query: &str,
        root: &str,
    ) -> Result<Element, Error> {
        let account = self.account.to_string();
        let call = Call {
            operation,
            method: "GET",
            key: format!("v20180820/{path}").into_bytes(),
            query: query.to_owned(),
            headers: vec![("x-amz-account-id".to_owned(), account)],
            keep_region: true,
            ..Call::default()
        };
        let response = self.client.send(&mut self.target, &call).await?;
        Element::read(root, &response.body).map_err(|why| Error::unreadable(operation, why))
    }
}
