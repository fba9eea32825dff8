//! The destination of calls: a bucket or the account, at an endpoint that is resolved once.

use s3_presign::AccountId;
use s3_presign::endpoint::{BucketName, Config, Endpoint, EndpointError, Region};
use std::time::Duration;

/// A bucket or the account, with its endpoint and the results of earlier calls.
#[derive(Debug, Clone)]
pub struct Target {
    /// `None` for the account.
    pub(super) bucket: Option<BucketName>,
    /// The region for which requests are signed.
    pub(super) region: Region,
    /// The endpoint of the bucket in that region.
    pub(super) endpoint: Endpoint,
    /// The account that must own the bucket: `x-amz-expected-bucket-owner` in every call except create.
    pub(super) owner: Option<AccountId>,
    /// Whether this run created the bucket. If so, an answer that the bucket does not exist means eventual
    /// consistency.
    pub(super) is_fresh: bool,
    /// How long all calls together waited for eventual consistency.
    pub(super) waited: Duration,
}

impl Target {
    /// The account, in the configured region.
    ///
    /// # Errors
    /// Settings in `config` contradict each other.
    pub fn account(config: &Config) -> Result<Self, EndpointError> {
        Self::new(config, None, config.region.clone())
    }

    /// A bucket in `region`.
    ///
    /// # Errors
    /// No endpoint of `config` can address the bucket.
    pub fn bucket(
        config: &Config,
        name: BucketName,
        region: Region,
    ) -> Result<Self, EndpointError> {
        Self::new(config, Some(name), region)
    }

    fn new(
        config: &Config,
        bucket: Option<BucketName>,
        region: Region,
    ) -> Result<Self, EndpointError> {
        Ok(Target {
            endpoint: resolve(config, bucket.as_ref(), &region)?,
            bucket,
            region,
            owner: None,
            is_fresh: false,
            waited: Duration::ZERO,
        })
    }

    /// The same bucket in another region, which S3 named. The host is derived from the region, and is never
    /// copied from an answer.
    pub(super) fn move_to(&mut self, config: &Config, region: Region) -> Result<(), EndpointError> {
        self.endpoint = resolve(config, self.bucket.as_ref(), &region)?;
        self.region = region;
        Ok(())
    }
}

fn resolve(
    config: &Config,
    bucket: Option<&BucketName>,
    region: &Region,
) -> Result<Endpoint, EndpointError> {
    let config = Config {
        region: region.clone(),
        ..config.clone()
    };
    config.resolve(bucket.map(BucketName::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(name: &str) -> Region {
        Region::parse(name).unwrap()
    }

    #[test]
    fn a_target_moves_to_the_region_that_s3_names_unless_no_endpoint_is_there() {
        let config = Config {
            fips: true,
            ..Config::aws(region("us-east-1"))
        };
        let name = BucketName::parse("drop-box").unwrap();
        let mut target = Target::bucket(&config, name, region("us-east-1")).unwrap();
        target.move_to(&config, region("us-west-2")).unwrap();
        let moved = "drop-box.s3-fips.us-west-2.amazonaws.com";
        assert_eq!(target.endpoint.host, moved);
        // China has no FIPS endpoints.
        let refused = target.move_to(&config, region("cn-north-1"));
        assert_eq!(
            refused,
            Err(EndpointError::NotInPartition("FIPS", "aws-cn"))
        );
        assert_eq!(target.endpoint.host, moved);
        assert_eq!(target.region, region("us-west-2"));
    }
}
