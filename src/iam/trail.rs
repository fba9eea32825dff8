//! The actions on the trail that logs the data events of a bucket.

use crate::controls::{Group, Settings, event_selectors};
use serde_json::{Value, json};

/// Returns the groups of controls whose subresource belongs to the bucket.
pub(super) fn of_bucket(mut groups: Vec<Group>) -> Vec<Group> {
    groups.retain(|group| group.subresource.name != event_selectors::NAME);
    groups
}

/// Returns the `Sid`, the actions and the resource of each statement about the trail. The list is empty if the
/// settings request no data events. `DescribeTrails` has no resource-level permissions.
pub(super) fn statements(
    settings: &Settings,
    writes: bool,
) -> Vec<(&'static str, Vec<&'static str>, Value)> {
    let Some(trail) = settings
        .data_events
        .as_ref()
        .filter(|_| !settings.skips("data-events"))
    else {
        return Vec::new();
    };
    let arn = match trail.arn() {
        Some(_) => trail.to_string(),
        None => format!("arn:{}:cloudtrail:*:*:trail/{trail}", settings.partition),
    };
    let mut actions = vec!["cloudtrail:GetEventSelectors"];
    if writes {
        actions.push("cloudtrail:PutEventSelectors");
    }
    vec![
        ("FindTrail", vec!["cloudtrail:DescribeTrails"], json!("*")),
        ("Trail", actions, json!(arn)),
    ]
}
