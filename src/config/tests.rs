//! Tests which source of a setting overrides the others, and which values are rejected.

use super::*;
use time::OffsetDateTime;

fn settled(
    flags: &Flags,
    env: &[(&str, &str)],
    config: &str,
) -> Result<ResolvedConfig, ConfigError> {
    let context = Context::stopped(env, OffsetDateTime::UNIX_EPOCH);
    let profiles = Profiles::from_texts("default", Some(config), None).unwrap();
    resolve(&context, &profiles, flags)
}

fn flag(text: &str) -> Sourced<String> {
    Sourced {
        value: text.to_owned(),
        source: "a flag".to_owned(),
    }
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_profile() {
    let flags = Flags {
        region: Some(flag("us-east-2")),
        ..Flags::default()
    };
    let env = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "eu-west-2"),
    ];
    let file = "[default]\nregion = eu-west-3\n";
    for (flags, env, file, region, source) in [
        (&flags, &env[..], file, "us-east-2", "a flag"),
        (&Flags::default(), &env[..], file, "eu-west-1", "AWS_REGION"),
        (
            &Flags::default(),
            &env[1..],
            file,
            "eu-west-2",
            "AWS_DEFAULT_REGION",
        ),
        (
            &Flags::default(),
            &[],
            file,
            "eu-west-3",
            "profile `default`",
        ),
        (&Flags::default(), &[], "", "us-east-1", "default"),
    ] {
        let settled = settled(flags, env, file).unwrap();
        assert_eq!(
            (
                settled.endpoint.region.as_str(),
                settled.region_source.as_str()
            ),
            (region, source)
        );
    }
}

#[test]
fn plain_http_is_refused_unless_it_stays_on_this_machine() {
    let refused = |url: &str| {
        let flags = Flags {
            endpoint: Some(flag(url)),
            ..Flags::default()
        };
        settled(&flags, &[], "")
            .unwrap()
            .refuse_plain_http()
            .is_err()
    };
    assert!(refused("http://10.0.0.1") && refused("http://localhost.example.com"));
    for url in [
        "http://127.0.0.1:9000",
        "http://localhost",
        "http://[::1]",
        "https://10.0.0.1",
    ] {
        assert!(!refused(url), "{url}");
    }
}

#[test]
fn the_shape_of_a_region_is_checked_for_aws_only() {
    let of = |region: &str, endpoint: Option<&str>| {
        let flags = Flags {
            region: Some(flag(region)),
            endpoint: endpoint.map(flag),
            ..Flags::default()
        };
        settled(&flags, &[], "").map(|settled| settled.endpoint.region.to_string())
    };
    for region in ["eu-central1", "eu-central-1a", "frankfurt", "EU-Central-1"] {
        let refused = |found: Result<String, ConfigError>| {
            let text = format!("`{region}` is not a region of AWS (from a flag)");
            assert_eq!(found.unwrap_err().to_string(), text);
        };
        refused(of(region, None));
        refused(of(region, Some("https://s3.eu-central-1.amazonaws.com")));
        let elsewhere = of(region, Some("https://s3.example.com"));
        assert_eq!(elsewhere.as_deref(), Ok(region));
    }
    assert_eq!(of("xx-newtown-9", None).as_deref(), Ok("xx-newtown-9"));
}

#[test]
fn a_ca_bundle_in_a_home_that_is_unknown_is_an_error() {
    let env = [("AWS_CA_BUNDLE", "~/ca.pem")];
    let found = |env: &[(&str, &str)], config: &str| {
        let settled = settled(&Flags::default(), env, config);
        settled.map(|settled| settled.ca_bundle)
    };
    let unknown = Err(ConfigError::NoHome("~/ca.pem".to_owned()));
    assert_eq!(found(&env, ""), unknown);
    assert_eq!(found(&[], "[default]\nca_bundle = ~/ca.pem\n"), unknown);
    let with_home = [env[0], ("HOME", "/home/u")];
    assert_eq!(found(&with_home, ""), Ok(Some("/home/u/ca.pem".into())));
    assert_eq!(found(&[], ""), Ok(None));
}

