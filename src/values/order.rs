//! Sorts items by a number and a text.

use std::mem;

/// Sorts the items by the key, a number and then a text. Items with equal keys keep their order.
///
/// The standard library has one copy of its sort in the binary for each type, and a copy has up to 6 KB.
/// This function sorts only keys, so all types that it sorts share one copy.
pub(crate) fn sort<T>(items: &mut Vec<T>, key: impl Fn(&T) -> (usize, String)) {
    let mut keys: Vec<((usize, String), usize)> = (items
        .iter()
        .map(key)
        .enumerate()
        .map(|(place, key)| (key, place)))
    .collect();
    keys.sort_unstable();
    let mut all: Vec<Option<T>> = mem::take(items).into_iter().map(Some).collect();
    items.extend((keys.into_iter()).filter_map(|(_, place)| all.get_mut(place)?.take()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_by_number_and_text_and_keeps_the_order_of_equal_keys() {
        let mut items = vec![
            (2, "b", 1),
            (1, "z", 2),
            (2, "a", 3),
            (2, "b", 4),
            (10, "", 5),
        ];
        sort(&mut items, |(number, text, _)| {
            (*number, (*text).to_owned())
        });
        let order: Vec<i32> = items.iter().map(|(_, _, place)| *place).collect();
        assert_eq!(order, [2, 3, 1, 4, 5]);
    }
}
