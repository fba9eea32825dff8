//! Tests of the minimal IAM policies.

use super::*;
use s3_presign::endpoint::BucketName;

fn settings() -> Settings {
    Settings::new(BucketName::parse("drop-box").unwrap(), "aws-cn")
}

#[test]
fn the_policy_allows_only_the_needed_actions_and_resources() {
    let key: &[u8] = b"in/*.txt";
    let with_key = Settings {
        kms_key: "arn:aws-cn:kms:cn-north-1:111122223333:key/1".parse().ok(),
        skip: vec!["encryption".to_owned(), "ownership-controls".to_owned()],
        ..settings()
    };
    assert_eq!(
        policy(Task::Bootstrap { key: Some(key) }, &with_key, None, true),
        json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "Harden", "Effect": "Allow", "Action": [
                "s3:CreateBucket", "s3:ListBucket",
                "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock", "s3:GetBucketPolicyStatus",
                "s3:GetBucketAcl", "s3:GetBucketWebsite",
                "s3:GetBucketPolicy", "s3:PutBucketPolicy"
            ], "Resource": "arn:aws-cn:s3:::drop-box"},
            {"Sid": "Exchange", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws-cn:s3:::drop-box/in/${*}.txt"},
            {"Sid": "Key", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "arn:aws-cn:kms:cn-north-1:111122223333:key/1"},
        ]})
    );
    assert_eq!(
        policy(
            Task::PresignPut {
                key: None,
                is_prefix: false,
                tag: false
            },
            &settings(),
            None,
            true,
        )["Statement"],
        json!([{"Sid": "Upload", "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "arn:aws-cn:s3:::drop-box/*"}])
    );
}

#[test]
fn the_policy_for_audit_allows_no_writes() {
    let read = policy(
        Task::Audit {
            full: &[],
            all: true,
            subresources: None,
        },
        &settings(),
        None,
        true,
    )
    .to_string();
    assert!(
        !read.contains("s3:Put") && !read.contains("s3:Create"),
        "{read}"
    );
    assert!(read.contains("s3:ListAllMyBuckets") && read.contains("s3:GetBucketPolicy"));
}
#[test]
fn the_policy_allows_listing_buckets_on_servers_other_than_aws() {
    for task in [
        Task::Bootstrap { key: None },
        Task::Audit {
            full: &[],
            all: false,
            subresources: None,
        },
        Task::Verify { policy: false },
        Task::List {
            receipts: true,
            owner: true,
        },
    ] {
        let list = json!({"Sid": "List", "Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": "*"});
        for is_aws in [true, false] {
            let policy = policy(task, &settings(), None, is_aws);
            let statements = policy["Statement"].as_array().unwrap();
            assert_eq!(statements.contains(&list), !is_aws, "{task:?}");
        }
    }
}
