//! The event selectors of a trail, which decide which requests CloudTrail logs.

mod coverage;

pub use coverage::Events;

use crate::values;
use crate::xml::DecodeError;
use coverage::{S3_OBJECT, items};
use serde_json::{Map, Value, json};

/// The name of the subresource of [`Subresource`](super::Subresource) that has the selectors.
pub(crate) const NAME: &str = "event-selectors";
/// The member of a document with basic selectors.
pub(crate) const BASIC: &str = "EventSelectors";
/// The member of a document with advanced selectors.
pub(crate) const ADVANCED: &str = "AdvancedEventSelectors";
/// The largest number of basic selectors of a trail.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html>
const MOST_BASIC: usize = 5;
/// The largest number of resources in all basic selectors of a trail.
const MOST_RESOURCES: usize = 250;
/// The largest number of values in all conditions of all advanced selectors of a trail.
const MOST_VALUES: usize = 500;

/// The event selectors of a trail. A trail has selectors of one kind only, so at least one of the two lists
/// is empty. Each selector is a JSON document with all its members, also those that this program does not
/// know.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html>
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventSelectors {
    /// The basic selectors, from `EventSelectors`.
    pub basic: Vec<Value>,
    /// The advanced selectors, from `AdvancedEventSelectors`.
    pub advanced: Vec<Value>,
}

impl EventSelectors {
    /// Returns the selectors of a document with the members `EventSelectors` or `AdvancedEventSelectors`.
    pub(crate) fn of(document: &Map<String, Value>) -> Self {
        let list = |name| items(document.get(name).unwrap_or(&Value::Null)).to_vec();
        EventSelectors {
            basic: list(BASIC),
            advanced: list(ADVANCED),
        }
    }

    /// Adds the objects whose ARNs begin with `arn` (`arn:aws:s3:::BUCKET/`). Advanced selectors stay
    /// advanced, and basic selectors stay basic. All buckets of this program share one selector. The
    /// selectors of other tools do not change.
    pub(crate) fn add(&mut self, arn: &str) {
        if self.advanced.is_empty() {
            self.add_basic(arn);
        } else {
            self.add_advanced(arn);
        }
    }

    fn add_basic(&mut self, arn: &str) {
        if self.basic.is_empty() {
            // A trail without selectors logs management events, which a request with other selectors only
            // would switch off.
            self.basic.push(json!({
                "ReadWriteType": "All",
                "IncludeManagementEvents": true,
                "DataResources": [],
                "ExcludeManagementEventSources": [],
            }));
        }
        for selector in &mut self.basic {
            if is_shared_basic(selector)
                && let Some(values) = selector["DataResources"][0]["Values"].as_array_mut()
            {
                return values.push(json!(arn));
            }
        }
        self.basic.push(json!({
            "ReadWriteType": "All",
            "IncludeManagementEvents": false,
            "DataResources": [{ "Type": S3_OBJECT, "Values": [arn] }],
        }));
    }

    fn add_advanced(&mut self, arn: &str) {
        if let Some(values) = self.advanced.iter_mut().find_map(shared_values) {
            return values.push(json!(arn));
        }
        self.advanced.push(shared_advanced(&json!([arn])));
    }

    /// Returns the reason why CloudTrail would reject these selectors, or `None` if they violate no known
    /// limit.
    pub(crate) fn objection(&self) -> Option<String> {
        let resources = self.basic.iter().flat_map(|it| items(&it["DataResources"]));
        let fields = self
            .advanced
            .iter()
            .flat_map(|it| items(&it["FieldSelectors"]));
        let conditions = fields.flat_map(|it| it.as_object().into_iter().flat_map(Map::values));
        [
            (self.basic.len(), MOST_BASIC, "basic event selectors"),
            (
                resources.map(|it| items(&it["Values"]).len()).sum(),
                MOST_RESOURCES,
                "resources in its basic event selectors",
            ),
            (
                conditions.map(|it| items(it).len()).sum(),
                MOST_VALUES,
                "values in its advanced event selectors",
            ),
        ]
        .into_iter()
        .find(|(count, most, _)| count > most)
        .map(|(count, most, what)| {
            format!(
                "the trail would have {count} {what}, above CloudTrail's limit of {most}; name another trail, or let the trail log the data events of all buckets"
            )
        })
    }

    /// Returns the name and the meaning of each selector, and of each value of a selector, so that a
    /// comparison finds each value that is missing after a write.
    pub(super) fn parts(&self) -> Vec<(String, String)> {
        let mut parts = Vec::new();
        for selector in self.basic.iter().chain(&self.advanced) {
            let mut values = Vec::new();
            let shell = shell(selector, "", &mut values)
                .unwrap_or_default()
                .to_string();
            let label = match selector["Name"].as_str() {
                Some(name) => format!("event selector {name}"),
                None => "an event selector without a name".to_owned(),
            };
            for (path, value) in values {
                let name = format!("{value} in {label}");
                parts.push((name, format!("{shell} {path} {value}")));
            }
            parts.push((label, shell));
        }
        parts
    }
}

