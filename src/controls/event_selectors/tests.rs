//! Tests of the selectors of other tools, of limits and of the comparison after a write.

use super::*;
use crate::controls::foreign;

const OURS: &str = "arn:aws:s3:::drop-box/";

fn body(document: &Value) -> Vec<u8> {
    document.to_string().into_bytes()
}

fn selectors(document: &Value) -> EventSelectors {
    EventSelectors::of(&read(&body(document)).unwrap())
}

fn management() -> Value {
    json!({"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [], "ExcludeManagementEventSources": []})
}

fn theirs() -> Value {
    json!({"Name": "theirs", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::Lambda::Function"]},
    ]})
}

#[test]
fn basic_selectors_stay_basic_and_buckets_share_one_selector() {
    let theirs = json!({"ReadWriteType": "WriteOnly", "IncludeManagementEvents": false, "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::theirs/logs/"]}], "Future": 1});
    let mut found = selectors(&json!({"EventSelectors": [management(), theirs]}));
    found.add(OURS);
    found.add("arn:aws:s3:::second/");
    let ours = json!({"ReadWriteType": "All", "IncludeManagementEvents": false, "DataResources": [{"Type": "AWS::S3::Object", "Values": [OURS, "arn:aws:s3:::second/"]}]});
    assert_eq!(found.basic, [management(), theirs, ours]);
    assert_eq!(found.advanced, [Value::Null; 0]);
}

/// A trail without selectors logs management events, and still logs them after the write.
#[test]
fn a_trail_without_selectors_keeps_the_management_events() {
    let mut found = selectors(&json!({"EventSelectors": []}));
    found.add(OURS);
    assert_eq!(found.basic[0], management());
    assert_eq!(found.basic.len(), 2);
}

#[test]
fn advanced_selectors_stay_advanced_and_buckets_share_one_selector() {
    let mut found = selectors(&json!({"AdvancedEventSelectors": [theirs()]}));
    found.add(OURS);
    // A server may return the fields in another order, with empty lists.
    let fields = found.advanced[1]["FieldSelectors"].as_array_mut().unwrap();
    fields.reverse();
    fields[0]["Equals"] = json!([]);
    found.add("arn:aws:s3:::second/");
    assert_eq!(found.advanced.len(), 2);
    assert_eq!(found.advanced[0], theirs());
    assert_eq!(
        found.advanced[1]["FieldSelectors"][0]["StartsWith"],
        json!([OURS, "arn:aws:s3:::second/"])
    );
    assert_eq!(found.basic, [Value::Null; 0]);
}

#[test]
fn a_selector_with_another_condition_is_not_the_shared_one() {
    let ours = shared_advanced(&json!(["arn:aws:s3:::other/"]));
    for (member, value) in [
        ("Name", json!("theirs")),
        ("Future", json!(1)),
        (
            "FieldSelectors",
            json!([{"Field": "resources.ARN", "StartsWith": ["a"]}]),
        ),
    ] {
        let mut changed = ours.clone();
        changed[member] = value;
        let mut found = selectors(&json!({"AdvancedEventSelectors": [changed]}));
        found.add(OURS);
        assert_eq!((found.advanced.len(), &found.advanced[0]), (2, &changed));
    }
    let shared = json!({"ReadWriteType": "All", "IncludeManagementEvents": false, "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::other/"]}]});
    for (member, value) in [
        ("ReadWriteType", json!("ReadOnly")),
        ("IncludeManagementEvents", json!(true)),
        (
            "DataResources",
            json!([{"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}]),
        ),
        (
            "DataResources",
            json!([{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::other/logs/"]}]),
        ),
        ("Future", json!(1)),
    ] {
        let mut changed = shared.clone();
        changed[member] = value;
        let mut found = selectors(&json!({"EventSelectors": [changed]}));
        found.add(OURS);
        assert_eq!((found.basic.len(), &found.basic[0]), (2, &changed));
    }
}

#[test]
fn limits_are_counted_over_all_selectors() {
    let values = |count: usize| -> Vec<String> { (0..count).map(|it| format!("v{it}")).collect() };
    let advanced = |count: usize| {
        let fields = json!([{"Field": "a", "Equals": values(count - 3)}, {"Field": "b", "NotEquals": values(3)}]);
        selectors(&json!({"AdvancedEventSelectors": [{"FieldSelectors": fields}]})).objection()
    };
    let resources = |count: usize| {
        let lists =
            json!([{"Type": "t", "Values": values(count - 3)}, {"Type": "u", "Values": values(3)}]);
        selectors(&json!({"EventSelectors": [{"DataResources": lists}]})).objection()
    };
    let basic = |count: usize| {
        let all = vec![management(); count];
        selectors(&json!({"EventSelectors": all})).objection()
    };
    for (objection, most) in [
        (&advanced as &dyn Fn(usize) -> Option<String>, 500),
        (&resources, 250),
        (&basic, 5),
    ] {
        assert_eq!(objection(most), None);
        let why = objection(most + 1).unwrap();
        let wanted = format!("the trail would have {} ", most + 1);
        assert!(why.starts_with(&wanted), "{why}");
        assert!(why.contains(&format!("limit of {most}")), "{why}");
    }
}

/// After a write, each selector and each value of a selector is compared.
#[test]
fn the_comparison_finds_each_missing_value() {
    let ours = shared_advanced(&json!([OURS, "arn:aws:s3:::second/"]));
    let before = json!({"TrailName": "a", "AdvancedEventSelectors": [theirs(), ours]});
    let known = foreign::parts(Some(&body(&before)));
    let missing = |change: &dyn Fn(&mut Value)| {
        let mut after = before.clone();
        change(&mut after);
        let found = foreign::parts(Some(&body(&after)));
        let names = foreign::missing(&known, &found).into_iter();
        names.map(|part| part.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(missing(&|_| {}), [""; 0]);
    // The order has no meaning, and an empty list means the same as no list.
    let reordered = |after: &mut Value| {
        let list = after["AdvancedEventSelectors"].as_array_mut().unwrap();
        list.reverse();
        list[0]["FieldSelectors"].as_array_mut().unwrap().reverse();
        list[0]["FieldSelectors"][0]["NotEquals"] = json!([]);
    };
    assert_eq!(missing(&reordered), [""; 0]);
    let one = |after: &mut Value| {
        after["AdvancedEventSelectors"][1]["FieldSelectors"][2]["StartsWith"] = json!([OURS]);
    };
    assert_eq!(
        missing(&one),
        ["arn:aws:s3:::second/ in event selector s3-secure-bucket"]
    );
    let renamed = |after: &mut Value| after["AdvancedEventSelectors"][0]["Name"] = json!("new");
    assert!(missing(&renamed).contains(&"event selector theirs".to_owned()));
}
