//! The control for data events: a trail of CloudTrail logs each read and write of the bucket's objects.
//!
//! The configuration belongs to the trail and not to the bucket, so bootstrap reads and writes this
//! subresource with CloudTrail instead of S3.

use super::event_selectors::{self, ADVANCED, BASIC, EventSelectors, Events};
use super::{Info, Settings, Spec, Standards, Subresource};
use crate::xml::DecodeError;
use serde_json::{Map, Value, json};

pub(super) struct DataEvents;

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html>
static SUBRESOURCE: Subresource = Subresource {
    name: event_selectors::NAME,
    get: "GetEventSelectors",
    put: "PutEventSelectors",
    absent_codes: &[],
    read_action: "cloudtrail:GetEventSelectors",
    write_action: "cloudtrail:PutEventSelectors",
    content_type: "application/x-amz-json-1.1",
    size_limit: None,
    round_trip_header: None,
    has_backup: true,
    access_denied_hint: None,
    // A blind write would remove other selectors.
    safe_without_read: false,
};

impl Spec for DataEvents {
    /// The members of a `PutEventSelectors` request.
    type State = Map<String, Value>;

    const INFO: Info = Info {
        id: "data-events",
        title: "CloudTrail data events",
        why: "CloudTrail records who read, wrote or deleted which object, including requests with presigned URLs.",
        flag: "--data-events",
        subresource: &SUBRESOURCE,
        standards: Standards::NONE,
    };

    fn is_wanted(settings: &Settings) -> bool {
        settings.data_events.is_some()
    }

    fn read(body: &[u8]) -> Result<Self::State, DecodeError> {
        event_selectors::read(body)
    }

    fn write(state: &Self::State) -> Vec<u8> {
        json!(state).to_string().into_bytes()
    }

    fn json(state: &Self::State) -> Value {
        let lists = state.iter().filter(|(name, _)| *name != "TrailName");
        Value::Object(
            lists
                .map(|(name, list)| (name.clone(), list.clone()))
                .collect(),
        )
    }

    fn desired(found: Option<&Self::State>, settings: &Settings) -> Self::State {
        let mut document = found.cloned().unwrap_or_default();
        let mut selectors = EventSelectors::of(&document);
        let arn = format!("{}/", settings.bucket_arn());
        if [Events::Read, Events::Write]
            .into_iter()
            .all(|it| selectors.log_objects(it, &arn))
        {
            return document;
        }
        selectors.add(&arn);
        let (name, list) = if selectors.advanced.is_empty() {
            (BASIC, selectors.basic)
        } else {
            (ADVANCED, selectors.advanced)
        };
        document.insert(name.to_owned(), Value::Array(list));
        document
    }

    fn summary(_desired: &Self::State, settings: &Settings) -> Option<String> {
        Some(format!("trail {}", settings.data_events.as_ref()?))
    }
}

#[cfg(test)]
mod tests;
