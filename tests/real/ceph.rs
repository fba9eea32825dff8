//! Tests with Ceph RGW, which checks signatures, presigned URLs, Block Public Access and policies
//! independently of the code of this project.

use super::iam::{all_but, lift, limit};
use super::{Output, Program, User, new_name, presigned_urls_hold, requests, required};

pub fn owner() -> User {
    User {
        endpoint: required("CEPH_HTTPS"),
        ca: required("CEPH_CA"),
        key_id: required("CEPH_OWNER_KEY_ID"),
        secret: required("CEPH_OWNER_SECRET"),
    }
}

fn stranger() -> User {
    User {
        key_id: required("CEPH_STRANGER_KEY_ID"),
        secret: required("CEPH_STRANGER_SECRET"),
        ..owner()
    }
}

/// The program sets each control that Ceph supports, and reads the control back. The program
/// reports the other controls as unsupported, because Ceph answers `?ownershipControls` (and
/// `?encryption` up to version 16) with 200 and a `ListBucketResult`.
#[test]
fn every_control_that_ceph_supports_is_set_and_a_second_run_writes_nothing() {
    let (owner, bucket) = (owner(), new_name("ceph-harden"));
    let first = owner.run(&["bootstrap", &bucket, "--versioning", "-o", "json", "-v"]);
    assert_eq!(first.code, 4, "{first:?}");
    let of = |id: &str, wanted: &str| (id.to_owned(), wanted.to_owned());
    assert_eq!(
        first.statuses(),
        [
            of("public-access-block", "changed"),
            of("encryption", "unsupported"),
            of("ownership-controls", "unsupported"),
            of("tls-only", "changed"),
            of("versioning", "changed"),
        ],
        "{first:?}"
    );
    let second = owner.run(&[
        "bootstrap",
        &bucket,
        "--versioning",
        "-o",
        "json",
        "-v",
        "--skip",
        "encryption",
    ]);
    assert_eq!(second.code, 4, "{second:?}");
    for id in ["public-access-block", "tls-only", "versioning"] {
        assert!(
            second.statuses().contains(&of(id, "unchanged")),
            "{id} {second:?}"
        );
    }
    let sent = requests(&second);
    assert_eq!(
        sent,
        [
            "HEAD",
            "GET", // ListBuckets, which shows the owner of the bucket
            "GET ?publicAccessBlock",
            "GET ?ownershipControls",
            "GET ?policy",
            "GET ?versioning"
        ]
    );
}

#[test]
fn another_users_bucket_stays_unchanged() {
    let bucket = new_name("ceph-taken");
    assert_eq!(owner().run(&["bootstrap", &bucket]).code, 4);
    let output = stranger().run(&["bootstrap", &bucket, "-v"]);
    // A HEAD response has no body, so the program sends one GET to get the reason of the refusal.
    let requests = requests(&output);
    assert_eq!(
        (output.code, requests.as_slice()),
        (
            1,
            &["HEAD", "GET ?list-type=2&max-keys=0"].map(str::to_owned)[..]
        ),
        "{output:?}"
    );
}

/// The test skips Block Public Access, because Ceph refuses every `PutObject` while Block Public
/// Access is on.
#[test]
fn presigned_urls_permit_only_the_signed_request() {
    let (owner, bucket) = (owner(), new_name("ceph-presign"));
    let made = owner.run(&["bootstrap", &bucket, "--skip", "public-access-block"]);
    assert_eq!(made.code, 4, "{made:?}");
    let mut urls = made
        .stdout
        .lines()
        .map(|line| line.split_once(' ').unwrap().1);
    let (put, get) = (urls.next().unwrap(), urls.next().unwrap());
    assert_eq!(owner.upload(put, "hello"), 200);
    assert_eq!(owner.curl(&[get]), (200, b"hello".to_vec()));
    presigned_urls_hold(&owner, &bucket);
}

