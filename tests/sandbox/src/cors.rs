//! CORS: the configuration, preflight requests, and the CORS headers in responses to other
//! requests.

use http::{HeaderMap, HeaderValue, Response, StatusCode};
use s3s::dto::{
    CORSRule, GetBucketCorsInput, GetBucketCorsOutput, PutBucketCorsInput, PutBucketCorsOutput,
};
use s3s::{Body, S3Error, S3Request, S3Response, S3Result};

use crate::call::Call;
use crate::error::{Detail, fail, malformed_xml};
use crate::policy::like;
use crate::state::Store;

const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];

pub fn get(
    store: &Store,
    req: S3Request<GetBucketCorsInput>,
) -> S3Result<S3Response<GetBucketCorsOutput>> {
    store.with(&req.input.bucket, |bucket| {
        if bucket.cors.is_empty() {
            return Err(fail(
                404,
                "NoSuchCORSConfiguration",
                "The CORS configuration does not exist",
            )
            .field("BucketName", &bucket.name));
        }
        Ok(S3Response::new(GetBucketCorsOutput {
            cors_rules: Some(bucket.cors.clone()),
        }))
    })
}

pub fn put(
    store: &Store,
    req: S3Request<PutBucketCorsInput>,
) -> S3Result<S3Response<PutBucketCorsOutput>> {
    let rules = req.input.cors_configuration.cors_rules;
    if rules.is_empty()
        || rules
            .iter()
            .any(|rule| rule.allowed_methods.is_empty() || rule.allowed_origins.is_empty())
    {
        return Err(malformed_xml());
    }
    let methods = rules.iter().flat_map(|rule| &rule.allowed_methods);
    if let Some(method) = methods
        .into_iter()
        .find(|method| !METHODS.contains(&method.as_str()))
    {
        return Err(fail(
            400,
            "InvalidRequest",
            format!("Found unsupported HTTP method in CORS config. Unsupported method is {method}"),
        ));
    }
    store.with(&req.input.bucket, |bucket| {
        bucket.cors = rules;
        Ok(S3Response::new(PutBucketCorsOutput::default()))
    })
}

fn rule(
    store: &Store,
    call: &Call,
    origin: &str,
    method: &str,
    wanted: &[&str],
) -> Option<CORSRule> {
    let buckets = store.buckets();
    let bucket = buckets.get(call.bucket.as_deref()?)?;
    let fits = |rule: &&CORSRule| {
        let allowed = rule.allowed_headers.as_deref().unwrap_or_default();
        let header = |name: &&str| {
            allowed
                .iter()
                .any(|pattern| like(&pattern.to_ascii_lowercase(), &name.to_ascii_lowercase()))
        };
        rule.allowed_origins
            .iter()
            .any(|pattern| like(pattern, origin))
            && rule.allowed_methods.iter().any(|allowed| allowed == method)
            && wanted.iter().all(header)
    };
    bucket.cors.iter().find(fits).cloned()
}

fn answer(headers: &mut HeaderMap, rule: &CORSRule, origin: &str) {
    let any = rule.allowed_origins.iter().any(|pattern| pattern == "*");
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    set(
        "access-control-allow-origin",
        if any { "*" } else { origin }.to_owned(),
    );
    if !any {
        set("access-control-allow-credentials", "true".to_owned());
    }
    set(
        "access-control-allow-methods",
        rule.allowed_methods.join(", "),
    );
    if let Some(exposed) = rule
        .expose_headers
        .as_ref()
        .filter(|exposed| !exposed.is_empty())
    {
        set("access-control-expose-headers", exposed.join(", "));
    }
    if let Some(seconds) = rule.max_age_seconds {
        set("access-control-max-age", seconds.to_string());
    }
    set(
        "vary",
        "Origin, Access-Control-Request-Headers, Access-Control-Request-Method".to_owned(),
    );
}

/// Answers an OPTIONS request (a CORS preflight request).
pub fn preflight(store: &Store, call: &Call) -> Result<Response<Body>, Box<S3Error>> {
    let refuse = |status, code: &str, message: &'static str| Box::new(fail(status, code, message));
    let (Some(origin), Some(method)) = (
        call.header("origin"),
        call.header("access-control-request-method"),
    ) else {
        return Err(refuse(
            400,
            "BadRequest",
            "Insufficient information. Origin request header needed.",
        ));
    };
    let bucket = call.bucket.as_deref().unwrap_or_default();
    match store.buckets().get(bucket) {
        None => {
            return Err(refuse(
                403,
                "AccessForbidden",
                "CORSResponse: Bucket not found",
            ));
        }
        Some(bucket) if bucket.cors.is_empty() => {
            return Err(refuse(
                403,
                "AccessForbidden",
                "CORSResponse: CORS is not enabled for this bucket.",
            ));
        }
        Some(_) => {}
    }
    let wanted = call
        .header("access-control-request-headers")
        .unwrap_or_default();
    let names: Vec<&str> = wanted
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    let Some(rule) = rule(store, call, origin, method, &names) else {
        return Err(refuse(
            403,
            "AccessForbidden",
            "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
        ));
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::OK;
    answer(response.headers_mut(), &rule, origin);
    if !names.is_empty()
        && let Ok(names) = HeaderValue::try_from(names.join(", "))
    {
        response
            .headers_mut()
            .insert("access-control-allow-headers", names);
    }
    Ok(response)
}

/// Adds the CORS headers to the response to a request with an `Origin` header.
pub fn decorate(store: &Store, call: &Call, headers: &mut HeaderMap) {
    if let Some(origin) = call.header("origin")
        && let Some(rule) = rule(store, call, origin, call.method.as_str(), &[])
    {
        answer(headers, &rule, origin);
    }
}
