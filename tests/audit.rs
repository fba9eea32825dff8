//! Tests of the command `audit`: the findings, the output formats and the exit codes. `audit` sends
//! no write request.

use crate::support::mock_s3::{LIST, MockS3};
use crate::support::program::{BUCKET, DEFAULT_CONTROLS, Output, Program, assert_lacks};
use crate::support::world::World;
use s3_sandbox::{OWNER, Options};
use serde_json::Value;

fn audit(s3: &MockS3, more: &[&str]) -> Output {
    let url = s3.url();
    let args = ["audit", BUCKET, "--endpoint", &url];
    Program::new(&[&args, more].concat()).run()
}

/// The requests of an audit of the default controls, which are one GET for each subresource and no
/// HEAD.
const READ: [&str; 5] = [
    LIST,
    "GET ?publicAccessBlock",
    "GET ?encryption",
    "GET ?ownershipControls",
    "GET ?policy",
];

/// The text output for a bucket that has every default control.
const COMPLIANT: &str = "drop-box (us-east-1)\n\
    \x20 compliant    public-access  [S3.2, S3.3, CIS v7 2.21]\n\
    \x20 compliant    outside-access  [S3.6]\n\
    \x20 compliant    public-access-block  [S3.8, CIS v5 2.1.4, CIS v6/v7 3.1.4]\n\
    \x20 compliant    encryption\n\
    \x20 compliant    sse-c-blocked\n\
    \x20 compliant    ownership-controls  [S3.12]\n\
    \x20 compliant    tls-only  [S3.5, CIS v5 2.1.1, CIS v6/v7 3.1.1]\n";

/// The findings of an audit of the default controls, in the order of the JSON document.
const FINDINGS: [&str; 7] = [
    "public-access",
    "outside-access",
    "public-access-block",
    "encryption",
    "sse-c-blocked",
    "ownership-controls",
    "tls-only",
];

