//! The endpoints of CloudTrail and S3 Control, which receive requests from the client for S3.

use super::target::Target;
use crate::credentials::{ProviderContext, service_host};
use crate::http::Service;
use s3_presign::AccountId;
use s3_presign::endpoint::{Config, Endpoint, EndpointError, EndpointUrl, Partition, Region};

/// The settings of the endpoints. The default value has the endpoints of AWS without dual stack.
#[derive(Debug, Clone, Default)]
pub struct Services {
    /// The endpoint of CloudTrail that the user configured, or `None` for the endpoint of AWS.
    pub cloudtrail: Option<EndpointUrl>,
    /// The endpoint of S3 Control that the user configured, or `None` for the endpoint of AWS.
    pub s3_control: Option<EndpointUrl>,
    /// Whether to use AWS's dual-stack endpoints of CloudTrail.
    pub dualstack: bool,
}

impl Services {
    /// Returns the endpoints that the user configured with environment variables or in the profile.
    ///
    /// # Errors
    /// Fails if a configured URL cannot be used.
    pub fn configured(providers: &ProviderContext<'_>) -> Result<Self, String> {
        let url = |service| providers.configured_endpoint(service);
        Ok(Services {
            cloudtrail: url("cloudtrail")?,
            s3_control: url("s3_control")?,
            dualstack: providers.dualstack,
        })
    }

    /// Returns CloudTrail in a region as target. `s3` has the settings for S3. The result is `None` if S3 is
    /// not the server of AWS and the user configured no endpoint of CloudTrail.
    ///
    /// # Errors
    /// Fails if AWS has no endpoints in this region.
    pub fn cloudtrail(
        &self,
        s3: &Config,
        region: &Region,
    ) -> Result<Option<Target>, EndpointError> {
        let region = real(region);
        let Some(mut endpoint) = endpoint(self.cloudtrail.as_ref(), s3, &region)? else {
            return Ok(None);
        };
        if self.cloudtrail.is_none() {
            endpoint.host = service_host("cloudtrail", &region, s3.fips, self.dualstack);
        }
        Ok(Some(Target::service(Service::CloudTrail, endpoint, region)))
    }

    /// Whether S3 Control has an endpoint: S3 is the server of AWS, or the user configured an endpoint.
    #[must_use]
    pub fn has_s3_control(&self, s3: &Config) -> bool {
        self.s3_control.is_some() || is_aws(s3)
    }

    /// Returns S3 Control in a region as target, for requests about this account. As [`Self::cloudtrail`].
    ///
    /// # Errors
    /// Fails if AWS has no endpoints in this region, or no FIPS endpoints in this partition.
    pub fn s3_control(
        &self,
        s3: &Config,
        region: &Region,
        account: &AccountId,
    ) -> Result<Option<Target>, EndpointError> {
        let region = real(region);
        let Some(mut endpoint) = endpoint(self.s3_control.as_ref(), s3, &region)? else {
            return Ok(None);
        };
        if self.s3_control.is_none() {
            let config = Config {
                region: region.clone(),
                endpoint: None,
                ..s3.clone()
            };
            let host = config.resolve(None)?.host;
            endpoint.host = host.replacen("s3", "s3-control", 1);
        }
        // A host on this machine, such as an emulator of AWS, has no names for accounts.
        let is_local =
            |url: &EndpointUrl| url.is_ip() || url.is_localhost() || url.is_single_label();
        if !self.s3_control.as_ref().is_some_and(is_local) {
            endpoint.host = format!("{account}.{}", endpoint.host);
        }
        Ok(Some(Target::service(Service::S3Control, endpoint, region)))
    }
}

/// The region that requests are signed for, which is also the region in the host name. The pseudo region
/// `aws-global` is us-east-1.
fn real(region: &Region) -> Region {
    Region::parse(region.signing_region()).unwrap_or_else(|_| region.clone())
}

/// Whether S3 is the server of AWS.
fn is_aws(s3: &Config) -> bool {
    (s3.endpoint.as_ref()).is_none_or(|url| Partition::is_aws_host(&url.host))
}

