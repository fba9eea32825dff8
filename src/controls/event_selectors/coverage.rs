//! Decides whether the event selectors of a trail log every read or write of S3 objects.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html>

use super::EventSelectors;
use serde_json::Value;

/// The two kinds of data events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    /// Requests that only read, such as `GetObject`.
    Read,
    /// Requests that change something, such as `PutObject`.
    Write,
}

/// The resource type of S3 objects.
pub(super) const S3_OBJECT: &str = "AWS::S3::Object";

impl EventSelectors {
    /// Whether the trail logs these events for all objects in all buckets of the partition. A selector
    /// with a condition that this function does not know counts as a selector that omits events.
    #[must_use]
    pub fn log_all_objects(&self, events: Events, partition: &str) -> bool {
        self.log_objects(events, &format!("arn:{partition}:s3:::"))
    }

    /// As [`Self::log_all_objects`], for the objects whose ARNs begin with `arn`, such as
    /// `arn:aws:s3:::my-bucket/`.
    #[must_use]
    pub fn log_objects(&self, events: Events, arn: &str) -> bool {
        let basic = |selector: &Value| basic_logs_all(selector, events, arn);
        let advanced = |selector: &Value| advanced_logs_all(selector, events, arn);
        self.basic.iter().any(basic) || self.advanced.iter().any(advanced)
    }
}

/// Whether a value of a selector covers `arn`: the value is equal, or `arn:aws:s3` or `arn:aws:s3:::`, which
/// cover every bucket.
fn covers(prefix: &Value, arn: &str) -> bool {
    prefix.as_str().is_some_and(|prefix| {
        let (service, _) = arn.split_once(":::").unwrap_or((arn, ""));
        prefix == arn
            || prefix
                .strip_prefix(service)
                .is_some_and(|rest| ":::".starts_with(rest))
    })
}

pub(super) fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html>
fn basic_logs_all(selector: &Value, events: Events, arn: &str) -> bool {
    let kind = match events {
        Events::Read => "ReadOnly",
        Events::Write => "WriteOnly",
    };
    let logs = &selector["ReadWriteType"];
    (logs.is_null() || logs == "All" || logs == kind)
        && items(&selector["DataResources"]).iter().any(|resource| {
            resource["Type"] == S3_OBJECT
                && items(&resource["Values"])
                    .iter()
                    .any(|value| covers(value, arn))
        })
}

/// An advanced selector logs an event that meets the conditions of all its fields.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>
fn advanced_logs_all(selector: &Value, events: Events, arn: &str) -> bool {
    let fields = items(&selector["FieldSelectors"]);
    let names = |field: &str, value: &str| {
        fields
            .iter()
            .any(|it| it["Field"] == field && equals(it).iter().any(|it| it == value))
    };
    let is_read = match events {
        Events::Read => "true",
        Events::Write => "false",
    };
    let narrows = |field: &Value| {
        let has = |value: &str| equals(field).iter().any(|it| it == value);
        let has_one_condition = field.as_object().is_some_and(|all| {
            let conditions = all.iter().filter(|(name, _)| *name != "Field");
            conditions
                .filter(|(_, values)| !items(values).is_empty())
                .count()
                == 1
        });
        !(has_one_condition
            && match field["Field"].as_str().unwrap_or_default() {
                "eventCategory" => has("Data"),
                "resources.type" => has(S3_OBJECT),
                "eventSource" => has("s3.amazonaws.com"),
                "readOnly" => has(is_read),
                "resources.ARN" => items(&field["StartsWith"])
                    .iter()
                    .any(|value| covers(value, arn)),
                _ => false,
            })
    };
    names("eventCategory", "Data")
        && names("resources.type", S3_OBJECT)
        && !fields.iter().any(narrows)
}

