//! Tests of complete runs on the sandbox, over real sockets: a hardened bucket refuses attacks, and
//! the printed URLs work.

use crate::support::program::{BUCKET, KMS_KEY, Output};
use crate::support::world::World;
use s3_sandbox::{Action, Fault, OWNER, STRANGER};
use s3_secure_bucket::internals::http::Response;

/// Returns the `PUT` URL and the `GET` URL from stdout.
fn urls(output: &Output) -> (String, String) {
    assert_eq!(output.code, 0, "{output:?}");
    let url = |method: &str| {
        let line = output
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix(method));
        line.unwrap_or_else(|| panic!("no {method}: {output:?}"))
            .to_owned()
    };
    (url("PUT "), url("GET "))
}

fn said(response: &Response) -> (u16, String) {
    let body = String::from_utf8_lossy(&response.body);
    let code = body
        .split("<Code>")
        .nth(1)
        .and_then(|rest| rest.split('<').next());
    (response.status, code.unwrap_or_default().to_owned())
}

fn denied() -> (u16, String) {
    (403, "AccessDenied".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_put_url_uploads_and_the_get_url_downloads() {
    let world = World::new(false).await;
    let (put, get) = urls(&world.bootstrap(&[]));
    assert_eq!(world.send("PUT", &put, &[], "hello").await.status, 200);
    let downloaded = world.send("GET", &get, &[], "").await;
    assert_eq!(
        (downloaded.status, downloaded.body.as_slice()),
        (200, b"hello".as_slice())
    );
    assert_eq!(
        downloaded.header("x-amz-server-side-encryption"),
        Some("AES256")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_writes_each_control_once_and_the_second_nothing() {
    let world = World::new(false).await;
    world.bootstrap(&["--versioning"]).exits(0);
    assert_eq!(
        world.writes(),
        [
            "PUT",
            "PUT ?publicAccessBlock",
            "PUT ?encryption",
            "PUT ?ownershipControls",
            "PUT ?policy",
            "PUT ?versioning"
        ]
    );
    let second = world.bootstrap(&["--versioning", "-o", "json"]).exits(0);
    second.assert_each_status_is("unchanged");
    assert_eq!(
        world.log(),
        [
            "HEAD",
            // ListBuckets is a GET without a bucket in its path.
            "GET",
            "GET ?publicAccessBlock",
            "GET ?encryption",
            "GET ?ownershipControls",
            "GET ?policy",
            "GET ?versioning"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_only_the_policy_to_a_new_bucket_with_aws_defaults() {
    let world = World::new(true).await;
    let output = world.bootstrap(&["-o", "json"]).exits(0);
    let statuses: Vec<String> = output
        .statuses()
        .into_iter()
        .map(|(_, status)| status)
        .collect();
    assert_eq!(statuses, ["unchanged", "unchanged", "unchanged", "changed"]);
    assert_eq!(
        world.log(),
        [
            "HEAD",
            "PUT",
            "HEAD",
            "GET ?publicAccessBlock",
            "GET ?encryption",
            "GET ?ownershipControls",
            "GET ?policy",
            "PUT ?policy",
            "GET ?policy",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hardened_bucket_refuses_insecure_requests() {
    let world = World::new(false).await;
    let (put, get) = urls(&world.bootstrap(&[]));
    assert_eq!(world.send("PUT", &put, &[], "hello").await.status, 200);

    // A correctly signed request over plain HTTP must be refused.
    let uri = format!("s3://{BUCKET}/uploads/example.txt");
    for method in ["get", "put"] {
        let plain = world.presign(&world.sandbox.http(), &[method, &uri]);
        let verb = if method == "get" { "GET" } else { "PUT" };
        assert_eq!(
            said(&world.send(verb, &plain, &[], "x").await),
            denied(),
            "{method}"
        );
    }
    // A request without a signature must be refused.
    let anonymous = get.split('?').next().unwrap();
    assert_eq!(said(&world.send("GET", anonymous, &[], "").await), denied());
    // A signed upload with a public ACL must be refused.
    let acl = ("x-amz-acl", "public-read");
    let with_acl = world.presign(
        &world.sandbox.https(),
        &["put", &uri, "--header", "x-amz-acl: public-read"],
    );
    let refused = world.send("PUT", &with_acl, &[acl], "x").await;
    assert_eq!(
        said(&refused),
        (400, "AccessControlListNotSupported".into())
    );
    // A PUT of a public bucket policy must be refused.
    let policy_url = world.presign(
        &world.sandbox.https(),
        &["put", &format!("s3://{BUCKET}/"), "--query", "policy"],
    );
    let public = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{BUCKET}/*"}}]}}"#
    );
    assert_eq!(
        said(&world.send("PUT", &policy_url, &[], &public).await),
        denied()
    );
    // An upload that is encrypted with a customer's key (SSE-C) must be refused.
    let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let sse_c = [
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-amz-server-side-encryption-customer-key", key),
        (
            "x-amz-server-side-encryption-customer-key-md5",
            "ZGYzZDcyZTVlMGIyM2JhNDc1MGI0NjI0YmFmMmM0N2E=",
        ),
    ];
    let mut args = vec!["put".to_owned(), uri.clone()];
    for (name, value) in sse_c {
        args.extend(["--header".to_owned(), format!("{name}: {value}")]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let url = world.presign(&world.sandbox.https(), &args);
    assert_eq!(world.send("PUT", &url, &sse_c, "x").await.status, 403);
    // The attacks above must not change the object in the bucket.
    assert_eq!(world.send("GET", &get, &[], "").await.body, b"hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_permits_only_the_signed_request() {
    let world = World::new(false).await;
    let (put, get) = urls(&world.bootstrap(&[]));
    assert_eq!(world.send("PUT", &put, &[], "hello").await.status, 200);
    let mismatch = (403, "SignatureDoesNotMatch".to_owned());
    assert_eq!(
        said(&world.send("PUT", &get, &[], "x").await),
        mismatch,
        "another method"
    );
    assert_eq!(
        said(
            &world
                .send("GET", &get.replace("example.txt", "other.txt"), &[], "")
                .await
        ),
        mismatch,
        "another key"
    );
    assert_eq!(
        said(
            &world
                .send("GET", &get.replace("=900", "=901"), &[], "")
                .await
        ),
        mismatch,
        "a changed lifetime"
    );
    let at = ["--at", "2020-01-01T00:00:00Z"];
    let uri = format!("s3://{BUCKET}/uploads/example.txt");
    let expired = world.presign(&world.sandbox.https(), &[&["get", &*uri], &at[..]].concat());
    assert_eq!(
        said(&world.send("GET", &expired, &[], "").await),
        denied(),
        "expired"
    );
    let region = world.presign(
        &world.sandbox.https(),
        &["get", &uri, "--region", "eu-west-1"],
    );
    let wrong = said(&world.send("GET", &region, &[], "").await);
    assert_eq!(
        wrong,
        (400, "AuthorizationQueryParametersError".into()),
        "another region"
    );
    let extra = world
        .send("PUT", &put, &[("x-amz-meta-a", "unsigned")], "x")
        .await;
    assert_eq!(said(&extra), denied(), "an unsigned header of S3's");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bucket_of_another_account_stays_unchanged() {
    let world = World::new(false).await;
    world.bootstrap(&[]).exits(0);
    world.log();
    let output = world.run_as(&STRANGER, &world.sandbox.https(), &["bootstrap", BUCKET]);
    assert_eq!(
        (output.code, output.steps()),
        (1, vec!["[FAIL] Access denied: drop-box"]),
        "{output:?}"
    );
    assert_eq!(world.log(), ["HEAD", "GET ?list-type=2&max-keys=0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn finds_the_region_of_a_bucket() {
    let world = World::new(false).await;
    world.bootstrap(&["--region", "eu-central-1"]).exits(0);
    let found = world.bootstrap(&["-o", "json"]);
    assert_eq!(
        (found.code, &found.json()["region"]),
        (0, &"eu-central-1".into()),
        "{found:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_kms_and_keeps_it_in_later_runs() {
    let world = World::new(false).await;
    let set = world.bootstrap(&["--kms-key", KMS_KEY]);
    assert_eq!(
        set.line("[ OK ] Default encryption"),
        format!(
            "[ OK ] Default encryption (aws:kms with {KMS_KEY}, SSE-C blocked): set (the identity that signs URLs needs kms:GenerateDataKey on the key for uploads, and kms:Decrypt for downloads)"
        )
    );
    let (put, get) = urls(&world.bootstrap(&[]));
    assert_eq!(world.send("PUT", &put, &[], "hello").await.status, 200);
    let downloaded = world.send("GET", &get, &[], "").await;
    assert_eq!(
        downloaded.header("x-amz-server-side-encryption"),
        Some("aws:kms")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn over_plain_http_the_policy_is_set_but_not_verified() {
    let world = World::new(false).await;
    let output = world
        .run_as(
            &OWNER,
            &world.sandbox.http(),
            &["bootstrap", BUCKET, "-o", "json"],
        )
        .exits(0);
    let policy = &output.json()["controls"][3];
    assert_eq!(
        (&policy["status"], &policy["verified"]),
        (&"changed".into(), &false.into()),
        "{policy}"
    );
}

/// In each case, the connection breaks at one API call, before or after the server has carried out
/// the call. The run with the broken connection fails, and a later run completes.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_can_be_repeated() {
    let world = World::new(false).await;
    let whole = {
        world.bootstrap(&[]).exits(0);
        world.log().len()
    };
    for (what, action) in [("before", Action::Reset), ("after", Action::AfterReset)] {
        for step in 0..whole {
            let world = World::new(false).await;
            world.sandbox.inject(Fault::any(step, 1, action.clone()));
            let broken = world.bootstrap(&["--max-attempts", "1"]);
            assert_eq!(
                (broken.code, &*broken.stdout),
                (1, ""),
                "{what} {step} {broken:?}"
            );
            // The test ignores the causes of this error, because their texts come from the HTTP
            // library.
            assert!(
                broken
                    .stderr
                    .contains(" broke before the answer was complete"),
                "{what} {step} {broken:?}"
            );
            let again = world.bootstrap(&["-o", "json"]);
            assert_eq!(again.code, 0, "{what} {step} {again:?}");
            again.assert_each_is_verified();
        }
    }
}
