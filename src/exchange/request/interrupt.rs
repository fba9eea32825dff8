//! Waits for the answer to a request that creates something, even if the run is interrupted.

use std::pin::{Pin, pin};
use std::time::Duration;

/// How long an interrupted run waits for the answer. Only after the answer can the run remove what the request
/// created.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for the answer to `request`. Returns `None` if an interrupted run got no answer in time, and whether
/// `stop` became ready before the answer.
pub(super) async fn answer<T>(
    request: impl Future<Output = T>,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> (Option<T>, bool) {
    let mut request = pin!(request);
    tokio::select! {
        biased;
        () = &mut stop => (tokio::time::timeout(PATIENCE, request).await.ok(), true),
        answer = &mut request => (Some(answer), false),
    }
}
