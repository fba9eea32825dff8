//! `list --since` and `list --wait` on the sandbox.

use crate::support::inbox::Inbox;
use s3_sandbox::Options;
use serde_json::Value;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn since_selects_objects_by_the_clock_of_the_server() {
    let inbox = Inbox::new(Options {
        clock_skew: time::Duration::minutes(-10),
        ..Options::default()
    })
    .await;
    inbox.put("in/a", "1").await;
    for (since, lines) in [
        ("1m", 1),
        ("0s", 0),
        ("2020-01-01T00:00:00Z", 1),
        ("20500101T000000Z", 0),
        ("9999999d", 1),
        ("200000000000000d", 1),
    ] {
        // The object is older than the second in which the command starts.
        std::thread::sleep(Duration::from_millis(1_100));
        let listed = inbox.list("in/", &["--since", since]).exits(0);
        assert_eq!(listed.stdout.lines().count(), lines, "{since}: {listed:?}");
    }
    let refused = inbox.list("in/", &["--since", "yesterday"]).exits(2);
    assert!(
        refused
            .stderr
            .contains("write a time as 2026-11-27T00:00:00Z"),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wait_ends_when_a_delivery_is_complete_or_a_plain_file_arrives() {
    let inbox = Inbox::new(Options::default()).await;
    inbox.put("in/old.txt", "1").await;
    let (first, _) = inbox.deliver(1, "a.pdf").await;
    let (second, receipt) = inbox.deliver(2, "b.pdf").await;
    std::thread::sleep(Duration::from_millis(1_100));
    let begun = Instant::now();
    let waited = inbox.list("in/", &["--wait", "1s"]).exits(3);
    assert_eq!(
        (&*waited.stdout, &*waited.stderr),
        ("", "Nothing arrived within 1s.\n")
    );
    assert!(begun.elapsed() >= Duration::from_secs(1));

    // A receipt that arrives later ends the wait. Files of incomplete deliveries do not.
    let wait = |meanwhile: &dyn Fn()| {
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| inbox.list("in/", &["--wait", "30s", "-o", "json"]));
            std::thread::sleep(Duration::from_secs(2));
            meanwhile();
            waiting.join().unwrap().exits(0)
        })
    };
    let now = tokio::runtime::Handle::current();
    let block = |work: std::pin::Pin<Box<dyn Future<Output = ()> + '_>>| {
        tokio::task::block_in_place(|| now.block_on(work));
    };
    let waited = wait(&|| {
        block(Box::pin(async {
            inbox.put(&format!("{first}more.pdf"), "1").await;
            inbox.store(&second, &receipt).await;
        }));
    });
    let found: Value = serde_json::from_str(&waited.stdout).unwrap();
    assert_eq!(found["key"], format!("{second}file.pdf"));
    // Names and completeness belong to --long.
    assert_eq!(
        (&found["complete"], &found["name"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(waited.stderr, "");

    std::thread::sleep(Duration::from_millis(1_100));
    let waited = wait(&|| {
        block(Box::pin(async {
            inbox.put("in/new.txt", "1").await;
        }));
    });
    let found: Value = serde_json::from_str(&waited.stdout).unwrap();
    assert_eq!(found["key"], "in/new.txt");
    // With --since, an earlier delivery ends the wait at once, also if no clock can measure the wait.
    let begun = Instant::now();
    let waited = inbox
        .list(
            "in/",
            &["--wait", "200000000000000d", "--since", "1h", "--long"],
        )
        .exits(0);
    assert!(begun.elapsed() < Duration::from_secs(4));
    assert_eq!(waited.stdout.lines().count(), 3, "{waited:?}");
    assert!(waited.stdout.contains("\"b.pdf\""), "{waited:?}");
}
