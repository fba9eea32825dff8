//! `request` and `list`. On MiniStack: a user who has only the printed policy can run them, and needs each part.
//! On Ceph: a run that fails leaves nothing in the bucket.

use super::ceph;
use super::ministack::{grant, new_user, printed, user_for};
use super::{Output, User, new_name};
use serde_json::{Value, json};

/// A bucket whose owner ran `bootstrap`, and that has one delivery.
fn bucket() -> String {
    let bucket = new_name("ms-exchange");
    let owner = user_for(&bucket, &[("bootstrap", &[])]);
    let made = owner.run(&["bootstrap", &bucket, "--no-presign"]);
    assert_eq!(made.code, 0, "{made:?}");
    bucket
}

/// Creates a user of the account who has only the permissions in `policy`.
fn user_with(policy: &Value) -> User {
    let name = new_name("ms-user");
    let user = new_user(&name);
    // An IAM policy without a statement is invalid.
    if policy["Statement"] != json!([]) {
        grant(&name, "only", policy);
    }
    user
}

/// Whether the run succeeded and read everything that it wanted to read, and the link that it printed works.
fn is_complete(user: &User, output: &Output) -> bool {
    let says = |text: &str| output.stderr.contains(text);
    output.code == 0
        && !says("warning:")
        && !says("is not known")
        && (!output.stdout.starts_with("https:") || stores_a_file(user, output.stdout.trim_end()))
}

/// Whether a customer can store a file with the page of `link`.
fn stores_a_file(user: &User, link: &str) -> bool {
    let (status, page) = user.curl(&[link]);
    assert_eq!(status, 200);
    let page = String::from_utf8(page).unwrap();
    let (_, config) = page.split_once("id=\"config\">").unwrap();
    let (config, _) = config.split_once("</script>").unwrap();
    let config: Value = serde_json::from_str(config).unwrap();
    let folder = config["folder"].as_str().unwrap();
    let fields: Vec<(String, String)> = serde_json::from_value(config["forms"][0].clone()).unwrap();
    let mut args = Vec::new();
    for (name, value) in fields {
        let value = if name == "key" {
            format!("{folder}d/x")
        } else {
            value
        };
        args.extend(["--form-string".to_owned(), format!("{name}={value}")]);
    }
    args.extend(["--form".to_owned(), "file=x;filename=x".to_owned()]);
    args.push(config["url"].as_str().unwrap().to_owned());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    user.curl(&args).0 == 201
}

/// Runs `args` with the whole policy, and with each action of each statement left out. `not_called` are actions
/// that only another run needs.
fn sufficient_and_necessary(policy: &Value, not_called: &[&str], args: &[&str]) {
    let run = |policy: &Value| {
        let user = user_with(policy);
        let output = user.run(args);
        (is_complete(&user, &output), output)
    };
    let (complete, output) = run(policy);
    assert!(complete, "{output:?}");
    let statements = policy["Statement"].as_array().unwrap();
    for (number, statement) in statements.iter().enumerate() {
        for missing in statement["Action"].as_array().unwrap() {
            let mut less = policy.clone();
            let actions = less["Statement"][number]["Action"].as_array_mut().unwrap();
            actions.retain(|action| action != missing);
            if actions.is_empty() {
                less["Statement"].as_array_mut().unwrap().remove(number);
            }
            let (complete, output) = run(&less);
            let needed = !not_called.contains(&missing.as_str().unwrap());
            let sid = &statement["Sid"];
            assert_eq!(!complete, needed, "{sid}: {missing}: {output:?}");
        }
    }
}

/// The bucket has Block Public Access, so the run does not ask whether the bucket is public. A run that succeeds
/// removes no page.
#[test]
fn ministack_shows_that_the_request_policy_is_sufficient_and_each_action_is_needed() {
    let bucket = bucket();
    let not_called = [
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketAcl",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
    ];
    let policy = printed("request", &bucket, &["--key", "in/"]);
    let uri = format!("s3://{bucket}/in/");
    sufficient_and_necessary(&policy, &not_called, &["request", &uri]);
    let elsewhere = format!("s3://{bucket}/out/");
    let user = user_with(&policy);
    let output = user.run(&["request", &elsewhere]);
    assert_eq!(output.code, 1, "{output:?}");
}

