//! The output of `inspect` for a form.

use super::inspect::{Verdict, time_left, token};
use super::sanitize;
use crate::hints;
use crate::s3::explain::Cause;
use s3_presign::inspect::form::{Condition, InspectedForm};
use s3_presign::timestamp;
use serde::Serialize;
use time::OffsetDateTime;

/// The report about a form, without its fields, because they are a credential.
#[derive(Serialize)]
pub(crate) struct Document {
    schema_version: u8,
    method: &'static str,
    url: String,
    access_key_id: String,
    session_token: bool,
    date: String,
    region: String,
    service: String,
    conditions: Vec<String>,
    expires_at: String,
    seconds_left: i64,
    signature: String,
    warnings: Vec<String>,
    cause: Option<String>,
}

impl Document {
    pub(crate) fn new(
        form: &InspectedForm,
        now: OffsetDateTime,
        verdict: &Verdict,
        cause: Option<&Cause>,
    ) -> Self {
        Document {
            schema_version: 1,
            method: "POST",
            url: form.url.clone(),
            access_key_id: form.access_key_id.clone(),
            session_token: form.has_token(),
            date: form.scope.date.clone(),
            region: form.scope.region.clone(),
            service: form.scope.service.clone(),
            conditions: form.conditions.iter().filter_map(shown).collect(),
            expires_at: timestamp::rfc3339(form.expires_at),
            seconds_left: (form.expires_at - now).whole_seconds().max(0),
            signature: verdict.to_string(),
            warnings: form.warnings(now).iter().map(ToString::to_string).collect(),
            cause: cause.map(|cause| hints::refusal(cause).into_owned()),
        }
    }

    /// The report as text.
    pub(crate) fn text(&self) -> String {
        let token = token(self.session_token);
        let left = time_left(self.seconds_left);
        let mut text = format!(
            "form for        {}\n\
             access key id   {}{token}\n\
             scope           {}, {}, {}\n\
             expires at      {} ({left})\n\
             signature       {}\n",
            sanitize(&self.url),
            sanitize(&self.access_key_id),
            sanitize(&self.date),
            sanitize(&self.region),
            sanitize(&self.service),
            self.expires_at,
            sanitize(&self.signature),
        );
        for condition in &self.conditions {
            text += &format!("condition       {}\n", sanitize(condition));
        }
        for warning in &self.warnings {
            text += &format!("warning         {}\n", sanitize(warning));
        }
        if let Some(cause) = &self.cause {
            text += &format!("cause           {}\n", sanitize(cause));
        }
        text
    }
}

/// The report omits the conditions on the fields of the signature, because other lines show these
/// fields, and one of the fields is the session token.
fn shown(condition: &Condition) -> Option<String> {
    const OWN: [&str; 4] = [
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-security-token",
    ];
    match condition {
        Condition::Equals(name, _) | Condition::StartsWith(name, _)
            if OWN.contains(&name.as_str()) =>
        {
            None
        }
        condition => Some(condition.to_string()),
    }
}
