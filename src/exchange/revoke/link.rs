//! An upload link that is revoked: the folder that its page names, its unfinished uploads, and its page.

use super::Error;
use crate::exchange::link::LinkId;
use crate::s3::Bucket;

/// The largest page in bytes. The pages of this program have about 50 KB, and a page for a large file has the
/// signatures of its parts.
const LARGEST_PAGE: usize = 4 << 20;

/// The folder of a link.
pub(super) struct Folder {
    pub(super) id: LinkId,
    pub(super) page_key: String,
    pub(super) has_page: bool,
    /// `PREFIX/LINK-ID/`. `None` if the page does not exist or names no folder.
    pub(super) path: Option<String>,
}

impl Folder {
    /// Finds the folder of a link, which its page names.
    pub(super) async fn find(bucket: &mut Bucket<'_>, id: &LinkId) -> Result<Self, Error> {
        let page_key = id.page_key();
        let page = match bucket.get_object(page_key.as_bytes(), LARGEST_PAGE).await {
            Ok(page) => Some(page),
            Err(error) if error.response().is_some_and(|answer| answer.status == 404) => None,
            Err(error) => return Err(Error::S3(error)),
        };
        Ok(Folder {
            id: id.clone(),
            page_key,
            has_page: page.is_some(),
            path: page.and_then(|page| folder_in(&page, id)),
        })
    }

    /// Aborts the unfinished multipart uploads of the link, and returns their number.
    pub(super) async fn abort_uploads(&self, bucket: &mut Bucket<'_>) -> Result<usize, Error> {
        let prefix = self.path.as_deref().unwrap_or_default();
        let inside = format!("{}/", self.id);
        let mut aborted = 0;
        let mut start = None;
        loop {
            let page = bucket
                .list_uploads(prefix.as_bytes(), start.as_ref())
                .await?;
            for upload in page.uploads {
                let is_of_link = self.path.is_some()
                    || (upload.key.windows(inside.len())).any(|part| part == inside.as_bytes());
                if is_of_link {
                    bucket
                        .abort_multipart_upload(&upload.key, &upload.id)
                        .await?;
                    aborted += 1;
                }
            }
            start = page.next;
            if start.is_none() {
                return Ok(aborted);
            }
        }
    }
}

/// The folder in the configuration of a page's script.
fn folder_in(page: &[u8], id: &LinkId) -> Option<String> {
    let text = String::from_utf8_lossy(page);
    let (_, value) = text.split_once("\"folder\":")?;
    let mut values = serde_json::Deserializer::from_str(value).into_iter::<String>();
    let folder = values.next()?.ok()?;
    folder.ends_with(&format!("{id}/")).then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_page_must_be_that_of_the_link() {
        let id = LinkId::from_random(*b"foobar0123456789");
        let folder = |json: &str| folder_in(format!("<p>{json}</p>").as_bytes(), &id);
        assert_eq!(
            folder(&format!(r#"{{"a":1,"folder":"in\u003c/{id}/","b":2}}"#)),
            Some(format!("in</{id}/"))
        );
        assert_eq!(folder(r#"{"folder":"other/"}"#), None);
        assert_eq!(folder(r#"{"folder":7}"#), None);
        assert_eq!(folder("{}"), None);
    }
}
