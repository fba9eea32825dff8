//! Makes one policy for several buckets, which may have different options.

use serde_json::{Value, json};

/// Returns the policy for several buckets: each ARN of the bucket with the ARN `of` becomes one ARN
/// for each of the `names`, which may be patterns such as `team-*`.
#[must_use]
pub fn for_buckets(mut policy: Value, of: &str, names: &[String]) -> Value {
    let stem = of.rsplit_once(':').map_or("", |(stem, _)| stem);
    let expand = |resource: &Value| -> Vec<Value> {
        let rest = resource.as_str().and_then(|arn| arn.strip_prefix(of));
        match rest.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
            Some(rest) => names
                .iter()
                .map(|name| json!(format!("{stem}:{name}{rest}")))
                .collect(),
            None => vec![resource.clone()],
        }
    };
    let statements = policy["Statement"].as_array_mut().into_iter().flatten();
    for statement in statements {
        let mut arns = expand(&statement["Resource"]);
        statement["Resource"] = match arns.len() {
            1 => arns.remove(0),
            _ => Value::Array(arns),
        };
    }
    policy
}

/// Appends the statements of `more` to a policy, or returns `more` if `policy` is `null`. A statement whose
/// `Sid` is already in the policy gets a number after its `Sid`.
#[must_use]
pub fn joined(mut policy: Value, mut more: Value) -> Value {
    let Some(all) = policy["Statement"].as_array_mut() else {
        return more;
    };
    let added = more["Statement"].as_array_mut().map(std::mem::take);
    for mut statement in added.unwrap_or_default() {
        if all.contains(&statement) {
            continue;
        }
        let sid = statement["Sid"].as_str().unwrap_or_default().to_owned();
        let is_taken = |sid: &str| all.iter().any(|known| known["Sid"] == sid);
        let numbered = (2..).map(|number| format!("{sid}{number}"));
        let free = std::iter::once(sid.clone()).chain(numbered);
        let free = free.into_iter().find(|sid| !is_taken(sid));
        statement["Sid"] = json!(free);
        all.push(statement);
    }
    policy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_statements_appear_once_and_sids_are_unique() {
        let policy = |resource: &str| {
            json!({"Version": "2012-10-17", "Statement": [
                {"Sid": "Read", "Resource": resource},
                {"Sid": "List", "Resource": "*"},
            ]})
        };
        let first = joined(Value::Null, policy("a"));
        let all = joined(joined(first, policy("b")), policy("c"));
        let shown: Vec<(&str, &str)> = (all["Statement"].as_array().unwrap().iter())
            .map(|it| {
                (
                    it["Sid"].as_str().unwrap(),
                    it["Resource"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [("Read", "a"), ("List", "*"), ("Read2", "b"), ("Read3", "c")]
        );
    }
}