/// Starts a mock bucket that has every default control. The mock expects no HEAD, because `audit`
/// sends none.
async fn compliant() -> MockS3 {
    MockS3::compliant().await.without("HEAD")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hardened_bucket_is_compliant_in_five_requests() {
    let s3 = compliant().await;
    let output = audit(&s3, &[]);
    assert_eq!((output.code, &*output.stderr), (0, ""), "{output:?}");
    assert_eq!(output.stdout, COMPLIANT);
    assert_eq!(s3.log().await, READ);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_finding_has_its_verdict_and_exit_code() {
    for (what, fixture, ids, verdict, code) in [
        (
            "GET ?publicAccessBlock",
            "get-public-access-block/half-on",
            "public-access-block",
            "drift",
            3,
        ),
        (
            "GET ?publicAccessBlock",
            "get-public-access-block/absent",
            "public-access-block",
            "drift",
            3,
        ),
        // The bucket is encrypted, but accepts SSE-C uploads.
        (
            "GET ?encryption",
            "get-bucket-encryption/aes256",
            "sse-c-blocked",
            "drift",
            3,
        ),
        (
            "GET ?ownershipControls",
            "get-bucket-ownership-controls/object-writer",
            "ownership-controls",
            "drift",
            3,
        ),
        (
            "GET ?policy",
            "get-bucket-policy/foreign",
            "tls-only",
            "drift",
            3,
        ),
        // If S3 denies a read, `audit` reports the control as `unknown`, and never as "off" or
        // "compliant". Block Public Access overrides each policy, so the bucket is not public.
        (
            "GET ?policy",
            "any/access-denied",
            "outside-access,tls-only",
            "unknown",
            1,
        ),
        (
            "GET ?policy",
            "any/html-page",
            "outside-access,tls-only",
            "unknown",
            1,
        ),
        (
            "GET ?encryption",
            "any/not-implemented",
            "encryption,sse-c-blocked",
            "unsupported",
            4,
        ),
        (
            "GET ?encryption",
            "any/list-bucket-result",
            "encryption,sse-c-blocked",
            "unsupported",
            4,
        ),
    ] {
        let mut s3 = compliant().await.but(what, &[fixture]);
        let mut read = READ.to_vec();
        if fixture.ends_with("object-writer") {
            s3 = s3.on("GET ?acl", &["get-bucket-acl/owner-only"]);
            read.push("GET ?acl");
        }
        if fixture.ends_with("foreign") {
            s3 = s3.on("GET ?policyStatus", &["get-bucket-policy-status/private"]);
            read.push("GET ?policyStatus");
        }
        let output = audit(&s3, &["-o", "json"]);
        assert_eq!(output.code, code, "{what} {fixture} {output:?}");
        let expected = FINDINGS.map(|finding| {
            let is_named = ids.split(',').any(|id| id == finding);
            let verdict = if is_named { verdict } else { "compliant" };
            (finding.to_owned(), verdict.to_owned())
        });
        assert_eq!(output.statuses(), expected, "{what} {fixture}");
        assert_eq!(s3.log().await, read, "audit sent a request that writes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_has_found_and_wanted_values_and_audit_ids() {
    let s3 = compliant().await.but("GET ?policy", &["any/access-denied"]);
    let json = audit(&s3, &["-o", "json"]).json();
    assert_eq!(
        json.as_object().unwrap().keys().next().unwrap(),
        "schema_version"
    );
    assert_eq!(
        (&json["bucket"], &json["region"], &json["verdict"]),
        (&BUCKET.into(), &"us-east-1".into(), &"unknown".into())
    );
    let controls = json["controls"].as_array().unwrap();
    let tls = controls.iter().find(|it| it["id"] == "tls-only").unwrap();
    assert_eq!(
        (
            &tls["security_hub"][0],
            &tls["cis"]["v5"][0],
            &tls["cis"]["v7"][0]
        ),
        (&"S3.5".into(), &"2.1.1".into(), &"3.1.1".into())
    );
    assert_eq!(
        tls["detail"],
        "GetBucketPolicy: 403 AccessDenied: Access Denied (request id 79104EXAMPLEB723); reading it needs s3:GetBucketPolicy"
    );
    assert_eq!(
        tls["wanted"]["Statement"][0]["Sid"],
        "DenyInsecureTransport"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_bucket_is_an_error_and_the_others_are_audited() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    world.log();
    let output = world.run(&["audit", "not-there", BUCKET]).exits(1);
    assert!(
        output
            .stdout
            .starts_with("drop-box (us-east-1)  compliant\n"),
        "{output:?}"
    );
    assert_eq!(
        output.failure(),
        "error: not-there: GetPublicAccessBlock: 404 NoSuchBucket: The specified bucket does not exist (request id *)\n\
            hint: check the name of the bucket and the endpoint; `bootstrap` creates a bucket\n\
            2 buckets: 1 compliant, 1 not audited\n"
    );
}

/// Starts a mock account with three pages of buckets in two regions. One bucket of the account has
/// none of the controls.
async fn account() -> World {
    let options = Options {
        aws_defaults: false,
        page: Some(2),
        ..Options::default()
    };
    let world = World::with(options).await;
    for (name, region) in [
        ("a-1", "us-east-1"),
        ("b-2", "eu-central-1"),
        ("c-3", "eu-central-1"),
        ("d-4", "us-east-1"),
        ("e-5", "us-east-1"),
    ] {
        world
            .run(&["bootstrap", name, "--region", region, "--no-presign"])
            .exits(0);
    }
    let bare = [
        "bootstrap",
        "f-6",
        "--no-presign",
        "--skip",
        DEFAULT_CONTROLS,
    ];
    world.run(&bare).exits(0);
    world.log();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn audits_all_buckets_in_their_regions_and_writes_nothing() {
    let world = account().await;
    let output = world.run(&["audit", "--all", "-o", "json"]).exits(3);
    let mut lines: Vec<Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    lines.sort_by_key(|line| line["bucket"].to_string());
    let shown: Vec<[&str; 3]> = lines
        .iter()
        .map(|line| ["bucket", "region", "verdict"].map(|key| line[key].as_str().unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            ["a-1", "us-east-1", "compliant"],
            ["b-2", "eu-central-1", "compliant"],
            ["c-3", "eu-central-1", "compliant"],
            ["d-4", "us-east-1", "compliant"],
            ["e-5", "us-east-1", "compliant"],
            ["f-6", "us-east-1", "drift"],
        ]
    );
    assert_eq!(output.stderr, "6 buckets: 5 compliant, 1 with drift\n");
    let log = world.log();
    assert!(log.iter().all(|sent| sent.starts_with("GET")), "{log:?}");
    // The run reads the three pages of the bucket list, and then sends four GETs for each of the
    // six buckets, and one for the ACL of the bucket where ACLs are on. The run sends no request for the regions, because the bucket list contains the
    // region of each bucket.
    assert_eq!(log.len(), 3 + 6 * 4 + 1, "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sarif_and_html_are_one_document_each() {
    let world = account().await;
    let sarif = world.run(&["audit", "--all", "-o", "sarif"]).exits(3);
    let run = &sarif.json()["runs"][0];
    let results = run["results"].as_array().unwrap();
    // Code scanning shows each result as an alert, so only drift is a result.
    let shown: Vec<[&str; 2]> = results
        .iter()
        .map(|result| ["kind", "level"].map(|key| result[key].as_str().unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            ["fail", "error"],
            ["fail", "warning"],
            ["fail", "note"],
            ["fail", "warning"],
            ["fail", "warning"]
        ],
        "{sarif:?}"
    );
    let location = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "s3/f-6");
    // A JSON schema cannot express the following properties of the SARIF output.
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }

    let html = world.run(&["audit", "--all", "-o", "html"]).exits(3);
    assert!(
        html.stdout.starts_with("<!DOCTYPE html>") && html.stdout.trim_end().ends_with("</html>")
    );
    // The HTML page also contains style sheets, so this test compares only parts of the page.
    for part in ["f-6", "public-access-block", "S3.8", "2.1.4"] {
        assert!(html.stdout.contains(part), "{part}");
    }
    assert_lacks(&html.stdout, &["<script", "http://", "src=", "url("]);
}

/// The policy that `iam-policy audit` prints permits a complete audit. If any one action of the
/// printed policy is missing, the audit reports an error.
#[tokio::test(flavor = "multi_thread")]
async fn the_printed_audit_policy_is_sufficient_and_necessary() {
    let world = account().await;
    // The program asks whether a policy is public only if the policy allows something.
    let policy = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::f-6/*"}}"#;
    world.send_to(&OWNER, "PUT", "f-6", "policy", policy).await;
    let printed = Program::bare(&["iam-policy", "audit", "--all"]).run();
    let actions: Vec<String> = printed.actions().into_iter().collect();
    let permit = |actions: &[String]| {
        let names: Vec<&str> = actions.iter().map(String::as_str).collect();
        world.sandbox.permit(Some(&names));
        world.run_as(&OWNER, &world.sandbox.https(), &["audit", "--all"])
    };
    assert_eq!(permit(&actions).code, 3);
    for missing in 0..actions.len() {
        let mut fewer = actions.clone();
        let action = fewer.remove(missing);
        let output = permit(&fewer);
        // The program prints an error about a control on stdout, and an error about the list of
        // buckets on stderr.
        let shown = format!("{}{}", output.stdout, output.stderr);
        assert!(shown.contains(&action), "{action}: {output:?}");
    }
}

/// A server may list a bucket name that is invalid. `audit` reports an invalid bucket name, and
/// audits the other buckets.
#[tokio::test(flavor = "multi_thread")]
async fn reports_an_invalid_listed_name_and_audits_the_other_buckets() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    // If the server lists a name that is longer than any valid bucket name, the output contains a
    // shortened name.
    let long = "a".repeat(100_000);
    let shown = format!("{}…", "a".repeat(255));
    for (bad, shown) in [
        ("tenant:box", "tenant:box"),
        ("..", ".."),
        ("a/b", "a/b"),
        ("", ""),
        ("a b", "a b"),
        (&long, &shown),
    ] {
        let list = format!(
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>{bad}</Name></Bucket><Bucket><Name>{BUCKET}</Name></Bucket></Buckets></ListAllMyBucketsResult>"
        );
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{list}",
            list.len()
        );
        world.sandbox.inject(s3_sandbox::Fault::any(
            0,
            1,
            s3_sandbox::Action::Raw(answer.into_bytes()),
        ));
        let output = world.run(&["audit", "--all", "-o", "json"]).exits(1);
        let lines: Vec<serde_json::Value> = (output.stdout.lines())
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2, "{output:?}");
        assert_eq!(lines[0]["bucket"], shown, "{output:?}");
        assert_eq!(
            lines[0]["error"],
            "not audited: no request can carry this bucket name"
        );
        assert_eq!(lines[1]["bucket"], BUCKET, "{output:?}");
        assert_eq!(lines[1]["controls"].as_array().map(Vec::len), Some(7));
    }
}
