//! Tests that use the library as another program would, through its public items.

use crate::support::program::BUCKET;
use crate::support::world::World;
use s3_sandbox::{OWNER, STRANGER, User};
use s3_secure_bucket::presign::{Credentials, Expiry, Method};
use s3_secure_bucket::{
    Client, ErrorKind, Event, Outcome, ProbeOutcome, Settings, Status, Verdict,
};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

async fn client(world: &World, user: &User) -> Client {
    Client::from_env()
        .endpoint(&world.sandbox.https())
        .unwrap()
        .ca_bundle(world.ca())
        .credentials(Credentials::new(user.access_key_id, user.secret_access_key))
        .build()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_operations_run_in_spawned_tasks() {
    let world = World::new(true).await;
    let client = Arc::new(client(&world, &OWNER).await);
    let events = Arc::new(Mutex::new(Vec::new()));

    let (bootstrapper, seen) = (Arc::clone(&client), Arc::clone(&events));
    let bootstrap = tokio::spawn(async move {
        let mut settings = Settings::default();
        settings.versioning = true;
        bootstrapper
            .bootstrap(&BUCKET.parse().unwrap(), &settings)
            .on_event(|event| seen.lock().unwrap().push(event))
            .await
    });
    let report = bootstrap.await.unwrap().unwrap();
    assert!(report.created);
    assert_eq!(report.outcome, Outcome::Done);
    let versioning = report.controls.iter().find(|it| it.id == "versioning");
    assert_eq!(versioning.unwrap().status, Status::Changed);
    let events = std::mem::take(&mut *events.lock().unwrap());
    assert!(
        matches!(&events[0], Event::BucketCreated { bucket, is_confirmed: true, .. } if bucket.as_str() == BUCKET),
        "{events:?}"
    );
    let controls = events
        .iter()
        .filter(|event| matches!(event, Event::Control { .. }));
    assert_eq!(controls.count(), report.controls.len());

    let auditor = Arc::clone(&client);
    let audit = tokio::spawn(async move {
        let bucket = BUCKET.parse().unwrap();
        auditor.audit(&bucket, &Settings::default()).await
    });
    assert_eq!(audit.await.unwrap().unwrap().verdict(), Verdict::Compliant);

    let verify = tokio::spawn(async move {
        let mut seen = 0;
        let bucket = BUCKET.parse().unwrap();
        let report = client.verify(&bucket).on_probe(|_| seen += 1).await;
        (report, seen)
    });
    let (report, seen) = verify.await.unwrap();
    let report = report.unwrap();
    assert_eq!(report.probes.len(), seen);
    let failed = |probe: &s3_secure_bucket::Probe| probe.outcome == ProbeOutcome::Fail;
    assert!(!report.probes.iter().any(failed), "{report:?}");
    assert_eq!(report.left_behind, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing() {
    let world = World::new(true).await;
    let client = client(&world, &OWNER).await;
    let bucket = BUCKET.parse().unwrap();
    let report = client
        .bootstrap(&bucket, &Settings::default())
        .dry_run()
        .await
        .unwrap();
    assert_eq!(report.outcome, Outcome::ChangesPending);
    assert_eq!(world.writes_but_sts(), Vec::<String>::new());
}

/// The list of buckets, which shows the ownership, is older than a bucket that the client creates later.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_the_client_created_belongs_to_its_account() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let client = client(&world, &OWNER).await;
    let settings = Settings::default();
    for (name, is_created) in [(BUCKET, false), ("later", true), ("later", false)] {
        let bucket = name.parse().unwrap();
        let report = client.bootstrap(&bucket, &settings).await.unwrap();
        assert_eq!(report.created, is_created, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn presigned_urls_work() {
    let world = World::new(true).await;
    let client = client(&world, &OWNER).await;
    let bucket = BUCKET.parse().unwrap();
    client
        .bootstrap(&bucket, &Settings::default())
        .await
        .unwrap();
    let url = |method| {
        let presigner = client.presigner(method, &bucket, Expiry::DEFAULT).unwrap();
        presigner.url(&"in/a b.txt".parse().unwrap())
    };
    let sent = world.send("PUT", &url(Method::Put), &[], "hello").await;
    assert_eq!(sent.status, 200);
    let got = world.send("GET", &url(Method::Get), &[], "").await;
    assert_eq!(got.body, b"hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_has_a_kind_and_its_sources() {
    let world = World::new(true).await;
    let (owner, stranger) = (
        client(&world, &OWNER).await,
        client(&world, &STRANGER).await,
    );
    let (bucket, settings) = (BUCKET.parse().unwrap(), Settings::default());
    owner.bootstrap(&bucket, &settings).await.unwrap();
    let error = stranger.bootstrap(&bucket, &settings).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccessDenied, "{error}");
    assert_eq!(error.response().unwrap().status, 403);

    let missing = "not-there".parse().unwrap();
    let error = owner.audit(&missing, &settings).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchBucket, "{error}");
    let error = owner.verify(&missing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchBucket, "{error}");

    let run = owner.bootstrap(&bucket, &settings).require("versioning");
    let error = run.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(
        error.to_string(),
        "control `versioning` is required but the settings do not request it"
    );

    let nobody_listens = Client::from_env()
        .endpoint("http://127.0.0.1:9")
        .unwrap()
        .max_attempts(1)
        .credentials(Credentials::new("AKID", "secret"))
        .build()
        .await
        .unwrap();
    let error = nobody_listens.audit(&bucket, &settings).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(error.source().is_some());
}

/// Runs a program of `examples/` with the keys of the bucket's owner. Returns whether the program
/// succeeded, and the program's stdout.
fn example(world: &World, name: &str, args: &[&str], stdin: &str) -> (bool, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_s3-secure-bucket"));
    let program = program.with_file_name("examples").join(name);
    let mut child = Command::new(&program)
        .args(args)
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", OWNER.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", OWNER.secret_access_key)
        .env("AWS_ENDPOINT_URL_S3", world.sandbox.https())
        .env("AWS_CA_BUNDLE", world.ca())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}; build the examples", program.display()));
    let mut input = child.stdin.take().unwrap();
    input.write_all(stdin.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    (output.status.success(), stdout)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_work() {
    let world = World::new(true).await;
    let (succeeded, report) = example(&world, "harden", &[BUCKET], "");
    assert!(succeeded, "{report}");
    assert!(report.contains("Versioning: changed\n"), "{report}");
    let (succeeded, report) = example(&world, "audit", &[BUCKET], "");
    assert!(succeeded, "{report}");
    assert!(
        report.contains("drop-box: tls-only: compliant\n"),
        "{report}"
    );

    let (succeeded, url) = example(&world, "presign_put", &[BUCKET, "in/a.txt"], "");
    assert!(succeeded);
    assert_eq!(
        world.send("PUT", url.trim_end(), &[], "hello").await.status,
        200
    );
    let (succeeded, urls) = example(&world, "many_urls", &[BUCKET], "in/a.txt\nin/b.txt\n");
    assert!(succeeded);
    let urls: Vec<&str> = urls.lines().collect();
    assert_eq!(urls.len(), 2);
    assert_eq!(world.send("GET", urls[0], &[], "").await.body, b"hello");
    assert_eq!(world.send("GET", urls[1], &[], "").await.status, 404);
}
