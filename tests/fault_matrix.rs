//! Tests that inject every fault at every request of a run. Each run with a fault must end, and
//! must name the step that failed. The bucket must lose no settings or objects, and a second run
//! must complete.

#![allow(clippy::print_stdout)] // the tests print how many cases they ran

use crate::support::program::{BUCKET, Output, assert_lacks};
use crate::support::world::World;
use s3_sandbox::{Action, Fault, OWNER};
use s3_secure_bucket::internals::policy::Document;
use s3_secure_bucket::internals::s3::Bucket;
use s3_secure_bucket::internals::s3::bucket::CreateOptions;
use s3_secure_bucket::presign::endpoint::BucketName;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The required result of a run in which one request failed.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    /// The fault is transient, so the program retries the request and the run succeeds.
    Well,
    /// The fault is permanent or may have no effect, so the run may fail or succeed.
    Somehow,
}

fn raw(text: &str) -> Action {
    Action::Raw(text.as_bytes().to_vec())
}

fn faults() -> Vec<(&'static str, Action, Ends)> {
    use Ends::{Somehow, Well};
    vec![
        ("500", Action::error(500, "InternalError", &[]), Well),
        (
            "502",
            raw("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 13\r\n\r\n<html></html>"),
            Well,
        ),
        ("503", Action::error(503, "ServiceUnavailable", &[]), Well),
        ("SlowDown", Action::error(503, "SlowDown", &[]), Well),
        (
            "SlowDown, Retry-After",
            Action::error(503, "SlowDown", &[("retry-after", "1")]),
            Well,
        ),
        (
            "RequestTimeout",
            Action::error(400, "RequestTimeout", &[]),
            Well,
        ),
        (
            "OperationAborted",
            Action::error(409, "OperationAborted", &[]),
            Well,
        ),
        ("reset before", Action::Reset, Well),
        ("reset after", Action::AfterReset, Well),
        ("silence", Action::Delay(Duration::from_secs(3)), Well),
        ("cut off", Action::Truncate, Well),
        ("empty body", Action::EmptyBody, Well),
        ("closed without a response", raw(""), Well),
        ("no HTTP", raw("SSH-2.0-OpenSSH_9.2\r\n"), Well),
        (
            "AccessDenied",
            Action::error(403, "AccessDenied", &[]),
            Somehow,
        ),
        (
            "NotImplemented",
            Action::error(501, "NotImplemented", &[]),
            Somehow,
        ),
        (
            "MethodNotAllowed",
            Action::error(405, "MethodNotAllowed", &[]),
            Somehow,
        ),
        (
            "NoSuchBucket",
            Action::error(404, "NoSuchBucket", &[]),
            Somehow,
        ),
        (
            "a web page",
            raw("HTTP/1.1 200 OK\r\ncontent-length: 28\r\n\r\n<!DOCTYPE html><html></html>"),
            Somehow,
        ),
        (
            "another document",
            raw("HTTP/1.1 200 OK\r\ncontent-length: 31\r\n\r\n<ListBucketResult></ListBucketRe"),
            Somehow,
        ),
        (
            "a redirect",
            raw("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"),
            Somehow,
        ),
    ]
}

/// The state of the bucket before the run, and the options of the run.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Scene {
    /// The bucket does not exist.
    New,
    /// The bucket has a policy and lifecycle rules of another tool, and none of the controls of
    /// this program.
    Foreign,
}

const MORE: [&str; 3] = ["--versioning", "--lifecycle", "--no-presign"];
const FOREIGN_RULE: &str = "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>theirs</ID><Filter><Prefix>in/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>";

impl Scene {
    fn args(self) -> &'static [&'static str] {
        match self {
            Scene::New => &[],
            Scene::Foreign => &MORE,
        }
    }

    async fn set(self) -> World {
        let world = World::new(false).await;
        if self == Scene::Foreign {
            let client = world.client();
            let mut bucket = open(&client);
            bucket.create(&CreateOptions::default()).await.unwrap();
            let policy = json!({"Version": "2012-10-17", "Statement": [{
                "Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
                "Resource": format!("arn:aws:s3:::{BUCKET}/kept/*"),
            }]});
            for (subresource, kind, body) in [
                ("policy", "application/json", policy.to_string()),
                ("lifecycle", "application/xml", FOREIGN_RULE.to_owned()),
            ] {
                let put = bucket.put("Put", subresource, kind, body.into_bytes(), None);
                put.await.unwrap();
            }
        }
        world.sandbox.clear_requests();
        world
    }
}

