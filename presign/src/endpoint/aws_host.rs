//! Parses the host names of S3 on AWS into service, region and bucket.
//!
//! <https://docs.aws.amazon.com/general/latest/gr/s3.html>

use super::region::{Partition, Region};

/// The parts of a host name of S3 on AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsHost<'a> {
    /// The kind of S3 service that the host name belongs to.
    pub service: Service,
    /// The region in the host name, or `None` if the host name contains no region. The global
    /// `s3.amazonaws.com`, Transfer Acceleration and multi-Region access points have no region in
    /// the host name.
    pub region: Option<&'a str>,
    /// The labels before the label of the service: a bucket name, or an access point with its
    /// account (`NAME-ACCOUNT`). `None` if the path, not the host, contains the bucket name.
    pub name: Option<&'a str>,
}

/// The kinds of S3 service. Each kind has host names of a different format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Service {
    /// The ordinary endpoint for buckets (`s3`), including its FIPS, dual-stack and `PrivateLink`
    /// variants.
    Buckets,
    /// The endpoint for access points (`s3-accesspoint`).
    AccessPoints,
    /// The endpoint for Transfer Acceleration (`s3-accelerate`).
    Acceleration,
    /// The endpoint for static websites (`s3-website`), which uses plain HTTP and accepts no
    /// signatures.
    Website,
    /// Every other service whose label begins with `s3-`, such as `s3-control` or `s3-outposts`.
    Other,
}

impl<'a> AwsHost<'a> {
    /// Parses a lower-case host name without a port. Returns `None` if the host does not belong to
    /// S3 on AWS.
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

/// Returns the offset of the last label that is `s3` or begins with `s3-`. An earlier label that
/// begins with `s3-` may be a part of the bucket name, which comes first in the host name.
fn service_start(rest: &str) -> Option<usize> {
    let mut starts = std::iter::once(0).chain(rest.match_indices('.').map(|(dot, _)| dot + 1));
    starts.rfind(|start| is_s3_label(rest[*start..].split('.').next().unwrap_or_default()))
}

/// Whether a label of an AWS host name stands for an S3 service: `s3`, or a label that begins with
/// `s3-`.
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

/// Returns the region in a label of the older format, such as `s3-eu-west-1` or
/// `s3-website-eu-west-1`.
fn region_of_label(label: &str) -> Option<&str> {
    if label == "s3-external-1" {
        return Some("us-east-1");
    }
    let rest = label.strip_prefix("s3-")?;
    let rest = rest.strip_prefix("website-").unwrap_or(rest);
    let rest = rest.strip_prefix("fips-").unwrap_or(rest);
    Region::is_of_aws(rest).then_some(rest)
}

/// Returns the bucket or the access point in the labels of a `PrivateLink` host: `NAME` in
/// `NAME.bucket.vpce-ID` or `NAME.accesspoint.vpce-ID`. Returns `None` for `bucket.vpce-ID`,
/// because the path then contains the bucket name.
fn behind_private_link(labels: &str) -> Option<&str> {
    let (rest, _endpoint) = labels.rsplit_once('.')?;
    let (name, _kind) = rest.rsplit_once('.')?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row has a host, its service, its region and its name; `-` means `None`.
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
