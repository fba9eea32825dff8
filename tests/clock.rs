//! On a machine with a wrong clock, the program warns once and signs requests with the server's
//! time.

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
        // The reported offset is three hours, give or take the ten seconds that the test may last.
        let seconds: u32 = warning.split(' ').nth(5).unwrap().parse().unwrap();
        assert!((10_790..10_810).contains(&seconds), "{warning}");
        assert_eq!(warning.replace(&seconds.to_string(), "*"), said);
        // The program sends HEAD twice, because the first response shows the server's time. The
        // program repeats no other request.
        let log = world.log();
        assert_eq!(log[..3], ["HEAD", "HEAD", "PUT"], "{log:?}");
        assert_eq!(log.iter().filter(|name| *name == "HEAD").count(), 3);
        // The printed URLs use the server's time, because the server checks the expiry of URLs.
        // This test sends no request to the URLs, because the sandbox checks presigned URLs against
        // the machine's clock.
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

/// The program does not treat a refusal with a different error code as a sign of a wrong clock.
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
