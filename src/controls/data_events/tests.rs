//! Tests of the control for data events.

use super::*;
use crate::controls::Control;

fn review(found: &Value) -> Option<Value> {
    let settings = Settings {
        data_events: Some("audit-trail".parse().unwrap()),
        ..crate::controls::tests::settings()
    };
    let body = found.to_string();
    let change = DataEvents
        .review(Some(body.as_bytes()), &settings)
        .unwrap()
        .change;
    change.map(|body| serde_json::from_slice(&body).unwrap())
}

fn basic(kind: &str, value: &str) -> Value {
    json!({"ReadWriteType": kind, "DataResources": [{"Type": "AWS::S3::Object", "Values": [value]}]})
}

fn advanced(more: &Value) -> Value {
    let mut fields = vec![
        json!({"Field": "eventCategory", "Equals": ["Data"]}),
        json!({"Field": "resources.type", "Equals": ["AWS::S3::Object"]}),
    ];
    fields.extend(more.as_array().cloned().unwrap_or_default());
    json!({"Name": "theirs", "FieldSelectors": fields})
}

#[test]
fn nothing_changes_if_all_events_of_the_bucket_are_logged() {
    let read_only = json!([{"Field": "readOnly", "Equals": ["true"]}]);
    let write_only = json!([{"Field": "readOnly", "Equals": ["false"]}]);
    let own = json!([{"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::drop-box/"]}]);
    let part = json!([{"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::drop-box/logs/"]}]);
    for (found, is_logged) in [
        (
            json!({"EventSelectors": [basic("All", "arn:aws:s3")]}),
            true,
        ),
        (
            json!({"EventSelectors": [basic("All", "arn:aws:s3:::")]}),
            true,
        ),
        (
            json!({"EventSelectors": [basic("All", "arn:aws:s3:::drop-box/")]}),
            true,
        ),
        (
            json!({"EventSelectors": [basic("ReadOnly", "arn:aws:s3"), basic("WriteOnly", "arn:aws:s3:::drop-box/")]}),
            true,
        ),
        (
            json!({"EventSelectors": [basic("ReadOnly", "arn:aws:s3")]}),
            false,
        ),
        (
            json!({"EventSelectors": [basic("All", "arn:aws:s3:::drop-box-2/")]}),
            false,
        ),
        (
            json!({"EventSelectors": [basic("All", "arn:aws:s3:::drop-box/logs/")]}),
            false,
        ),
        (
            json!({"AdvancedEventSelectors": [advanced(&json!([]))]}),
            true,
        ),
        (json!({"AdvancedEventSelectors": [advanced(&own)]}), true),
        (
            json!({"AdvancedEventSelectors": [advanced(&read_only), advanced(&write_only)]}),
            true,
        ),
        (
            json!({"AdvancedEventSelectors": [advanced(&read_only)]}),
            false,
        ),
        (json!({"AdvancedEventSelectors": [advanced(&part)]}), false),
    ] {
        assert_eq!(review(&found).is_none(), is_logged, "{found}");
    }
}

#[test]
fn the_body_keeps_the_trail_and_the_report_has_only_the_selectors() {
    let found = json!({"TrailName": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/a", "EventSelectors": []});
    let change = review(&found).unwrap();
    assert_eq!(change["TrailName"], found["TrailName"]);
    assert_eq!(change["EventSelectors"].as_array().unwrap().len(), 2);
    let state = DataEvents::read(found.to_string().as_bytes()).unwrap();
    assert_eq!(DataEvents::json(&state), json!({"EventSelectors": []}));
}
