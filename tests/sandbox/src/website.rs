//! Static website hosting. The sandbox stores and returns the configuration, but serves no website.

use s3s::dto::{
    GetBucketWebsiteInput, GetBucketWebsiteOutput, PutBucketWebsiteInput, PutBucketWebsiteOutput,
};
use s3s::{S3Request, S3Response, S3Result};

use crate::error::{Detail, fail};
use crate::state::Store;

pub fn get(
    store: &Store,
    req: S3Request<GetBucketWebsiteInput>,
) -> S3Result<S3Response<GetBucketWebsiteOutput>> {
    store.with(&req.input.bucket, |bucket| {
        let Some(website) = bucket.website.clone() else {
            return Err(fail(
                404,
                "NoSuchWebsiteConfiguration",
                "The specified bucket does not have a website configuration",
            )
            .field("BucketName", &bucket.name));
        };
        Ok(S3Response::new(GetBucketWebsiteOutput {
            error_document: website.error_document,
            index_document: website.index_document,
            redirect_all_requests_to: website.redirect_all_requests_to,
            routing_rules: website.routing_rules,
        }))
    })
}

pub fn put(
    store: &Store,
    req: S3Request<PutBucketWebsiteInput>,
) -> S3Result<S3Response<PutBucketWebsiteOutput>> {
    store.with(&req.input.bucket, |bucket| {
        bucket.website = Some(req.input.website_configuration);
        Ok(S3Response::new(PutBucketWebsiteOutput::default()))
    })
}
