//! `bootstrap --data-events` with the CloudTrail of MiniStack, and the selectors of other tools.

use super::ministack::{root, user_for};
use super::{Output, Program, User, new_name};
use serde_json::{Value, json};

/// Sends one call to CloudTrail as the root user, and returns the JSON document of the response.
fn cloudtrail(operation: &str, body: &Value) -> Value {
    let admin = root();
    let credentials = format!("{}:{}", admin.key_id, admin.secret);
    let target =
        format!("x-amz-target: com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{operation}");
    let body = body.to_string();
    let (status, answer) = admin.curl(&[
        "--aws-sigv4",
        "aws:amz:us-east-1:cloudtrail",
        "--user",
        &credentials,
        "--header",
        "content-type: application/x-amz-json-1.1",
        "--header",
        &target,
        "--data",
        &body,
        &admin.endpoint,
    ]);
    let answer = String::from_utf8(answer).unwrap();
    assert_eq!(status, 200, "{operation} {answer}");
    serde_json::from_str(&answer).unwrap()
}

fn run(user: &User, args: &[&str]) -> Output {
    Program::bare(args)
        .env("AWS_ACCESS_KEY_ID", &user.key_id)
        .env("AWS_SECRET_ACCESS_KEY", &user.secret)
        .env("AWS_ENDPOINT_URL", &user.endpoint)
        .env("AWS_CA_BUNDLE", &user.ca)
        .run()
}

/// The selectors of the trail after a run with the permissions of `iam-policy`. `ours` is the selector that
/// the run adds for a bucket.
fn selectors_of_others_survive(kind: &str, theirs: &Value, ours: &dyn Fn(&str) -> Value) {
    let (bucket, logs) = (new_name("ms-events"), new_name("ms-logs"));
    let trail = format!("trail-{bucket}");
    let options = ["--data-events", trail.as_str()];
    let user = user_for(&bucket, &[("bootstrap", &options), ("audit", &options)]);
    let named = json!({ "Name": trail, "S3BucketName": logs, "IsMultiRegionTrail": true });
    cloudtrail("CreateTrail", &named);
    cloudtrail(
        "PutEventSelectors",
        &json!({ "TrailName": trail, kind: [theirs] }),
    );
    let args = ["bootstrap", &bucket, "--no-presign", "-o", "json"];
    for wanted in ["changed", "unchanged"] {
        let output = run(&user, &[&args[..], &options].concat()).exits(0);
        assert_eq!(output.status("data-events"), wanted, "{output:?}");
        let found = cloudtrail("GetEventSelectors", &json!({ "TrailName": trail }));
        assert_eq!(found[kind][0], *theirs);
        assert_eq!(found[kind][1], ours(&bucket));
        assert_eq!(found[kind].as_array().unwrap().len(), 2);
    }
    let audit = run(
        &user,
        &[&["audit", &bucket, "-o", "json"][..], &options].concat(),
    );
    assert_eq!(audit.status("data-events"), "compliant", "{audit:?}");
    cloudtrail("DeleteTrail", &json!({ "Name": trail }));
}

#[test]
fn basic_selectors_of_others_survive() {
    let theirs = json!({"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true, "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::theirs/logs/"]}], "ExcludeManagementEventSources": []});
    selectors_of_others_survive("EventSelectors", &theirs, &|bucket| {
        let arn = format!("arn:aws:s3:::{bucket}/");
        json!({"ReadWriteType": "All", "IncludeManagementEvents": false, "DataResources": [{"Type": "AWS::S3::Object", "Values": [arn]}], "ExcludeManagementEventSources": []})
    });
}

#[test]
fn advanced_selectors_of_others_survive() {
    let theirs = json!({"Name": "theirs", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::Lambda::Function"]}]});
    selectors_of_others_survive("AdvancedEventSelectors", &theirs, &|bucket| {
        let arn = format!("arn:aws:s3:::{bucket}/");
        json!({"Name": "s3-secure-bucket", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}, {"Field": "resources.ARN", "StartsWith": [arn]}]})
    });
}
