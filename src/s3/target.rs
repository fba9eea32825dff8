//! The target of calls: a bucket or the account, with its resolved endpoint.

use crate::http::Service;
use s3_presign::AccountId;
use s3_presign::endpoint::{BucketName, Config, Endpoint, EndpointError, Region};
use std::time::Duration;

/// A bucket or the account, with its endpoint, its region and the state of the retries.
#[derive(Debug, Clone)]
pub struct Target {
    /// The name of the bucket, or `None` if the target is the account.
    pub(super) bucket: Option<BucketName>,
    /// The service that receives the requests.
    pub(super) service: Service,
    /// The region for which requests are signed.
    pub(super) region: Region,
    /// The endpoint of the bucket in `region`.
    pub(super) endpoint: Endpoint,
    /// The account that must own the bucket. Every call except `CreateBucket` sends the expected
    /// account as `x-amz-expected-bucket-owner`.
    pub(super) owner: Option<AccountId>,
    /// Whether this run created the bucket. After the creation, the answer "no such bucket" only
    /// means that the bucket is not visible yet (eventual consistency).
    pub(super) is_fresh: bool,
    /// The total time that all calls have waited for eventual consistency.
    pub(super) waited: Duration,
}

impl Target {
    /// Returns the account as target, in the configured region.
    ///
    /// # Errors
    /// Fails if settings in `config` contradict each other.
    pub fn account(config: &Config) -> Result<Self, EndpointError> {
        Self::new(config, None, config.region.clone())
    }

    /// Returns a bucket in `region` as target.
    ///
    /// # Errors
    /// Fails if the endpoint in `config` does not support the name of the bucket.
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
        let endpoint = resolve(config, bucket.as_ref(), &region)?;
        Ok(Target {
            bucket,
            ..Self::service(Service::S3, endpoint, region)
        })
    }

    /// Returns a service at an endpoint in `region` as target, without a bucket.
    pub(super) fn service(service: Service, endpoint: Endpoint, region: Region) -> Self {
        Target {
            bucket: None,
            service,
            region,
            endpoint,
            owner: None,
            is_fresh: false,
            waited: Duration::ZERO,
        }
    }

    /// Returns the name of the service in signatures.
    pub(super) fn signing_name(&self) -> &'static str {
        match self.service {
            Service::CloudTrail => "cloudtrail",
            _ => "s3",
        }
    }

    /// Returns the same bucket in another region, which S3 named. This method derives the host from
    /// the region and never copies a host from an answer.
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
        // The change of region fails, because S3 has no FIPS endpoints in China.
        let refused = target.move_to(&config, region("cn-north-1"));
        assert_eq!(
            refused,
            Err(EndpointError::NotInPartition("FIPS", "aws-cn"))
        );
        assert_eq!(target.endpoint.host, moved);
        assert_eq!(target.region, region("us-west-2"));
    }
}
