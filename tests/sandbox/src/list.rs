//! Lists objects and versions, with a prefix, a delimiter, pages and url-encoded keys.

use std::borrow::Cow;
use std::collections::BTreeSet;

use s3s::dto::{
    CommonPrefix, DeleteMarkerEntry, ETag, EncodingType, ListObjectVersionsInput,
    ListObjectVersionsOutput, ListObjectsV2Input, ListObjectsV2Output, Object, ObjectStorageClass,
    ObjectVersion, ObjectVersionStorageClass, Owner,
};
use s3s::{S3Request, S3Response, S3Result};

use crate::error::invalid_argument;
use crate::state::{Bucket, Store, Version};
use crate::users::canonical_id;

/// The parameters of a request that lists objects or versions.
struct Query<'a> {
    prefix: &'a str,
    delimiter: &'a str,
    after: &'a str,
    max: usize,
    url: bool,
}

impl Query<'_> {
    /// Returns a key or prefix in the requested encoding. S3 encodes a space as `+`.
    fn shown(&self, text: &str) -> String {
        if !self.url {
            return text.to_owned();
        }
        let parts: Vec<Cow<'_, str>> = text.split('/').map(urlencoding::encode).collect();
        parts.join("/").replace("%20", "+")
    }

    /// Returns the common prefix that replaces a key in the list, if there is one.
    fn rolled<'k>(&self, key: &'k str) -> Option<&'k str> {
        if self.delimiter.is_empty() {
            return None;
        }
        let rest = &key[self.prefix.len()..];
        let at = rest.find(self.delimiter)?;
        Some(&key[..self.prefix.len() + at + self.delimiter.len()])
    }
}

/// One page of keys and common prefixes. `next` is the last key or common prefix of the page, or
/// `None` if no page follows.
struct Page<'a> {
    keys: Vec<&'a str>,
    prefixes: BTreeSet<&'a str>,
    next: Option<&'a str>,
}

fn page<'a>(keys: impl Iterator<Item = &'a str>, query: &Query<'_>) -> Page<'a> {
    let mut page = Page {
        keys: Vec::new(),
        prefixes: BTreeSet::new(),
        next: None,
    };
    let mut last = None;
    for key in keys.filter(|key| key.starts_with(query.prefix)) {
        let rolled = query.rolled(key);
        let place = rolled.unwrap_or(key);
        let behind = !query.after.is_empty() && place <= query.after;
        if behind || rolled.is_some_and(|prefix| page.prefixes.contains(prefix)) {
            continue;
        }
        if page.keys.len() + page.prefixes.len() >= query.max {
            page.next = last.filter(|_| query.max > 0);
            break;
        }
        match rolled {
            Some(prefix) => {
                page.prefixes.insert(prefix);
            }
            None => page.keys.push(key),
        }
        last = Some(place);
    }
    page
}

fn max_keys(asked: Option<i32>) -> S3Result<usize> {
    let asked = asked.unwrap_or(1000);
    let max = usize::try_from(asked).map_err(|_| {
        invalid_argument(
            "Argument maxKeys must be an integer between 0 and 2147483647",
            "maxKeys",
            &asked.to_string(),
        )
    })?;
    Ok(max.min(1000))
}

fn number(count: usize) -> Option<i32> {
    i32::try_from(count).ok()
}

fn wants_url(encoding: Option<&EncodingType>) -> bool {
    encoding.is_some_and(|encoding| encoding.as_str() == "url")
}

fn current(bucket: &Bucket) -> impl Iterator<Item = (&str, &Version)> {
    bucket.objects.iter().filter_map(|(key, versions)| {
        let version = versions.last().filter(|version| !version.delete_marker)?;
        Some((key.as_str(), version))
    })
}

fn object(bucket: &Bucket, query: &Query<'_>, key: &str) -> Object {
    let version = bucket.objects.get(key).and_then(|versions| versions.last());
    Object {
        key: Some(query.shown(key)),
        e_tag: version.map(|version| ETag::Strong(version.etag.clone())),
        last_modified: version.map(|version| version.modified.into()),
        size: version.and_then(|version| i64::try_from(version.body.len()).ok()),
        storage_class: version.map(class).map(ObjectStorageClass::from),
        ..Object::default()
    }
}

fn class(version: &Version) -> String {
    version
        .about
        .storage_class
        .clone()
        .unwrap_or_else(|| "STANDARD".to_owned())
}

fn prefixes(query: &Query<'_>, page: &Page<'_>) -> Option<Vec<CommonPrefix>> {
    let prefix = |prefix: &&str| CommonPrefix {
        prefix: Some(query.shown(prefix)),
    };
    (!page.prefixes.is_empty()).then(|| page.prefixes.iter().map(prefix).collect())
}

