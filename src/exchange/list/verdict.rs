//! Compares the receipt of a delivery with the listing.

use super::Doubt;
use crate::exchange::receipt::Receipt;
use crate::s3::bucket::ListedObject;
use std::collections::HashMap;

/// The result of comparing the receipt of a delivery with the listing.
pub(super) struct Verdict {
    /// Whether the bucket contains every file of the receipt, or `None` if the program could not
    /// find out.
    pub(super) complete: Option<bool>,
    /// The name that the receipt claims for each key.
    pub(super) names: HashMap<Vec<u8>, String>,
}

impl Verdict {
    /// The result for a delivery without a usable receipt.
    pub(super) fn incomplete() -> Self {
        Verdict {
            complete: Some(false),
            names: HashMap::new(),
        }
    }

    /// Compares a receipt with the entries of its delivery. A missing file makes the delivery
    /// incomplete, but is no error, because the receiver may have moved the file away.
    ///
    /// # Errors
    /// [`Doubt::Disagrees`] if a file of the receipt has another size or `ETag` in the bucket.
    pub(super) fn compare(receipt: &Receipt, entries: &[ListedObject]) -> Result<Verdict, Doubt> {
        let mut complete = true;
        let mut names = HashMap::new();
        let listed: HashMap<&[u8], &ListedObject> = entries
            .iter()
            .map(|object| (object.key.as_slice(), object))
            .collect();
        for file in &receipt.files {
            match listed.get(file.key.as_bytes()) {
                None => complete = false,
                Some(object) if object.size != file.size || object.etag != file.etag => {
                    return Err(Doubt::Disagrees);
                }
                Some(_) => {}
            }
            names.insert(file.key.clone().into_bytes(), file.name.clone());
        }
        Ok(Verdict {
            complete: Some(complete),
            names,
        })
    }
}
