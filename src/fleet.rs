//! Processes many buckets concurrently. A failure of one bucket does not stop the processing of the
//! others.

use futures_util::{StreamExt, stream};
use std::fmt;
use std::future;
use std::str::FromStr;

/// Runs `work` for each of `items` and passes each result to `done` as soon as the result is
/// available. At most `jobs` items are processed at the same time; 0 means 1.
///
/// This function takes an item from the iterator only when a job is free. All jobs run on one
/// thread, because the jobs mostly wait for servers.
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

/// The share of a list that one of several machines processes. Each machine needs to know only its
/// index and the number of machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// The index of the shard, starting with 0.
    pub index: usize,
    /// The number of shards.
    pub count: usize,
}

impl Shard {
    /// Returns the items of this shard: every `count`th item, starting at `index`. Each item of the
    /// list belongs to exactly one shard.
    pub fn take<T>(self, items: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        items.into_iter().skip(self.index).step_by(self.count)
    }
}

impl FromStr for Shard {
    type Err = InvalidShard;

    /// Parses `INDEX/COUNT`.
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

/// The error for a text that is not a [`Shard`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidShard;

impl fmt::Display for InvalidShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a shard is written I/N, with I counted from 0: 0/3, 1/3 and 2/3 together cover the whole list")
    }
}

impl std::error::Error for InvalidShard {}

/// Returns the names in a list with one name per line, each with its line number, starting with 1.
/// This function ignores white space around a name, blank lines, and all text after a `#`.
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

    #[allow(clippy::disallowed_methods)] // This test may sleep, because tokio's clock is paused.
    #[tokio::test(start_paused = true)]
    async fn each_item_runs_once_and_the_number_of_jobs_is_limited() {
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
        assert_eq!(
            seen[..4],
            [3, 2, 1, 0],
            "results arrive as soon as they are available"
        );
        seen.sort_unstable();
        assert_eq!(seen, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn shards_divide_a_list_without_overlap() {
        let count = 3;
        let shares: Vec<Vec<u32>> = (0..count)
            .map(|index| Shard { index, count }.take(0..8).collect())
            .collect();
        assert_eq!(shares, [vec![0, 3, 6], vec![1, 4, 7], vec![2, 5]]);
    }

    #[test]
    fn shards_are_counted_from_zero() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, count: 3 }));
        for bad in ["3/3", "1", "0/0", "a/b", "-1/3", "/3"] {
            assert_eq!(bad.parse::<Shard>(), Err(InvalidShard), "{bad}");
        }
    }

    #[test]
    fn comments_and_blank_lines_in_a_list_are_ignored() {
        let text = "# all of them\none\n\n  two # the second\r\n#three\nfour";
        let found: Vec<_> = names(text).collect();
        assert_eq!(found, [(2, "one"), (4, "two"), (6, "four")]);
    }
}
