//! Tests of endpoints: hosts, paths and regions, and options that contradict each other.

use super::*;

fn config(region: &str, endpoint: Option<&str>) -> Config {
    Config {
        endpoint: endpoint.map(|url| EndpointUrl::parse(url).unwrap()),
        ..Config::aws(Region::parse(region).unwrap())
    }
}

fn url(config: &Config, bucket: &str) -> String {
    config.resolve(Some(bucket)).unwrap().url()
}

#[test]
fn aws_hosts_contain_the_region_and_the_suffix_of_its_partition() {
    for (region, bucket, wanted) in [
        (
            "us-east-1",
            "drop",
            "https://drop.s3.us-east-1.amazonaws.com",
        ),
        (
            "us-east-1",
            "dotted.drop",
            "https://s3.us-east-1.amazonaws.com/dotted.drop",
        ),
        (
            "us-east-1",
            "bucket!",
            "https://s3.us-east-1.amazonaws.com/bucket%21",
        ),
        (
            "cn-north-1",
            "drop",
            "https://drop.s3.cn-north-1.amazonaws.com.cn",
        ),
        (
            "eusc-de-east-1",
            "drop",
            "https://drop.s3.eusc-de-east-1.amazonaws.eu",
        ),
    ] {
        assert_eq!(url(&config(region, None), bucket), wanted);
    }
    let both = Config {
        fips: true,
        dualstack: true,
        ..config("us-gov-west-1", None)
    };
    assert_eq!(
        url(&both, "drop"),
        "https://drop.s3-fips.dualstack.us-gov-west-1.amazonaws.com"
    );
}

#[test]
fn a_custom_endpoint_keeps_its_port_and_path() {
    for (endpoint, bucket, wanted) in [
        (
            "https://s3.example.com",
            "drop",
            "https://drop.s3.example.com",
        ),
        (
            "https://s3.example.com/base/",
            "drop",
            "https://s3.example.com/base/drop",
        ),
        (
            "https://bucket.vpce-1a2b.s3.us-west-2.vpce.amazonaws.com/base",
            "drop",
            "https://drop.bucket.vpce-1a2b.s3.us-west-2.vpce.amazonaws.com/base",
        ),
        (
            "http://s3.example.com",
            "dotted.drop",
            "http://dotted.drop.s3.example.com",
        ),
        (
            "https://s3.example.com",
            "dotted.drop",
            "https://s3.example.com/dotted.drop",
        ),
        ("http://10.0.1.12:433", "drop", "http://10.0.1.12:433/drop"),
        (
            "http://localhost:4566",
            "drop",
            "http://localhost:4566/drop",
        ),
    ] {
        assert_eq!(url(&config("us-east-1", Some(endpoint)), bucket), wanted);
    }
}

#[test]
fn an_endpoint_may_name_the_bucket_as_providers_print_it() {
    let account = "0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com";
    for (endpoint, wanted) in [
        (
            "https://drop.fra1.digitaloceanspaces.com",
            "https://drop.fra1.digitaloceanspaces.com",
        ),
        (
            "https://drop.s3.eu-west-1.amazonaws.com/",
            "https://drop.s3.eu-west-1.amazonaws.com",
        ),
        (
            "https://s3.eu-west-1.amazonaws.com/drop",
            "https://s3.eu-west-1.amazonaws.com/drop",
        ),
        (
            &format!("https://{account}/drop"),
            &format!("https://{account}/drop"),
        ),
        ("https://s3.example.com/drop", "https://s3.example.com/drop"),
        // The host of an unknown provider may begin with the bucket name by chance, so the endpoint
        // keeps that label.
        ("https://drop.example.com", "https://drop.drop.example.com"),
        (
            "https://x.supabase.co/storage/v1/s3",
            "https://x.supabase.co/storage/v1/s3/drop",
        ),
        ("https://minio:9000", "https://minio:9000/drop"),
    ] {
        assert_eq!(url(&config("us-east-1", Some(endpoint)), "drop"), wanted);
    }
    for (endpoint, names) in [
        ("https://other.s3.eu-west-1.amazonaws.com", "other"),
        ("https://other.fra1.digitaloceanspaces.com", "other"),
        ("https://s3.eu-west-1.amazonaws.com/other", "other"),
    ] {
        assert_eq!(
            config("us-east-1", Some(endpoint)).resolve(Some("drop")),
            Err(EndpointError::AnotherBucket {
                endpoint: endpoint.to_owned(),
                names: names.to_owned(),
                wanted: "drop".to_owned(),
            })
        );
    }
    let named = config("us-east-1", Some("https://drop.s3.eu-west-1.amazonaws.com"));
    let without = named.resolve(None).unwrap().url();
    assert_eq!(without, "https://s3.eu-west-1.amazonaws.com");
    let asked = Config {
        addressing: Addressing::Virtual,
        ..config("us-east-1", Some("https://minio:9000/base"))
    };
    assert_eq!(url(&asked, "drop"), "https://drop.minio:9000/base");
}

/// The expected hosts come from botocore's endpoint rules.
#[test]
fn an_access_point_has_a_host_and_a_region() {
    let arn = "arn:aws:s3:eu-central-1:111122223333:accesspoint/my-ap";
    let both = Config {
        fips: true,
        dualstack: true,
        ..config("us-east-1", None)
    };
    for (config, bucket, expected) in [
        (
            config("us-east-1", None),
            arn.to_owned(),
            "https://my-ap-111122223333.s3-accesspoint.eu-central-1.amazonaws.com",
        ),
        (
            both,
            arn.replace("eu-central-1", "us-west-2"),
            "https://my-ap-111122223333.s3-accesspoint-fips.dualstack.us-west-2.amazonaws.com",
        ),
        (
            config(
                "us-east-1",
                Some("https://vpce-1a2b.s3.eu-central-1.vpce.amazonaws.com"),
            ),
            arn.to_owned(),
            "https://my-ap-111122223333.vpce-1a2b.s3.eu-central-1.vpce.amazonaws.com",
        ),
    ] {
        let endpoint = config.resolve(Some(&bucket)).unwrap();
        assert_eq!(endpoint.url(), expected);
        assert_ne!(endpoint.signing_region, "us-east-1");
    }
    let path = Config {
        addressing: Addressing::Path,
        ..config("us-east-1", None)
    };
    assert_eq!(
        path.resolve(Some(arn)),
        Err(EndpointError::AccessPointInPath)
    );
}

#[test]
fn rejects_options_that_contradict_each_other() {
    let custom = config("us-east-1", Some("https://example.com"));
    for (config, bucket, error) in [
        (
            Config {
                fips: true,
                ..custom.clone()
            },
            "drop",
            EndpointError::CustomWith("FIPS"),
        ),
        (
            Config {
                dualstack: true,
                ..custom.clone()
            },
            "drop",
            EndpointError::CustomWith("dual-stack"),
        ),
        (
            Config {
                fips: true,
                ..config("cn-north-1", None)
            },
            "drop",
            EndpointError::NotInPartition("FIPS", "aws-cn"),
        ),
        (
            Config {
                addressing: Addressing::Virtual,
                ..custom
            },
            "Drop",
            EndpointError::NotVirtualHostable("Drop".into()),
        ),
    ] {
        assert_eq!(config.resolve(Some(bucket)), Err(error));
    }
}
