//! Lifecycle configurations, with the checks that AWS makes before it accepts a configuration.

use std::collections::HashSet;

use s3s::dto::{
    BucketLifecycleConfiguration, GetBucketLifecycleConfigurationInput,
    GetBucketLifecycleConfigurationOutput, LifecycleRule, LifecycleRuleFilter,
    PutBucketLifecycleConfigurationInput, PutBucketLifecycleConfigurationOutput,
    TransitionDefaultMinimumObjectSize,
};
use s3s::{S3Request, S3Response, S3Result};

use crate::error::{Detail, fail, invalid_argument, malformed_xml};
use crate::state::Store;

const SIZES: [&str; 2] = ["all_storage_classes_128K", "varies_by_storage_class"];
const CLASSES: [&str; 6] = [
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
];

pub fn get(
    store: &Store,
    req: S3Request<GetBucketLifecycleConfigurationInput>,
) -> S3Result<S3Response<GetBucketLifecycleConfigurationOutput>> {
    store.with(&req.input.bucket, |bucket| {
        let Some((configuration, size)) = bucket.lifecycle.clone() else {
            return Err(fail(
                404,
                "NoSuchLifecycleConfiguration",
                "The lifecycle configuration does not exist",
            )
            .field("BucketName", &bucket.name));
        };
        Ok(S3Response::new(GetBucketLifecycleConfigurationOutput {
            rules: Some(configuration.rules),
            transition_default_minimum_object_size: Some(TransitionDefaultMinimumObjectSize::from(
                size,
            )),
        }))
    })
}

pub fn put(
    store: &Store,
    req: S3Request<PutBucketLifecycleConfigurationInput>,
) -> S3Result<S3Response<PutBucketLifecycleConfigurationOutput>> {
    let Some(mut configuration) = req.input.lifecycle_configuration else {
        return Err(fail(
            400,
            "MissingRequestBodyError",
            "Request Body is empty",
        ));
    };
    let size = req.input.transition_default_minimum_object_size;
    let size = size.map_or_else(|| SIZES[0].to_owned(), |size| size.as_str().to_owned());
    if !SIZES.contains(&size.as_str()) {
        return Err(fail(
            400,
            "InvalidRequest",
            format!("Invalid TransitionDefaultMinimumObjectSize found: {size}"),
        ));
    }
    check(&configuration)?;
    for rule in &mut configuration.rules {
        let id = || store.id("rule-", 8);
        rule.id.get_or_insert_with(id);
    }
    store.with(&req.input.bucket, |bucket| {
        if bucket.mfa_delete {
            return Err(fail(
                409,
                "InvalidBucketState",
                "Lifecycle configuration is not supported on a bucket with MFA Delete enabled",
            ));
        }
        bucket.lifecycle = Some((configuration, size.clone()));
        Ok(S3Response::new(PutBucketLifecycleConfigurationOutput {
            transition_default_minimum_object_size: Some(TransitionDefaultMinimumObjectSize::from(
                size,
            )),
        }))
    })
}

fn check(configuration: &BucketLifecycleConfiguration) -> S3Result<()> {
    let rules = &configuration.rules;
    if rules.is_empty() || rules.len() > 1000 {
        return Err(malformed_xml());
    }
    // In the old format of a lifecycle rule, the prefix is outside of the filter. All rules of a
    // lifecycle document must have the same format.
    if rules.iter().any(|rule| rule.filter.is_some())
        && rules.iter().any(|rule| rule.prefix.is_some())
    {
        return Err(fail(
            400,
            "InvalidRequest",
            "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.",
        ));
    }
    let mut ids = HashSet::new();
    for rule in rules {
        if let Some(id) = rule.id.as_deref() {
            if id.chars().count() > 255 {
                return Err(invalid_argument(
                    "ID length should not exceed allowed limit of 255",
                    "ID",
                    id,
                ));
            }
            if !ids.insert(id) {
                return Err(invalid_argument(
                    "Rule ID must be unique. Found same ID for more than one rule",
                    "ID",
                    id,
                ));
            }
        }
        check_rule(rule)?;
    }
    Ok(())
}

