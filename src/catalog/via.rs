//! How a call reaches the service: the chain of services that forward the caller's session (rule E346)

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

/// The chain, or the chains of which one is true
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// `["lookoutvision", "s3"]`; empty for a direct call
    Chain(Vec<String>),
    /// `{ one_of = { NAME = [chain], … }, assume = NAME }`
    OneOf(ViaAlternatives),
}

/// Chains of which one is true, nobody knows which, unless an assumption names one
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViaAlternatives {
    /// The chains by name
    pub one_of: BTreeMap<String, Vec<String>>,
    /// The assumption whose value may be one of the names
    pub assume: Option<String>,
}

impl Via {
    /// The assumption that may name one of several chains
    #[must_use]
    pub fn assumption(&self) -> Option<&str> {
        match self {
            Self::Chain(_) => None,
            Self::OneOf(alternatives) => alternatives.assume.as_deref(),
        }
    }
}

impl Default for Via {
    fn default() -> Self {
        Self::Chain(Vec::new())
    }
}

impl<'de> Deserialize<'de> for Via {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ViaVisitor;
        impl<'de> Visitor<'de> for ViaVisitor {
            type Value = Via;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of services or `{ one_of = { name = [services] } }`")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut services: A) -> Result<Via, A::Error> {
                let mut chain = Vec::new();
                while let Some(service) = services.next_element()? {
                    chain.push(service);
                }
                Ok(Via::Chain(chain))
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Via, A::Error> {
                ViaAlternatives::deserialize(MapAccessDeserializer::new(entries)).map(Via::OneOf)
            }
        }
        deserializer.deserialize_any(ViaVisitor)
    }
}
