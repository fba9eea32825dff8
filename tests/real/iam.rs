//! Functions that call the IAM API of a server, and functions that restrict a user of Ceph RGW to
//! named actions.
//!
//! A user has at most one restriction and tests run at the same time, so only one test may restrict
//! a given user.

use super::{User, required};

/// Actions of AWS that Ceph 16 does not support. Ceph 16 refuses a policy with an action that it
/// does not support (400 `MalformedPolicyDocument`). If a request needs an action that Ceph does
/// not support, Ceph checks `s3:ListBucket` or `s3:CreateBucket` instead. `tests/real/README.md`
/// describes the differences between Ceph and AWS.
const UNKNOWN_TO_CEPH: [&str; 4] = [
    "s3:GetBucketOwnershipControls",
    "s3:GetEncryptionConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutEncryptionConfiguration",
];

/// Returns a policy that denies every action except `actions`. The policy does not name KMS actions
/// or the S3 actions that Ceph does not support.
///
/// AWS does not allow `Action` and `NotAction` in the same statement, but Ceph needs both: on Ceph
/// a statement with `NotAction` alone matches no request, so such a `Deny` statement denies nothing
/// (<https://github.com/ceph/ceph/pull/66099>).
pub fn all_but(actions: &[&str]) -> String {
    let known = |action: &&&str| !action.starts_with("kms:") && !UNKNOWN_TO_CEPH.contains(action);
    let left: Vec<String> = actions
        .iter()
        .filter(known)
        .map(|action| format!("{action:?}"))
        .collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"*","NotAction":[{}],"Resource":"*"}}]}}"#,
        left.join(",")
    )
}

/// Restricts the user `uid` with this policy. The new policy replaces the policy of an earlier
/// call, and applies at once.
pub fn limit(uid: &str, policy: &str) {
    call(
        &ceph_admin(),
        &[
            "Action=PutUserPolicy",
            "PolicyName=limit",
            &format!("UserName={uid}"),
            &format!("PolicyDocument={policy}"),
        ],
    );
}

/// Removes the policy that restricts the user.
pub fn lift(uid: &str) {
    call(
        &ceph_admin(),
        &[
            "Action=DeleteUserPolicy",
            "PolicyName=limit",
            &format!("UserName={uid}"),
        ],
    );
}

fn ceph_admin() -> User {
    User {
        endpoint: required("CEPH_HTTPS"),
        ca: required("CEPH_CA"),
        key_id: required("CEPH_IAM_KEY_ID"),
        secret: required("CEPH_IAM_SECRET"),
    }
}

/// Sends one call to the IAM API, asserts success, and returns the body of the response.
pub fn call(admin: &User, parameters: &[&str]) -> String {
    let credentials = format!("{}:{}", admin.key_id, admin.secret);
    let mut args = vec![
        "--aws-sigv4",
        "aws:amz:us-east-1:iam",
        "--user",
        &credentials,
        "--data-urlencode",
        "Version=2010-05-08",
    ];
    for parameter in parameters {
        args.extend(["--data-urlencode", *parameter]);
    }
    args.push(&admin.endpoint);
    let (status, body) = admin.curl(&args);
    let body = String::from_utf8(body).unwrap();
    assert_eq!(status, 200, "{parameters:?} {body}");
    body
}
