//! A machine whose clock is wrong: said once, made good with the server's date.

use crate::support::world::World;
use s3_sandbox::Options;
use s3_secure_bucket::presign::timestamp;

#[tokio::test(flavor = "multi_thread")]
async fn warns_of_a_wrong_clock_and_uses_the_servers() {
    for (hours, said) in [
        (
            3,
            "warning: this machine's clock is * s behind the server's, so requests are signed with the server's time; correct the clock, because `presign` uses it",
        ),
        (
            -3,
            "warning: this machine's clock is * s ahead of the server's, so requests are signed with the server's time; correct the clock, because `presign` uses it",
        ),
    ] {
        let world = World::with(Options {
            clock_skew: time::Duration::hours(hours),
            ..Options::default()
        })
        .await;
        let output = world.bootstrap(&[]).exits(0);
        let warning = output.line("warning: this machine's clock is ");
        // Three hours, give or take the time of the test.
        let seconds: u32 = warning.split(' ').nth(5).unwrap().parse().unwrap();
        assert!((10_790..10_810).contains(&seconds), "{warning}");
        assert_eq!(warning.replace(&seconds.to_string(), "*"), said);
        // HEAD twice, once for the clock; nothing else is asked twice.
        let log = world.log();
        assert_eq!(log[..3], ["HEAD", "HEAD", "PUT"], "{log:?}");
        assert_eq!(log.iter().filter(|name| *name == "HEAD").count(), 3);
        // The URLs live by the server's clock, which is the one that judges them. (The sandbox's reader of
        // presigned URLs has no clock but the machine's, so they are not used here.)
        let url = output.stdout.lines().next().unwrap();
        let date = url
            .split("X-Amz-Date=")
            .nth(1)
            .unwrap()
            .split('&')
            .next()
            .unwrap();
        let at = timestamp::parse(date).unwrap();
        let server = time::OffsetDateTime::now_utc() + time::Duration::hours(hours);
        assert!((server - at).abs() < time::Duration::minutes(1), "{date}");
    }
}

/// A refusal for another reason is not taken for one about the clock.
#[tokio::test(flavor = "multi_thread")]
async fn a_403_is_not_retried_for_the_clock() {
    let world = World::new(true).await;
    world
        .run_as(
            &s3_sandbox::STRANGER,
            &world.sandbox.https(),
            &["bootstrap", "drop-box"],
        )
        .exits(0);
    world.log();
    let output = world.bootstrap(&[]);
    assert_eq!(
        (output.code, world.log()),
        (1, vec!["HEAD".to_owned()]),
        "{output:?}"
    );
}
