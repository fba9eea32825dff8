//! The IAM API of a server, and Ceph RGW's: leaves a user of Ceph the named actions and nothing else.
//!
//! A user has one such policy at a time and tests run side by side: one test alone may limit a user.

use super::{User, required};

/// Actions of AWS that Ceph 16 has no name for; one of them in a policy, and it refuses the policy
/// (400 `MalformedPolicyDocument`). What they stand for Ceph takes for the bucket itself, see the
/// traps in `tests/real/README.md`: `s3:ListBucket` and `s3:CreateBucket` let it through.
const UNKNOWN_TO_CEPH: [&str; 4] = [
    "s3:GetBucketOwnershipControls",
    "s3:GetEncryptionConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutEncryptionConfiguration",
];

/// A policy that denies all but `actions`; of those, Ceph has no KMS ones and not all of S3.
///
/// `Action` beside `NotAction` is not AWS's grammar, but Ceph needs it: with `NotAction` alone a
/// statement applies to nothing there, so such a `Deny` would deny nothing
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

/// Puts the policy on the user; it replaces the one that `limit` put before, and applies at once.
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

/// Takes the policy off the user.
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

/// One call of the IAM API, which must succeed: the body of the answer.
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