fn open(client: &s3_secure_bucket::internals::s3::Client) -> Bucket<'_> {
    Bucket::new(client, BucketName::parse(BUCKET).unwrap()).unwrap()
}

/// Asserts that the bucket still has the policy and the lifecycle rules of the other tool.
async fn assert_theirs_is_there(world: &World, what: &str) {
    let client = world.client();
    let mut bucket = open(&client);
    let policy = bucket.get("GetBucketPolicy", "policy").await.unwrap();
    let policy = Document::read(&policy.body).unwrap();
    assert!(
        policy.values().iter().any(|it| it["Sid"] == "Theirs"),
        "{what}"
    );
    let rules = bucket.get("Get", "lifecycle").await.unwrap();
    let rules = String::from_utf8(rules.body).unwrap();
    // The bucket may also contain lifecycle rules of this program.
    assert!(
        rules.contains("<ID>theirs</ID>") && rules.contains("<Days>3</Days>"),
        "{what}"
    );
}

/// Calls `cell` for every number below `cells`. Eight threads share the calls, because each call
/// mostly waits.
fn side_by_side(cells: usize, cell: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= cells {
                        return;
                    }
                    cell(number);
                }
            });
        }
    });
}

fn wait_for<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn bootstrap(world: &World, scene: Scene, more: &[&str]) -> Output {
    world.bootstrap(&[scene.args(), more].concat())
}

/// Asserts that a second run succeeds, and that a dry run after the second run plans no change.
fn assert_converges(world: &World, scene: Scene, what: &str) {
    world.sandbox.clear_faults();
    let again = bootstrap(world, scene, &["-o", "json"]);
    assert_eq!(again.code, 0, "{what}: {again:?}");
    again.assert_each_is_verified();
    world.sandbox.clear_requests();
    assert_eq!(bootstrap(world, scene, &["--dry-run"]).code, 0, "{what}");
    assert_eq!(world.writes(), [""; 0], "{what}");
}

/// Returns the texts with which an error may name a request such as `PUT ?policy`: the names of API
/// calls and of controls.
fn names(request: &str) -> &'static [&'static str] {
    let Some((_, subresource)) = request.split_once('?') else {
        // A HEAD response has no body, so the program may notice a wrong HEAD response only at the
        // next request.
        return &[
            "HeadBucket",
            "ListBuckets",
            "CreateBucket",
            "[FAIL] Access denied: drop-box",
            "the server does not list it as yours",
            "404 NoSuchBucket",
        ];
    };
    match subresource {
        "publicAccessBlock" => &["PublicAccessBlock", "Block Public Access"],
        "encryption" => &["BucketEncryption", "Default encryption"],
        "ownershipControls" => &["BucketOwnershipControls", "Object Ownership"],
        "policy" => &["BucketPolicy", "TLS-only bucket policy"],
        "policyStatus" => &["GetBucketPolicyStatus", "Block Public Access"],
        "acl" => &["GetBucketAcl", "Block Public Access", "Object Ownership"],
        "website" => &["GetBucketWebsite", "Block Public Access"],
        "versioning" => &["BucketVersioning", "Versioning"],
        "lifecycle" => &["BucketLifecycleConfiguration", "Lifecycle"],
        other => panic!("{other}"),
    }
}

/// Asserts that the output of a failed run names the step at which a fault occurred, and contains
/// no URLs. `hit` contains the requests that the fault affected.
fn assert_well_reported(output: &Output, hit: &[String], what: &str) {
    assert!(matches!(output.code, 0 | 1 | 4), "{what}: {output:?}");
    assert_lacks(&output.stderr, &["panicked", "X-Amz-Signature="]);
    if output.code == 1 {
        // A failed run prints no URLs, and its error names the failed step. The test does not
        // compare the rest of the error message, which depends on the fault.
        assert_eq!(output.stdout, "", "{what}: {output:?}");
        let named = (hit.iter().flat_map(|request| names(request))).any(|name| output.stderr.contains(name))
            // If a new bucket is not visible yet, the error message says that the bucket is not
            // visible, and does not name the failed API call.
            || output.stderr.contains("cannot be seen yet");
        assert!(named, "{what}: {output:?}");
    }
}

/// Returns the requests of a run without a fault.
fn steps(scene: Scene) -> Vec<String> {
    let world = wait_for(scene.set());
    bootstrap(&world, scene, &[]).exits(0);
    world.log()
}

