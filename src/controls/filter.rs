//! Converts the filter of a lifecycle rule into the format that both AWS and Ceph accept.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html>

use crate::xml::Element;
use std::mem;

/// Moves the prefix of a lifecycle rule into the rule's filter. If the filter has an `And` element,
/// this function moves all other criteria of the filter into the `And` element.
pub(super) fn filter_whole(rule: &mut Element) {
    if rule.child("Filter").is_none() {
        for child in &mut rule.children {
            if child.name == "Prefix" {
                *child = Element::node("Filter", vec![mem::take(child)]);
            }
        }
        return;
    }
    for filter in rule.children.iter_mut().filter(|it| it.name == "Filter") {
        let (conjunctions, beside): (Vec<_>, Vec<_>) = mem::take(&mut filter.children)
            .into_iter()
            .partition(|it| it.name == "And");
        let [and] = &conjunctions[..] else {
            filter.children = [beside, conjunctions].concat();
            continue;
        };
        let is_redundant = |part: &Element| part.text.is_empty() || and.children.contains(part);
        let is_leaf = |part: &Element| part.children.is_empty();
        let moved = beside
            .into_iter()
            .filter(|part| !(is_leaf(part) && is_redundant(part)));
        let children = moved.chain(and.children.iter().cloned()).collect();
        filter.children = vec![Element::node("And", children)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_a_misplaced_prefix_into_the_filter() {
        let tags = "<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag>";
        let and = |inner: &str| format!("<Filter><And>{inner}{tags}</And></Filter>");
        let (logs, size) = (
            "<Prefix>logs/</Prefix>",
            "<ObjectSizeLessThan>9</ObjectSizeLessThan>",
        );
        for (found, written) in [
            (
                format!("<Filter>{logs}<And>{tags}</And></Filter>"),
                and(logs),
            ),
            (
                format!("<Filter>{logs}<And>{logs}{tags}</And></Filter>"),
                and(logs),
            ),
            (
                format!("<Filter><Prefix/><And>{tags}</And></Filter>"),
                and(""),
            ),
            (
                format!("<Filter><Prefix/><And>{logs}{tags}</And></Filter>"),
                and(logs),
            ),
            (
                format!("<Filter>{size}<And>{logs}{tags}</And></Filter>"),
                and(&format!("{size}{logs}")),
            ),
            (logs.to_owned(), format!("<Filter>{logs}</Filter>")),
            ("<Filter/>".to_owned(), "<Filter/>".to_owned()),
        ] {
            let rule = |filter: &str| {
                let rule = format!("<Rule><ID>a</ID>{filter}<Status>Enabled</Status></Rule>");
                Element::read("Rule", rule.as_bytes()).unwrap()
            };
            let mut whole = rule(&found);
            filter_whole(&mut whole);
            assert_eq!(whole, rule(&written), "{found}");
        }
    }
}