/// On Ceph, a request over plain HTTP has no `aws:SecureTransport` key, so a `Deny` statement with
/// `Bool` does not match the request. A `Deny` statement with `BoolIfExists` matches the request.
#[test]
fn plain_http_is_refused_with_bool_if_exists() {
    let (owner, bucket) = (owner(), new_name("ceph-tls"));
    let plain = owner.at(&required("CEPH_HTTP"));
    let uri = format!("s3://{bucket}/k");
    let skip = ["--skip", "public-access-block"];
    for (condition, over_http) in [("bool", 200), ("bool-if-exists", 403)] {
        let args = ["bootstrap", &bucket, "--tls-condition", condition];
        assert_eq!(owner.run(&[&args[..], &skip].concat()).code, 4);
        assert_eq!(
            owner.upload(&owner.presign("put", &uri, &[]), "x"),
            200,
            "{condition}"
        );
        assert_eq!(
            plain.upload(&plain.presign("put", &uri, &[]), "x"),
            over_http,
            "{condition}"
        );
    }
    let stored =
        owner.curl(&[&owner.presign("get", &format!("s3://{bucket}/"), &["--query", "policy"])]);
    let policy: serde_json::Value = serde_json::from_slice(&stored.1).unwrap();
    assert_eq!(
        policy["Statement"].as_array().unwrap().len(),
        1,
        "our statement occurs once: {policy}"
    );
}

/// The program keeps the statements of other tools in the policy, in their original order, and
/// these statements still grant access.
///
/// The test skips Block Public Access, because Ceph treats every `Allow` statement as public while
/// Block Public Access is on.
#[test]
fn keeps_statements_of_other_tools() {
    let (owner, bucket) = (owner(), new_name("ceph-foreign"));
    let skip = "public-access-block";
    let first = ["bootstrap", &bucket, "--skip", skip, "--skip", "tls-only"];
    assert_eq!(owner.run(&first).code, 4);
    let theirs = format!(
        r#"{{"Version":"2012-10-17","Id":"theirs","Statement":[{{"Sid":"Partner","Effect":"Allow","Principal":{{"AWS":["arn:aws:iam:::user/{}"]}},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::{bucket}/*"]}}]}}"#,
        required("CEPH_STRANGER_UID")
    );
    assert!([200, 204].contains(&owner.upload(&policy_url(&owner, "put", &bucket), &theirs)));
    let object = format!("s3://{bucket}/shared.txt");
    assert_eq!(
        owner.upload(&owner.presign("put", &object, &[]), "shared"),
        200
    );
    let reads = || stranger().curl(&[&stranger().presign("get", &object, &[])]);
    assert_eq!(reads(), (200, b"shared".to_vec()));

    let merging = owner.run(&["bootstrap", &bucket, "--skip", skip]);
    assert_eq!(merging.code, 4, "{merging:?}");
    assert_eq!(reads(), (200, b"shared".to_vec()), "the partner has access");
    let (_, body) = owner.curl(&[&policy_url(&owner, "get", &bucket)]);
    let merged: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let theirs: serde_json::Value = serde_json::from_str(&theirs).unwrap();
    assert_eq!(
        (&merged["Id"], &merged["Statement"][0]),
        (&theirs["Id"], &theirs["Statement"][0])
    );
    assert_eq!(merged["Statement"][1]["Sid"], "DenyInsecureTransport");
}

