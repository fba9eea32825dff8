//! Reads a host name of AWS: which service of S3 it is, and which region and bucket it names.
//!
//! <https://docs.aws.amazon.com/general/latest/gr/s3.html>

use super::region::{Partition, Region};

/// The parts of a host name of AWS's S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsHost<'a> {
    /// The service that the host name names.
    pub service: Service,
    /// The region in the host name. `None` for hosts without one: the global `s3.amazonaws.com`,
    /// Transfer Acceleration and multi-Region access points.
    pub region: Option<&'a str>,
    /// The labels before the service: a bucket, or an access point with its account
    /// (`NAME-ACCOUNT`). `None` where the path names the bucket.
    pub name: Option<&'a str>,
}

/// A service of S3 with separate host names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Service {
    /// Buckets: `s3`, with FIPS, dual-stack and `PrivateLink` variants.
    Buckets,
    /// Access points: `s3-accesspoint`.
    AccessPoints,
    /// Transfer Acceleration: `s3-accelerate`.
    Acceleration,
    /// Static websites: `s3-website`. Static websites serve plain HTTP and accept no signature.
    Website,
    /// Any other label that begins with `s3-`, such as `s3-control` or `s3-outposts`.
    Other,
}

impl<'a> AwsHost<'a> {
    /// Reads a lower-case host name without its port. `None` for a host outside of AWS, or one
    /// of another service.
    #[must_use]
    pub fn parse(host: &'a str) -> Option<Self> {
        let host = host.trim_end_matches('.');
        let rest = Partition::suffixes()
            .find_map(|suffix| host.strip_suffix(suffix)?.strip_suffix('.'))?;
        let (rest, private_link) = match rest.strip_suffix(".vpce") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let start = service_start(rest)?;
        let mut behind = rest[start..].split('.');
        let label = behind.next()?;
        let mut tail = behind.next();
        if tail == Some("dualstack") {
            tail = behind.next();
        }
        if behind.next().is_some() {
            return None;
        }
        let name = rest[..start].strip_suffix('.');
        Some(AwsHost {
            service: service(label),
            region: tail.or_else(|| region_of_label(label)),
            name: if private_link {
                name.and_then(behind_private_link)
            } else {
                name
            },
        })
    }
}

/// Where the last label that is `s3` or begins with `s3-` starts: a bucket's name, which comes first,
/// may contain such a label too.
fn service_start(rest: &str) -> Option<usize> {
    let mut starts = std::iter::once(0).chain(rest.match_indices('.').map(|(dot, _)| dot + 1));
    starts.rfind(|start| is_s3_label(rest[*start..].split('.').next().unwrap_or_default()))
}

/// Whether a label of a host name of AWS belongs to S3.
pub(super) fn is_s3_label(label: &str) -> bool {
    label == "s3" || label.starts_with("s3-")
}

fn service(label: &str) -> Service {
    match label {
        "s3" | "s3-fips" | "s3-external-1" => Service::Buckets,
        "s3-accesspoint" | "s3-accesspoint-fips" => Service::AccessPoints,
        "s3-accelerate" => Service::Acceleration,
        website if website.starts_with("s3-website") => Service::Website,
        legacy if region_of_label(legacy).is_some() => Service::Buckets,
        _ => Service::Other,
    }
}

/// The region in a label of the older form: `s3-eu-west-1`, `s3-website-eu-west-1`.
fn region_of_label(label: &str) -> Option<&str> {
    if label == "s3-external-1" {
        return Some("us-east-1");
    }
    let rest = label.strip_prefix("s3-")?;
    let rest = rest.strip_prefix("website-").unwrap_or(rest);
    let rest = rest.strip_prefix("fips-").unwrap_or(rest);
    Region::is_of_aws(rest).then_some(rest)
}

/// `NAME.bucket.vpce-ID` names a bucket, `NAME.accesspoint.vpce-ID` an access point;
/// with `bucket.vpce-ID` alone, the path names the bucket.
fn behind_private_link(labels: &str) -> Option<&str> {
    let (rest, _endpoint) = labels.rsplit_once('.')?;
    let (name, _kind) = rest.rsplit_once('.')?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row: host, service, region, name; `-` for none.
    #[test]
    fn reads_region_and_bucket_from_every_form_of_a_host() {
        for row in [
            "s3.amazonaws.com Buckets - -",
            "s3.amazonaws.com. Buckets - -",
            "drop.s3.amazonaws.com Buckets - drop",
            "s3.eu-west-1.amazonaws.com Buckets eu-west-1 -",
            "a.b.s3.eu-west-1.amazonaws.com Buckets eu-west-1 a.b",
            "my.s3.box.s3.eu-west-1.amazonaws.com Buckets eu-west-1 my.s3.box",
            "drop.s3-eu-west-1.amazonaws.com Buckets eu-west-1 drop",
            "s3-external-1.amazonaws.com Buckets us-east-1 -",
            "drop.s3.dualstack.eu-west-1.amazonaws.com Buckets eu-west-1 drop",
            "drop.s3-fips.dualstack.us-gov-west-1.amazonaws.com Buckets us-gov-west-1 drop",
            "drop.s3.cn-north-1.amazonaws.com.cn Buckets cn-north-1 drop",
            "drop.s3.us-iso-east-1.c2s.ic.gov Buckets us-iso-east-1 drop",
            "bucket.vpce-1a2b-5e6f.s3.us-west-2.vpce.amazonaws.com Buckets us-west-2 -",
            "drop.bucket.vpce-1a2b-5e6f.s3.us-west-2.vpce.amazonaws.com Buckets us-west-2 drop",
            "vpce-1a2b-5e6f.s3.us-west-2.vpce.amazonaws.com Buckets us-west-2 -",
            "my-ap-111122223333.s3-accesspoint.eu-central-1.amazonaws.com AccessPoints eu-central-1 my-ap-111122223333",
            "drop.s3-accelerate.amazonaws.com Acceleration - drop",
            "drop.s3-accelerate.dualstack.amazonaws.com Acceleration - drop",
            "drop.s3-website-eu-west-1.amazonaws.com Website eu-west-1 drop",
            "drop.s3-website.eu-central-1.amazonaws.com Website eu-central-1 drop",
            "111122223333.s3-control.eu-west-1.amazonaws.com Other eu-west-1 111122223333",
        ] {
            let host = AwsHost::parse(row.split(' ').next().unwrap()).unwrap();
            let shown = format!(
                "{:?} {} {}",
                host.service,
                host.region.unwrap_or("-"),
                host.name.unwrap_or("-")
            );
            assert_eq!(Some(shown.as_str()), row.split_once(' ').map(|it| it.1));
        }
    }

    #[test]
    fn rejects_hosts_that_are_not_s3_of_aws() {
        for host in [
            "",
            "s3",
            "amazonaws.com",
            "sts.eu-west-1.amazonaws.com",
            "ec2-1-2-3-4.compute-1.amazonaws.com",
            "s3.notamazonaws.com",
            "s3.eu-west-1.amazonaws.com.example.org",
            "s3.eu-west-1.wasabisys.com",
            "s3.a.b.amazonaws.com",
            "localhost",
        ] {
            assert_eq!(AwsHost::parse(host), None, "{host}");
        }
    }
}
