//! How large a document may be (rule E99)

use serde::Deserialize;

/// The sizes as data, with their pages
const LIMITS: &str = include_str!("../../policies/reference/limits.toml");

/// One kind of document and its size
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Its name, as for `--limit`
    pub name: String,
    /// The kind in words
    pub what: String,
    /// The size in characters; white space between the parts is not counted
    pub characters: usize,
    /// The page that says so
    pub url: String,
}

#[derive(Deserialize)]
struct Limits {
    limit: Vec<Limit>,
}

/// All sizes known
#[must_use]
pub fn limits() -> Vec<Limit> {
    toml::from_str::<Limits>(LIMITS).map(|limits| limits.limit).unwrap_or_default()
}

/// The size with this name
#[must_use]
pub fn limit(name: &str) -> Option<Limit> {
    limits().into_iter().find(|limit| limit.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sizes_can_be_read() {
        let names: Vec<String> = limits().into_iter().map(|limit| limit.name).collect();
        let expected = ["managed", "role", "user", "group", "session", "scp", "rcp", "bucket", "key"];
        assert_eq!(names.get(..9), Some(&expected.map(str::to_owned)[..]));
        assert_eq!(limit("managed").map(|limit| limit.characters), Some(6144));
    }
}
