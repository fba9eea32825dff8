//! The output of `request`.

use super::Printer;
use crate::exchange::link::LinkId;
use crate::exchange::request::{End, Event, Gap, Lifetime, Link, Rules};
use s3_presign::duration;
use s3_presign::timestamp;
use serde::Serialize;

/// The bucket and the folder that receive the files.
pub(crate) struct Target<'a> {
    pub(crate) bucket: &'a str,
    /// The folder of the link, which ends with `/`.
    pub(crate) folder: String,
    /// Whether the page sends one file in parts.
    pub(crate) is_large: bool,
}

/// Prints one message of the run on stderr.
pub(crate) fn event(event: &Event, target: &Target<'_>, printer: &Printer) {
    match event {
        Event::Ends(lifetime) => {
            printer.info(&format!("{}\n", ends(lifetime)));
            if lifetime.end == End::Unknown {
                printer.warning("the credentials are temporary and their expiration is not known: the link may stop working earlier");
            }
        }
        Event::UnknownOwner(why) => printer.unproven_owner(target.bucket, why),
        Event::Missing(Gap { title, unread }) => printer.warning(&match unread {
            None => format!(
                "{title}: the bucket lacks this control; `bootstrap {}` sets it",
                target.bucket
            ),
            Some(why) => format!("{title}: not known: {why}"),
        }),
        Event::Networks(networks) => printer.warning(&format!(
            "the bucket policy allows only certain networks ({}): the link does not work for customers elsewhere",
            networks.join("; ")
        )),
        Event::Expiry(rules) => printer.info(&expiry(*rules)),
        Event::Large(abort_at) => {
            printer.warning("the page sends the file in parts, and S3 does not enforce the largest size of such an upload");
            if let Some(at) = abort_at {
                let at = timestamp::rfc3339(*at);
                printer.info(&format!(
                    "A lifecycle rule aborts the upload at {at} unless it is complete.\n"
                ));
            }
        }
        Event::Published(page_key) => {
            let uploads = if target.is_large {
                "send the file until its upload is complete, and can store receipts of at most 64 KiB"
            } else {
                "upload"
            };
            printer.info(&format!(
                "Published {page_key}, and fetched the link without credentials.\n\
                 Everyone who has the link can {uploads} below s3://{}/{}, as often as they want: S3 has no quota.\n",
                target.bucket, target.folder
            ));
        }
    }
}

/// When the link ends, and why.
fn ends(lifetime: &Lifetime) -> String {
    let at = timestamp::rfc3339(lifetime.expires_at);
    let left = duration::in_units(lifetime.expires_in.duration());
    let why = match lifetime.end {
        End::Requested | End::Unknown => "as --expires-in requests".to_owned(),
        End::Credentials => {
            "because the credentials expire then; an access key of an IAM user makes longer links"
                .to_owned()
        }
        End::Policy(limit) => format!(
            "because the bucket policy refuses signatures that are older than {}",
            duration::in_units(limit)
        ),
    };
    format!("The link works until {at} ({left} from now), {why}.")
}

/// The lines about lifecycle rules.
fn expiry(rules: Option<Rules>) -> String {
    let Some(rules) = rules else {
        return "Whether a lifecycle rule removes the files and the page is not known.\n"
            .to_owned();
    };
    let text = |what: &str, days: Option<u64>| match days {
        Some(days) => format!("A lifecycle rule removes {what} after {days} days.\n"),
        None => format!("No lifecycle rule removes {what}.\n"),
    };
    text("the files that arrive", rules.deliveries) + &text("the page", rules.pages)
}

#[derive(Serialize)]
pub(crate) struct Document<'a> {
    schema_version: u8,
    link: &'a str,
    link_id: &'a str,
    page_key: &'a str,
    prefix: &'a str,
    expires_at: String,
}

/// The link as a JSON document.
pub(crate) fn document<'a>(link: &'a Link, id: &'a LinkId) -> Document<'a> {
    Document {
        schema_version: 1,
        link: &link.url,
        link_id: id.as_str(),
        page_key: &link.page_key,
        prefix: &link.folder,
        expires_at: timestamp::rfc3339(link.expires_at),
    }
}
