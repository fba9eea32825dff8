//! Groups the controls that configure the same subresource. Bootstrap reads, compares and writes
//! the controls of a group together.

use super::{ALL, Control, Review, Settings, Subresource};
use crate::xml::DecodeError;

/// A subresource and some of the controls that configure it.
pub struct Group {
    /// The subresource that all controls of the group configure.
    pub subresource: &'static Subresource,
    /// The controls of the group, in the order of [`ALL`]. A group has at least one control.
    pub controls: Vec<&'static dyn Control>,
}

impl Group {
    /// Compares the existing body with the desired state of each control. The body is `None` if
    /// nothing is configured.
    ///
    /// Each control starts from the desired state of the previous control, so that one body
    /// contains all changes. The result is a review for each control, and the body to send. The
    /// body to send is `None` if no control requests a change.
    ///
    /// # Errors
    /// Fails if the body is not a document of this subresource.
    pub fn review(
        &self,
        found: Option<&[u8]>,
        settings: &Settings,
    ) -> Result<(Vec<Review>, Option<Vec<u8>>), DecodeError> {
        let mut reviews = Vec::new();
        let mut target: Option<Vec<u8>> = None;
        for control in &self.controls {
            let review = control.review(target.as_deref().or(found), settings)?;
            target = review.change.clone().or(target);
            reviews.push(review);
        }
        Ok((reviews, target))
    }
}

/// Returns the controls of [`ALL`] for which `choose` returns `true`, grouped by subresource.
pub fn groups(choose: impl Fn(&dyn Control) -> bool) -> Vec<Group> {
    let chosen = ALL.into_iter().filter(|control| choose(*control));
    let mut groups: Vec<Group> = Vec::new();
    for control in chosen {
        let subresource = control.info().subresource;
        match groups.last_mut() {
            Some(last) if last.subresource == subresource => last.controls.push(control),
            _ => groups.push(Group {
                subresource,
                controls: vec![control],
            }),
        }
    }
    groups
}

/// Returns the controls that `settings` request and do not skip, grouped by subresource.
#[must_use]
pub fn wanted(settings: &Settings) -> Vec<Group> {
    groups(|control| is_wanted(control, settings))
}

/// The names of the subresources that decide who has access to a bucket. Every audit reads these
/// subresources, because without one of them, an audit could miss public access.
pub const OF_ACCESS: [&str; 3] = ["publicAccessBlock", "ownershipControls", "policy"];

/// Like [`wanted`], and also returns the groups that decide who has access to the bucket.
#[must_use]
pub fn wanted_or_of_access(settings: &Settings) -> Vec<Group> {
    groups(|control| {
        OF_ACCESS.contains(&control.info().subresource.name) || is_wanted(control, settings)
    })
}

/// Returns the statements of the bucket policy that `settings` request and do not skip.
pub(super) fn wanted_statements(settings: &Settings) -> Vec<serde_json::Value> {
    ALL.into_iter()
        .filter(|control| is_wanted(*control, settings))
        .filter_map(|control| control.policy_statement(settings))
        .collect()
}

fn is_wanted(control: &dyn Control, settings: &Settings) -> bool {
    control.is_wanted(settings) && !settings.skips(control.info().id)
}
