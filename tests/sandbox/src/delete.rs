//! Deletes objects and versions of objects, and adds delete markers.

use s3s::dto::{Checksum, DeleteObjectInput, DeleteObjectOutput};
use s3s::{S3Request, S3Response, S3Result};

use crate::put::preconditions;
use crate::state::{Bucket, Store, Version};

/// Deletes a version of an object, or the object itself. Returns the id of the deleted version or
/// of the new delete marker, and whether this version is a delete marker.
fn remove(
    store: &Store,
    bucket: &mut Bucket,
    key: &str,
    id: Option<&str>,
) -> (Option<String>, bool) {
    let versioning = bucket.versioning.clone();
    let Some(versions) = bucket.objects.get_mut(key) else {
        if versioning.is_none() || id.is_some() {
            return (id.map(str::to_owned), false);
        }
        return (Some(mark(store, bucket, key)), true);
    };
    let was_marker = match (id, versioning) {
        (Some(id), _) => {
            let was_marker = versions
                .iter()
                .any(|version| version.id == id && version.delete_marker);
            versions.retain(|version| version.id != id);
            (Some(id.to_owned()), was_marker)
        }
        (None, None) => {
            versions.clear();
            (None, false)
        }
        (None, Some(_)) => (Some(mark(store, bucket, key)), true),
    };
    bucket.objects.retain(|_, versions| !versions.is_empty());
    was_marker
}

fn mark(store: &Store, bucket: &mut Bucket, key: &str) -> String {
    let enabled = bucket.versioned();
    let id = if enabled {
        store.id("Sandbox.", 24)
    } else {
        "null".to_owned()
    };
    let marker = Version {
        id: id.clone(),
        delete_marker: true,
        body: bytes::Bytes::new(),
        etag: String::new(),
        modified: store.now(),
        acl: Vec::new(),
        tags: Vec::new(),
        about: crate::state::About::default(),
        checksum: Checksum::default(),
    };
    let versions = bucket.objects.entry(key.to_owned()).or_default();
    versions.retain(|version| enabled || version.id != "null");
    versions.push(marker);
    id
}

pub fn one(
    store: &Store,
    req: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    store.with(&req.input.bucket, |bucket| {
        preconditions(bucket, &req.input.key, &req.headers)?;
        let (version_id, marker) = remove(
            store,
            bucket,
            &req.input.key,
            req.input.version_id.as_deref(),
        );
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker: marker.then_some(true),
            request_charged: None,
            version_id,
        }))
    })
}
