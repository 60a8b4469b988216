//! Context entries of a row: what the service sets for the call

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The value of one condition key
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextEntry {
    /// Fixed: a string, a boolean, a whole number or a list of strings
    Literal(Vec<Arc<str>>),
    /// `{ from = NAME }`, with `default = TEXT` or `unknown = WHY`: a request member or a fact
    From {
        /// The request member, fact or variable
        name: String,
        /// What holds when it has no value
        otherwise: Otherwise,
    },
    /// `{ all = [PATH, …] }`: every value at these paths of the request; absent when there is none
    All(Vec<String>),
    /// `{ assume = NAME }`: the value of an assumption; `unknown` and `absent` mean what they say
    Assume(String),
    /// `{ encryption_context_of = FACT }`: the S3 encryption context for a location: the bucket's ARN with a
    /// Bucket Key, else some object's ARN, which nobody knows (rules E349, E350)
    EncryptionContextOf(String),
    /// `{ request_alias_of = FACT }`: the alias by which a key is called: absent when it is named by id or ARN
    RequestAliasOf(String),
    /// `{ unknown = WHY }`
    Unknown(String),
    /// `{ absent = WHY }`
    Absent(String),
}

/// What a condition key is when the member or fact that it is from has no value
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Otherwise {
    /// The call does not carry the key
    Absent,
    /// This
    Default(Arc<str>),
    /// Nobody knows, for this reason
    Unknown(String),
}

const ONE: &str = "expected exactly one of `from`, `all`, `assume`, `encryption_context_of`, `request_alias_of`, \
                   `unknown`, `absent`; `from` and `unknown` together say what holds without a value";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Computed {
    from: Option<String>,
    default: Option<String>,
    all: Option<Vec<String>>,
    assume: Option<String>,
    encryption_context_of: Option<String>,
    request_alias_of: Option<String>,
    unknown: Option<String>,
    absent: Option<String>,
}

impl Computed {
    fn entry(self) -> Result<ContextEntry, &'static str> {
        let has_default = self.default.is_some();
        let (otherwise, unknown) = match (&self.from, self.default, self.unknown) {
            (Some(_), None, Some(why)) => (Otherwise::Unknown(why), None),
            (_, Some(default), unknown) => (Otherwise::Default(default.into()), unknown),
            (_, None, unknown) => (Otherwise::Absent, unknown),
        };
        let forms = [
            self.from.map(|name| ContextEntry::From { name, otherwise }),
            self.all.map(ContextEntry::All),
            self.assume.map(ContextEntry::Assume),
            self.encryption_context_of.map(ContextEntry::EncryptionContextOf),
            self.request_alias_of.map(ContextEntry::RequestAliasOf),
            unknown.map(ContextEntry::Unknown),
            self.absent.map(ContextEntry::Absent),
        ];
        let mut given = forms.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(entry), None) if !has_default || matches!(entry, ContextEntry::From { .. }) => Ok(entry),
            (Some(_), None) => Err("`default` goes with `from` only"),
            _ => Err(ONE),
        }
    }
}

impl<'de> Deserialize<'de> for ContextEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = ContextEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, a list of strings, or a table such as `{ from = \"Path\" }`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ContextEntry, E> {
                Ok(ContextEntry::Literal(vec![text.into()]))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<ContextEntry, E> {
                self.visit_str(if value { "true" } else { "false" })
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<ContextEntry, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<ContextEntry, A::Error> {
                let mut values: Vec<Arc<str>> = Vec::new();
                while let Some(text) = texts.next_element::<String>()? {
                    values.push(text.into());
                }
                Ok(ContextEntry::Literal(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<ContextEntry, A::Error> {
                Computed::deserialize(MapAccessDeserializer::new(entries))?.entry().map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(EntryVisitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(entry: &str) -> Result<ContextEntry, String> {
        let table: Result<BTreeMap<String, ContextEntry>, _> = toml::from_str(&format!("x = {entry}"));
        table.map(|mut table| table.remove("x").unwrap()).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn entries_are_read() {
        let literal = |texts: &[&str]| ContextEntry::Literal(texts.iter().map(|text| (*text).into()).collect());
        assert_eq!(read("true"), Ok(literal(&["true"])));
        assert_eq!(read("3"), Ok(literal(&["3"])));
        assert_eq!(read("['a', 'b']"), Ok(literal(&["a", "b"])));
        let from = ContextEntry::From { name: "A.B".into(), otherwise: Otherwise::Default("no".into()) };
        assert_eq!(read("{ from = 'A.B', default = 'no' }"), Ok(from));
        assert_eq!(read("{ unknown = 'why' }"), Ok(ContextEntry::Unknown("why".into())));
        let either = ContextEntry::From { name: "A.B".into(), otherwise: Otherwise::Unknown("why".into()) };
        assert_eq!(read("{ from = 'A.B', unknown = 'why' }"), Ok(either));
        assert!(read("{ from = 'A', unknown = 'why', absent = 'why' }").is_err());
    }

    #[test]
    fn an_entry_says_one_thing() {
        assert!(read("{ from = 'A', absent = 'why' }").unwrap_err().starts_with("expected exactly one of"));
        assert!(read("{ absent = 'why', default = 'x' }").unwrap_err().contains("goes with `from` only"));
        assert!(read("{ form = 'A' }").unwrap_err().starts_with("unknown field `form`"));
        assert!(read("{ }").unwrap_err().starts_with("expected exactly one of"));
    }
}
