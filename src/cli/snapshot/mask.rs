//! Account numbers replaced by made-up ones, the same one for the same account everywhere

use std::collections::BTreeMap;

/// Digits of an account number
const LENGTH: usize = 12;
/// The first made-up account; AWS gives out none like it
const FIRST: u64 = 100_000_000_001;

/// The accounts seen so far
#[derive(Debug, Default)]
pub(super) struct Mask {
    shown: BTreeMap<String, String>,
}

impl Mask {
    /// Each account with the number that stands for it
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.shown.iter().map(|(own, shown)| (own.as_str(), shown.as_str()))
    }

    /// The text of a file with its account numbers replaced
    ///
    /// Names are left alone, since the request and the manifests have them too: those of buckets and of objects.
    pub(super) fn apply(&mut self, path: &str, text: &str) -> String {
        if path.contains("/manifests/") {
            return text.to_owned();
        }
        let in_arns_only = path.ends_with("/objects.jsonl");
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
            let (before, from) = rest.split_at(start);
            masked.push_str(before);
            let end = from.find(|character: char| !character.is_ascii_digit()).unwrap_or(from.len());
            let (digits, after) = from.split_at(end);
            if digits.len() == LENGTH && stands_alone(&masked, after, in_arns_only) {
                let shown = self.stand_in(digits);
                masked.push_str(&shown);
            } else {
                masked.push_str(digits);
            }
            rest = after;
        }
        masked.push_str(rest);
        masked
    }

    fn stand_in(&mut self, account: &str) -> String {
        let next = FIRST + self.shown.len() as u64;
        self.shown.entry(account.to_owned()).or_insert_with(|| next.to_string()).clone()
    }
}

/// Whether twelve digits between these texts are an account and no part of a name
fn stands_alone(before: &str, after: &str, in_arns_only: bool) -> bool {
    let of_a_name = |character: char| character.is_alphanumeric() || matches!(character, '-' | '.' | '_');
    let bounded = !before.ends_with(of_a_name) && !after.starts_with(of_a_name);
    // `arn:aws:s3:::` is followed by the name of a bucket.
    bounded && !before.ends_with(":::") && (!in_arns_only || before.ends_with(':') && after.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_replaced_and_names_are_not() {
        let mut mask = Mask::default();
        let masked = mask.apply(
            "s3/b/policy.json",
            r#"{"AWS": ["123456789012", "arn:aws:iam::210987654321:root"], "Resource": "arn:aws:s3:::123456789012/x", "S": "logs-123456789012"}"#,
        );
        assert_eq!(
            masked,
            r#"{"AWS": ["100000000001", "arn:aws:iam::100000000002:root"], "Resource": "arn:aws:s3:::123456789012/x", "S": "logs-123456789012"}"#
        );
        let line = r#"{"Key":"123456789012","ContentLength":123456789012,"SSEKMSKeyId":"arn:aws:kms:us-east-1:123456789012:key/1"}"#;
        let expected = r#"{"Key":"123456789012","ContentLength":123456789012,"SSEKMSKeyId":"arn:aws:kms:us-east-1:100000000001:key/1"}"#;
        assert_eq!(mask.apply("s3/b/objects.jsonl", line), expected);
        assert_eq!(mask.pairs().count(), 2);
    }
}
