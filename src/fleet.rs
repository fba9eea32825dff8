//! Many buckets: some at a time, one failing bucket does not stop the others.

use futures_util::{StreamExt, stream};
use std::fmt;
use std::future;
use std::str::FromStr;

/// Works on `items`, at most `jobs` of them at a time (at least one), and hands each result to `done` as
/// it comes. An item is taken when a job is free for it. All on one thread: what takes time is waiting
/// for servers.
pub fn each<T, R, F>(
    items: impl IntoIterator<Item = T>,
    jobs: usize,
    work: impl FnMut(T) -> F,
    mut done: impl FnMut(R),
) -> impl Future<Output = ()>
where
    F: Future<Output = R>,
{
    stream::iter(items)
        .map(work)
        .buffer_unordered(jobs.max(1))
        .for_each(move |result| {
            done(result);
            future::ready(())
        })
}

/// A share of a list, for one of several machines that know of each other only how many they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which share, from 0.
    pub index: usize,
    /// How many shares.
    pub count: usize,
}

impl Shard {
    /// Every `count`th item, from `index` on: every item falls to one shard and no more.
    pub fn take<T>(self, items: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        items.into_iter().skip(self.index).step_by(self.count)
    }
}

impl FromStr for Shard {
    type Err = InvalidShard;

    /// Reads `INDEX/COUNT`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (index, count) = text.split_once('/').ok_or(InvalidShard)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| InvalidShard);
        let (index, count) = (number(index)?, number(count)?);
        if index < count {
            Ok(Shard { index, count })
        } else {
            Err(InvalidShard)
        }
    }
}

/// The text is no [`Shard`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidShard;

impl fmt::Display for InvalidShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a shard is written INDEX/COUNT, counted from 0: 0/3, 1/3 and 2/3 together cover the whole list")
    }
}

impl std::error::Error for InvalidShard {}

/// The names in a list: one a line; white space around them, blank lines and whatever follows a `#`
/// do not count. With its line's number, from 1.
pub fn names(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().zip(1..).filter_map(|(line, number)| {
        let name = line.split('#').next()?.trim();
        (!name.is_empty()).then_some((number, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::time::Duration;

    #[allow(clippy::disallowed_methods)] // the clock is tokio's, and stands still
    #[tokio::test(start_paused = true)]
    async fn so_many_at_a_time_and_each_once() {
        let (now, most) = (Cell::new(0), Cell::new(0));
        let mut seen = Vec::new();
        let work = |number: u64| {
            let (now, most) = (&now, &most);
            async move {
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                tokio::time::sleep(Duration::from_millis(100 - number)).await;
                now.set(now.get() - 1);
                number
            }
        };
        each(0..20, 4, work, |number| seen.push(number)).await;
        assert_eq!((most.get(), seen.len()), (4, 20));
        assert_eq!(seen[..4], [3, 2, 1, 0], "as they come");
        seen.sort_unstable();
        assert_eq!(seen, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn shards_share_a_list_without_overlap() {
        let count = 3;
        let shares: Vec<Vec<u32>> = (0..count)
            .map(|index| Shard { index, count }.take(0..8).collect())
            .collect();
        assert_eq!(shares, [vec![0, 3, 6], vec![1, 4, 7], vec![2, 5]]);
    }

    #[test]
    fn shares_are_counted_from_zero() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, count: 3 }));
        for bad in ["3/3", "1", "0/0", "a/b", "-1/3", "/3"] {
            assert_eq!(bad.parse::<Shard>(), Err(InvalidShard), "{bad}");
        }
    }

    #[test]
    fn a_list_has_comments_and_blank_lines() {
        let text = "# all of them\none\n\n  two # the second\r\n#three\nfour";
        let found: Vec<_> = names(text).collect();
        assert_eq!(found, [(2, "one"), (4, "two"), (6, "four")]);
    }
}