/// The values of the condition `Equals`.
fn equals(field: &Value) -> &[Value] {
    items(&field["Equals"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Whether the selectors log all reads and all writes.
    fn logs(selectors: &EventSelectors) -> (bool, bool) {
        let [read, write] =
            [Events::Read, Events::Write].map(|it| selectors.log_all_objects(it, "aws"));
        (read, write)
    }

    fn basic(kind: &str, values: &Value) -> EventSelectors {
        let resource = json!({"Type": S3_OBJECT, "Values": values});
        EventSelectors {
            basic: vec![json!({"ReadWriteType": kind, "DataResources": [resource]})],
            ..EventSelectors::default()
        }
    }

    /// A selector for all data events of S3, with further conditions.
    fn advanced(more: &Value) -> EventSelectors {
        let mut fields = vec![
            json!({"Field": "eventCategory", "Equals": ["Data"]}),
            json!({"Field": "resources.type", "Equals": [S3_OBJECT]}),
        ];
        fields.extend(items(more).to_vec());
        EventSelectors {
            advanced: vec![json!({"Name": "ours", "FieldSelectors": fields})],
            ..EventSelectors::default()
        }
    }

    #[test]
    fn basic_selectors_log_all_buckets_only_with_the_arn_of_the_service() {
        for (kind, values, read, write) in [
            ("All", json!(["arn:aws:s3"]), true, true),
            ("All", json!(["arn:aws:s3:::"]), true, true),
            (
                "WriteOnly",
                json!(["arn:aws:s3:::a/", "arn:aws:s3"]),
                false,
                true,
            ),
            ("ReadOnly", json!(["arn:aws:s3"]), true, false),
            ("All", json!(["arn:aws:s3:::drop-box/"]), false, false),
            ("All", json!(["arn:aws-cn:s3"]), false, false),
            ("All", json!(["arn:aws"]), false, false),
            ("All", json!([""]), false, false),
            ("All", json!([7]), false, false),
            ("All", json!(null), false, false),
        ] {
            let name = values.to_string();
            assert_eq!(logs(&basic(kind, &values)), (read, write), "{kind} {name}");
        }
        let mut other = basic("All", &json!(["arn:aws:s3"]));
        other.basic[0]["DataResources"][0]["Type"] = json!("AWS::Lambda::Function");
        assert_eq!(logs(&other), (false, false));
    }

    #[test]
    fn a_condition_of_an_advanced_selector_can_omit_events() {
        for (more, read, write) in [
            (json!([]), true, true),
            (
                json!([{"Field": "readOnly", "Equals": ["false"]}]),
                false,
                true,
            ),
            (
                json!([{"Field": "readOnly", "Equals": ["true"]}]),
                true,
                false,
            ),
            (
                json!([{"Field": "readOnly", "NotEquals": ["true"]}]),
                false,
                false,
            ),
            (
                json!([{"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::"]}]),
                true,
                true,
            ),
            (
                json!([{"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::a/"]}]),
                false,
                false,
            ),
            (
                json!([{"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::logs/"]}]),
                false,
                false,
            ),
            (
                json!([{"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::"], "NotStartsWith": ["arn:aws:s3:::logs/"]}]),
                false,
                false,
            ),
            (
                json!([{"Field": "eventSource", "Equals": ["s3.amazonaws.com"]}]),
                true,
                true,
            ),
            (
                json!([{"Field": "eventName", "Equals": ["PutObject"]}]),
                false,
                false,
            ),
            (
                json!([{"Field": "userIdentity.arn", "NotStartsWith": ["arn:aws:sts"]}]),
                false,
                false,
            ),
            (
                json!([{"Field": "readOnly", "Equals": ["false"], "New": ["x"]}]),
                false,
                false,
            ),
            (json!([7]), false, false),
        ] {
            assert_eq!(logs(&advanced(&more)), (read, write), "{more}");
        }
        let mut management = advanced(&json!([]));
        management.advanced[0]["FieldSelectors"][0]["Equals"] = json!(["Management"]);
        assert_eq!(logs(&management), (false, false));
        assert_eq!(logs(&EventSelectors::default()), (false, false));
    }
}
