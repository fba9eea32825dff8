//! Role chains of profiles, and the order of the providers, without a network.

use super::role_chain::{ChainError, Source, read};
use super::*;
use crate::context::Context;
use crate::http::Options;
use s3_presign::endpoint::Region;
use std::sync::Mutex;
use time::OffsetDateTime;

fn profiles(selected: &str, config: &str) -> Profiles {
    Profiles::from_texts(selected, Some(config), None).unwrap()
}

async fn resolved(
    env: &[(&str, &str)],
    config: &str,
    explicit: bool,
) -> Result<Resolved, NoCredentials> {
    let mut env = env.to_vec();
    env.push(("AWS_EC2_METADATA_DISABLED", "true"));
    let context = Context::stopped(&env, OffsetDateTime::UNIX_EPOCH);
    let profiles = profiles("default", config);
    let region = Region::parse("us-east-1").unwrap();
    let cx = provider_context(&context, &profiles, &region);
    Chain::new(explicit).resolve(&cx).await
}

fn provider_context<'a>(
    context: &'a Context,
    profiles: &'a Profiles,
    region: &'a Region,
) -> ProviderContext<'a> {
    ProviderContext {
        context,
        profiles,
        region,
        fips: false,
        dualstack: false,
        ignore_endpoint_urls: false,
        options: Options::default(),
        clients: Clients::default(),
        observer: Box::new(|_| {}),
        warnings: Mutex::default(),
    }
}

const KEYS: &str = "[default]\naws_access_key_id = FILE\naws_secret_access_key = S\n";
const ENV: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "ENV"), ("AWS_SECRET_ACCESS_KEY", "S")];

#[tokio::test]
async fn the_environment_comes_first_unless_a_profile_was_named() {
    for (explicit, key) in [(false, "ENV"), (true, "FILE")] {
        let found = resolved(&ENV, KEYS, explicit).await.unwrap();
        assert_eq!(found.credentials.access_key_id, key);
    }
}

/// The keys are checked only before a request, because `credentials` shows the contents of the file.
#[tokio::test]
async fn finds_keys_of_a_profile_with_any_characters() {
    let file = KEYS.replace("FILE", "key ‹with› spaces");
    let found = resolved(&[], &file, false).await.unwrap();
    assert_eq!(found.credentials.access_key_id, "key ‹with› spaces");
}

