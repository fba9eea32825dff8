//! Server access logging. As on AWS, the sandbox checks the log bucket when a client turns on
//! logging.

use s3s::dto::{
    GetBucketLoggingInput, GetBucketLoggingOutput, LoggingEnabled, PutBucketLoggingInput,
    PutBucketLoggingOutput,
};
use s3s::{S3Error, S3Request, S3Response, S3Result};

use crate::acl;
use crate::error::{Detail, fail};
use crate::policy::{Facts, Known, Principal, Question, Verdict, judge};
use crate::state::{Bucket, Store, find};

const SERVICE: &str = "logging.s3.amazonaws.com";

pub fn get(
    store: &Store,
    req: S3Request<GetBucketLoggingInput>,
) -> S3Result<S3Response<GetBucketLoggingOutput>> {
    store.with(&req.input.bucket, |bucket| {
        Ok(S3Response::new(GetBucketLoggingOutput {
            logging_enabled: bucket.logging.clone(),
        }))
    })
}

pub fn put(
    store: &Store,
    req: S3Request<PutBucketLoggingInput>,
) -> S3Result<S3Response<PutBucketLoggingOutput>> {
    let wanted = req.input.bucket_logging_status.logging_enabled;
    let mut buckets = store.buckets();
    let source = find(&mut buckets, &req.input.bucket)?.clone();
    if let Some(wanted) = &wanted {
        let Some(target) = buckets.get(&wanted.target_bucket) else {
            return Err(invalid(
                "The target bucket for logging does not exist",
                wanted,
            ));
        };
        check(&source, target, wanted)?;
    }
    find(&mut buckets, &req.input.bucket)?.logging = wanted;
    Ok(S3Response::new(PutBucketLoggingOutput::default()))
}

fn invalid(message: &'static str, wanted: &LoggingEnabled) -> S3Error {
    fail(400, "InvalidTargetBucketForLogging", message).field("TargetBucket", &wanted.target_bucket)
}

fn check(source: &Bucket, target: &Bucket, wanted: &LoggingEnabled) -> S3Result<()> {
    if target.owner != source.owner {
        return Err(invalid(
            "The owner for the bucket to be logged and the target bucket must be the same.",
            wanted,
        ));
    }
    if target.region != source.region {
        // AWS misspells the error code `CrossLocationLoggingProhibitted`, and ends the message with
        // a space.
        let error = fail(
            403,
            "CrossLocationLoggingProhibitted",
            "Cross S3 location logging not allowed. ",
        );
        let error = error.field("TargetBucketLocation", &target.region);
        return Err(match source.region.as_str() {
            "us-east-1" => error,
            region => error.field("SourceBucketLocation", region),
        });
    }
    if target.acls_disabled()
        && wanted
            .target_grants
            .as_ref()
            .is_some_and(|grants| !grants.is_empty())
    {
        return Err(fail(
            400,
            "AccessControlListNotSupported",
            "Target grants not allowed for bucket owner enforced buckets",
        ));
    }
    let sample = format!("{}/{}log", target.arn(), wanted.target_prefix);
    let by_policy = target
        .policy
        .as_ref()
        .map_or(Verdict::Silent, |(_, policy)| {
            let question = Question {
                principal: Principal::Service(SERVICE),
                action: "s3:PutObject",
                resource: &sample,
                facts: &Delivery(source),
            };
            judge(policy, &question)
        });
    let by_acl = !target.acls_disabled() && acl::delivers_logs(&target.acl);
    if by_policy == Verdict::Allow || (by_policy == Verdict::Silent && by_acl) {
        return Ok(());
    }
    Err(invalid(
        "You must give the log-delivery group WRITE and READ_ACP permissions to the target bucket",
        wanted,
    ))
}

/// The condition keys of S3's request when it delivers a log to a bucket.
struct Delivery<'a>(&'a Bucket);

impl Facts for Delivery<'_> {
    fn fact(&self, key: &str) -> Known {
        match key {
            "aws:securetransport" | "aws:principalisawsservice" => Known::Value("true".to_owned()),
            "s3:tlsversion" => Known::Value("1.3".to_owned()),
            "aws:sourceaccount" => Known::Value(self.0.owner.account_id.to_owned()),
            "aws:sourcearn" => Known::Value(self.0.arn()),
            "aws:principalservicename" => Known::Value(SERVICE.to_owned()),
            "aws:sourcevpce"
            | "aws:sourcevpc"
            | "aws:sourceip"
            | "aws:principalarn"
            | "s3:x-amz-acl"
            | "s3:x-amz-server-side-encryption"
            | "s3:signatureage" => Known::Absent,
            _ => Known::Unknown,
        }
    }
}