pub fn v2(
    store: &Store,
    req: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let input = req.input;
    // The continuation token is the last key of the previous page, in hex.
    let token = input.continuation_token.as_ref().map(|token| {
        let bytes = hex_simd::decode_to_vec(token).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    });
    if token.as_deref() == Some("") {
        return Err(invalid_argument(
            "The continuation token provided is incorrect",
            "continuation-token",
            "",
        ));
    }
    let query = Query {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        after: token
            .as_deref()
            .or(input.start_after.as_deref())
            .unwrap_or_default(),
        max: max_keys(input.max_keys)?.min(store.page.unwrap_or(1000)),
        url: wants_url(input.encoding_type.as_ref()),
    };
    store.with(&input.bucket, |bucket| {
        let page = page(current(bucket).map(|(key, _)| key), &query);
        let contents: Vec<Object> = page
            .keys
            .iter()
            .map(|key| object(bucket, &query, key))
            .collect();
        Ok(S3Response::new(ListObjectsV2Output {
            common_prefixes: prefixes(&query, &page),
            contents: Some(contents),
            continuation_token: input.continuation_token.clone(),
            delimiter: input.delimiter.as_deref().map(|text| query.shown(text)),
            encoding_type: input.encoding_type.clone(),
            is_truncated: Some(page.next.is_some()),
            key_count: number(page.keys.len() + page.prefixes.len()),
            max_keys: number(query.max),
            name: Some(bucket.name.clone()),
            next_continuation_token: page
                .next
                .map(|key| hex_simd::encode_to_string(key, hex_simd::AsciiCase::Lower)),
            prefix: Some(query.shown(query.prefix)),
            start_after: input.start_after.as_deref().map(|text| query.shown(text)),
            request_charged: None,
        }))
    })
}

pub fn versions(
    store: &Store,
    req: S3Request<ListObjectVersionsInput>,
) -> S3Result<S3Response<ListObjectVersionsOutput>> {
    let input = req.input;
    let key_marker = input.key_marker.as_deref().unwrap_or_default();
    let query = Query {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        after: "",
        max: max_keys(input.max_keys)?,
        url: wants_url(input.encoding_type.as_ref()),
    };
    store.with(&input.bucket, |bucket| {
        let owner = Some(Owner {
            display_name: None,
            id: Some(canonical_id(bucket.owner.account_id)),
        });
        let mut output = ListObjectVersionsOutput {
            delimiter: input.delimiter.as_deref().map(|text| query.shown(text)),
            encoding_type: input.encoding_type.clone(),
            is_truncated: Some(false),
            key_marker: Some(query.shown(key_marker)),
            max_keys: number(query.max),
            name: Some(bucket.name.clone()),
            prefix: Some(query.shown(query.prefix)),
            version_id_marker: input.version_id_marker.clone(),
            ..ListObjectVersionsOutput::default()
        };
        let (mut found, mut markers, mut rolled) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut last: Option<(&str, &str)> = None;
        // The versions of an object are sorted from new to old. A page of versions starts after the
        // version that the markers of the request name.
        let mut waiting_for = input.version_id_marker.as_deref();
        'keys: for (key, versions) in bucket
            .objects
            .iter()
            .filter(|(key, _)| key.starts_with(query.prefix))
        {
            let at_marker = key == key_marker && waiting_for.is_some();
            if !key_marker.is_empty() && key.as_str() <= key_marker && !at_marker {
                continue;
            }
            let prefix = query.rolled(key);
            for (age, version) in versions.iter().rev().enumerate() {
                if at_marker && waiting_for.is_some() {
                    if waiting_for == Some(version.id.as_str()) {
                        waiting_for = None;
                    }
                    continue;
                }
                if prefix.is_some_and(|prefix| rolled.contains(prefix) || prefix <= key_marker) {
                    continue;
                }
                if found.len() + markers.len() + rolled.len() >= query.max {
                    output.is_truncated = Some(last.is_some());
                    output.next_key_marker = last.map(|(key, _)| query.shown(key));
                    output.next_version_id_marker = last.map(|(_, id)| id.to_owned());
                    break 'keys;
                }
                last = Some((prefix.unwrap_or(key), version.id.as_str()));
                let (latest, shown) = (Some(age == 0), Some(query.shown(key)));
                let (modified, id) = (Some(version.modified.into()), Some(version.id.clone()));
                if let Some(prefix) = prefix {
                    rolled.insert(prefix);
                } else if version.delete_marker {
                    markers.push(DeleteMarkerEntry {
                        is_latest: latest,
                        key: shown,
                        last_modified: modified,
                        owner: owner.clone(),
                        version_id: id,
                    });
                } else {
                    found.push(ObjectVersion {
                        e_tag: Some(ETag::Strong(version.etag.clone())),
                        is_latest: latest,
                        key: shown,
                        last_modified: modified,
                        owner: owner.clone(),
                        size: i64::try_from(version.body.len()).ok(),
                        storage_class: Some(ObjectVersionStorageClass::from(class(version))),
                        version_id: id,
                        ..ObjectVersion::default()
                    });
                }
            }
        }
        let prefix = |prefix: &str| CommonPrefix {
            prefix: Some(query.shown(prefix)),
        };
        output.common_prefixes =
            (!rolled.is_empty()).then(|| rolled.into_iter().map(prefix).collect());
        output.versions = Some(found);
        output.delete_markers = Some(markers);
        Ok(S3Response::new(output))
    })
}
