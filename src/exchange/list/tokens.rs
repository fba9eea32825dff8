//! Detects endless listings.

/// Detects a repeated continuation token in constant memory, with Brent's algorithm: one earlier token is
/// remembered, and replaced after 1, 2, 4, 8 … tokens.
#[derive(Default)]
pub(super) struct Tokens {
    remembered: Option<String>,
    count: u64,
}

impl Tokens {
    /// Whether the server sent this token before. The method finds a cycle after at most three
    /// times its length.
    pub(super) fn repeats(&mut self, token: &str) -> bool {
        if self.remembered.as_deref() == Some(token) {
            return true;
        }
        self.count += 1;
        if self.count.is_power_of_two() {
            self.remembered = Some(token.to_owned());
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_cycle_of_continuation_tokens() {
        for (lead, cycle) in [(0, 1), (0, 2), (3, 1), (5, 7), (100, 64)] {
            let mut tokens = Tokens::default();
            let token = |step: u64| match step {
                step if step < lead => step,
                step => lead + (step - lead) % cycle,
            };
            let found = (0..1_000).find(|step| tokens.repeats(&token(*step).to_string()));
            let found = found.unwrap();
            assert!(found >= lead + cycle, "{lead} {cycle}: {found}");
            assert!(found <= 3 * (lead + cycle), "{lead} {cycle}: {found}");
        }
        let mut tokens = Tokens::default();
        assert!((0..10_000).all(|step| !tokens.repeats(&step.to_string())));
    }
}
