//! The permissions of an audit with `--full`.

/// Adds the actions whose resource is the bucket to `on_bucket`, and returns the other actions, which concern
/// the account, or access points and trails, whose names are unknown before the audit.
pub(super) fn add<'a>(on_bucket: &mut Vec<&'a str>, full: &[&'a str]) -> Vec<&'a str> {
    let known_prefixes = ["s3:GetBucket", "s3:GetReplication", "s3:GetLifecycle"];
    let is_of_a_bucket = |action: &&str| known_prefixes.iter().any(|it| action.starts_with(it));
    let (added, others): (Vec<&str>, Vec<&str>) =
        full.iter().partition(|action| is_of_a_bucket(action));
    for action in added {
        if !on_bucket.contains(&action) {
            on_bucket.push(action);
        }
    }
    others
}
