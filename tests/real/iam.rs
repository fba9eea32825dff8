//! Ceph RGW's IAM API: leaves a user of Ceph the named actions and nothing else.
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

/// Puts the policy on the user, in place of the one that `limit` put before; it holds at once.
pub fn limit(uid: &str, policy: &str) {
    call(&[
        "Action=PutUserPolicy",
        &format!("UserName={uid}"),
        &format!("PolicyDocument={policy}"),
    ]);
}

/// Takes the policy off the user.
pub fn lift(uid: &str) {
    call(&["Action=DeleteUserPolicy", &format!("UserName={uid}")]);
}

fn call(parameters: &[&str]) {
    let admin = User {
        endpoint: required("CEPH_HTTPS"),
        ca: required("CEPH_CA"),
        key_id: required("CEPH_IAM_KEY_ID"),
        secret: required("CEPH_IAM_SECRET"),
    };
    let credentials = format!("{}:{}", admin.key_id, admin.secret);
    let mut args = vec![
        "--aws-sigv4",
        "aws:amz:us-east-1:iam",
        "--user",
        &credentials,
    ];
    for parameter in ["Version=2010-05-08", "PolicyName=limit"]
        .iter()
        .chain(parameters)
    {
        args.extend(["--data-urlencode", *parameter]);
    }
    args.push(&admin.endpoint);
    let (status, body) = admin.curl(&args);
    assert_eq!(
        status,
        200,
        "{parameters:?} {}",
        String::from_utf8_lossy(&body)
    );
}
