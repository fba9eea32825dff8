//! Tests with LocalStack: the operations that Ceph lacks, the defaults of a new bucket on AWS, and
//! the errors of presigned URLs. LocalStack does not verify signatures in headers, and enforces no
//! policy.

use super::{User, new_name, presigned_urls_hold, requests, required};

pub fn owner() -> User {
    User {
        endpoint: required("LOCALSTACK_HTTPS"),
        ca: required("LOCALSTACK_CA"),
        key_id: required("LOCALSTACK_OWNER_KEY_ID"),
        secret: required("LOCALSTACK_OWNER_SECRET"),
    }
}

#[test]
fn every_control_is_set_or_found_set_and_a_second_run_writes_nothing() {
    let (owner, bucket) = (owner(), new_name("ls-harden"));
    for (run, codes, writes) in [
        // As on AWS, a new bucket already has Block Public Access and ownership controls.
        (
            "first",
            [
                ("encryption", "changed"),
                ("tls-only", "changed"),
                ("versioning", "changed"),
            ],
            4,
        ),
        (
            "second",
            [
                ("encryption", "unchanged"),
                ("tls-only", "unchanged"),
                ("versioning", "unchanged"),
            ],
            0,
        ),
    ] {
        let output = owner.run(&["bootstrap", &bucket, "--versioning", "-o", "json", "-v"]);
        assert_eq!(output.code, 0, "{run} {output:?}");
        for (id, status) in codes {
            assert!(
                output
                    .statuses()
                    .contains(&(id.to_owned(), status.to_owned())),
                "{run} {id} {output:?}"
            );
        }
        let controls = output.json()["controls"].as_array().unwrap().clone();
        assert!(
            controls.len() == 5 && controls.iter().all(|control| control["verified"] == true),
            "{run} {output:?}"
        );
        let puts = requests(&output)
            .iter()
            .filter(|request| request.starts_with("PUT"))
            .count();
        assert_eq!(puts, writes, "{run} {output:?}");
    }
}

#[test]
fn kms_in_another_region_is_set_and_kept() {
    let (owner, bucket) = (owner(), new_name("ls-kms"));
    let key = "arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let run = |more: &[&str]| {
        let args = ["bootstrap", &bucket, "--region", "eu-west-1", "-o", "json"];
        let output = owner.run(&[&args[..], more].concat());
        assert_eq!(output.code, 0, "{output:?}");
        output.json()["controls"][1].clone()
    };
    let rule = |control: &serde_json::Value| control["wanted"]["Rules"][0].clone();
    let set = run(&["--kms-key", key]);
    assert_eq!(
        (&set["status"], &set["verified"]),
        (&"changed".into(), &true.into())
    );
    assert_eq!(
        rule(&set)["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"],
        key
    );
    let kept = run(&[]);
    assert_eq!(
        (&kept["status"], rule(&kept)),
        (&"unchanged".into(), rule(&set))
    );
}

#[test]
fn presigned_urls_permit_only_the_signed_request() {
    let (owner, bucket) = (owner(), new_name("ls-presign"));
    assert_eq!(owner.run(&["bootstrap", &bucket]).code, 0);
    presigned_urls_hold(&owner, &bucket);
}

/// LocalStack supports all optional controls, and no other server in these tests supports
/// `?logging`.
#[test]
fn the_optional_controls_are_set_and_a_second_run_writes_nothing() {
    let (owner, bucket, logs) = (owner(), new_name("ls-more"), new_name("ls-logs"));
    let args = [
        "bootstrap",
        &bucket,
        "--lifecycle",
        "--transition-ia-days",
        "30",
        "--tag",
        "team=files",
        "--min-tls",
        "1.3",
        "--max-presign-age",
        "1h",
        "--vpce",
        "vpce-1a2b3c4d",
        "--log-bucket",
        &logs,
        "--create-log-bucket",
        "--expected-owner",
        &owner.key_id,
        "--no-presign",
        "-v",
        "-o",
        "json",
    ];
    let first = owner.run(&args);
    assert_eq!(first.code, 0, "{first:?}");
    let second = owner.run(&args);
    assert_eq!(second.code, 0, "{second:?}");
    assert!(
        second
            .statuses()
            .iter()
            .all(|(_, status)| status == "unchanged"),
        "{second:?}"
    );
    assert!(
        requests(&second)
            .iter()
            .all(|sent| !sent.starts_with("PUT")),
        "{second:?}"
    );
    let audit = owner.run(&["audit", &bucket, &logs]);
    assert_eq!(audit.code, 0, "{audit:?}");
}
