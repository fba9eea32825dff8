//! Looks for the pages of upload links in a bucket.

use crate::controls::{PAGES_PREFIX, Settings, depends_on_pages};
use crate::s3::{Bucket, Error};

/// Adds to the settings whether the bucket has upload pages, if the control for lifecycle rules
/// depends on that. `body` is the lifecycle configuration that was read.
///
/// # Errors
/// Fails if the request that lists the pages failed.
pub async fn located(
    bucket: &mut Bucket<'_>,
    settings: &Settings,
    body: Option<&[u8]>,
) -> Result<Settings, Error> {
    let mut settings = settings.clone();
    if depends_on_pages(body, &settings) {
        let page = bucket.list_objects(PAGES_PREFIX.as_bytes(), None).await?;
        settings.has_upload_pages = !page.objects.is_empty();
    }
    Ok(settings)
}
