//! The members of a line, read in one pass without building a tree

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, IgnoredAny, MapAccess};

use super::super::super::words::shortened;
use super::shallow::{Key, Shallow};
use super::{Class, Fault, column_of};

/// What the key of an attribute's metadata ends in
const METADATA: &str = "-metadata";

/// What the members of a line say, before the URIs are looked at
#[derive(Debug, Default)]
pub(super) struct Members<'l> {
    pub(super) source: Option<Cow<'l, str>>,
    /// The other keys that end in `-ref`; those that hold no string are no references
    pub(super) others: BTreeMap<Cow<'l, str>, Option<Cow<'l, str>>>,
    pub(super) class: Option<Class>,
    /// The key that the class is the label of, `anomaly-label` for `anomaly-label-metadata`
    pub(super) label: Option<Cow<'l, str>>,
    /// Whether the metadata of a mask says that it is one
    pub(super) segmentation: bool,
    /// The first thing that is wrong though it is JSON
    pub(super) fault: Option<Fault>,
}

/// Reads the object of a line
pub(super) struct Visitor<'l> {
    pub(super) line: &'l str,
}

impl<'l> de::Visitor<'l> for Visitor<'l> {
    type Value = Members<'l>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one JSON object")
    }

    fn visit_map<A: MapAccess<'l>>(self, mut map: A) -> Result<Members<'l>, A::Error> {
        let mut members = Members::default();
        while let Some(Key(key)) = map.next_key()? {
            if key == "source-ref" {
                members.source(&key, map.next_value()?, self.line);
            } else if key.ends_with("-ref") {
                members.other(key, map.next_value()?, self.line);
            } else if key.ends_with("-ref-metadata") {
                members.segmentation |= map.next_value::<Shallow<'l>>()?.is_segmentation();
            } else if key.ends_with(METADATA) {
                let class = map.next_value::<Shallow<'l>>()?.class();
                if members.class.is_none() && class.is_some() {
                    members.class = class;
                    members.label = Some(labelled(key));
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(members)
    }
}

/// The attribute that metadata belong to
fn labelled(metadata: Cow<'_, str>) -> Cow<'_, str> {
    let end = metadata.len().saturating_sub(METADATA.len());
    match metadata {
        Cow::Borrowed(key) => Cow::Borrowed(key.get(..end).unwrap_or_default()),
        Cow::Owned(mut key) => {
            key.truncate(end);
            Cow::Owned(key)
        }
    }
}

impl<'l> Members<'l> {
    fn source(&mut self, key: &str, value: Shallow<'l>, line: &str) {
        if self.source.is_some() {
            self.twice(key, line);
        }
        match value {
            Shallow::Text(uri) => self.source = Some(uri),
            other => self.report(key, line, format!("`source-ref` is {}, expected an S3 URI", other.kind())),
        }
    }

    fn other(&mut self, key: Cow<'l, str>, value: Shallow<'l>, line: &str) {
        if self.others.contains_key(&key) {
            self.twice(&key, line);
        }
        let uri = if let Shallow::Text(uri) = value { Some(uri) } else { None };
        self.others.insert(key, uri);
    }

    fn twice(&mut self, key: &str, line: &str) {
        self.report(key, line, format!("`{}` stands twice in the line", shortened(key)));
    }

    fn report(&mut self, key: &str, line: &str, reason: String) {
        self.fault.get_or_insert_with(|| Fault { column: column_of(key, line), reason });
    }
}