#[test]
fn block_public_access_refuses_a_public_policy_and_acl() {
    let (owner, bucket) = (owner(), new_name("ceph-bpa"));
    let public = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::{bucket}/*"]}}]}}"#
    );
    let acl_url = || {
        owner.presign(
            "put",
            &format!("s3://{bucket}/"),
            &["--query", "acl", "--header", "x-amz-acl: public-read"],
        )
    };
    let public_acl = || {
        let empty = [
            "--request",
            "PUT",
            "--data-binary",
            "",
            "--header",
            "Content-Type:",
        ];
        let signed = ["--header", "x-amz-acl: public-read"];
        owner.curl(&[&empty[..], &signed, &[&acl_url()]].concat()).0
    };

    let without = [
        "bootstrap",
        &bucket,
        "--skip",
        "public-access-block,tls-only",
    ];
    assert_eq!(owner.run(&without).code, 4);
    assert_eq!(public_acl(), 200, "public ACLs are permitted at first");
    assert_eq!(owner.run(&["bootstrap", &bucket]).code, 4);
    assert_eq!(
        owner.upload(&policy_url(&owner, "put", &bucket), &public),
        403
    );
    assert_eq!(public_acl(), 403);
}

/// The program sets the optional controls that Ceph supports, reads the controls back, and changes
/// nothing in a second run. Ceph enforces the policy controls whose condition keys it supports.
#[test]
fn the_optional_controls_are_set_and_objects_stay_in_the_network() {
    let (owner, bucket) = (owner(), new_name("ceph-more"));
    let options = [
        "--skip",
        "public-access-block,encryption,ownership-controls",
        "--lifecycle",
        "--expire-noncurrent-days",
        "90",
        "--tag",
        "team=files",
        "--min-tls",
        "1.2",
        "--max-presign-age",
        "1h",
    ];
    let run = |source: &str| {
        let args = ["bootstrap", &bucket, "--source-ip", source, "-o", "json"];
        let output = owner.run(&[&args[..], &options].concat());
        assert_eq!(output.code, 0, "{output:?}");
        output
    };
    let all = |output: &Output, wanted: &str| {
        let of_ours = output
            .statuses()
            .into_iter()
            .filter(|(_, status)| status != "skipped");
        let others: Vec<_> = of_ours.filter(|(_, status)| status != wanted).collect();
        assert_eq!(others, [], "{output:?}");
    };
    all(&run("127.0.0.0/8"), "changed");
    all(&run("127.0.0.0/8"), "unchanged");
    let put = owner.presign("put", &format!("s3://{bucket}/k"), &[]);
    assert_eq!(owner.upload(&put, "x"), 200);
    run("203.0.113.0/24");
    assert_eq!(owner.upload(&put, "x"), 403, "from outside the network");
    run("127.0.0.0/8");
    assert_eq!(
        owner.upload(&put, "x"),
        200,
        "the owner can still configure the bucket"
    );
    let audit = owner.run(&[
        "audit",
        &bucket,
        "--lifecycle",
        "--tag",
        "team=files",
        "--skip",
        "public-access-block,encryption,ownership-controls",
    ]);
    assert_eq!(audit.code, 0, "{audit:?}");
}

/// The user has only the permissions of the printed policy and the run succeeds, so the run makes
/// no API call that needs another permission. If any one action of the printed policy is missing,
/// the run reports a problem. The test skips the controls for encryption and ownership, because
/// Ceph has no actions for these controls. `iam.rs` explains why the policy has `Action` and
/// `NotAction`.
#[test]
fn the_printed_policy_is_sufficient_and_each_action_is_necessary() {
    let uid = required("CEPH_LIMITED_UID");
    let limited = User {
        key_id: required("CEPH_LIMITED_KEY_ID"),
        secret: required("CEPH_LIMITED_SECRET"),
        ..owner()
    };
    let options = [
        "--versioning",
        "--lifecycle",
        "--tag",
        "team=files",
        "--no-presign",
        "--skip",
        "encryption,ownership-controls",
    ];
    let command = ["iam-policy", "bootstrap", "any-bucket"];
    let elsewhere = ["--endpoint", "https://s3.example.com"];
    let printed = Program::bare(&[&command, &options[..], &elsewhere].concat()).run();
    let policy = printed.json();
    let listed = policy["Statement"][0]["Action"].as_array().unwrap();
    let actions: Vec<&str> = listed
        .iter()
        .map(|action| action.as_str().unwrap())
        .collect();
    let run = |actions: &[&str]| {
        limit(&uid, &all_but(actions));
        let bucket = new_name("ceph-least");
        limited.run(&[&["bootstrap", &bucket, "-o", "json"], &options[..]].concat())
    };
    let whole = run(&actions);
    assert_eq!(whole.code, 0, "{whole:?}");
    let verified = |output: &Output| {
        output.code == 0
            && output.json()["controls"]
                .as_array()
                .unwrap()
                .iter()
                .all(|control| control["verified"] == true || control["status"] == "skipped")
    };
    assert!(verified(&whole), "{whole:?}");
    // To read Block Public Access, Ceph 16 requires GetBucketPolicy instead of
    // GetBucketPublicAccessBlock. Ceph requires no permission to answer HEAD for a missing bucket,
    // and the run does not read the policy status, the ACL and the website of a new bucket.
    let not_felt = [
        "s3:ListBucket",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketAcl",
        "s3:GetBucketWebsite",
    ];
    for missing in actions.iter().filter(|action| !not_felt.contains(action)) {
        let fewer: Vec<&str> = actions
            .iter()
            .filter(|action| action != &missing)
            .copied()
            .collect();
        let output = run(&fewer);
        assert!(!verified(&output), "{missing}: {output:?}");
    }
    lift(&uid);
}

fn policy_url(user: &User, method: &str, bucket: &str) -> String {
    user.presign(method, &format!("s3://{bucket}/"), &["--query", "policy"])
}
