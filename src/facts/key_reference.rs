//! The ways in which a request or a bucket names a KMS key

use std::fmt;

use crate::iam::Arn;

/// A KMS key as somebody wrote it
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyReference {
    /// `1234abcd-…` or `mrk-…`: a key of the own account and Region
    KeyId(String),
    /// `arn:aws:kms:REGION:ACCOUNT:key/ID`
    KeyArn(Arn),
    /// `alias/NAME`: an alias of the own account and Region
    Alias(String),
    /// `arn:aws:kms:REGION:ACCOUNT:alias/NAME`
    AliasArn(Arn),
    /// None of these
    Unreadable(String),
}

impl KeyReference {
    /// Tells the form of a text
    #[must_use]
    pub fn of(text: &str) -> Self {
        let unreadable = || Self::Unreadable(text.to_owned());
        if text.starts_with("arn:") {
            return match text.parse::<Arn>() {
                Ok(arn) if arn.service() == "kms" && names(arn.resource(), "key/") => Self::KeyArn(arn),
                Ok(arn) if arn.service() == "kms" && names(arn.resource(), "alias/") => Self::AliasArn(arn),
                _ => unreadable(),
            };
        }
        if names(text, "alias/") {
            return Self::Alias(text.to_owned());
        }
        let is_id = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_id { Self::KeyId(text.to_owned()) } else { unreadable() }
    }

    /// The key id, where the reference holds it
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        match self {
            Self::KeyId(id) => Some(id),
            Self::KeyArn(arn) => arn.resource().strip_prefix("key/"),
            _ => None,
        }
    }
}

impl fmt::Display for KeyReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyId(text) | Self::Alias(text) | Self::Unreadable(text) => f.write_str(text),
            Self::KeyArn(arn) | Self::AliasArn(arn) => f.write_str(arn.as_str()),
        }
    }
}

fn names(resource: &str, beginning: &str) -> bool {
    resource.strip_prefix(beginning).is_some_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_forms_are_told_apart() {
        let arn = |text: &str| text.parse::<Arn>().unwrap();
        let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd";
        let alias = "arn:aws:kms:us-east-1:111122223333:alias/team/images";
        for (text, expected) in [
            (
                "1234abcd-12ab-34cd-56ef-1234567890ab",
                KeyReference::KeyId("1234abcd-12ab-34cd-56ef-1234567890ab".into()),
            ),
            ("mrk-1234", KeyReference::KeyId("mrk-1234".into())),
            (key, KeyReference::KeyArn(arn(key))),
            ("alias/aws/s3", KeyReference::Alias("alias/aws/s3".into())),
            (alias, KeyReference::AliasArn(arn(alias))),
            ("alias/", KeyReference::Unreadable("alias/".into())),
            ("key/1234", KeyReference::Unreadable("key/1234".into())),
            ("arn:aws:s3:::key/1", KeyReference::Unreadable("arn:aws:s3:::key/1".into())),
            ("arn:aws:kms:r:1:grant/1", KeyReference::Unreadable("arn:aws:kms:r:1:grant/1".into())),
        ] {
            assert_eq!(KeyReference::of(text), expected);
        }
        assert_eq!(KeyReference::of(key).key_id(), Some("1234abcd"));
    }
}
