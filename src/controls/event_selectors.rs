//! The event selectors of a trail, which decide which requests CloudTrail logs.

mod coverage;

pub use coverage::Events;

use serde_json::Value;

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
