//! Handles requests whose signature `s3s` verifies but whose body this crate parses: forms, and XML
//! that `s3s` does not support (`?encryption`, the tags of CreateBucket).

use std::sync::Arc;

use http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri};
use s3s::dto::Tag;
use s3s::route::S3Route;
use s3s::xml::{DeError, Deserializer};
use s3s::{Body, S3Request, S3Response, S3Result};

use crate::access::{self, parties};
use crate::bucket::{self, Creation};
use crate::call::Call;
use crate::encryption::Encryption;
use crate::error::{Detail, access_denied, fail, malformed_xml};
use crate::post;
use crate::state::Store;

pub struct Newer(pub Arc<Store>);

fn operation(call: &Call) -> Option<&'static str> {
    if call.bucket.is_none() || call.key.is_some() {
        return None;
    }
    if call.form.is_some() {
        return Some("PostObject");
    }
    if call.method == Method::GET
        && let Some((_, operation, _)) = document(call)
    {
        return Some(operation);
    }
    match (&call.method, call.query("encryption").is_some()) {
        (&Method::GET, true) => Some("GetBucketEncryption"),
        (&Method::PUT, true) => Some("PutBucketEncryption"),
        (&Method::PUT, false) if call.creates_bucket() => Some("CreateBucket"),
        _ => None,
    }
}

/// The subresources that only [`crate::Preset`] can set: the name, the operation that reads the
/// subresource, and the answer if nothing is configured.
const DOCUMENTS: [(&str, &str, Option<&str>); 3] = [
    ("replication", "GetBucketReplication", None),
    (
        "notification",
        "GetBucketNotificationConfiguration",
        Some("<NotificationConfiguration/>"),
    ),
    ("object-lock", "GetObjectLockConfiguration", None),
];

fn document(call: &Call) -> Option<(&'static str, &'static str, Option<&'static str>)> {
    let mut all = DOCUMENTS.into_iter();
    all.find(|(name, _, _)| call.query(name).is_some())
}

/// Returns the document of a subresource that only [`crate::Preset`] can set.
fn preset_document(store: &Store, bucket: &str, call: &Call) -> S3Result<String> {
    let (name, _, empty) = document(call).ok_or_else(access_denied)?;
    store.with(bucket, |bucket| {
        let found = bucket.documents.get(name).cloned();
        found.or(empty.map(str::to_owned)).ok_or_else(|| {
            if name == "replication" {
                fail(
                    404,
                    "ReplicationConfigurationNotFoundError",
                    "The replication configuration was not found",
                )
            } else {
                fail(
                    404,
                    "ObjectLockConfigurationNotFoundError",
                    "Object Lock configuration does not exist for this bucket",
                )
            }
        })
    })
}

#[async_trait::async_trait]
impl S3Route for Newer {
    fn is_match(&self, _: &Method, _: &Uri, _: &HeaderMap, extensions: &mut Extensions) -> bool {
        extensions
            .get::<Arc<Call>>()
            .is_some_and(|call| operation(call).is_some())
    }

    async fn check_access(&self, req: &mut S3Request<Body>) -> S3Result<()> {
        let (call, user) = parties(req)?;
        access::check(&self.0, &call, user, operation(&call).unwrap_or_default()).map(|_| ())
    }

    async fn call(&self, req: S3Request<Body>) -> S3Result<S3Response<Body>> {
        let (call, user) = parties(&req)?;
        let name = call.bucket.as_deref().unwrap_or_default();
        let mut response = S3Response::new(Body::empty());
        response.status = Some(StatusCode::OK);
        match operation(&call) {
            Some("GetBucketEncryption") => {
                let xml = self.0.with(name, |bucket| {
                    bucket
                        .encryption
                        .as_ref()
                        .map(Encryption::write)
                        .ok_or_else(|| {
                            fail(
                                404,
                                "ServerSideEncryptionConfigurationNotFoundError",
                                "The server side encryption configuration was not found",
                            )
                            .field("BucketName", name)
                        })
                })?;
                let xml_type = HeaderValue::from_static("application/xml");
                response
                    .headers
                    .insert(http::header::CONTENT_TYPE, xml_type);
                response.output = Body::from(xml);
            }
            Some(
                "GetBucketReplication"
                | "GetBucketNotificationConfiguration"
                | "GetObjectLockConfiguration",
            ) => {
                response.output = Body::from(preset_document(&self.0, name, &call)?);
            }
            Some("PutBucketEncryption") => {
                let encryption = Encryption::read(&call.body)?;
                self.0.with(name, |bucket| {
                    bucket.encryption = Some(encryption);
                    Ok(())
                })?;
            }
            Some("PostObject") => return post::upload(&self.0, &call),
            _ => {
                let user = user.ok_or_else(access_denied)?;
                let (constraint, tags) = creation(&call.body)?;
                let headers = bucket::create(
                    &self.0,
                    Creation {
                        call: &call,
                        user,
                        constraint,
                        tags,
                    },
                )?;
                response.headers.extend(headers);
            }
        }
        Ok(response)
    }
}

/// Returns the LocationConstraint and the tags of a CreateBucketConfiguration.
fn creation(body: &[u8]) -> S3Result<(Option<String>, Vec<Tag>)> {
    let (mut constraint, mut tags) = (None, Vec::new());
    if body.is_empty() {
        return Ok((constraint, tags));
    }
    let mut xml = Deserializer::new(body);
    xml.named_element("CreateBucketConfiguration", |xml| {
        xml.for_each_element(|xml, name| match name {
            b"LocationConstraint" => xml.content().map(|text: String| constraint = Some(text)),
            b"Tags" => xml.for_each_element(|xml, name| match name {
                b"Tag" => xml.content().map(|tag: Tag| tags.push(tag)),
                _ => Err(DeError::UnexpectedTagName),
            }),
            _ => Err(DeError::UnexpectedTagName),
        })
    })
    .and_then(|()| xml.expect_eof())
    .map_err(|_| malformed_xml())?;
    Ok((constraint, tags))
}