/// The endpoint at the configured URL, or without a URL the endpoint of S3 at AWS, whose host the caller
/// replaces. The result is `None` if there is no URL and S3 is not the server of AWS.
fn endpoint(
    configured: Option<&EndpointUrl>,
    s3: &Config,
    region: &Region,
) -> Result<Option<Endpoint>, EndpointError> {
    if configured.is_none() && !is_aws(s3) {
        return Ok(None);
    }
    let config = Config {
        endpoint: configured.cloned(),
        ..Config::aws(region.clone())
    };
    config.resolve(None).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "111122223333";

    fn region(name: &str) -> Region {
        Region::parse(name).unwrap()
    }

    /// The host and the region of the signature.
    fn of(target: Result<Option<Target>, EndpointError>) -> Option<(String, String)> {
        let target = target.ok()?.unwrap();
        Some((target.endpoint.host, target.endpoint.signing_region))
    }

    #[test]
    fn hosts_and_signing_regions_follow_the_rules_of_the_aws_sdks() {
        let table = include_str!("../../tests/data/aws-hosts.txt");
        let mut compared = 0;
        for row in table.lines() {
            let columns: Vec<&str> = row.split(' ').collect();
            let (service, name, hosts, signing_region) = match columns.as_slice() {
                [
                    service @ ("cloudtrail" | "s3control"),
                    region,
                    hosts @ ..,
                    signing,
                ] => (*service, *region, hosts, *signing),
                _ => continue,
            };
            for (expected, (fips, dualstack)) in
                hosts
                    .iter()
                    .zip([(false, false), (true, false), (false, true), (true, true)])
            {
                let s3 = Config {
                    fips,
                    dualstack,
                    ..Config::aws(region(name))
                };
                let services = Services {
                    dualstack,
                    ..Services::default()
                };
                let found = of(if service == "cloudtrail" {
                    services.cloudtrail(&s3, &region(name))
                } else {
                    let account = ACCOUNT.parse().unwrap();
                    services.s3_control(&s3, &region(name), &account)
                });
                let (host, signed) = found.unwrap_or_else(|| ("none".into(), name.into()));
                // The SDKs build hosts of the pseudo region aws-global, which do not exist.
                let real = |text: &str| match name {
                    "aws-global" => text.replace("aws-global", "us-east-1"),
                    _ => text.to_owned(),
                };
                assert_eq!(
                    (host, signed),
                    (real(expected), real(signing_region)),
                    "{row}"
                );
                compared += 1;
            }
        }
        assert_eq!(compared, 2 * 4 * 64);
    }

    #[test]
    fn a_configured_endpoint_receives_the_requests() {
        let url = |url: &str| Some(EndpointUrl::parse(url).unwrap());
        let account = ACCOUNT.parse().unwrap();
        let elsewhere = Config {
            endpoint: url("http://localhost:9000"),
            ..Config::aws(region("us-east-1"))
        };
        let none = Services::default();
        let (east, west) = (region("us-east-1"), region("us-west-2"));
        assert_eq!(none.cloudtrail(&elsewhere, &east).unwrap().map(drop), None);
        let control = none.s3_control(&elsewhere, &east, &account);
        assert_eq!(control.unwrap().map(drop), None);
        // The region of the signature is the one that the caller asks for, even at a custom endpoint.
        for (given, host) in [
            (
                "https://control.vpce-1a2b-3c4d.s3.us-west-2.vpce.amazonaws.com",
                "111122223333.control.vpce-1a2b-3c4d.s3.us-west-2.vpce.amazonaws.com",
            ),
            ("http://localhost:4566", "localhost:4566"),
            ("http://127.0.0.1:4566", "127.0.0.1:4566"),
            ("https://minio:9000", "minio:9000"),
        ] {
            let services = Services {
                cloudtrail: url(given),
                s3_control: url(given),
                dualstack: true,
            };
            let (control, trail) = (
                of(services.s3_control(&elsewhere, &west, &account)).unwrap(),
                of(services.cloudtrail(&elsewhere, &west)).unwrap(),
            );
            assert_eq!(control, (host.to_owned(), "us-west-2".to_owned()));
            assert_eq!(trail.0, given.split_once("//").unwrap().1);
            assert_eq!(trail.1, "us-west-2");
        }
    }
}
