//! The hosts of STS, IAM Identity Center and CloudTrail, according to the endpoint rules that AWS publishes for its SDKs.

use s3_presign::endpoint::Region;

/// The host of a service. `prefix` is the first part of its name: `sts`, `portal.sso`, `oidc` or
/// `cloudtrail`.
///
/// AWS has no `-fips` names in its government partition: the regular hosts there are FIPS endpoints. The rules
/// of CloudTrail name the two regions for which this is true.
pub(crate) fn service_host(prefix: &str, region: &Region, fips: bool, dualstack: bool) -> String {
    let partition = region.partition();
    if prefix == "sts" && region.as_str() == "aws-global" && !fips && !dualstack {
        return format!("sts.{}", partition.dns_suffix);
    }
    let is_known = matches!(region.as_str(), "us-gov-east-1" | "us-gov-west-1");
    let is_regular_fips =
        partition.id == "aws-us-gov" && !dualstack && (prefix != "cloudtrail" || is_known);
    let fips = if fips && !is_regular_fips {
        "-fips"
    } else {
        ""
    };
    let suffix = if dualstack {
        partition.dual_stack_suffix
    } else {
        partition.dns_suffix
    };
    format!("{prefix}{fips}.{region}.{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use s3_presign::endpoint::Config;

    fn s3_host(region: &Region, fips: bool, dualstack: bool) -> String {
        let config = Config {
            fips,
            dualstack,
            ..Config::aws(region.clone())
        };
        let endpoint = config.resolve(None);
        endpoint.map_or("none".to_owned(), |endpoint| endpoint.host)
    }

    #[test]
    fn hosts_and_signing_regions_follow_the_rules_of_the_aws_sdks() {
        let table = include_str!("../../tests/data/aws-hosts.txt");
        // Tests of `crate::s3::services` compare the hosts of CloudTrail and S3 Control.
        let is_other = |line: &&str| {
            ["#", "cloudtrail ", "s3control "]
                .iter()
                .any(|it| line.starts_with(it))
        };
        let rows = table.lines().filter(|line| !is_other(line));
        let mut compared = 0;
        for row in rows {
            let columns: Vec<&str> = row.split(' ').collect();
            let [service, region, hosts @ .., signing_region] = columns.as_slice() else {
                panic!("{row}");
            };
            let region = Region::parse(region).unwrap();
            let host = |fips, dualstack| match *service {
                "s3" => s3_host(&region, fips, dualstack),
                "sts" => service_host("sts", &region, fips, dualstack),
                "sso" => service_host("portal.sso", &region, fips, dualstack),
                "sso-oidc" => service_host("oidc", &region, fips, dualstack),
                other => panic!("{other}"),
            };
            let found = [(false, false), (true, false), (false, true), (true, true)]
                .map(|(fips, dualstack)| host(fips, dualstack));
            assert_eq!(hosts, found, "{row}");
            // Requests to IAM Identity Center are not signed.
            if ["s3", "sts"].contains(service) {
                assert_eq!(region.signing_region(), *signing_region, "{row}");
            }
            compared += hosts.len();
        }
        assert_eq!(compared, 4 * 4 * 64);
    }
}
