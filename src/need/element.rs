//! The elements that a row is made for

use crate::catalog::{DEFAULT_KEY, FactSource, Name, Row};
use crate::facts::{Fact, MissingFact};
use crate::json::Node;
use crate::request::{EcrImage, S3Place};

use super::basis::missing;
use super::scope::{Scope, scalar};

/// The element of a list that a row is made for
pub(super) struct Element<'a> {
    pub(super) variable: &'a str,
    pub(super) value: ElementValue<'a>,
}

/// What the element is
pub(super) enum ElementValue<'a> {
    /// A value of the request
    Node(&'a Node),
    /// Stands for all elements of a dataset fact at once
    Dataset(&'a FactSource),
    /// A place in S3 with the value of the request that names it
    Place(Fact<S3Place>, &'a Node),
    /// An image in ECR
    Image(EcrImage),
    /// A text that the user told, or the fact that nobody did; possibly a key
    Told { value: Fact<String>, is_key: bool },
}

/// The elements that a row is made for; the row itself when it has no loop
pub(super) fn elements<'a>(scope: Scope<'a>, row: &'a Row) -> Vec<Option<Element<'a>>> {
    let Some(each) = &row.for_each else { return vec![None] };
    let element = |value| Some(Element { variable: &each.variable, value });
    match scope.name(&each.list) {
        Name::Fact { source, .. } if source.is_dataset() => vec![element(ElementValue::Dataset(source))],
        Name::Fact { name, source, .. } => scope.listed(name, source).into_iter().map(element).collect(),
        _ => scope.request.lookup(&each.list).into_iter().map(|node| element(ElementValue::Node(node))).collect(),
    }
}

impl<'a> Scope<'a> {
    /// The elements of a fact that is a list
    pub(super) fn listed(self, name: &str, source: &'a FactSource) -> Vec<ElementValue<'a>> {
        match source {
            FactSource::S3Uris { of, uri } => {
                let nodes = of.iter().flat_map(|path| self.request.lookup(path));
                let place = |node: &'a Node| {
                    let holder = uri.as_deref().map_or(Some(node), |member| node.member(member))?;
                    Some(ElementValue::Place(place_of(&scalar(holder)?), node))
                };
                nodes.filter_map(place).collect()
            }
            FactSource::EcrImages { of } => {
                let nodes = of.iter().flat_map(|path| self.request.lookup(path));
                nodes.filter_map(|node| EcrImage::of_uri(node.text()?)).map(ElementValue::Image).collect()
            }
            FactSource::Told { keys, .. } => match self.facts.told.get(name) {
                Some(values) => {
                    let told = |value: &String| ElementValue::Told { value: Fact::Known(value.clone()), is_key: *keys };
                    values.iter().map(told).collect()
                }
                None => vec![ElementValue::Told { value: self.told(name, source), is_key: *keys }],
            },
            _ => Vec::new(),
        }
    }

    /// What the user told of something stored in AWS: the first value, none, or the missing fact
    pub(super) fn told(self, name: &str, source: &FactSource) -> Fact<String> {
        match self.facts.told.get(name) {
            Some(values) => values.first().cloned().map_or(Fact::Absent, Fact::Known),
            None => Fact::Unknown(untold(name, source)),
        }
    }

    /// The text of the element, or of one of its fields or members
    pub(super) fn element_text(self, rest: Option<&str>) -> Fact<String> {
        match self.element.map(|element| &element.value) {
            Some(ElementValue::Node(node)) => member(node, rest),
            Some(ElementValue::Place(place, node)) => match (rest, place) {
                (Some("bucket" | "prefix" | "key" | "folder" | DEFAULT_KEY), Fact::Unknown(missing)) => {
                    Fact::Unknown(missing.clone())
                }
                (Some(DEFAULT_KEY), Fact::Known(place)) => self.default_key_reference(&place.bucket),
                (Some("bucket"), Fact::Known(place)) => Fact::Known(place.bucket.clone()),
                (Some("prefix" | "key"), Fact::Known(place)) => Fact::Known(place.prefix.clone()),
                (Some("folder"), Fact::Known(place)) => Fact::Known(place.folder()),
                _ => member(node, rest),
            },
            Some(ElementValue::Image(image)) => Fact::Known(match rest {
                Some("registry") => image.registry.clone(),
                Some("region") => image.region.clone(),
                _ => image.repository.clone(),
            }),
            Some(ElementValue::Told { value, .. }) => value.clone(),
            Some(ElementValue::Dataset(_)) | None => Fact::Absent,
        }
    }

    /// The place in S3 that a name stands for: a fact, or the element itself
    pub(super) fn place(self, name: &'a str) -> Fact<S3Place> {
        match self.name(name) {
            Name::Fact { source: FactSource::S3Location { bucket, prefix, .. }, .. } => {
                let prefix = self.prefix(prefix.as_deref());
                self.member(bucket).map(|bucket| S3Place { bucket, prefix })
            }
            Name::Fact { source: FactSource::S3Uri { uri, .. }, .. } => match self.member(uri) {
                Fact::Known(uri) => place_of(&uri),
                Fact::Absent => Fact::Absent,
                Fact::Unknown(missing) => Fact::Unknown(missing),
            },
            Name::Variable(_) => match self.element.map(|element| &element.value) {
                Some(ElementValue::Place(place, _)) => place.clone(),
                _ => Fact::Absent,
            },
            _ => Fact::Absent,
        }
    }
}

fn place_of(uri: &str) -> Fact<S3Place> {
    match S3Place::of_uri(uri) {
        Ok(place) => Fact::Known(place),
        Err(why) => Fact::Unknown(missing(format!("the bucket behind `{uri}`"), "a URI such as s3://BUCKET/KEY", why)),
    }
}

fn member(node: &Node, rest: Option<&str>) -> Fact<String> {
    let mut steps = rest.into_iter().flat_map(|rest| rest.split('.'));
    let found = steps.try_fold(node, Node::member);
    found.and_then(scalar).map_or(Fact::Absent, Fact::Known)
}

fn untold(name: &str, source: &FactSource) -> MissingFact {
    let (what, how) = match source {
        FactSource::Told { what, how, .. } => (what.as_str(), how.as_str()),
        _ => (name, ""),
    };
    missing(
        what,
        format!("--fact {name}=VALUE, or --fact {name}=none ({how})"),
        "neither the request nor a snapshot says it",
    )
}
