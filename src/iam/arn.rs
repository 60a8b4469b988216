//! ARNs and the resources of requests

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::wildcard::Glob;
use super::{AccountId, VocabularyError};

/// A well-formed ARN: six parts split at the first five colons (rule E61)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    text: Arc<str>,
    /// Where the first five colons stand
    colons: [usize; 5],
}

impl Arn {
    /// The text
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The six parts; the last keeps its colons
    #[must_use]
    pub fn parts(&self) -> [&str; 6] {
        let mut start = 0;
        let mut until = |end: usize| {
            let part = self.text.get(start..end).unwrap_or_default();
            start = end + 1;
            part
        };
        let [first, second, third, fourth, fifth] = self.colons.map(&mut until);
        [first, second, third, fourth, fifth, until(self.text.len())]
    }

    /// The partition
    #[must_use]
    pub fn partition(&self) -> &str {
        let [_, partition, ..] = self.parts();
        partition
    }

    /// The service
    #[must_use]
    pub fn service(&self) -> &str {
        let [_, _, service, ..] = self.parts();
        service
    }

    /// The Region, empty for global resources
    #[must_use]
    pub fn region(&self) -> &str {
        let [.., region, _, _] = self.parts();
        region
    }

    /// The account as written, empty for S3
    #[must_use]
    pub fn account_text(&self) -> &str {
        let [.., account, _] = self.parts();
        account
    }

    /// The account, where the ARN has a proper one
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.account_text().parse().ok()
    }

    /// The resource part: everything after the fifth colon
    #[must_use]
    pub fn resource(&self) -> &str {
        let [.., resource] = self.parts();
        resource
    }
}

impl FromStr for Arn {
    type Err = VocabularyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(6, ':');
        let shaped = parts.next() == Some("arn")
            && parts.next().is_some_and(|partition| !partition.is_empty())
            && parts.next().is_some_and(|service| !service.is_empty())
            && parts.next().is_some()
            && parts.next().is_some()
            && parts.next().is_some_and(|resource| !resource.is_empty());
        let mut colons = [0; 5];
        for (place, (at, _)) in colons.iter_mut().zip(text.match_indices(':')) {
            *place = at;
        }
        if shaped { Ok(Self { text: text.into(), colons }) } else { Err(VocabularyError::Arn(text.to_owned())) }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What an authorization request is about: one resource, or a set of which the exact member is not known
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// The action has no resource type: it is authorized against `*` (rule E67)
    Any,
    /// One resource
    One(Arn),
    /// Some resource of this set: an Allow must cover all of it, a Deny only touch it (rule E72)
    Set(Glob),
}

impl Resource {
    /// Reads a request's resource: `*`, an ARN, or an ARN with wildcards
    ///
    /// # Errors
    /// When the text is neither `*` nor shaped like an ARN.
    pub fn parse(text: &str) -> Result<Self, VocabularyError> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let arn: Arn = text.parse()?;
        let glob = Glob::parse(text);
        Ok(match glob.literal() {
            Some(literal) if literal == text => Self::One(arn),
            Some(literal) => Self::One(literal.parse()?),
            None => Self::Set(glob),
        })
    }

    /// The service part of the ARN, if there is one
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.text().split(':').nth(2)
    }

    /// The text: `*`, the ARN, or the pattern
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Any => "*",
            Self::One(arn) => arn.as_str(),
            Self::Set(glob) => glob.text(),
        }
    }

    /// The account in the ARN, if it names one
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.text().split(':').nth(4)?.parse().ok()
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resource_part_keeps_its_colons() {
        let arn: Arn = "arn:aws:logs:eu-west-1:210000000011:log-group:g:*".parse().unwrap();
        assert_eq!(arn.resource(), "log-group:g:*");
        assert_eq!(arn.account().unwrap().as_str(), "210000000011");
        assert!("arn:aws:s3:::".parse::<Arn>().is_err());
        assert!("s3:bucket".parse::<Arn>().is_err());
    }

    #[test]
    fn wildcards_make_a_set_and_escapes_do_not() {
        assert!(matches!(Resource::parse("arn:aws:s3:::b/x*"), Ok(Resource::Set(_))));
        let escaped = Resource::parse("arn:aws:s3:::b/x${*}").unwrap();
        assert_eq!(escaped, Resource::One("arn:aws:s3:::b/x*".parse().unwrap()));
        assert_eq!(Resource::parse("*"), Ok(Resource::Any));
    }
}
