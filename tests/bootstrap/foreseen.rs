//! Tests that the program reports a change that S3 would refuse, instead of sending the change, and
//! that the program sends dependent changes in the order that S3 requires.

use crate::support::aws::Aws;
use crate::support::program::{BUCKET, DEFAULT_CONTROLS};
use crate::support::world::World;
use s3_sandbox::{Action, Fault, OWNER, Preset};

fn public(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Site","Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::{BUCKET}/*"}}]}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_policy_is_written_before_public_access_is_blocked() {
    for principal in ["\"*\"", r#"{"AWS":"*"}"#] {
        let world = World::new(false).await;
        world
            .bootstrap(&["--skip", "public-access-block,tls-only"])
            .exits(0);
        let policy = Preset::Policy(public(principal));
        assert!(world.sandbox.preset(BUCKET, policy));
        let planned = world.bootstrap(&["--dry-run", "-o", "json"]).exits(3);
        assert_eq!(planned.status("tls-only"), "would-change", "{planned:?}");
        world.sandbox.clear_requests();
        let output = world.bootstrap(&["-o", "json"]).exits(0);
        for id in ["public-access-block", "tls-only"] {
            assert_eq!(output.status(id), "changed", "{output:?}");
        }
        assert_eq!(
            world.writes(),
            ["PUT ?policy", "PUT ?publicAccessBlock"],
            "{output:?}"
        );
        world.bootstrap(&[]).exits(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dry_run_reports_a_public_policy_under_block_public_access() {
    for (principal, options) in [
        ("\"*\"", &[][..]),
        (r#"{"AWS":["*"]}"#, &["--min-tls", "1.2"]),
    ] {
        let world = World::new(false).await;
        world.bootstrap(&["--skip", "tls-only"]).exits(0);
        let policy = Preset::Policy(public(principal));
        assert!(world.sandbox.preset(BUCKET, policy));
        for dry_run in [&["--dry-run"][..], &[]] {
            let args = [&["-o", "json"], options, dry_run].concat();
            let output = world.bootstrap(&args).exits(1);
            assert_ne!(output.status("tls-only"), "would-change", "{output:?}");
            let wanted =
                "a policy that counts as public: statement Site allows s3:GetObject to everyone";
            assert!(output.stderr.contains(wanted), "{output:?}");
        }
    }
}

/// S3 decides which policies are public. S3 may report a policy as public although the program
/// recognizes no public statement in the policy.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_only_s3_counts_as_public_is_reported_by_the_dry_run() {
    let world = World::new(false).await;
    world.bootstrap(&["--skip", "tls-only"]).exits(0);
    let policy = Preset::Policy(public(r#"{"AWS":"444455556666"}"#));
    assert!(world.sandbox.preset(BUCKET, policy));
    let planned = world.bootstrap(&["--dry-run", "-o", "json"]).exits(3);
    assert_eq!(planned.status("tls-only"), "would-change", "{planned:?}");
    let body = "<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>";
    let length = body.len();
    let text =
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    world.sandbox.inject(Fault {
        method: Some("GET".to_owned()),
        path: None,
        subresource: Some("policyStatus".to_owned()),
        skip: 0,
        times: usize::MAX,
        action: Action::Raw(text.into_bytes()),
    });
    let output = world.bootstrap(&["--dry-run", "-o", "json"]).exits(1);
    assert_eq!(output.status("tls-only"), "failed", "{output:?}");
    let wanted = "S3 refuses every write of a policy that counts as public: S3 reports the whole policy as public";
    assert!(output.stderr.contains(wanted), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_of_a_deleted_principal_is_named() {
    for principal in ["AROAEXAMPLEIDOFAROLE1", "AIDAEXAMPLEIDOFAUSER2"] {
        let world = World::new(false).await;
        world.bootstrap(&["--skip", "tls-only"]).exits(0);
        let policy = Preset::Policy(public(&format!(r#"{{"AWS":"{principal}"}}"#)));
        assert!(world.sandbox.preset(BUCKET, policy));
        for dry_run in [&["--dry-run"][..], &[]] {
            let output = world
                .bootstrap(&[&["-o", "json"], dry_run].concat())
                .exits(1);
            assert_eq!(output.status("tls-only"), "failed", "{output:?}");
            let wanted = format!(
                "S3 refuses the existing policy, not the statements to add: statement Site names {principal}"
            );
            assert!(output.stderr.contains(&wanted), "{output:?}");
        }
    }
}

/// The bucket policy requires a header on uploads, so S3 refuses uploads with the printed URLs. The
/// output names the required header, and the option that adds the header to the signature of the
/// URLs.
#[tokio::test(flavor = "multi_thread")]
async fn bootstrap_and_verify_name_headers_that_a_policy_requires() {
    for (condition, option) in [
        (
            r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"AES256"}}"#,
            "--header 'x-amz-server-side-encryption: AES256'",
        ),
        (
            r#"{"StringNotEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}"#,
            "--header 'x-amz-acl: bucket-owner-full-control'",
        ),
        (
            r#"{"StringNotEquals":{"s3:x-amz-acl":"it's"}}"#,
            r"--header 'x-amz-acl: it'\''s'",
        ),
        (
            r#"{"Null":{"s3:x-amz-server-side-encryption":"true"}}"#,
            "--header 'x-amz-server-side-encryption: VALUE'",
        ),
        (
            r#"{"Null":{"s3:RequestObjectTag/team":"true","s3:RequestObjectTag/a b":"true"}}"#,
            "--tag 'team=VALUE' --tag 'a b=VALUE'",
        ),
        (
            r#"{"Null":{"s3:RequestObjectTagKeys":"true"}}"#,
            "--tag KEY=VALUE",
        ),
        (
            r#"{"Null":{"s3:object-lock-mode":"true"}}"#,
            "--header 'x-amz-object-lock-mode: VALUE' --header 'x-amz-object-lock-retain-until-date: VALUE'",
        ),
        (r#"{"Null":{"s3:if-none-match":"true"}}"#, "--no-overwrite"),
    ] {
        let world = World::new(true).await;
        world.bootstrap(&["--skip", "tls-only"]).exits(0);
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Demand","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::{BUCKET}/*","Condition":{condition}}}]}}"#
        );
        assert!(world.sandbox.preset(BUCKET, Preset::Policy(policy)));
        let option = format!("presign put {option}");
        let output = world.bootstrap(&[]).exits(0);
        assert!(unwrapped(&output.stderr).contains(&option), "{output:?}");
        let output = world.run(&["verify", BUCKET, "-o", "json"]).exits(3);
        let round_trip = &output.json()["probes"][0];
        assert_eq!(round_trip["status"], "fail", "{output:?}");
        let reason = round_trip["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(&option), "{output:?}");
    }
}

/// Returns the text with each line break replaced by a space.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// If logging is on and a policy statement denies the delivery of logs, the output names this
/// statement.
#[tokio::test(flavor = "multi_thread")]
async fn reports_a_policy_that_prevents_log_delivery() {
    let deny = |condition: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"S3ServerAccessLogsPolicy","Effect":"Allow","Principal":{{"Service":"logging.s3.amazonaws.com"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::the-logs/*"}},{{"Sid":"Demand","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::the-logs/*","Condition":{condition}}}]}}"#
        )
    };
    for (condition, is_hit) in [
        (
            r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"AES256"}}"#,
            true,
        ),
        (
            r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1234567890"}}"#,
            true,
        ),
        (r#"{"Bool":{"aws:SecureTransport":"false"}}"#, false),
    ] {
        let world = World::new(true).await;
        let log = ["--log-bucket", "the-logs"];
        let made = ["--create-log-bucket", "--expected-owner", "111122223333"];
        world.harden(&[&log[..], &made].concat()).exits(0);
        let policy = Preset::Policy(deny(condition));
        assert!(world.sandbox.preset("the-logs", policy));
        let output = world.harden(&log).exits(0);
        let warning = "[WARN] Access logs may not arrive: the policy of the-logs may deny log delivery: statement Demand";
        assert_eq!(output.stderr.contains(warning), is_hit, "{output:?}");
        let audit = world.run(&[&["audit", BUCKET], &log[..]].concat());
        assert_eq!(audit.code, if is_hit { 3 } else { 0 }, "{audit:?}");
    }
}

/// Before the program blocks public access to a bucket, it warns that a public ACL or a website
/// exists.
#[tokio::test(flavor = "multi_thread")]
async fn warns_about_a_public_acl_and_a_website() {
    for (acl, text) in [
        ("public-read", "READ to everyone"),
        ("authenticated-read", "READ to every AWS account"),
    ] {
        let world = World::new(false).await;
        world.bootstrap(&["--skip", DEFAULT_CONTROLS]).exits(0);
        put(&world, "acl", &[("x-amz-acl", acl)], "").await;
        let site = "<WebsiteConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>";
        put(&world, "website", &[], site).await;
        world.sandbox.clear_requests();
        let options = ["--skip", "ownership-controls"];
        for dry_run in [&["--dry-run"][..], &[]] {
            let output = world.bootstrap(&[&options[..], dry_run].concat());
            let warning = format!("[WARN] The bucket's ACL is public ({text}");
            assert!(output.stderr.contains(&warning), "{output:?}");
            assert!(
                output.stderr.contains("[WARN] The bucket is a website"),
                "{output:?}"
            );
        }
        let log = world.log();
        let of = |what: &str| log.iter().position(|sent| sent == what);
        assert!(of("GET ?acl") < of("PUT ?publicAccessBlock"), "{log:?}");
    }
}

/// S3 refuses to disable ACLs while the ACL of the bucket has grants to others. The dry run names
/// the grantees of an ACL that prevents the change.
#[tokio::test(flavor = "multi_thread")]
async fn names_the_acl_grants_that_prevent_object_ownership() {
    let partner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
    let to_partner = format!("id={partner}");
    for (header, value, text) in [
        ("x-amz-acl", "public-read", "READ to everyone".to_owned()),
        (
            "x-amz-acl",
            "log-delivery-write",
            "to the group s3/LogDelivery".to_owned(),
        ),
        (
            "x-amz-grant-read",
            &*to_partner,
            format!("READ to {partner}"),
        ),
    ] {
        let world = World::new(false).await;
        world.bootstrap(&["--skip", DEFAULT_CONTROLS]).exits(0);
        put(&world, "acl", &[(header, value)], "").await;
        for dry_run in [&["--dry-run"][..], &[]] {
            let output = world
                .bootstrap(&[&["-o", "json"], dry_run].concat())
                .exits(1);
            assert_eq!(output.status("ownership-controls"), "failed", "{output:?}");
            let reason =
                "S3 refuses BucketOwnerEnforced while the bucket's ACL grants access to others: ";
            assert!(output.stderr.contains(reason), "{output:?}");
            assert!(output.stderr.contains(&text), "{text}: {output:?}");
        }
    }
}

/// A policy of an AWS organisation may deny CreateBucket requests with tags, or CreateBucket
/// requests without tags. On AWS the program first sends CreateBucket with the tags. If S3 answers
/// `AccessDenied`, the program sends CreateBucket without tags.
#[tokio::test(flavor = "multi_thread")]
async fn create_on_aws_sends_tags_unless_they_are_denied() {
    for (code, writes) in [(None, 1), (Some("AccessDenied"), 2)] {
        let aws = Aws::new().await;
        if let Some(code) = code {
            aws.world.sandbox.inject(Fault {
                method: Some("PUT".to_owned()),
                path: None,
                subresource: Some(String::new()),
                skip: 0,
                times: 1,
                action: Action::error(403, code, &[]),
            });
        }
        let args = [
            "bootstrap",
            BUCKET,
            "--tag",
            "team=files",
            "--settle",
            "0",
            "-o",
            "json",
        ];
        let output = aws.run_as(&OWNER, &args).exits(0);
        let creates = aws.log().into_iter().filter(|(what, _)| what == "PUT");
        assert_eq!(creates.count(), writes, "{output:?}");
        assert_ne!(output.status("tags"), "failed", "{output:?}");
    }
}

async fn put(world: &World, subresource: &str, headers: &[(&str, &str)], body: &str) {
    let at = format!("s3://{BUCKET}/");
    let query = format!("{subresource}=");
    let mut args = vec!["put".to_owned(), at, "--query".to_owned(), query];
    for (name, value) in headers {
        args.extend(["--header".to_owned(), format!("{name}: {value}")]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let url = world.presign(&world.sandbox.https(), &args);
    let answer = world.send("PUT", &url, headers, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}