/// Reads a document with selectors, as bootstrap reads and writes them.
///
/// # Errors
/// Fails if the body is not a JSON object with lists of selectors.
pub(super) fn read(body: &[u8]) -> Result<Map<String, Value>, DecodeError> {
    let document = serde_json::from_slice::<Map<String, Value>>(body).ok();
    let is_list =
        |name| (document.as_ref()).is_some_and(|it| it.get(name).is_some_and(Value::is_array));
    if [BASIC, ADVANCED].into_iter().any(is_list) {
        Ok(document.unwrap_or_default())
    } else {
        let why = "event selectors are missing";
        Err(DecodeError::Malformed(why.to_owned()))
    }
}

/// The name of the advanced selector with the buckets of this program.
const SHARED: &str = "s3-secure-bucket";

fn shared_advanced(values: &Value) -> Value {
    json!({
        "Name": SHARED,
        "FieldSelectors": [
            { "Field": "eventCategory", "Equals": ["Data"] },
            { "Field": "resources.type", "Equals": [S3_OBJECT] },
            { "Field": "resources.ARN", "StartsWith": values },
        ],
    })
}

/// Returns the buckets of the advanced selector of this program. `None` for any other selector.
fn shared_values(selector: &mut Value) -> Option<&mut Vec<Value>> {
    const ARN: &str = "resources.ARN";
    // A server may return the members and fields in another order, and lists that are empty.
    let is_set = |value: &Value| !value.is_null() && *value != json!([]);
    let set = |field: &Value| -> Map<String, Value> {
        let all = field.as_object().into_iter().flatten();
        let all = all.filter(|(_, value)| is_set(value));
        all.map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    let found: Vec<_> = items(&selector["FieldSelectors"]).iter().map(set).collect();
    let place = found
        .iter()
        .position(|field| field.get("Field").is_some_and(|name| name == ARN))?;
    let wanted = shared_advanced(found[place].get("StartsWith")?);
    let wanted: Vec<_> = items(&wanted["FieldSelectors"]).iter().map(set).collect();
    let is_shared = selector["Name"] == SHARED
        && set(selector).len() == 2
        && found.len() == wanted.len()
        && wanted.iter().all(|field| found.contains(field));
    let values = &mut selector["FieldSelectors"][place]["StartsWith"];
    values.as_array_mut().filter(|_| is_shared)
}

/// Whether a basic selector logs all data events of named buckets, and nothing else. Basic selectors have no
/// names.
fn is_shared_basic(selector: &Value) -> bool {
    let resources = items(&selector["DataResources"]);
    let is_bucket = |value: &Value| {
        let (_, path) = value
            .as_str()
            .unwrap_or_default()
            .split_once(":::")
            .unwrap_or_default();
        path.find('/') == Some(path.len().saturating_sub(1))
    };
    let known = [
        "ReadWriteType",
        "IncludeManagementEvents",
        "DataResources",
        "ExcludeManagementEventSources",
    ];
    selector["ReadWriteType"] == "All"
        && selector["IncludeManagementEvents"] == false
        && resources.len() == 1
        && resources[0]["Type"] == S3_OBJECT
        && !items(&resources[0]["Values"]).is_empty()
        && items(&resources[0]["Values"]).iter().all(is_bucket)
        && selector
            .as_object()
            .is_some_and(|all| all.keys().all(|it| known.contains(&it.as_str())))
}

/// Returns a selector without the texts in its lists, which `values` receives with their paths. Empty lists and
/// `null` mean the same as a missing member, so the result has neither. The members are sorted.
fn shell(value: &Value, path: &str, values: &mut Vec<(String, String)>) -> Option<Value> {
    match value {
        Value::Object(all) => {
            let mut names: Vec<&String> = all.keys().collect();
            values::sort(&mut names, |name| (0, (*name).clone()));
            // A condition belongs to its field, so the path contains the name of the field.
            let field = all.get("Field").or(all.get("Type")).and_then(Value::as_str);
            let path = format!("{path}/{}", field.unwrap_or_default());
            let kept = names.into_iter().filter_map(|name| {
                let inner = shell(&all[name], &format!("{path}/{name}"), values)?;
                Some((name.clone(), inner))
            });
            Some(Value::Object(kept.collect()))
        }
        Value::Array(all) => {
            let mut inner: Vec<Value> = (all.iter())
                .filter_map(|it| match it {
                    Value::String(text) => {
                        values.push((path.to_owned(), text.clone()));
                        None
                    }
                    other => shell(other, path, values),
                })
                .collect();
            values::sort(&mut inner, |it| (0, it.to_string()));
            (!inner.is_empty()).then_some(Value::Array(inner))
        }
        Value::Null => None,
        other => Some(other.clone()),
    }
}

#[cfg(test)]
mod tests;