#[test]
fn a_fault_at_any_request_does_not_prevent_the_next_run() {
    let faults = faults();
    for scene in [Scene::New, Scene::Foreign] {
        let steps = steps(scene);
        side_by_side(faults.len() * steps.len(), |cell| {
            let (name, action, ends) = &faults[cell / steps.len()];
            let step = cell % steps.len();
            let what = format!("{scene:?}: {name} at request {step}");
            let world = wait_for(scene.set());
            world.sandbox.inject(Fault::any(step, 1, action.clone()));
            let begun = Instant::now();
            let output = bootstrap(&world, scene, &["--timeout", "1s"]);
            // After a successful response to CreateBucket, the run may wait for the bucket for up
            // to a minute.
            let is_said_to_be_made =
                *name == "another document" && (scene, step) == (Scene::New, 1);
            let limit = Duration::from_secs(if is_said_to_be_made { 90 } else { 20 });
            assert!(begun.elapsed() < limit, "{what}: {output:?}");
            assert_well_reported(&output, &steps[step..=step], &what);
            assert!(
                world.sandbox.requests().len() > step,
                "{what}: no request met the fault"
            );
            // A HEAD response has no body, so the program cannot recognize a 400 RequestTimeout as
            // a transient error, and does not retry the HEAD.
            let is_told = *name == "RequestTimeout" && output.stderr.contains("HeadBucket: 400");
            if *ends == Ends::Well && !is_told {
                assert_eq!(output.code, 0, "{what}: {output:?}");
            }
            if scene == Scene::Foreign {
                wait_for(assert_theirs_is_there(&world, &what));
            }
            assert_converges(&world, scene, &what);
        });
        println!(
            "{scene:?}: {} faults × {} steps: all converge",
            faults.len(),
            steps.len()
        );
    }
}

/// Each run ends in bounded time while the fault lasts. A later run without the fault succeeds.
#[test]
fn a_permanent_fault_ends_the_run_and_loses_nothing() {
    let faults = faults();
    for scene in [Scene::New, Scene::Foreign] {
        let steps = steps(scene);
        side_by_side(faults.len() * steps.len(), |cell| {
            let (name, action, _) = &faults[cell / steps.len()];
            let step = cell % steps.len();
            let what = format!("{scene:?}: {name} from request {step} on");
            let world = wait_for(scene.set());
            world
                .sandbox
                .inject(Fault::any(step, usize::MAX, action.clone()));
            let begun = Instant::now();
            // Some faults make the program wait for up to a minute before a retry, so the test
            // permits no retry after these faults. `tests/patience.rs` tests the waits.
            let waits = ["OperationAborted", "NoSuchBucket", "empty body"].contains(name);
            let tries = if waits { "1" } else { "2" };
            let limits = ["--timeout", "1s", "--max-attempts", tries];
            let output = bootstrap(&world, scene, &limits);
            assert!(
                begun.elapsed() < Duration::from_mins(1),
                "{what}: {output:?}"
            );
            assert_well_reported(&output, &steps[step..], &what);
            world.sandbox.clear_faults();
            if scene == Scene::Foreign {
                wait_for(assert_theirs_is_there(&world, &what));
            }
            assert_converges(&world, scene, &what);
        });
        println!(
            "{scene:?}: {} lasting faults × {} steps: all converge",
            faults.len(),
            steps.len()
        );
    }
}

/// Kills a run with `kill -9` during each of its requests.
#[test]
fn a_killed_run_can_be_repeated() {
    for scene in [Scene::New, Scene::Foreign] {
        let steps = steps(scene);
        side_by_side(steps.len(), |step| {
            let what = format!("{scene:?}: killed at request {step}");
            let world = wait_for(scene.set());
            let pause = Action::Delay(Duration::from_millis(200));
            world.sandbox.inject(Fault::any(step, 1, pause));
            let args = [&["bootstrap", BUCKET], scene.args()].concat();
            let program = world.program(&OWNER, &world.sandbox.https(), &args);
            let killed = program.kill_when(|| world.sandbox.requests().len() > step);
            assert!(killed, "{what}: the run ended before it was killed");
            // The server may carry out a request even after the program that sent the request was
            // killed.
            std::thread::sleep(Duration::from_millis(300));
            if scene == Scene::Foreign {
                wait_for(assert_theirs_is_there(&world, &what));
            }
            assert_converges(&world, scene, &what);
        });
        println!(
            "{scene:?}: killed at each of {} requests: all converge",
            steps.len()
        );
    }
}
