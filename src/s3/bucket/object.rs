//! The calls that store and delete one object.

use super::{Bucket, Call};
use crate::s3::Error;
use s3_presign::encode;

impl Bucket<'_> {
    /// `PutObject`: IAM `s3:PutObject`. Returns the version ID, if the bucket has versioning. The content type
    /// and other metadata are in `headers`, as pairs of name and value.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
    ///
    /// # Errors
    /// Fails if S3 refused the object, or did not answer.
    ///
    /// # Panics
    /// Panics if the key is empty, because S3 would create a bucket.
    pub async fn put_object(
        &mut self,
        key: &str,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<Option<String>, Error> {
        assert!(!key.is_empty(), "a PUT without a key would create a bucket");
        let call = Call {
            operation: "PutObject",
            method: "PUT",
            key: key.as_bytes().to_vec(),
            headers,
            body,
            ..Call::default()
        };
        let answer = self.call(&call).await?;
        Ok(answer.header("x-amz-version-id").map(str::to_owned))
    }

    /// `DeleteObject`: IAM `s3:DeleteObject`; with a version, `s3:DeleteObjectVersion`. Without a version, a
    /// bucket with versioning only adds a delete marker.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
    ///
    /// # Errors
    /// Fails if S3 refused the request, or did not answer.
    ///
    /// # Panics
    /// Panics if the key is empty, because S3 would delete the bucket.
    pub async fn delete_object(&mut self, key: &str, version: Option<&str>) -> Result<(), Error> {
        assert!(
            !key.is_empty(),
            "a DELETE without a key would delete the bucket"
        );
        let version = version.map(|id| format!("versionId={}", encode::query(id.as_bytes())));
        let call = Call {
            operation: "DeleteObject",
            method: "DELETE",
            key: key.as_bytes().to_vec(),
            query: version.unwrap_or_default(),
            ..Call::default()
        };
        self.call(&call).await.map(drop)
    }
}
