//! Tests that the program waits for eventual consistency, but for at most a minute in total for all
//! waits of a run.

use crate::support::mock_s3::MockS3;
use crate::support::program::BUCKET;
use s3_secure_bucket::internals::bootstrap::{self, Request};
use s3_secure_bucket::internals::context::Context;
use s3_secure_bucket::internals::controls::Settings;
use s3_secure_bucket::internals::http::{Client as Http, Options};
use s3_secure_bucket::internals::retry::Policy;
use s3_secure_bucket::internals::s3::Client;
use s3_secure_bucket::internals::s3::clock_skew::ClockSkew;
use s3_secure_bucket::internals::s3::rate_limiter::RateLimiter;
use s3_secure_bucket::presign::endpoint::{BucketName, Config, EndpointUrl, Region};
use s3_secure_bucket::presign::{Credentials, timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The simulated clock does not advance, and each wait returns at once. The test adds up the
/// requested waits.
#[tokio::test]
async fn all_waits_of_a_run_together_are_bounded() {
    let s3 = MockS3::compliant()
        .await
        .but("GET ?policy", &["get-bucket-policy/absent"])
        .but(
            "GET ?publicAccessBlock",
            &["get-public-access-block/absent"],
        )
        .on("GET ?policyStatus", &["get-bucket-policy-status/private"])
        .on("PUT ?publicAccessBlock", &["any/operation-aborted"])
        .on("PUT ?policy", &["any/operation-aborted"]);
    let waited = Arc::new(AtomicU64::new(0));
    let sum = Arc::clone(&waited);
    let context = Context::stopped(&[], timestamp::parse("20261124T000000Z").unwrap());
    let client = Client {
        http: Http::new(&context, &Options::default()).unwrap(),
        context,
        config: Config {
            endpoint: Some(EndpointUrl::parse(&s3.url()).unwrap()),
            ..Config::aws(Region::parse("us-east-1").unwrap())
        },
        credentials: Credentials::new("AKID", "secret"),
        owner: s3_secure_bucket::internals::s3::Owner::new(None, Err("not asked".to_owned())),
        services: Ok(s3_secure_bucket::internals::s3::Services::default()),
        retry: Policy::default(),
        clock_skew: ClockSkew::default(),
        rate_limiter: RateLimiter::default(),
        observer: Box::new(move |exchange| {
            let wait = exchange.retry_in.unwrap_or_default().as_millis();
            sum.fetch_add(u64::try_from(wait).unwrap(), Ordering::Relaxed);
        }),
    };
    let request = Request {
        settings: Settings::new(BucketName::parse(BUCKET).unwrap(), "aws"),
        settle: Duration::ZERO,
        dry_run: false,
        require: Vec::new(),
        keep_region: true,
        account_regional: false,
        backup_dir: None,
        presign: None,
    };
    let report = bootstrap::run(&client, &request, &mut |_| {})
        .await
        .unwrap();
    assert_eq!(report.outcome, bootstrap::Outcome::Failed);
    let waited = Duration::from_millis(waited.load(Ordering::Relaxed));
    let policy = Policy::default();
    // The total wait reaches the limit of a minute. A wait that has started may exceed the limit.
    assert!(
        waited >= policy.eventual_consistency_timeout
            && waited < policy.eventual_consistency_timeout + 2 * policy.cap,
        "{waited:?}"
    );
}
