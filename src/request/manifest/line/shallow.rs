//! JSON values as far as a manifest needs them: strings, the label of a metadata object, the rest by kind

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess};

use super::Class;

/// A member's key, borrowed from the line unless it is escaped
pub(super) struct Key<'l>(pub(super) Cow<'l, str>);

impl<'l> Deserialize<'l> for Key<'l> {
    fn deserialize<D: Deserializer<'l>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'l> de::Visitor<'l> for KeyVisitor {
    type Value = Key<'l>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'l str) -> Result<Key<'l>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E>(self, key: &str) -> Result<Key<'l>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}

/// A value, one level deep
pub(super) enum Shallow<'l> {
    /// A string, borrowed from the line unless it is escaped
    Text(Cow<'l, str>),
    /// An object, with what a label's metadata say
    Object { class: Option<Class>, labels: Labels },
    /// Anything else: what it is, in words
    Other(&'static str),
}

/// What sort of label a metadata object declares as its `type`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    Undeclared,
    Image,
    Segmentation,
    Other,
}

impl Shallow<'_> {
    /// The image label that these metadata give
    pub(super) fn class(&self) -> Option<Class> {
        match self {
            Self::Object { class, labels: Labels::Undeclared | Labels::Image } => *class,
            _ => None,
        }
    }

    /// Whether these are the metadata of a segmentation mask
    pub(super) fn is_segmentation(&self) -> bool {
        matches!(self, Self::Object { labels: Labels::Segmentation, .. })
    }

    /// What the value is, in words
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Object { .. } => "an object",
            Self::Other(kind) => kind,
        }
    }
}

impl<'l> Deserialize<'l> for Shallow<'l> {
    fn deserialize<D: Deserializer<'l>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShallowVisitor)
    }
}

struct ShallowVisitor;

impl<'l> de::Visitor<'l> for ShallowVisitor {
    type Value = Shallow<'l>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Shallow<'l>, E> {
        Ok(Shallow::Other("null"))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shallow<'l>, E> {
        Ok(Shallow::Other("a boolean"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shallow<'l>, E> {
        Ok(Shallow::Other("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shallow<'l>, E> {
        Ok(Shallow::Other("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shallow<'l>, E> {
        Ok(Shallow::Other("a number"))
    }

    fn visit_borrowed_str<E>(self, text: &'l str) -> Result<Shallow<'l>, E> {
        Ok(Shallow::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Shallow<'l>, E> {
        Ok(Shallow::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'l>>(self, mut elements: A) -> Result<Shallow<'l>, A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Shallow::Other("an array"))
    }

    fn visit_map<A: MapAccess<'l>>(self, mut members: A) -> Result<Shallow<'l>, A::Error> {
        let (mut class, mut labels) = (None, Labels::Undeclared);
        while let Some(Key(key)) = members.next_key()? {
            match &*key {
                "class-name" => class = members.next_value::<Shallow<'l>>()?.named_class(),
                "type" => labels = members.next_value::<Shallow<'l>>()?.declared_labels(),
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Shallow::Object { class, labels })
    }
}

impl Shallow<'_> {
    fn named_class(&self) -> Option<Class> {
        let Self::Text(name) = self else { return None };
        Some(match &**name {
            "normal" => Class::Normal,
            "anomaly" => Class::Anomaly,
            _ => Class::Other,
        })
    }

    fn declared_labels(&self) -> Labels {
        let Self::Text(name) = self else { return Labels::Other };
        match &**name {
            "groundtruth/image-classification" => Labels::Image,
            "groundtruth/semantic-segmentation" => Labels::Segmentation,
            _ => Labels::Other,
        }
    }
}
