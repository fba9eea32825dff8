//! The list of the operations that the sandbox supports, by module. To an operation that is not in
//! the list, the sandbox answers 501 NotImplemented.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result};

use crate::state::Store;
use crate::{
    acl, bucket, config, cors, delete, lifecycle, list, logging, multipart, object, put, website,
};

pub struct Api(pub Arc<Store>);

macro_rules! operations {
    ($($name:ident($input:ident) -> $output:ident = $handler:path $(, $wait:tt)?;)*) => {
        #[async_trait::async_trait]
        impl S3 for Api {
            $(async fn $name(&self, req: S3Request<$input>) -> S3Result<S3Response<$output>> {
                $handler(&self.0, req)$(.$wait)?
            })*
        }
    };
}

operations! {
    list_buckets(ListBucketsInput) -> ListBucketsOutput = bucket::list;
    head_bucket(HeadBucketInput) -> HeadBucketOutput = bucket::head;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = bucket::delete;

    get_public_access_block(GetPublicAccessBlockInput) -> GetPublicAccessBlockOutput = config::get_public_access_block;
    put_public_access_block(PutPublicAccessBlockInput) -> PutPublicAccessBlockOutput = config::put_public_access_block;
    delete_public_access_block(DeletePublicAccessBlockInput) -> DeletePublicAccessBlockOutput = config::delete_public_access_block;
    get_bucket_ownership_controls(GetBucketOwnershipControlsInput) -> GetBucketOwnershipControlsOutput = config::get_ownership;
    put_bucket_ownership_controls(PutBucketOwnershipControlsInput) -> PutBucketOwnershipControlsOutput = config::put_ownership;
    get_bucket_policy(GetBucketPolicyInput) -> GetBucketPolicyOutput = config::get_policy;
    put_bucket_policy(PutBucketPolicyInput) -> PutBucketPolicyOutput = config::put_policy;
    get_bucket_policy_status(GetBucketPolicyStatusInput) -> GetBucketPolicyStatusOutput = config::get_policy_status;
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput = config::get_versioning;
    put_bucket_versioning(PutBucketVersioningInput) -> PutBucketVersioningOutput = config::put_versioning;
    get_bucket_tagging(GetBucketTaggingInput) -> GetBucketTaggingOutput = config::get_tagging;
    put_bucket_tagging(PutBucketTaggingInput) -> PutBucketTaggingOutput = config::put_tagging;
    get_bucket_lifecycle_configuration(GetBucketLifecycleConfigurationInput) -> GetBucketLifecycleConfigurationOutput = lifecycle::get;
    put_bucket_lifecycle_configuration(PutBucketLifecycleConfigurationInput) -> PutBucketLifecycleConfigurationOutput = lifecycle::put;
    get_bucket_logging(GetBucketLoggingInput) -> GetBucketLoggingOutput = logging::get;
    put_bucket_logging(PutBucketLoggingInput) -> PutBucketLoggingOutput = logging::put;
    get_bucket_cors(GetBucketCorsInput) -> GetBucketCorsOutput = cors::get;
    put_bucket_cors(PutBucketCorsInput) -> PutBucketCorsOutput = cors::put;
    get_bucket_website(GetBucketWebsiteInput) -> GetBucketWebsiteOutput = website::get;
    put_bucket_website(PutBucketWebsiteInput) -> PutBucketWebsiteOutput = website::put;
    get_bucket_acl(GetBucketAclInput) -> GetBucketAclOutput = acl::get_bucket_acl;
    put_bucket_acl(PutBucketAclInput) -> PutBucketAclOutput = acl::put_bucket_acl;

    put_object(PutObjectInput) -> PutObjectOutput = put::object, await;
    get_object(GetObjectInput) -> GetObjectOutput = object::get;
    head_object(HeadObjectInput) -> HeadObjectOutput = object::head;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = delete::one;
    get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput = object::get_tagging;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = list::v2;
    list_object_versions(ListObjectVersionsInput) -> ListObjectVersionsOutput = list::versions;

    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput = multipart::create;
    upload_part(UploadPartInput) -> UploadPartOutput = multipart::part, await;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput = multipart::complete;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = multipart::abort;
    list_parts(ListPartsInput) -> ListPartsOutput = multipart::parts;
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput = multipart::list;
}