fn check_rule(rule: &LifecycleRule) -> S3Result<()> {
    if !["Enabled", "Disabled"].contains(&rule.status.as_str()) {
        return Err(malformed_xml());
    }
    match (&rule.filter, &rule.prefix) {
        (Some(filter), None) => check_filter(filter)?,
        (None, Some(_)) => {}
        _ => return Err(malformed_xml()),
    }
    let transitions = rule.transitions.as_deref().unwrap_or_default();
    let noncurrent = rule
        .noncurrent_version_transitions
        .as_deref()
        .unwrap_or_default();
    let nothing_to_do = rule.expiration.is_none()
        && rule.abort_incomplete_multipart_upload.is_none()
        && rule.noncurrent_version_expiration.is_none()
        && transitions.is_empty()
        && noncurrent.is_empty();
    if nothing_to_do {
        return Err(fail(
            400,
            "InvalidRequest",
            "At least one action needs to be specified in a rule",
        ));
    }
    if let Some(expiration) = &rule.expiration {
        let given = [
            expiration.days.is_some(),
            expiration.date.is_some(),
            expiration.expired_object_delete_marker.is_some(),
        ];
        if given.iter().filter(|given| **given).count() != 1 {
            return Err(malformed_xml());
        }
        positive(
            expiration.days,
            "'Days' for Expiration action must be a positive integer",
        )?;
    }
    if let Some(expiration) = &rule.noncurrent_version_expiration {
        if expiration.noncurrent_days.is_none() {
            return Err(malformed_xml());
        }
        positive(
            expiration.noncurrent_days,
            "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer",
        )?;
    }
    if let Some(abort) = &rule.abort_incomplete_multipart_upload {
        positive(
            Some(abort.days_after_initiation.unwrap_or(0)),
            "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
        )?;
    }
    for transition in transitions {
        let class = transition
            .storage_class
            .as_ref()
            .map(s3s::dto::TransitionStorageClass::as_str);
        check_transition(
            "Days",
            "Transition",
            transition.days,
            transition.date.is_some(),
            class,
        )?;
        let expires = rule
            .expiration
            .as_ref()
            .and_then(|expiration| expiration.days);
        if let (Some(days), Some(expires)) = (transition.days, expires)
            && expires <= days
        {
            return Err(invalid_argument(
                "'Days' in the Expiration action for filter must be greater than 'Days' in the Transition action",
                "Days",
                &expires.to_string(),
            ));
        }
    }
    for transition in noncurrent {
        let class = transition
            .storage_class
            .as_ref()
            .map(s3s::dto::TransitionStorageClass::as_str);
        check_transition(
            "NoncurrentDays",
            "NoncurrentVersionTransition",
            transition.noncurrent_days,
            false,
            class,
        )?;
    }
    Ok(())
}

/// Checks that a filter has at most one criterion, where an `And` element counts as one criterion.
/// A filter without a criterion matches the whole bucket.
fn check_filter(filter: &LifecycleRuleFilter) -> S3Result<()> {
    let criteria = [
        filter.and.is_some(),
        filter.object_size_greater_than.is_some(),
        filter.object_size_less_than.is_some(),
        filter.prefix.is_some(),
        filter.tag.is_some(),
    ];
    if criteria.iter().filter(|given| **given).count() > 1 {
        return Err(malformed_xml());
    }
    let tags = filter.and.as_ref().and_then(|and| and.tags.as_ref());
    let mut keys = HashSet::new();
    if tags
        .into_iter()
        .flatten()
        .any(|tag| !keys.insert(tag.key.as_deref()))
    {
        return Err(fail(
            400,
            "InvalidRequest",
            "Duplicate Tag Keys are not allowed.",
        ));
    }
    Ok(())
}

fn positive(days: Option<i32>, message: &'static str) -> S3Result<()> {
    match days {
        Some(days) if days < 1 => Err(fail(400, "InvalidArgument", message)),
        _ => Ok(()),
    }
}

fn check_transition(
    element: &str,
    action: &str,
    days: Option<i32>,
    has_date: bool,
    class: Option<&str>,
) -> S3Result<()> {
    if days.is_some() == has_date {
        return Err(malformed_xml());
    }
    let Some(class) = class.filter(|class| CLASSES.contains(class)) else {
        return Err(malformed_xml());
    };
    let least = if class.ends_with("_IA") { 30 } else { 0 };
    match days {
        Some(days) if days < least => Err(invalid_argument(
            format!(
                "'{element}' in {action} action must be greater than or equal to {least} for storageClass '{class}'"
            ),
            element,
            &days.to_string(),
        )),
        _ => Ok(()),
    }
}
