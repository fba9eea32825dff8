//! `request` and `list` on MiniStack: a user who has only the printed policy can run them, and needs each part.

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

/// Whether a customer can store a file with the page behind `link`. MiniStack checks the size of a file before the
/// permission, so the empty file of `request` does not show that the permission is missing.
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
    assert!(!is_complete(&user, &output), "{output:?}");
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
