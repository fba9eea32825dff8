//! Tests on a machine with a wrong clock: the program warns once, and signs requests with the
//! server's time.

use crate::support::world::World;
use s3_sandbox::Options;
use s3_secure_bucket::presign::timestamp;

#[tokio::test(flavor = "multi_thread")]
async fn warns_about_a_wrong_clock_and_uses_the_server_time() {
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
        // The reported offset may differ from three hours by ten seconds, because the test takes
        // some time.
        let seconds: u32 = warning.split(' ').nth(5).unwrap().parse().unwrap();
        assert!((10_790..10_810).contains(&seconds), "{warning}");
        assert_eq!(warning.replace(&seconds.to_string(), "*"), said);
        // The program sends HEAD twice, because the response to the first HEAD shows the server's
        // time. The program repeats no request other than HEAD.
        let log = world.log();
        assert_eq!(log[..3], ["HEAD", "HEAD", "PUT"], "{log:?}");
        assert_eq!(log.iter().filter(|name| *name == "HEAD").count(), 3);
        // The printed URLs contain the server's time, because the server decides whether a URL has
        // expired. The test does not use the URLs, because the sandbox compares the time in
        // presigned URLs with the machine's clock.
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

/// If S3 answers 403 with a different error code, the program must not conclude that the clock is
/// wrong.
#[tokio::test(flavor = "multi_thread")]
async fn another_403_is_not_treated_as_a_wrong_clock() {
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
        (
            1,
            ["HEAD", "GET ?list-type=2&max-keys=0"]
                .map(str::to_owned)
                .into()
        ),
        "{output:?}"
    );
}