#[test]
fn ministack_shows_that_the_list_policy_is_sufficient_and_each_action_is_needed() {
    let bucket = bucket();
    let writer = user_with(&printed("presign-put", &bucket, &[]));
    let folder = "in/mzxw6ytboiydcmrtgq2tmnzyhe/20261127T001500Z-aaaaaaaaaaaaaaaaaaaaaaaaaa/";
    for (name, content) in [("a.pdf", "12345"), ("receipt.json", "{}")] {
        let url = writer.presign("put", &format!("s3://{bucket}/{folder}{name}"), &[]);
        assert_eq!(writer.upload(&url, content), 200);
    }
    let uri = format!("s3://{bucket}/in/");
    let policy = printed("list", &bucket, &[]);
    sufficient_and_necessary(&policy, &[], &["list", &uri]);
    // The receipt is not valid, so a run that reads the receipt prints one warning.
    let policy = printed("list", &bucket, &["--long"]);
    let output = user_with(&policy).run(&["list", &uri, "--long"]);
    assert_eq!(
        (output.code, output.stderr.matches("warning:").count()),
        (0, 1)
    );
    assert!(output.stderr.contains("untrustworthy"), "{output:?}");
    let refused = user_with(&printed("list", &bucket, &[])).run(&["list", &uri, "--long"]);
    assert!(!refused.stderr.contains("untrustworthy"), "{refused:?}");
}

/// The keys of all versions, delete markers and unfinished uploads in the bucket.
fn contents(user: &User, bucket: &str) -> Vec<String> {
    let of = |query: &str, root: &str| {
        let url = user.presign("get", &format!("s3://{bucket}/"), &["--query", query]);
        let (status, list) = user.curl(&[&url]);
        let list = String::from_utf8(list).unwrap();
        assert!(status == 200 && list.contains(root), "{list}");
        let keys = list.split("<Key>").skip(1);
        let keys = keys.map(|key| key.split('<').next().unwrap().to_owned());
        keys.collect::<Vec<_>>()
    };
    let versions = of("versions=", "<ListVersionsResult");
    [versions, of("uploads=", "<ListMultipartUploadsResult")].concat()
}

/// A page for files, and a page that sends one file in parts, for which the run begins an upload.
const KINDS: [&[&str]; 2] = [&[], &["--key", "disk.img", "--size-range", "..6GiB"]];

#[test]
fn ceph_with_block_public_access_gets_an_error_and_keeps_its_contents() {
    let (owner, bucket) = (ceph::owner(), new_name("ceph-request-bpa"));
    let skip = ["--skip", "public-access-block"];
    let made = owner.run(&[&["bootstrap", &bucket, "--no-presign"][..], &skip].concat());
    assert_eq!(made.code, 4, "{made:?}");
    let uri = format!("s3://{bucket}/in/");
    let url = owner.presign("put", &format!("{uri}before.txt"), &[]);
    assert_eq!(owner.upload(&url, "x"), 200);
    assert_eq!(
        owner.run(&["bootstrap", &bucket, "--no-presign"]).code,
        4,
        "Block Public Access is on"
    );
    for kind in KINDS {
        let output = owner.run(&[&["request", &uri], kind].concat());
        assert_eq!((output.code, &*output.stdout), (1, ""), "{output:?}");
        let lines: Vec<&str> = output.stderr.lines().rev().take(2).collect();
        let [hint, error] = lines[..] else {
            panic!("{output:?}");
        };
        assert!(
            error.starts_with("error: the server refuses uploads, as Ceph does while Block Public Access is on: S3 answered 403 AccessDenied"),
            "{output:?}"
        );
        assert!(
            hint.contains("`bootstrap --skip public-access-block`"),
            "{output:?}"
        );
        assert_eq!(contents(&owner, &bucket), ["in/before.txt"], "{output:?}");
    }
}

/// A bucket without Block Public Access, as the hint of the error says. Then a policy refuses the links of pages, so
/// that a run fails after it has stored its page.
#[test]
fn ceph_without_block_public_access_gets_a_link_that_works_and_no_page_after_a_failure() {
    for more in [&[][..], &["--versioning"]] {
        let (owner, bucket) = (ceph::owner(), new_name("ceph-request"));
        let args = ["bootstrap", &bucket, "--no-presign", "--skip"];
        let made = owner.run(&[&args[..], &["public-access-block"], more].concat());
        assert_eq!(made.code, 4, "{made:?}");
        let uri = format!("s3://{bucket}/in/");
        let output = owner.run(&["request", &uri]);
        assert_eq!(output.code, 0, "{output:?}");
        assert!(stores_a_file(&owner, output.stdout.trim_end()));
        let before = contents(&owner, &bucket);
        let are = |prefix: &str| before.iter().any(|key| key.starts_with(prefix));
        assert!(before.len() == 2 && are(".s3-secure-bucket/pages/") && are("in/"));

        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
            "Resource": format!("arn:aws:s3:::{bucket}/.s3-secure-bucket/pages/*"),
        }]});
        let at = format!("s3://{bucket}/");
        let url = owner.presign("put", &at, &["--query", "policy"]);
        assert!([200, 204].contains(&owner.upload(&url, &policy.to_string())));
        for kind in KINDS {
            let output = owner.run(&[&["request", &uri], kind].concat());
            assert_eq!((output.code, &*output.stdout), (1, ""), "{output:?}");
            assert!(
                output
                    .stderr
                    .contains("error: the server refused the link to the page: 403"),
                "{output:?}"
            );
            assert_eq!(contents(&owner, &bucket), before, "{output:?}");
        }
    }
}
