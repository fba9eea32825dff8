//! Bootstrap against every answer of S3 that it tells apart: what is sent, what is said, how it ends.

use crate::support::fixture;
use crate::support::mock_s3::{ALL_READ, MockS3};
use crate::support::program::{self, BUCKET, SECRET};
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines)] // the whole flow in one piece
async fn a_new_bucket_is_made_hardened_in_order_and_read_back() {
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/missing", "head-bucket/exists"])
        .on("PUT", &["create-bucket/created"])
        .changes(
            "publicAccessBlock",
            &[
                "get-public-access-block/absent",
                "get-public-access-block/all-on",
            ],
        )
        .changes(
            "encryption",
            &[
                "get-bucket-encryption/absent",
                "get-bucket-encryption/aes256-sse-c-blocked",
            ],
        )
        .changes(
            "ownershipControls",
            &[
                "get-bucket-ownership-controls/absent",
                "get-bucket-ownership-controls/enforced",
            ],
        )
        .changes(
            "policy",
            &["get-bucket-policy/absent", "get-bucket-policy/tls-only"],
        )
        .changes(
            "versioning",
            &[
                "get-bucket-versioning/never",
                "get-bucket-versioning/enabled",
            ],
        );
    let output = s3.bootstrap(&["--versioning"]).exits(0);
    assert_eq!(
        output.steps(),
        [
            "[ OK ] Bucket created in us-east-1: drop-box",
            "[ OK ] Block Public Access (all 4): set",
            "[ OK ] Default encryption (AES256, SSE-C blocked): set",
            "[ OK ] Object Ownership: BucketOwnerEnforced: set",
            "[ OK ] TLS-only bucket policy: set",
            "[ OK ] Versioning (MFA delete off): set (wait 15 minutes before the first upload: until then S3 may answer 404 for what was written)",
            "[WARN] The URLs are plain HTTP, which the TLS-only policy refuses: name an https endpoint",
            output.steps().last().unwrap(),
        ]
    );
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{output:?}");
    for (line, method) in lines.iter().zip(["PUT", "GET"]) {
        let start = format!(
            "{method} {}/drop-box/uploads/example.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&",
            s3.url()
        );
        assert!(
            line.starts_with(&start) && line.contains("X-Amz-Expires=900&"),
            "{line}"
        );
    }
    assert_eq!(
        s3.log().await,
        [
            "HEAD",
            "PUT",
            "HEAD",
            "GET ?publicAccessBlock",
            "PUT ?publicAccessBlock",
            "GET ?publicAccessBlock",
            "GET ?encryption",
            "PUT ?encryption",
            "GET ?encryption",
            "GET ?ownershipControls",
            "PUT ?ownershipControls",
            "GET ?ownershipControls",
            "GET ?policy",
            "PUT ?policy",
            "GET ?policy",
            "GET ?versioning",
            "PUT ?versioning",
            "GET ?versioning",
        ]
    );
    // us-east-1 is said by saying nothing, and a foreign server gets no header of AWS's.
    assert_eq!(s3.bodies("PUT").await, [""]);
    for request in s3.requests().await {
        let sent: Vec<&str> = request
            .headers
            .keys()
            .map(http::HeaderName::as_str)
            .collect();
        assert!(!sent.contains(&"x-amz-object-ownership"), "{sent:?}");
        assert!(!sent.contains(&"x-amz-expected-bucket-owner"), "{sent:?}");
        assert!(
            sent.contains(&"x-amz-content-sha256") && sent.contains(&"authorization"),
            "{sent:?}"
        );
        let has_body = !request.body.is_empty();
        assert_eq!(sent.contains(&"content-md5"), has_body, "{sent:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_reads_everything_and_writes_nothing() {
    let s3 = MockS3::compliant().await;
    let output = s3.bootstrap(&["-o", "json"]).exits(0);
    assert_eq!(
        output.steps()[0],
        "[SKIP] Bucket already exists and is yours: drop-box"
    );
    output.assert_each_status_is("unchanged");
    let json = output.json();
    assert_eq!(
        json.as_object().unwrap().keys().next().unwrap(),
        "schema_version"
    );
    output.assert_each_is_verified();
    assert_eq!(
        (&json["schema_version"], &json["created"]),
        (&1.into(), &false.into())
    );
    let urls = json["urls"].as_array().unwrap();
    assert_eq!(
        (&urls[0]["method"], &urls[1]["method"]),
        (&"PUT".into(), &"GET".into())
    );
    assert_eq!(s3.log().await, ALL_READ);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_region_goes_into_the_location_constraint() {
    let s3 = MockS3::compliant()
        .await
        .creates(&["create-bucket/created"]);
    s3.bootstrap(&["--region", "eu-west-1"]).exits(0);
    assert_eq!(
        s3.bodies("PUT").await,
        [
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_somebody_elses_stops_the_run_at_once() {
    let s3 = MockS3::start().await.on("HEAD", &["head-bucket/forbidden"]);
    let output = s3.bootstrap(&[]).exits(1);
    assert_eq!(
        output.steps(),
        ["[FAIL] Bucket name is taken, or these credentials are refused: drop-box"]
    );
    assert!(
        output
            .stderr
            .contains("error: bucket name `drop-box` is taken by somebody else"),
        "{output:?}"
    );
    assert!(
        output.stderr.contains("hint: choose another name"),
        "{output:?}"
    );
    assert_eq!(output.stdout, "");
    assert_eq!(s3.log().await, ["HEAD"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_a_bucket_is_head_settles_and_not_the_code_of_create() {
    // Made by somebody between HEAD and PUT: by us, says S3.
    let s3 = MockS3::compliant()
        .await
        .creates(&["create-bucket/owned-by-you"]);
    let output = s3.bootstrap(&[]);
    assert_eq!(
        (output.code, output.steps()[0]),
        (0, "[SKIP] Bucket already exists and is yours: drop-box")
    );

    // A server that says so of your own bucket too.
    let s3 = MockS3::compliant().await.creates(&["create-bucket/taken"]);
    let output = s3.bootstrap(&[]);
    assert_eq!(
        (output.code, output.steps()[0]),
        (0, "[SKIP] Bucket already exists and is yours: drop-box")
    );

    // The real thing.
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/missing", "head-bucket/forbidden"])
        .on("PUT", &["create-bucket/taken"]);
    let output = s3.bootstrap(&[]);
    assert_eq!(
        (output.code, output.steps()[0]),
        (
            1,
            "[FAIL] Bucket name is taken, or these credentials are refused: drop-box"
        )
    );
    assert!(output.stderr.contains("BucketAlreadyExists"), "{output:?}");
    assert_eq!(s3.log().await, ["HEAD", "PUT", "HEAD"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_the_server_does_not_have_is_told() {
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/missing"])
        .on("PUT", &["create-bucket/invalid-location"]);
    let output = s3.bootstrap(&["--region", "eu-west-1"]).exits(1);
    assert!(
        output.stderr.contains("InvalidLocationConstraint") && output.stderr.contains("--region"),
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_in_another_region_is_signed_for_there() {
    let s3 = MockS3::compliant()
        .await
        .but("HEAD", &["head-bucket/other-region", "head-bucket/exists"]);
    let output = s3.bootstrap(&["-o", "json"]).exits(0);
    assert_eq!(output.json()["region"], "eu-west-1");
    assert!(
        output.json()["urls"][0]["url"]
            .as_str()
            .unwrap()
            .contains("%2Feu-west-1%2Fs3%2Faws4_request")
    );
    assert!(
        output
            .stderr
            .contains("It is in eu-west-1, not in us-east-1"),
        "{output:?}"
    );
    let signed_for: Vec<bool> = s3
        .requests()
        .await
        .iter()
        .map(|request| {
            request.headers["authorization"]
                .to_str()
                .unwrap()
                .contains("/eu-west-1/s3/")
        })
        .collect();
    assert_eq!(signed_for, [false, true, true, true, true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn passing_faults_are_tried_again() {
    let s3 = MockS3::compliant()
        .await
        .but("HEAD", &["any/slow-down", "head-bucket/exists"])
        .but(
            "GET ?publicAccessBlock",
            &[
                "any/internal-error",
                "get-public-access-block/half-on",
                "get-public-access-block/all-on",
            ],
        )
        .on("GET ?policyStatus", &["get-bucket-policy-status/private"])
        .on(
            "PUT ?publicAccessBlock",
            &["any/operation-aborted", "put-public-access-block/ok"],
        )
        .but(
            "GET ?policy",
            &["any/html-error", "get-bucket-policy/tls-only"],
        );
    let output = s3.bootstrap(&["-v"]).exits(0);
    assert!(
        output
            .stderr
            .contains("[ OK ] Block Public Access (all 4): set"),
        "{output:?}"
    );
    assert_eq!(
        output.stderr.matches("; again in ").count(),
        4,
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_end() {
    let s3 = MockS3::start().await.on("HEAD", &["any/slow-down"; 2]);
    let output = s3.bootstrap(&["--max-attempts", "2"]).exits(1);
    assert!(
        output.stderr.contains("error: HeadBucket: 503"),
        "{output:?}"
    );
    assert_eq!(s3.log().await, ["HEAD", "HEAD"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_new_bucket_may_not_be_seen_everywhere_yet() {
    let s3 = MockS3::compliant()
        .await
        .but(
            "HEAD",
            &[
                "head-bucket/missing",
                "head-bucket/missing",
                "head-bucket/exists",
            ],
        )
        .on("PUT", &["create-bucket/created"])
        .but(
            "GET ?publicAccessBlock",
            &["any/no-such-bucket", "get-public-access-block/all-on"],
        );
    let output = s3.bootstrap(&[]);
    assert_eq!(
        (output.code, output.steps()[0]),
        (0, "[ OK ] Bucket created in us-east-1: drop-box")
    );

    // One that was there is not waited for: it is gone.
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/exists"])
        .on("GET ?publicAccessBlock", &["any/no-such-bucket"]);
    let output = s3.bootstrap(&[]).exits(1);
    assert!(
        output
            .stderr
            .contains("GetPublicAccessBlock: 404 NoSuchBucket"),
        "{output:?}"
    );
    assert_eq!(s3.log().await, ["HEAD", "GET ?publicAccessBlock"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn access_denied_is_never_taken_for_off() {
    let s3 = MockS3::compliant()
        .await
        .but("GET ?policy", &["any/access-denied"]);
    let output = s3.bootstrap(&["-o", "json"]).exits(1);
    assert_eq!(output.statuses()[3], ("tls-only".into(), "denied".into()));
    assert!(
        output.json()["controls"][3]["detail"]
            .as_str()
            .unwrap()
            .contains("s3:GetBucketPolicy")
    );
    // Nobody is sent to a bucket that is not as it should be.
    assert_eq!(output.json()["urls"], serde_json::json!([]));
    assert_eq!(s3.log().await, ALL_READ);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_denied_names_the_action() {
    let s3 = MockS3::compliant()
        .await
        .but("GET ?encryption", &["get-bucket-encryption/aes256"])
        .on("PUT ?encryption", &["any/access-denied"]);
    let output = s3.bootstrap(&[]).exits(1);
    assert!(
        output.stderr.contains("[FAIL] Default encryption")
            && output.stderr.contains("s3:PutEncryptionConfiguration"),
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_first_is_written_only_where_nothing_can_be_lost() {
    // Block Public Access may be written blind; it is not verified then, and that is said.
    let s3 = MockS3::compliant()
        .await
        .blocks_public_access(&["any/access-denied"; 2]);
    let output = s3.bootstrap(&["-o", "json"]).exits(0);
    let control = &output.json()["controls"][0];
    assert_eq!(
        (&control["status"], &control["verified"]),
        (&"changed".into(), &false.into())
    );
    assert!(
        control["detail"]
            .as_str()
            .unwrap()
            .contains("s3:GetBucketPublicAccessBlock"),
        "{control}"
    );
    assert!(
        output
            .stderr
            .contains("[WARN] Block Public Access (all 4): set, not verified"),
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_of_s3s_fails_and_nothing_is_written_on_it() {
    for (fixture, said) in [
        ("any/html-page", "the answer is a web page"),
        ("any/empty", "the answer is empty"),
        ("any/broken-xml", "the answer cannot be read"),
    ] {
        let s3 = MockS3::compliant()
            .await
            .but("GET ?publicAccessBlock", &[fixture]);
        let output = s3.bootstrap(&[]).exits(1);
        assert!(
            output
                .stderr
                .contains("[FAIL] Block Public Access (all 4): failed")
                && output.stderr.contains(said),
            "{output:?}"
        );
        let mut wanted = ALL_READ.to_vec();
        if fixture == "any/empty" {
            // It may have broken on its way: asked until the tries are used up.
            wanted.splice(1..1, ["GET ?publicAccessBlock"; 4]);
        }
        assert_eq!(s3.log().await, wanted, "{fixture}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_does_not_have_is_unsupported_and_the_run_goes_on() {
    for fixture in [
        "any/list-bucket-result",
        "any/not-implemented",
        "any/invalid-argument",
    ] {
        let s3 = || async {
            MockS3::compliant()
                .await
                .but("GET ?ownershipControls", &[fixture])
        };
        for (flags, code) in [
            (&[][..], 4),
            (&["--allow-unsupported"], 0),
            (&["--require", "ownership-controls"], 1),
            (
                &["--require", "ownership-controls", "--allow-unsupported"],
                1,
            ),
            (&["--require", "encryption"], 4),
        ] {
            let s3 = s3().await;
            let output = s3.bootstrap(&[&["-o", "json"], flags].concat());
            assert_eq!(output.code, code, "{flags:?} {output:?}");
            assert_eq!(
                output.statuses()[2],
                ("ownership-controls".into(), "unsupported".into())
            );
            assert_eq!(
                output.json()["urls"].as_array().unwrap().is_empty(),
                code == 1,
                "{output:?}"
            );
            assert_eq!(s3.log().await, ALL_READ);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_reads_but_does_not_write_is_unsupported_too() {
    let s3 = MockS3::compliant()
        .await
        .but(
            "GET ?ownershipControls",
            &["get-bucket-ownership-controls/object-writer"],
        )
        // Ceph takes it for a CreateBucket; s3rver too, and says that it exists.
        .on("PUT ?ownershipControls", &["create-bucket/taken"]);
    let output = s3.bootstrap(&["-o", "json"]);
    assert_eq!(
        (output.code, &*output.statuses()[2].1),
        (4, "unsupported"),
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acl_in_the_way_of_ownership_is_a_failure_and_quoted() {
    let s3 = MockS3::compliant()
        .await
        .but(
            "GET ?ownershipControls",
            &["get-bucket-ownership-controls/object-writer"],
        )
        .on(
            "PUT ?ownershipControls",
            &["put-bucket-ownership-controls/acl-in-the-way"],
        );
    let output = s3.bootstrap(&[]).exits(1);
    assert!(
        output
            .stderr
            .contains("InvalidBucketAclWithObjectOwnership"),
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_200_is_not_believed_until_the_bucket_shows_the_change() {
    let s3 = MockS3::compliant()
        .await
        .blocks_public_access(&["get-public-access-block/half-on"; 6]);
    let output = s3.bootstrap(&[]).exits(1);
    assert!(
        output.stderr.contains("[FAIL] Block Public Access (all 4): failed (the server accepted it but shows {\"BlockPublicAcls\":true,\"IgnorePublicAcls\":true,\"BlockPublicPolicy\":false"),
        "{output:?}"
    );

    // It may take a moment.
    let s3 = MockS3::compliant().await.blocks_public_access(&[
        "get-public-access-block/half-on",
        "get-public-access-block/half-on",
        "get-public-access-block/all-on",
    ]);
    s3.bootstrap(&[]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_block_sse_c_gets_the_rest_and_it_is_said() {
    // One refuses the element, the other forgets it.
    for (answers, gets) in [
        (
            &["any/malformed-xml", "put-bucket-encryption/ok"][..],
            &[
                "get-bucket-encryption/absent",
                "get-bucket-encryption/aes256",
            ][..],
        ),
        (
            &["put-bucket-encryption/ok"],
            &[
                "get-bucket-encryption/absent",
                "get-bucket-encryption/aes256",
            ],
        ),
    ] {
        let s3 = MockS3::compliant()
            .await
            .but("GET ?encryption", gets)
            .on("PUT ?encryption", answers);
        let output = s3.bootstrap(&["-o", "json"]);
        assert_eq!(
            (output.code, &*output.statuses()[1].1),
            (4, "unsupported"),
            "{output:?}"
        );
        let detail = output.json()["controls"][1]["detail"].to_string();
        assert!(
            detail.contains("default encryption is on") && detail.contains("cannot block SSE-C"),
            "{detail}"
        );
        let last = s3.bodies("PUT ?encryption").await.pop().unwrap();
        assert_eq!(last.contains("SSE-C"), answers.len() == 1, "{last}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_policy_is_merged_with() {
    let s3 = MockS3::compliant().await.merges_foreign_policy();
    s3.bootstrap(&[]).exits(0);
    let sent: serde_json::Value = serde_json::from_str(&s3.bodies("PUT ?policy").await[0]).unwrap();
    assert_eq!(
        (&sent["Version"], &sent["Id"]),
        (&"2008-10-17".into(), &"theirs".into())
    );
    assert_eq!(
        (&sent["Statement"][0]["Sid"], &sent["Statement"][1]["Sid"]),
        (&"PartnerMayRead".into(), &"DenyInsecureTransport".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let s3 = MockS3::start().await.on("HEAD", &["head-bucket/missing"]);
    let output = s3.bootstrap(&["--dry-run", "-o", "json"]).exits(3);
    output.assert_each_status_is("would-change");
    assert_eq!(
        (&output.json()["created"], &output.json()["urls"]),
        (&false.into(), &serde_json::json!([]))
    );
    assert_eq!(s3.log().await, ["HEAD"]);

    let s3 = MockS3::compliant()
        .await
        .but("GET ?policy", &["get-bucket-policy/foreign"]);
    let output = s3.bootstrap(&["--dry-run"]);
    assert_eq!((output.code, &*output.stdout), (3, ""), "{output:?}");
    assert!(
        output
            .stderr
            .contains("[WARN] TLS-only bucket policy: would be set"),
        "{output:?}"
    );
    assert_eq!(s3.log().await, ALL_READ);

    let s3 = MockS3::compliant().await;
    assert_eq!(s3.bootstrap(&["--dry-run"]).code, 0);
    assert_eq!(s3.log().await, ALL_READ);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_control_is_left_alone_and_listed() {
    let s3 = MockS3::compliant().await.but("GET ?policy", &[]);
    let output = s3.bootstrap(&["--skip", "tls-only", "-o", "json"]);
    assert_eq!(
        (output.code, &*output.statuses()[3].1),
        (0, "skipped"),
        "{output:?}"
    );
    assert_eq!(s3.log().await, ALL_READ[..4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_url_and_no_secret_is_ever_on_stderr() {
    let s3 = MockS3::compliant().await;
    let output = program::bootstrap(&s3.url(), &["-vv"])
        .env("AWS_SESSION_TOKEN", "MARKERTOKEN")
        .run()
        .exits(0);
    assert!(
        output.stdout.contains("MARKERTOKEN"),
        "the token belongs into the URL: {output:?}"
    );
    for secret in [
        SECRET,
        "MARKERTOKEN",
        "X-Amz-Signature",
        "Signature=",
        "AKIAIOSFODNN7EXAMPLE",
    ] {
        assert!(
            !output.stderr.contains(secret),
            "{secret} in {}",
            output.stderr
        );
    }
    assert!(
        output.stderr.contains("| x-amz-security-token:(hidden)"),
        "{}",
        output.stderr
    );
    let quiet = s3.bootstrap(&["--quiet"]);
    assert_eq!(quiet.stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_whose_answer_was_lost_is_ours_and_waited_for() {
    let s3 = MockS3::compliant()
        .await
        .creates(&["any/internal-error", "create-bucket/owned-by-you"])
        .but(
            "GET ?publicAccessBlock",
            &["any/no-such-bucket", "get-public-access-block/all-on"],
        );
    s3.bootstrap(&[]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_retry_at_once_is_not_asked_for_ever() {
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/exists"])
        .on(
            "GET ?publicAccessBlock",
            &["any/operation-aborted-retry-at-once"; 3],
        );
    let begun = std::time::Instant::now();
    let url = s3.url();
    // It has a minute's patience; enough is seen in two seconds.
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_s3-secure-bucket"))
        .args(["bootstrap", BUCKET, "--endpoint", &url, "-q"])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKID")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let sent = s3.log().await.len();
    assert!(
        (3..12).contains(&sent),
        "{sent} requests in {:?}",
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_required_must_be_seen() {
    let s3 = MockS3::compliant()
        .await
        .blocks_public_access(&["any/access-denied"; 2]);
    let output = s3.bootstrap(&["--require", "public-access-block"]);
    assert_eq!((output.code, &*output.stdout), (1, ""), "{output:?}");
    // A dry run agrees with the run: it would be written.
    let s3 = MockS3::compliant()
        .await
        .but("GET ?publicAccessBlock", &["any/access-denied"])
        .on("GET ?policyStatus", &["get-bucket-policy-status/private"]);
    let output = s3.bootstrap(&["--dry-run", "-o", "json"]);
    assert_eq!(
        (output.code, &*output.statuses()[0].1),
        (3, "would-change"),
        "{output:?}"
    );
    let mut asked = ALL_READ.to_vec();
    asked.insert(2, "GET ?policyStatus");
    assert_eq!(s3.log().await, asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_was_named_is_asked_for_everywhere() {
    let s3 = MockS3::compliant().await;
    s3.bootstrap(&["--expected-owner", "111122223333"]).exits(0);
    for request in s3.requests().await {
        assert_eq!(
            request.headers["x-amz-expected-bucket-owner"],
            "111122223333"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kms_key_of_another_region_than_the_buckets_is_refused_before_it_is_set() {
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/other-region", "head-bucket/exists"]);
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234";
    let output = s3.bootstrap(&["--kms-key", key]).exits(1);
    assert!(
        output.stderr.contains("hint: name a key in eu-west-1"),
        "{output:?}"
    );
    assert_eq!(s3.log().await, ["HEAD", "HEAD"]);

    // And before a bucket is made that would be left bare.
    let s3 = MockS3::start().await.on("HEAD", &["head-bucket/missing"]);
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1234";
    s3.bootstrap(&["--kms-key", key]).exits(1);
    assert_eq!(s3.log().await, ["HEAD"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_servers_words_are_shown_and_not_obeyed() {
    let s3 = MockS3::compliant()
        .await
        .but("GET ?policy", &["any/forged-message"]);
    let output = s3.bootstrap(&[]).exits(1);
    assert!(!output.stderr.contains('\u{1b}'), "{output:?}");
    assert!(
        !output
            .steps()
            .contains(&"[ OK ] TLS-only bucket policy: already set"),
        "{output:?}"
    );
}

/// The only requests that leave this machine in clear are those that do not leave it.
#[tokio::test(flavor = "multi_thread")]
async fn no_proxy_is_ever_used_for_this_machine() {
    let (s3, proxy) = (MockS3::compliant().await, MockS3::start().await);
    let mut program = program::bootstrap(&s3.url(), &[]);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
    ] {
        program = program.env(name, &proxy.url());
    }
    assert_eq!(program.run().code, 0);
    assert!(proxy.requests().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_region_is_repaired_once_however_it_is_said() {
    for fixture in ["any/wrong-region", "any/temporary-redirect"] {
        let s3 = MockS3::compliant()
            .await
            .but("GET ?policy", &[fixture, "get-bucket-policy/tls-only"]);
        let output = s3.bootstrap(&["-o", "json"]);
        assert_eq!(
            (output.code, &output.json()["region"]),
            (0, &"eu-west-1".into()),
            "{output:?}"
        );
        // Named again and again it is an error, not a loop.
        let s3 = MockS3::compliant().await.but("GET ?policy", &[fixture; 2]);
        s3.bootstrap(&["--region", "eu-north-1"]).exits(1);
    }
}

/// A redirect names a host; nothing is ever sent there.
#[tokio::test(flavor = "multi_thread")]
async fn no_redirect_is_followed() {
    let other = MockS3::start().await;
    let s3 = wiremock::MockServer::start().await;
    for status in [301, 302, 307, 308] {
        s3.reset().await;
        let answer = wiremock::ResponseTemplate::new(status).insert_header("location", other.url());
        wiremock::Mock::given(wiremock::matchers::any())
            .respond_with(answer)
            .mount(&s3)
            .await;
        let output = program::bootstrap(&s3.uri(), &[]).run();
        assert_eq!(output.code, 1, "{status} {output:?}");
    }
    assert!(other.requests().await.is_empty());
}

/// Every control has answers to its GET and to its PUT.
#[test]
fn every_control_has_its_fixtures() {
    let folder = |operation: &str| {
        let mut name = String::new();
        for c in operation.chars() {
            if c.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(c.to_ascii_lowercase());
        }
        name + "/"
    };
    let all = fixture::all();
    for control in s3_secure_bucket::controls::ALL {
        for operation in [control.info().get, control.info().put] {
            let folder = folder(operation);
            assert!(all.iter().any(|name| name.starts_with(&folder)), "{folder}");
        }
    }
}

/// Every answer in `wiremock-fixtures/` is one that some test gives.
#[test]
fn every_fixture_is_used() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files = fixture::files(&folder);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let read = |file| std::fs::read_to_string(file).unwrap();
    let tests: String = files.into_iter().map(read).collect();
    for name in fixture::all() {
        let quoted = format!("\"{name}\"");
        assert!(tests.contains(&quoted), "{name} is used by no test");
    }
}