#[test]
fn configured_endpoints_can_be_ignored() {
    let env = [
        ("AWS_ENDPOINT_URL", "https://h"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
    ];
    assert_eq!(
        settled(&Flags::default(), &env, "")
            .unwrap()
            .endpoint_source,
        None
    );
    let source = settled(&Flags::default(), &env[..1], "")
        .unwrap()
        .endpoint_source;
    assert_eq!(source.as_deref(), Some("AWS_ENDPOINT_URL"));
}

#[test]
fn addressing_and_dual_stack_of_s3_are_read_from_the_profile() {
    let found = |flags: &Flags, env: &[(&str, &str)], config: &str| {
        let settled = settled(flags, env, config)?;
        let endpoint = settled.endpoint;
        Ok((endpoint.addressing, endpoint.dualstack, settled.dualstack))
    };
    let none = Flags::default();
    let file = |line: &str| format!("[default]\ns3 =\n  {line}\n");
    for (line, expected) in [
        ("addressing_style = path", (Addressing::Path, false, false)),
        (
            "addressing_style = Virtual # c",
            (Addressing::Virtual, false, false),
        ),
        ("addressing_style = auto", (Addressing::Auto, false, false)),
        (
            "use_dualstack_endpoint = true",
            (Addressing::Auto, true, false),
        ),
    ] {
        assert_eq!(found(&none, &[], &file(line)), Ok(expected), "{line}");
    }
    let dualstack = file("use_dualstack_endpoint = true");
    let off = [("AWS_USE_DUALSTACK_ENDPOINT", "false")];
    assert_eq!(
        found(&none, &off, &dualstack),
        Ok((Addressing::Auto, false, false))
    );
    let flags = Flags {
        addressing: Some(Addressing::Auto),
        ..Flags::default()
    };
    let path = file("addressing_style = path");
    assert_eq!(
        found(&flags, &[], &path),
        Ok((Addressing::Auto, false, false))
    );
    let style = ConfigError::AddressingStyle("diagonal".to_owned());
    assert_eq!(
        found(&none, &[], &file("addressing_style = diagonal")),
        Err(style)
    );
    let boolean = ConfigError::NotABoolean("s3 use_dualstack_endpoint".to_owned());
    assert_eq!(
        found(&none, &[], &file("use_dualstack_endpoint = yes")),
        Err(boolean)
    );
}

#[test]
fn rejects_a_services_section_that_does_not_exist() {
    let file =
        "[default]\nservices = my-local\n[services other]\ns3 =\n  endpoint_url = https://h\n";
    let missing = Err(ConfigError::NoServices {
        profile: "default".to_owned(),
        name: "my-local".to_owned(),
    });
    let source = |flags: &Flags, env: &[(&str, &str)], file: &str| {
        settled(flags, env, file).map(|settled| settled.endpoint_source)
    };
    let none = Flags::default();
    assert_eq!(source(&none, &[], file), missing);
    // A missing section is an error, because the section may also contain the endpoint of STS.
    let flags = Flags {
        endpoint: Some(flag("https://h")),
        ..Flags::default()
    };
    assert_eq!(source(&flags, &[], file), missing);
    let ignored = [("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")];
    assert_eq!(source(&none, &ignored, file), Ok(None));
    let quoted = file.replace("[services other]", "[services \"my-local\"]");
    assert_eq!(
        source(&none, &[], &quoted),
        Ok(Some("profile `default`".to_owned()))
    );
}

#[test]
fn a_host_of_aws_decides_the_region() {
    let vpce = "https://bucket.vpce-1a2b-5e6f.s3.us-west-2.vpce.amazonaws.com";
    for (endpoint, region) in [
        ("https://s3.eu-central-1.amazonaws.com", "eu-central-1"),
        ("https://s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1"),
        (
            "https://s3-fips.us-gov-west-1.amazonaws.com",
            "us-gov-west-1",
        ),
        (vpce, "us-west-2"),
        ("https://s3.amazonaws.com", "us-east-1"),
    ] {
        let flags = Flags {
            endpoint: Some(flag(endpoint)),
            ..Flags::default()
        };
        let alone = settled(&flags, &[], "").unwrap();
        assert_eq!(alone.endpoint.region.as_str(), region);
        assert_eq!(alone.region_warning, None);
    }
    let flags = Flags {
        endpoint: Some(flag("https://s3.eu-central-1.amazonaws.com")),
        ..Flags::default()
    };
    let env = [("AWS_REGION", "us-west-2")];
    let host_wins = settled(&flags, &env, "").unwrap();
    assert_eq!(host_wins.endpoint.region.as_str(), "eu-central-1");
    assert_eq!(
        host_wins.region_warning.unwrap().to_string(),
        "the endpoint s3.eu-central-1.amazonaws.com belongs to eu-central-1, so the region us-west-2 (from AWS_REGION) is not used"
    );
    let contradicting = Flags {
        region: Some(flag("us-west-2")),
        ..flags
    };
    assert_eq!(
        settled(&contradicting, &[], "")
            .unwrap()
            .check_region()
            .unwrap_err()
            .to_string(),
        "the endpoint s3.eu-central-1.amazonaws.com is in region eu-central-1, and a flag names us-west-2"
    );
}

#[test]
fn a_default_region_is_doubted_for_hosts_that_name_one() {
    let warning = |endpoint: &str, env: &[(&str, &str)]| {
        let flags = Flags {
            endpoint: Some(flag(endpoint)),
            ..Flags::default()
        };
        let warning = settled(&flags, env, "").unwrap().region_warning;
        warning.map(|warning| warning.to_string())
    };
    let wasabi = "https://s3.eu-central-2.wasabisys.com";
    assert_eq!(
        warning(wasabi, &[]).as_deref(),
        Some(
            "no region is configured, so the region is us-east-1; the endpoint \
             s3.eu-central-2.wasabisys.com seems to be in region eu-central-2"
        )
    );
    assert_eq!(warning(wasabi, &[("AWS_REGION", "us-east-1")]), None);
    assert_eq!(warning("https://s3.example.com", &[]), None);
}

#[test]
fn a_website_endpoint_is_refused() {
    let flags = Flags {
        endpoint: Some(flag("http://b.s3-website.eu-central-1.amazonaws.com")),
        ..Flags::default()
    };
    assert!(matches!(
        settled(&flags, &[], ""),
        Err(ConfigError::Website(_))
    ));
}
