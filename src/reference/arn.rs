//! The forms of ARNs, and whether a policy's pattern can name one

use crate::iam::wildcard::{Token, intersects, matches, tokenize};

/// The form of a type's ARNs: `arn:${Partition}:s3:::${BucketName}`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArnTemplate(&'static str);

impl ArnTemplate {
    pub(super) const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The form as AWS writes it
    #[must_use]
    pub fn text(self) -> &'static str {
        self.0
    }

    /// The names of its variables, in order
    pub fn variables(self) -> impl Iterator<Item = &'static str> {
        self.0.split("${").skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name))
    }

    /// Whether an ARN has this form; a variable of the resource part may stand for colons and slashes too
    #[must_use]
    pub fn admits(self, arn: &str) -> bool {
        let fits = |(form, part): (String, &str)| matches(&tokenize(&form, false), part);
        arn.splitn(6, ':').count() == 6 && self.suits_bucket(arn) && self.forms().zip(arn.splitn(6, ':')).all(fits)
    }

    /// Whether a pattern of a policy matches an ARN of this form: never `false` where one might well exist
    ///
    /// A policy variable in the pattern stands for anything, and so does what is missing at its end (rule E66).
    /// Wildcards are taken to stay in their part, unless what stands in the place of the account cannot be one: then the
    /// pattern counts on a `*` that runs past colons (rule E63), and the answer is yes.
    #[must_use]
    pub fn meets(self, pattern: &str) -> bool {
        let open = without_variables(pattern);
        let parts: Vec<&str> = open.splitn(6, ':').collect();
        let [.., account, _] = parts.as_slice() else { return true };
        if parts.len() < 6 {
            let head: Vec<String> = self.forms().take(parts.len()).collect();
            return head.iter().zip(&parts).all(|(form, part)| share(form, part)) || open.contains('*');
        }
        let is_account = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'?'));
        if !is_account(account) && *account != "aws" {
            return true;
        }
        self.suits_bucket(&open) && self.forms().zip(&parts).all(|(form, part)| share(&form, part))
    }

    /// Its six parts, with every variable as `*`
    fn forms(self) -> impl Iterator<Item = String> {
        let open = without_variables(self.0);
        let parts: Vec<String> = open.splitn(6, ':').map(str::to_owned).collect();
        parts.into_iter()
    }

    /// The one name that is known to have no slash: that of a bucket, which tells it from its objects
    fn suits_bucket(self, text: &str) -> bool {
        !self.0.ends_with(":::${BucketName}") || text.splitn(6, ':').nth(5).is_none_or(|name| !name.contains('/'))
    }
}

fn share(form: &str, part: &str) -> bool {
    intersects::<Box<str>, Box<str>>(&tokenize(form, false), &tokenize(part, false))
}

/// A text with every `${…}` as any text
pub(super) fn variable_runs(form: &str) -> Vec<Token<Box<str>>> {
    tokenize(&without_variables(form), false)
}

/// A text with `*` in the place of every variable; `${*}`, `${?}` and `${$}` are one character
fn without_variables(text: &str) -> String {
    let mut open = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        open.push_str(before);
        let Some((name, beyond)) = after.split_once('}') else {
            open.push_str("${");
            rest = after;
            continue;
        };
        open.push_str(if matches!(name, "*" | "?" | "$") { "?" } else { "*" });
        rest = beyond;
    }
    open.push_str(rest);
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: ArnTemplate = ArnTemplate::new("arn:${Partition}:s3:::${BucketName}");
    const OBJECT: ArnTemplate = ArnTemplate::new("arn:${Partition}:s3:::${BucketName}/${ObjectName}");
    const KEY: ArnTemplate = ArnTemplate::new("arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}");

    #[test]
    fn patterns_meet_the_forms_that_they_can_name() {
        for (form, pattern, meets) in [
            (BUCKET, "arn:aws:s3:::b", true),
            (BUCKET, "arn:aws:s3:::b*", true),
            (BUCKET, "arn:aws:s3:::b/*", false),
            (BUCKET, "*", true),
            (OBJECT, "arn:aws:s3:::b", false),
            (OBJECT, "arn:aws:s3:::b*", true),
            (OBJECT, "arn:aws:s3:::${aws:username}", true),
            (OBJECT, "arn:aws:s3:::b/${*}", true),
            (OBJECT, "arn:aws:s3:us-east-1:111122223333:b/k", false),
            (KEY, "arn:aws:kms:us-east-1:111122223333:key/k", true),
            (KEY, "arn:aws:kms:*:${aws:PrincipalAccount}:key/k", true),
            (KEY, "arn:aws:kms:us-east-1:111122223333:alias/k", false),
            (KEY, "arn:aws:kms:*:*:alias/k", false),
            (KEY, "arn:aws:kms:*:*:*", true),
            (KEY, "arn:aws:kms:*:key/k", true),
            (KEY, "arn:aws:kms", true),
            (KEY, "arn:aws:sqs", false),
            (KEY, "arn:*", true),
        ] {
            assert_eq!(form.meets(pattern), meets, "{} {pattern}", form.text());
        }
    }

    #[test]
    fn arns_have_their_form() {
        assert!(OBJECT.admits("arn:aws:s3:::b/k/l"));
        assert!(!OBJECT.admits("arn:aws:s3:::b"));
        assert!(!BUCKET.admits("arn:aws:s3:::b/k"));
        assert!(KEY.admits("arn:aws:kms:us-east-1:111122223333:key/k"));
        assert!(!KEY.admits("arn:aws:kms:us-east-1:111122223333:alias/k"));
    }
}
