//! The controls of one subresource: they are read, compared and written together.

use super::{ALL, Control, Review, Settings, Subresource};
use crate::xml::DecodeError;

/// A subresource with some of the controls that configure it.
pub struct Group {
    /// What is read and written.
    pub subresource: &'static Subresource,
    /// The controls, in the order of [`ALL`]; at least one.
    pub controls: Vec<&'static dyn Control>,
}

impl Group {
    /// Compares the body that was found (`None`: nothing configured) with what all controls want of it.
    ///
    /// Each control reviews what the one before it wants. The result is a review for each control, and
    /// the body to send, unless all is as wanted.
    ///
    /// # Errors
    /// The body is not what the subresource should have.
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

/// The controls of [`ALL`] that `choose` chooses, in groups.
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

/// The controls that these settings ask for and do not skip, in groups.
#[must_use]
pub fn wanted(settings: &Settings) -> Vec<Group> {
    groups(|control| is_wanted(control, settings))
}

/// Every statement of the bucket policy that these settings ask for and do not skip.
pub(super) fn wanted_statements(settings: &Settings) -> Vec<serde_json::Value> {
    ALL.into_iter()
        .filter(|control| is_wanted(*control, settings))
        .filter_map(|control| control.policy_statement(settings))
        .collect()
}

fn is_wanted(control: &dyn Control, settings: &Settings) -> bool {
    control.is_wanted(settings) && !settings.skips(control.info().id)
}
