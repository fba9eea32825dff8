//! Stores the page as an object, and removes the object if a later step fails.

use super::{Error, interrupt};
use crate::s3::{Bucket, Error as S3Error};
use std::pin::Pin;

/// The page as an object.
pub(super) struct Page {
    pub(super) key: String,
    pub(super) body: Vec<u8>,
    state: State,
}

/// The state of the page in the bucket.
enum State {
    /// The upload was not sent, or S3 refused it.
    Absent,
    /// The upload was sent, but its answer is missing.
    Unknown,
    /// S3 stored the page, in a bucket with versioning as this version.
    Stored(Option<String>),
}

impl Page {
    pub(super) fn new(key: String, body: Vec<u8>) -> Self {
        Page {
            key,
            body,
            state: State::Absent,
        }
    }

    /// Uploads the page with the headers that the bucket policy demands.
    ///
    /// # Errors
    /// Returns the outer error if `stop` became ready, and the inner error if the upload failed.
    pub(super) async fn store(
        &mut self,
        bucket: &mut Bucket<'_>,
        demanded: &[(String, String)],
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Result<(), S3Error>, Error> {
        let mut headers = vec![
            (
                "content-type".to_owned(),
                "text/html; charset=utf-8".to_owned(),
            ),
            // The browser must not show an old page after the page was removed.
            ("cache-control".to_owned(), "no-store".to_owned()),
        ];
        headers.extend_from_slice(demanded);
        self.state = State::Unknown;
        let upload = bucket.put_object(&self.key, headers, self.body.clone());
        let (outcome, interrupted) = interrupt::answer(upload, stop).await;
        let outcome = match outcome {
            Some(Ok(version)) => {
                self.state = State::Stored(version.filter(|version| version != "null"));
                Ok(())
            }
            Some(Err(error)) => {
                let answer = error.response();
                if answer.is_some_and(|answer| (400..500).contains(&answer.status)) {
                    self.state = State::Absent;
                }
                Err(error)
            }
            None => Ok(()),
        };
        if interrupted {
            return Err(Error::Interrupted);
        }
        Ok(outcome)
    }

    /// Removes the page if the bucket may contain it.
    ///
    /// # Errors
    /// Fails if S3 refused to delete the page, or did not answer.
    pub(super) async fn remove(&self, bucket: &mut Bucket<'_>) -> Result<(), S3Error> {
        match &self.state {
            State::Absent => Ok(()),
            State::Unknown => bucket.delete_object(&self.key, None).await,
            State::Stored(version) => {
                let deleted = bucket.delete_object(&self.key, version.as_deref()).await;
                match deleted {
                    // Without the permission to delete versions, a delete marker ends the link too.
                    Err(_) if version.is_some() => bucket.delete_object(&self.key, None).await,
                    deleted => deleted,
                }
            }
        }
    }
}
