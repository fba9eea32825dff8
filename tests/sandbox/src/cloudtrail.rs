//! Answers requests to CloudTrail at `cloudtrail.REGION.amazonaws.com`.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html>

use http::{HeaderValue, Response, StatusCode, header};
use s3s::Body;
use serde_json::{Value, json};

use crate::access;
use crate::call::{Call, Claim};
use crate::state::{Store, lock};
use crate::users::User;

/// A trail of the account.
#[derive(Debug, Clone)]
pub struct Trail {
    /// The trail as DescribeTrails shows it, with `Name`, `TrailARN`, `HomeRegion` and
    /// `IsMultiRegionTrail`.
    pub document: Value,
    /// The basic selectors; a list, or null if the trail has advanced selectors.
    pub basic: Value,
    /// The advanced selectors; a list, or null if the trail has basic selectors.
    pub advanced: Value,
    pub is_logging: bool,
}

/// Returns whether a request is for CloudTrail instead of S3.
pub fn is_meant(call: &Call) -> bool {
    call.header("host")
        .is_some_and(|host| host.starts_with("cloudtrail.") || host.starts_with("cloudtrail-fips."))
}

/// Answers a request. The sandbox does not verify the signatures of requests to CloudTrail, but the
/// scope of the signature must name the service and the region of the host.
pub fn answer(store: &Store, call: &Call) -> Response<Body> {
    let (status, body) = match document(store, call) {
        Ok(body) => (StatusCode::OK, body),
        Err((code, message)) => {
            let body = json!({ "__type": code, "Message": message });
            (StatusCode::BAD_REQUEST, body)
        }
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let json_type = HeaderValue::from_static("application/x-amz-json-1.1");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, json_type);
    response
}

type Refusal = (&'static str, String);

/// Replaces all selectors of a trail. A request has selectors of one kind.
fn put(trail: &mut Trail, body: &Value) -> Result<Value, Refusal> {
    let invalid = |why: &str| Err(("InvalidEventSelectorsException", why.to_owned()));
    let list = |name: &str| body[name].as_array().cloned().unwrap_or_default();
    let (basic, advanced) = (list("EventSelectors"), list("AdvancedEventSelectors"));
    if basic.is_empty() == advanced.is_empty() {
        return invalid("Specify either EventSelectors or AdvancedEventSelectors.");
    }
    let count = |all: &Value| all.as_array().map_or(0, Vec::len);
    let resources = basic
        .iter()
        .filter_map(|it| it["DataResources"].as_array())
        .flatten();
    let values = advanced
        .iter()
        .filter_map(|it| it["FieldSelectors"].as_array())
        .flatten();
    let conditions = values.flat_map(|it| it.as_object().into_iter().flatten());
    if basic.len() > 5
        || resources.map(|it| count(&it["Values"])).sum::<usize>() > 250
        || conditions.map(|(_, it)| count(it)).sum::<usize>() > 500
    {
        return invalid("The number of selectors or resources exceeds the limit.");
    }
    let shown = |list: Vec<Value>| {
        if list.is_empty() {
            Value::Null
        } else {
            Value::Array(list)
        }
    };
    (trail.basic, trail.advanced) = (shown(basic), shown(advanced));
    Ok(json!({ "TrailARN": trail.document["TrailARN"] }))
}

fn document(store: &Store, call: &Call) -> Result<Value, Refusal> {
    let host = call.header("host").unwrap_or_default();
    let region = host.split('.').nth(1).unwrap_or_default();
    let claim = call.claim.as_ref();
    let is_signed = |claim: &&Claim| {
        let service = claim.credential.get(3).map(String::as_str);
        service == Some("cloudtrail") && claim.region() == region
    };
    let user = claim
        .filter(is_signed)
        .and_then(|claim| User::by_key(claim.access_key_id()));
    let Some(user) = user else {
        let message = "The security token included in the request is invalid.";
        return Err(("UnrecognizedClientException", message.to_owned()));
    };
    let target = call.header("x-amz-target").unwrap_or_default();
    let operation = target
        .strip_prefix("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.")
        .unwrap_or_default();
    let is_json = call.header("content-type") == Some("application/x-amz-json-1.1");
    let body: Option<Value> = serde_json::from_slice(&call.body).ok();
    let Some(body) = body.filter(|_| is_json) else {
        return Err(("SerializationException", String::new()));
    };
    let action = format!("cloudtrail:{operation}");
    if !access::permits(store, user, &action) {
        let who = user.arn("aws");
        let why = format!(
            "User: {who} is not authorized to perform: {action} because no identity-based policy allows the {action} action"
        );
        return Err(("AccessDeniedException", why));
    }
    let mut trails = lock(&store.trails);
    let is_home = |trail: &&Trail| trail.document["HomeRegion"] == region;
    let is_named = |trail: &Trail, name: &Value| {
        ["Name", "TrailARN"]
            .iter()
            .any(|it| trail.document[it] == *name)
    };
    match operation {
        "DescribeTrails" => {
            let names = body["trailNameList"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let shadows = body["includeShadowTrails"] != false;
            let shown = trails.iter().filter(|trail| {
                let is_shadow = trail.document["IsMultiRegionTrail"] == true && shadows;
                let is_asked = names.is_empty() || names.iter().any(|name| is_named(trail, name));
                is_asked && (is_home(trail) || is_shadow)
            });
            let shown: Vec<&Value> = shown.map(|trail| &trail.document).collect();
            Ok(json!({ "trailList": shown }))
        }
        "GetEventSelectors" | "GetTrailStatus" => {
            let name = match operation {
                "GetTrailStatus" => &body["Name"],
                _ => &body["TrailName"],
            };
            let found = trails.iter().find(|trail| is_named(trail, name));
            let Some(trail) = found.filter(is_home) else {
                let message = format!("Unknown trail: {name} for the user: {}", user.account_id);
                return Err(("TrailNotFoundException", message));
            };
            if operation == "GetTrailStatus" {
                return Ok(json!({ "IsLogging": trail.is_logging }));
            }
            let mut answer = json!({ "TrailARN": trail.document["TrailARN"] });
            for (name, selectors) in [
                ("EventSelectors", &trail.basic),
                ("AdvancedEventSelectors", &trail.advanced),
            ] {
                if !selectors.is_null() {
                    answer[name] = selectors.clone();
                }
            }
            Ok(answer)
        }
        "PutEventSelectors" => {
            let name = body["TrailName"].clone();
            let found = trails
                .iter_mut()
                .find(|trail| is_named(trail, &name) && is_home(&&**trail));
            let Some(trail) = found else {
                let message = format!("Unknown trail: {name} for the user: {}", user.account_id);
                return Err(("TrailNotFoundException", message));
            };
            let owner = trail.document["TrailARN"].as_str().unwrap_or_default();
            if owner.split(':').nth(4) != Some(user.account_id) {
                let message = "The organization trail can be changed only by its owner.";
                return Err((
                    "InsufficientDependencyServiceAccessPermissionException",
                    message.to_owned(),
                ));
            }
            put(trail, &body)
        }
        _ => Err(("UnknownOperationException", String::new())),
    }
}
