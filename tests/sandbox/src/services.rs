//! Finds the requests for services other than S3, by the host name.

use http::Response;
use s3s::Body;

use crate::call::Call;
use crate::state::Store;
use crate::{cloudtrail, control, sts};

/// Returns whether a request is for a service other than S3.
pub fn are_meant(call: &Call) -> bool {
    sts::is_meant(call) || cloudtrail::is_meant(call) || control::is_meant(call)
}

/// Answers a request for a service other than S3.
pub fn answer(store: &Store, call: &Call) -> Option<Response<Body>> {
    if sts::is_meant(call) {
        Some(sts::answer(call))
    } else if cloudtrail::is_meant(call) {
        Some(cloudtrail::answer(store, call))
    } else if control::is_meant(call) {
        Some(control::answer(store, call))
    } else {
        None
    }
}