#[tokio::test]
async fn a_named_profile_without_keys_does_not_fall_back_to_the_environment() {
    assert!(
        resolved(&ENV, "[default]\nregion = x\n", true)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_broken_provider_stops_the_chain_and_an_unconfigured_one_does_not() {
    let half = resolved(&ENV[..1], KEYS, false).await.unwrap_err();
    assert_eq!(half.attempts.len(), 1, "{half:?}");
    let unconfigured = resolved(&[], "", false).await.unwrap_err();
    let asked: Vec<&str> = unconfigured
        .attempts
        .iter()
        .map(|attempt| attempt.provider.name())
        .collect();
    assert_eq!(
        asked,
        [
            "environment",
            "profile",
            "web identity",
            "container",
            "instance metadata"
        ]
    );
}

#[test]
fn only_keys_in_the_environment_are_resolved_without_a_runtime() {
    let at_once = |env: &[(&str, &str)], explicit| {
        let context = Context::stopped(env, OffsetDateTime::UNIX_EPOCH);
        Chain::new(explicit).resolve_at_once(&context)
    };
    assert!(matches!(at_once(&ENV, false), Some(Ok(_))));
    assert!(matches!(at_once(&ENV[..1], false), Some(Err(_))));
    assert!(at_once(&[], false).is_none());
    assert!(at_once(&ENV, true).is_none());
}

#[test]
fn a_chain_has_the_source_and_the_roles_in_the_order_of_assuming() {
    let config = "[profile a]\nrole_arn = A\nsource_profile = b\naws_access_key_id = bug\naws_secret_access_key = bug\n\
                  [profile b]\nrole_arn = B\ncredential_source = EcsContainer\nduration_seconds = 900\n";
    let chain = read(&profiles("a", config)).unwrap();
    assert_eq!(chain.source, Source::Container);
    let arns: Vec<&str> = chain.roles.iter().map(|role| role.arn.as_str()).collect();
    assert_eq!(arns, ["B", "A"]);
    assert_eq!(chain.roles[0].duration_seconds.as_deref(), Some("900"));
}

/// botocore and the SDK for Rust also use the token and not the source.
#[test]
fn a_web_identity_token_comes_before_the_source_of_a_role() {
    for source in [
        "",
        "source_profile = a\n",
        "credential_source = Environment\n",
    ] {
        let config = format!("[profile a]\nrole_arn = A\nweb_identity_token_file = t\n{source}");
        let chain = read(&profiles("a", &config)).unwrap();
        let is_token = matches!(&chain.source, Source::WebIdentity { role, .. } if role.arn == "A");
        assert!(is_token && chain.roles.is_empty(), "{config}{chain:?}");
    }
}

#[test]
fn a_profile_that_contradicts_itself_is_broken() {
    for (config, said) in [
        (
            "[profile a]\nrole_arn = A\n",
            "neither source_profile nor credential_source",
        ),
        (
            "[profile a]\nrole_arn = A\nsource_profile = b\ncredential_source = Environment\n",
            "has both",
        ),
        (
            "[profile a]\nrole_arn = A\nsource_profile = b\n",
            "there is no profile `b`, which profile `a` names",
        ),
        (
            "[profile a]\nrole_arn = A\nsource_profile = a\n",
            "names itself as its source and has no keys",
        ),
        (
            "[profile a]\nrole_arn = A\ncredential_source = Elsewhere\n",
            "has an unknown credential_source",
        ),
        ("[profile a]\nweb_identity_token_file = t\n", "no role_arn"),
        (
            "[profile a]\naws_access_key_id = A\n",
            "has no aws_secret_access_key",
        ),
        (
            "[profile a]\nsso_session = s\n",
            "names the sso-session `s`, but there is no section [sso-session s]",
        ),
        (
            "[profile a]\nsso_account_id = 1\nsso_region = r\nsso_start_url = u\n",
            "no sso_role_name",
        ),
        (
            "[profile a]\nsso_session = s\nsso_region = r\n[sso-session s]\nsso_start_url = u\n",
            "with a different value: move sso_region to the [sso-session] section",
        ),
    ] {
        match read(&profiles("a", config)) {
            Err(ChainError::Broken(why)) => assert!(why.contains(said), "{config}{why}"),
            other => panic!("{config}{other:?}"),
        }
    }
    assert!(matches!(
        read(&profiles("a", "[profile a]\nregion = r\n")),
        Err(ChainError::NotConfigured(_))
    ));
    let mut named = profiles("unknown", "");
    named.is_named = true;
    assert!(matches!(read(&named), Err(ChainError::Broken(_))));
}

#[tokio::test]
async fn the_error_for_an_endpoint_that_is_no_url_names_the_setting() {
    const URL: &str = "https://localhost:";
    let context = Context::stopped(&[("AWS_ENDPOINT_URL_STS", URL)], OffsetDateTime::UNIX_EPOCH);
    let (profiles, region) = (profiles("default", ""), Region::parse("eu-west-1").unwrap());
    let of_sts = provider_context(&context, &profiles, &region).sts_url();
    let error = of_sts.unwrap_err();
    assert!(
        error.starts_with("the endpoint that is configured for sts: `https://localhost:`"),
        "{error}"
    );
    let env = [
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", URL),
    ];
    let context = Context::stopped(&env, OffsetDateTime::UNIX_EPOCH);
    let cx = provider_context(&context, &profiles, &region);
    let error = Chain::new(false).resolve(&cx).await.unwrap_err();
    let last = &error.attempts.last().unwrap().outcome;
    assert!(
        last.starts_with("AWS_EC2_METADATA_SERVICE_ENDPOINT: `https://localhost:`"),
        "{last}"
    );
}

#[test]
fn an_sso_region_is_a_region_a_fips_pseudo_region_or_an_error_with_the_likely_region() {
    let context = Context::stopped(&[], OffsetDateTime::UNIX_EPOCH);
    let (profiles, region) = (profiles("default", ""), Region::parse("eu-west-1").unwrap());
    let cx = provider_context(&context, &profiles, &region);
    for (region, expected) in [
        (
            "us-east-1",
            Ok("https://portal.sso.us-east-1.amazonaws.com"),
        ),
        (
            "fips-us-east-1",
            Ok("https://portal.sso-fips.us-east-1.amazonaws.com"),
        ),
        (
            "us-gov-west-1-fips",
            Ok("https://portal.sso.us-gov-west-1.amazonaws.com"),
        ),
        (
            "us-west-2a",
            Err("`us-west-2a` is not a region of AWS: write us-west-2"),
        ),
        ("garage", Err("`garage` is not a region of AWS")),
    ] {
        let found = cx.service_url("sso", "portal.sso", &Region::parse(region).unwrap());
        let found = found.as_deref().map_err(String::as_str);
        assert_eq!(found, expected, "{region}");
    }
}

#[test]
fn debug_shows_no_value_of_a_file() {
    let all = profiles("default", "[default]\naws_secret_access_key = MARKER\n");
    let ini = ini::parse("[default]\naws_secret_access_key = MARKER\n").unwrap();
    let shown = format!("{all:?} {ini:?}");
    assert!(
        shown.contains("default") && !shown.contains("MARKER"),
        "{shown}"
    );
}

#[tokio::test]
async fn keys_beside_another_source_cause_a_warning() {
    let process = r#"credential_process = echo '{"Version":1,"AccessKeyId":"PROCESS","SecretAccessKey":"S"}'"#;
    let found = resolved(&[], &format!("{KEYS}{process}\n"), false)
        .await
        .unwrap();
    assert_eq!(found.credentials.access_key_id, "PROCESS");
    assert_eq!(
        found.warnings,
        ["profile `default` has keys and credential_process; the keys are not used"]
    );
}

#[test]
fn an_empty_key_id_or_secret_is_refused() {
    for (id, secret, error) in [
        ("", "S", "the access key id is empty"),
        ("A", "", "the secret access key is empty"),
    ] {
        let checked = check_header_values(&Credentials::new(id, secret));
        assert_eq!(checked.unwrap_err(), error);
    }
}
